"""Fetching a brand's message templates from the medium that has to approve them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.text import slugify

from channels_app.models import BusinessEntity, BusinessEntityChannel, CommunicationTemplate
from channels_app.providers.base import RemoteTemplate
from channels_app.providers.registry import provider_for
from channels_app.services.accounts import account_for

Approval = CommunicationTemplate.Approval

_APPROVALS = {
    "approved": Approval.APPROVED,
    "pending": Approval.PENDING,
    "in_appeal": Approval.PENDING,
    "rejected": Approval.REJECTED,
    "paused": Approval.PAUSED,
    "disabled": Approval.PAUSED,
    "limit_exceeded": Approval.PAUSED,
    "pending_deletion": Approval.PAUSED,
    "deleted": Approval.PAUSED,
    "archived": Approval.PAUSED,
}
_NUMBERED = re.compile(r"\{\{\s*(\d+)\s*\}\}")
_BEST_FIRST = (Approval.APPROVED, Approval.PENDING, Approval.PAUSED, Approval.REJECTED)


@dataclass(frozen=True, slots=True)
class SyncOutcome:
    """created, updated: templates of this brand now as the medium has them. gone: known here, no longer
    there, and therefore paused. skipped: in a language that this product has no texts in."""

    created: int
    updated: int
    gone: int
    skipped: int


def templates_sync(*, channel: BusinessEntityChannel, now: datetime) -> SyncOutcome:
    """Bring the brand's templates in line with the medium. Raises ProviderError and ValidationError.

    Wording, approval, category and quality follow the medium. Which placeholder fills a numbered one, the
    name and the use are ours and stay as staff set them.
    """
    remote = provider_for(channel.channel_type).templates(account_for(channel))
    wanted, skipped = _by_language(remote)
    with transaction.atomic():
        known = {
            (template.provider_name, template.language): template
            for template in CommunicationTemplate.objects.filter(
                business_entity_id=channel.business_entity_id, channel_type=channel.channel_type
            )
            .exclude(provider_name="")
            .select_for_update()
        }
        for key in sorted(wanted):
            _save(known.get(key), wanted[key], key[1], channel, now)
        gone = [known[key].pk for key in known.keys() - wanted.keys() if known[key].synced_at is not None]
        CommunicationTemplate.objects.filter(pk__in=gone).update(approval=Approval.PAUSED, synced_at=now)
    created = len(wanted.keys() - known.keys())
    return SyncOutcome(created=created, updated=len(wanted) - created, gone=len(gone), skipped=skipped)


def _by_language(remote: Iterable[RemoteTemplate]) -> tuple[dict[tuple[str, str], RemoteTemplate], int]:
    """One template per name and language; of en_US and en_GB the one nearest to approval."""
    languages = set(BusinessEntity.Language.values)
    found: dict[tuple[str, str], RemoteTemplate] = {}
    skipped = 0
    for template in remote:
        language = template.language[:2].lower()
        if language not in languages:
            skipped += 1
            continue
        key = (template.name, language)
        if key not in found or _rank(template) < _rank(found[key]):
            found[key] = template
    return found, skipped


def _rank(template: RemoteTemplate) -> int:
    return _BEST_FIRST.index(approval_of(template.status))


def approval_of(status: str) -> Approval:
    """Our word for the medium's; an unknown one may not be sent."""
    return _APPROVALS.get(status.lower(), Approval.PAUSED)


def _save(
    template: CommunicationTemplate | None,
    remote: RemoteTemplate,
    language: str,
    channel: BusinessEntityChannel,
    now: datetime,
) -> None:
    if template is None:
        template = CommunicationTemplate(
            business_entity_id=channel.business_entity_id,
            template_code=_free_code(remote.name, language, channel),
            template_name=remote.name.replace("_", " ").capitalize()[:120],
            situation=CommunicationTemplate.Situation.REPLY,
            channel_type=channel.channel_type,
            language=language,
            provider_name=remote.name,
        )
    text = "\n\n".join(filter(None, (remote.header, remote.body, remote.footer)))
    template.content = in_our_placeholders(text, template.provider_variables)
    template.approval = approval_of(remote.status)
    template.provider_category = remote.category[:20]
    template.quality = remote.quality[:12]
    template.synced_at = now
    template.save()


def in_our_placeholders(text: str, variables: list[str]) -> str:
    """{{1}} as the placeholder that fills it; one that nobody filled in yet stands as "[1]"."""

    def named(match: re.Match[str]) -> str:
        position = int(match[1]) - 1
        known = 0 <= position < len(variables)
        return f"{{{{ {variables[position]} }}}}" if known else f"[{match[1]}]"

    return _NUMBERED.sub(named, text)


def _free_code(name: str, language: str, channel: BusinessEntityChannel) -> str:
    base = slugify(name.replace("_", "-"))[:70] or "template"
    taken = set(
        CommunicationTemplate.objects.filter(
            business_entity_id=channel.business_entity_id, language=language, template_code__startswith=base
        ).values_list("template_code", flat=True)
    )
    candidates = (base if number == 1 else f"{base}-{number}" for number in range(1, 1000))
    return next(code for code in candidates if code not in taken)
