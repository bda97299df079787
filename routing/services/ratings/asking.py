"""Asking customers for a rating after their conversation was resolved: who, once, and over which medium."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape
from typing import Any
from uuid import UUID

import structlog
from django.db import transaction
from django.utils import translation
from django.utils.html import linebreaks
from django.utils.translation import gettext as _

from channels_app.bulk import fetch_all
from channels_app.models import CommunicationMessage, CommunicationTemplate, CommunicationThread
from channels_app.models.base import new_id
from channels_app.providers.registry import PROVIDERS
from channels_app.selectors.directory import configuration_version
from channels_app.services.messages import MessageRow, OutboxRow, messages_insert, outbox_insert
from channels_app.services.rendering import render, render_html
from channels_app.services.replies import reply_address
from routing.models import RatingRequest
from routing.selectors.brands import BrandProfile, ChannelProfile, brand_profile, speaking_profile
from routing.selectors.participants import customers_message, newest_inbound
from routing.services.auto_response import answer_variables, signature_template
from routing.services.ratings.links import SCORES, choice_id, rating_url

logger = structlog.get_logger(__name__)

Message = CommunicationMessage
Skipped = RatingRequest.Skipped

BATCH = 200
OPEN_FOR = timedelta(days=14)
# What was resolved longer ago than this is not asked about any more (a switch turned on, a long outage).
NOT_AFTER = timedelta(days=3)
WINDOW_MARGIN = timedelta(minutes=10)
PAGE_LANGUAGES = ("nl", "en")
_LOCK = 7_310_442_518  # one sweep at a time: a customer with two conversations is asked once


@dataclass(frozen=True, slots=True)
class Asked:
    """What a sweep did. channels: those that have something to send now."""

    sent: int = 0
    skipped: int = 0
    channels: tuple[UUID, ...] = ()


@transaction.atomic
def ratings_ask(*, now: datetime) -> Asked:
    """Ask the customers of conversations that were resolved long enough ago, each conversation once.

    Nobody is asked who was not answered by a person, whose conversation was set aside, who is blocked, who
    has another conversation open, or who was asked of late; nobody in a brand in shadow mode.
    """
    ((free,),) = fetch_all("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
    if not free:
        return Asked()
    threads = CommunicationThread.objects.select_related("contact", "business_entity", "channel").in_bulk(
        _due(now)
    )
    version = configuration_version()
    rows: list[tuple[MessageRow, OutboxRow]] = []
    requests = []
    asked: set[UUID] = set()
    for thread in threads.values():
        if thread.contact_id in asked:
            continue
        asked.add(thread.contact_id)
        request, outgoing = _request(thread, brand_profile(thread.business_entity_id, version), now)
        requests.append(request)
        if outgoing is not None:
            rows.append(outgoing)
    messages_insert([message for message, _item in rows])
    RatingRequest.objects.bulk_create(requests)
    outbox_insert([item for _message, item in rows], now=now)
    if requests:
        logger.info("ratings_asked", sent=len(rows), skipped=len(requests) - len(rows))
    return Asked(
        len(rows), len(requests) - len(rows), tuple(sorted({item.channel_id for _message, item in rows}))
    )


def _due(now: datetime) -> list[UUID]:
    media = [code for code, provider in PROVIDERS.items() if provider.capabilities.replies]
    rows = fetch_all(
        """
        SELECT thread.id
          FROM communication_threads AS thread
          JOIN business_entities AS entity ON entity.id = thread.business_entity_id
          JOIN contacts AS contact ON contact.id = thread.contact_id
          JOIN business_entity_channels AS owner ON owner.id = thread.channel_id
         WHERE thread.resolved_at BETWEEN %s AND %s
           AND thread.resolved_at <= %s - make_interval(mins => entity.rating_delay_minutes)
           AND thread.status = 'resolved' AND NOT thread.set_aside AND thread.medium = ANY(%s)
           AND thread.last_inbound_at IS NOT NULL
           AND entity.is_active AND NOT entity.shadow_mode
           AND CASE owner.rating_requests WHEN 'on' THEN true WHEN 'off' THEN false
                    ELSE entity.rating_enabled END
           AND contact.blocked_at IS NULL AND contact.kind <> 'internal'
           AND EXISTS (SELECT FROM communication_messages AS message
                        WHERE message.thread_id = thread.id AND message.direction = 'outbound'
                          AND message.message_type IN ('reply', 'echo') AND message.automated = '')
           AND NOT EXISTS (SELECT FROM communication_threads AS other
                            WHERE other.contact_id = thread.contact_id AND other.status <> 'resolved')
           AND NOT EXISTS (SELECT FROM rating_requests AS earlier WHERE earlier.thread_id = thread.id)
           AND NOT EXISTS (SELECT FROM rating_requests AS earlier
                            WHERE earlier.contact_id = thread.contact_id AND earlier.skipped = ''
                              AND earlier.created_at > %s - make_interval(days => entity.rating_pause_days))
         ORDER BY thread.resolved_at DESC
         LIMIT %s
           FOR UPDATE OF thread SKIP LOCKED
        """,
        [now - NOT_AFTER, now, now, media, now, BATCH],
    )
    return [thread_id for (thread_id,) in rows]


def _request(
    thread: CommunicationThread, brand: BrandProfile, now: datetime
) -> tuple[RatingRequest, tuple[MessageRow, OutboxRow] | None]:
    language = thread.contact.language or thread.language or brand.entity.default_language
    request = RatingRequest(
        created_at=now,
        business_entity_id=thread.business_entity_id,
        thread=thread,
        contact_id=thread.contact_id,
        channel=thread.channel,
        language=language if language in PAGE_LANGUAGES else brand.entity.default_language,
        expires_at=now + OPEN_FOR,
    )
    owner = brand.channels.get(thread.channel_id) if thread.channel_id else None
    # The customer's own: a subcontractor who answered in between is not asked.
    last = customers_message(newest_inbound(thread), list(thread.contact.identifiers.all()))
    recipient = reply_address(last.sender, last.data) if last is not None else ""
    if last is None or not recipient or owner is None:
        request.skipped = Skipped.NO_ADDRESS
        return request, None
    template = _template(brand, owner, thread, last, language, now)
    if isinstance(template, Skipped):
        request.skipped = template
        return request, None
    row = _message(request, thread, brand, owner, last, recipient, template, now)
    request.message_id = row.id
    request.language = template.language if template.language in PAGE_LANGUAGES else request.language
    item = OutboxRow(
        entity_id=row.entity_id,
        channel_id=row.channel_id,
        message_id=row.id,
        thread_id=thread.id,
        recipient=recipient,
        held=False,
    )
    return request, (row, item)


def _template(
    brand: BrandProfile,
    owner: ChannelProfile,
    thread: CommunicationThread,
    last: CommunicationMessage,
    language: str,
    now: datetime,
) -> CommunicationTemplate | Skipped:
    """The text to ask with. Outside a medium's window only a template that the medium approved."""
    window = PROVIDERS[thread.medium].capabilities.reply_window
    closed = window is not None and now - last.sent_at >= window - WINDOW_MARGIN
    usable = [
        template
        for template in brand.templates.templates
        if bool(template.provider_name) == closed
        and (not closed or template.approval == CommunicationTemplate.Approval.APPROVED)
    ]
    book = type(brand.templates)(tuple(usable), brand.templates.default_language)
    found = book.pick(
        CommunicationTemplate.Situation.RATING,
        channel_id=owner.channel.id,
        channel_type=thread.medium,
        language=language,
    )
    return found or (Skipped.WINDOW_CLOSED if closed else Skipped.NO_TEMPLATE)


def _message(
    request: RatingRequest,
    thread: CommunicationThread,
    brand: BrandProfile,
    owner: ChannelProfile,
    last: CommunicationMessage,
    recipient: str,
    template: CommunicationTemplate,
    now: datetime,
) -> MessageRow:
    medium = PROVIDERS[thread.medium].capabilities
    link = rating_url(request.id)
    speaks = speaking_profile(brand, thread.channel_id, last.channel_id)
    variables = answer_variables(
        brand,
        owner,
        speaks=speaks,
        language=template.language,
        customer_name=thread.contact.name,
        reference_number=thread.reference_number,
        now=now,
    )
    signature = signature_template(brand, speaks, template.language)
    variables["signature"] = render(signature.content, variables) if signature is not None else ""
    data: dict[str, Any] = {"situation": "rating", "language": template.language}
    html = ""
    if template.provider_name:
        variables["rating_link"] = link
        data["template_values"] = [variables.get(name, "") for name in template.provider_variables]
    elif medium.choices:
        data["interactive"] = _list(request.id, template.language)
    else:
        variables["rating_link"] = link
    body = render(template.content, variables)
    if "rating_link" in variables and link not in body and not template.provider_name:
        body = f"{body}\n\n{link}"
    if medium.rich_text:
        html = _html(template, body, link, variables)
    from_owner = medium.native_threads and speaks.channel.channel_type == thread.medium
    leaves_by = speaks.channel if from_owner else last.channel
    return MessageRow(
        id=new_id(),
        entity_id=thread.business_entity_id,
        thread_id=thread.id,
        channel_id=leaves_by.id,
        direction=Message.Direction.OUTBOUND,
        message_type=Message.Type.RATING_REQUEST,
        state=Message.State.QUEUED,
        sent_at=now,
        created_at=now,
        sender=leaves_by.channel_address,
        sender_name=speaks.channel.sender_name,
        recipients=[recipient],
        subject=render(template.subject, variables) or thread.subject,
        body=body,
        html=html,
        data=data,
        reply_to=last.external_id if medium.native_threads else "",
        references=tuple(dict.fromkeys([*last.references, last.external_id]))
        if medium.native_threads
        else (),
        template_id=template.id,
    )


def _list(request_id: UUID, language: str) -> dict[str, Any]:
    """WhatsApp's list of choices, best first."""
    with translation.override(language):
        names = score_names()
        return {
            "type": "list",
            "action": {
                "button": _("Give a mark")[:20],
                "sections": [
                    {
                        "title": _("Your mark")[:24],
                        "rows": [
                            {"id": choice_id(request_id, score), "title": f"{score} – {names[score]}"[:24]}
                            for score in reversed(SCORES)
                        ],
                    }
                ],
            },
        }


def score_names() -> Mapping[int, str]:
    """What each mark means, in the active language."""
    return {1: _("bad"), 2: _("not so good"), 3: _("all right"), 4: _("good"), 5: _("very good")}


def _html(template: CommunicationTemplate, body: str, link: str, variables: Mapping[str, str]) -> str:
    """The mail's own HTML, with one link for each mark; it opens the page with that mark chosen."""
    if template.html_content:
        content = render_html(template.html_content, variables)
    else:
        content = str(linebreaks(body.replace(link, "").strip(), autoescape=True))
    with translation.override(template.language):
        names = score_names()
    marks = "&nbsp; ".join(
        f'<a href="{escape(link)}?score={score}" title="{escape(names[score])}"><strong>{score}</strong></a>'
        for score in SCORES
    )
    return f"{content}<p>{escape(names[1])} &nbsp; {marks} &nbsp; {escape(names[5])}</p>"
