"""What a brand still lacks before customers can count on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.translation import gettext as _

from channels_app.models import (
    BusinessEntity,
    BusinessEntityChannel,
    CommunicationMessage,
    CommunicationTemplate,
)
from channels_app.providers.registry import PROVIDERS

Situation = CommunicationTemplate.Situation
NEEDED_TEXTS = (Situation.FIRST_CONTACT, Situation.OUTSIDE_HOURS, Situation.EMERGENCY)


@dataclass(frozen=True, slots=True)
class Step:
    """Something to be done. needed: customers cannot be served without it. url: where it is mended."""

    title: str
    done: bool
    needed: bool
    detail: str
    url: str


@dataclass(frozen=True, slots=True)
class ChannelSteps:
    """A channel and what it lacks, in the order in which it is put right."""

    channel: BusinessEntityChannel
    steps: tuple[Step, ...]

    @property
    def ready(self) -> bool:
        return all(step.done for step in self.steps if step.needed)


@dataclass(frozen=True, slots=True)
class Checklist:
    brand: tuple[Step, ...]
    channels: tuple[ChannelSteps, ...]

    @property
    def missing(self) -> list[Step]:
        """What must be done before going live: the brand's own steps, and one channel that works."""
        return [step for step in self.brand if step.needed and not step.done]

    @property
    def ready(self) -> bool:
        return not self.missing


def brand_checklist(entity: BusinessEntity) -> Checklist:
    """Three queries, whatever the number of channels and templates."""
    written = CommunicationMessage.objects.filter(channel=OuterRef("pk"), direction="inbound")
    channels = tuple(
        ChannelSteps(channel, _channel_steps(channel, heard=bool(getattr(channel, "heard", False))))
        for channel in entity.channels.annotate(heard=Exists(written)).order_by(
            "channel_type", "-priority_level"
        )
    )
    texts = set(
        entity.templates.filter(is_active=True, language=entity.default_language).values_list(
            "situation", flat=True
        )
    )
    pending = entity.templates.filter(approval=CommunicationTemplate.Approval.PENDING).count()
    return Checklist(_brand_steps(entity, channels, texts, pending), channels)


def _brand_steps(
    entity: BusinessEntity, channels: tuple[ChannelSteps, ...], texts: set[str], pending: int
) -> tuple[Step, ...]:
    own_page = reverse("admin:channels_app_businessentity_change", args=[entity.pk])
    templates = reverse("admin:channels_app_communicationtemplate_changelist")
    own_templates = f"{templates}?business_entity__id__exact={entity.pk}"
    receiving = [s for s in channels if PROVIDERS[s.channel.channel_type].capabilities.receives]
    open_now = [s for s in receiving if s.channel.is_active and s.ready]
    team = [
        s
        for s in channels
        if s.ready and s.channel.is_active and PROVIDERS[s.channel.channel_type].capabilities.notifies
    ]
    lacking = [str(Situation(code).label) for code in NEEDED_TEXTS if code not in texts]
    on_call = not any(s.channel.channel_code == "emergency" for s in channels) or (
        entity.on_call_shifts.exists()
    )
    rules = entity.auto_routing_rules or {}
    return (
        Step(
            _("At least one channel takes messages"), bool(open_now), True,
            _("%(count)d of %(total)d are on.") % {"count": len(open_now), "total": len(receiving)}, "#channels",
        ),
        Step(
            _("Opening hours"), bool((entity.operational_config or {}).get("business_hours")), True,
            _("When your team answers; outside them customers hear when it opens."), own_page,
        ),
        Step(
            _("Words that lead to a department"), bool(rules.get("keywords")), True,
            _("Without them only the channel a message arrives at decides."), own_page,
        ),
        Step(
            _("Texts of the automatic answers"), not lacking, True,
            _("Missing: %(texts)s.") % {"texts": ", ".join(lacking)} if lacking
            else _("In the brand's own language."), own_templates,
        ),
        Step(
            _("Colleagues who answer"), entity.memberships.exists(), False,
            _("Whoever has no membership of this brand does not see it."),
            f"{reverse('admin:channels_app_membership_add')}?business_entity={entity.pk}",
        ),
        Step(
            _("A card in Teams"), bool(team), False,
            _("Your team hears of new conversations, overdue answers and emergencies."), "#channels",
        ),
        Step(
            _("Somebody on call"), on_call, False, _("Whom an emergency at night is passed on to."),
            f"{reverse('admin:channels_app_oncallshift_add')}?business_entity={entity.pk}",
        ),
        Step(
            _("Templates approved by Meta"), not pending, False,
            _("%(count)d are waiting.") % {"count": pending} if pending else _("None is waiting."), own_templates,
        ),
    )  # fmt: skip


def _channel_steps(channel: BusinessEntityChannel, *, heard: bool) -> tuple[Step, ...]:
    provider = PROVIDERS[channel.channel_type]
    page = reverse("admin:channels_app_businessentitychannel_change", args=[channel.pk])
    check: dict[str, Any] = channel.last_check or {}
    steps = [
        Step(_("Address"), bool(channel.channel_address), True, channel.channel_address, page),
        Step(_("Credentials"), bool(channel.secrets), True, "", page),
        Step(_("Switched on"), channel.is_active, True, "", page),
        Step(_("Connection checked"), bool(check.get("ok")), False, "", page),
    ]
    if provider.capabilities.receives:
        steps.append(Step(_("A message came in"), heard, False, "", page))
    return tuple(steps)
