"""Taking a customer's rating: once, from the page behind the link or from a choice in WhatsApp."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction

from channels_app.bulk import clean_text
from channels_app.models import BusinessEntity, CommunicationThread
from channels_app.selectors.directory import configuration_version
from channels_app.services.intake import Envelope
from channels_app.services.messages import outbox_insert
from routing.models import ConversationRating, RatingRequest, ThreadEvent
from routing.selectors.brands import brand_profile
from routing.services.desk.errors import DeskRefused
from routing.services.desk.progress import bring_back
from routing.services.desk.trail import locked_many, written
from routing.services.notifications import notification_row, team_channel, thread_url
from routing.services.ratings.links import SCORES, chosen

LOW = 2
COMMENT_LENGTH = 2_000
LowRating = BusinessEntity.LowRating


class RatingRefused(Exception):
    """There is nothing to rate (any more): the link is unknown, has expired, or was used."""


@transaction.atomic
def rating_take(*, request_id: UUID, score: int, comment: str, now: datetime) -> ConversationRating:
    """Keep what a customer thought; the first answer counts. Raises RatingRefused, ValueError for a score
    that is none."""
    if score not in SCORES:
        raise ValueError(f"{score} is no score")
    request = (
        RatingRequest.objects.select_for_update(of=("self",))
        .select_related("channel", "thread__contact")
        .filter(id=request_id)
        .first()
    )
    if request is None or request.expires_at <= now:
        raise RatingRefused
    rating, created = ConversationRating.objects.get_or_create(
        thread_id=request.thread_id,
        defaults={
            "business_entity_id": request.business_entity_id,
            "channel_id": request.channel_id,
            "score": score,
            "comment": clean_text(comment.strip())[:COMMENT_LENGTH],
            "rated_at": now,
        },
    )
    if not created:
        raise RatingRefused
    _thread_changed(request.thread_id, now)
    if score <= LOW:
        _act_on_low(rating, request, now)
    return rating


@transaction.atomic
def rating_comment(*, request_id: UUID, comment: str, now: datetime) -> None:
    """Add a word to a mark that was given without one. Raises RatingRefused when there is nothing to add to."""
    rated = ConversationRating.objects.filter(
        thread__rating_request=request_id, thread__rating_request__expires_at__gt=now, comment=""
    )
    thread_id = rated.values_list("thread_id", flat=True).first()
    if thread_id is None or not rated.update(comment=clean_text(comment.strip())[:COMMENT_LENGTH]):
        raise RatingRefused
    _thread_changed(thread_id, now)


def _thread_changed(thread_id: UUID, now: datetime) -> None:
    """Whoever has the conversation open sees the rating: the inbox asks when a conversation last changed."""
    CommunicationThread.objects.filter(id=thread_id).update(updated_at=now)


def ratings_from_messages(envelopes: Iterable[Envelope], *, now: datetime) -> None:
    """Take the choices that customers made in WhatsApp, within the transaction that stores them.

    Only the brand that asked counts; what comes too late or twice stays a message and nothing more.
    """
    for envelope in envelopes:
        choice = chosen(envelope.message.data)
        if choice is None or envelope.message.echo:
            continue
        request_id, score = choice
        own = RatingRequest.objects.filter(id=request_id, business_entity_id=envelope.channel.entity_id)
        if not own.exists():
            continue
        try:
            rating_take(request_id=request_id, score=score, comment="", now=now)
        except RatingRefused:
            continue


def _act_on_low(rating: ConversationRating, request: RatingRequest, now: datetime) -> None:
    brand = brand_profile(request.business_entity_id, configuration_version())
    action = brand.entity.low_rating_action
    if action == LowRating.NOTHING:
        return
    thread = locked_many([request.thread_id])[request.thread_id]
    reopened = action == LowRating.REOPEN and _reopen(thread, rating, now)
    team = team_channel(brand, request.channel.channel_code, "low_rating")
    if team is None:
        return
    facts = [("Cijfer", f"{rating.score} van 5"), ("Gesprek", thread.reference_number)]
    if reopened:
        facts.append(("Stand", "Het gesprek is heropend"))
    card = notification_row(
        brand,
        team,
        event="low_rating",
        dedupe_key=f"low_rating:{rating.id}",
        thread_id=thread.id,
        title="Een klant is niet tevreden",
        about=request.channel.channel_name,
        priority="Hoog" if reopened else "Normaal",
        preview=rating.comment[:200],
        facts=tuple(facts),
        actions=(("Gesprek openen", thread_url(thread.id)),),
    )
    outbox_insert([card], now=now)


def _reopen(thread: CommunicationThread, rating: ConversationRating, now: datetime) -> bool:
    """Whether it could be reopened: the customer may have a newer conversation on the same medium."""
    if thread.status != CommunicationThread.Status.RESOLVED:
        return False
    try:
        bring_back(thread, now)
    except DeskRefused:
        return False
    thread.save()
    written(thread, ThreadEvent.Kind.REOPENED, user=None, now=now, rating=rating.score)
    return True
