"""The simulator: paste a message, see the decision and why; try rules before they are saved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    INPUT_CLASSES,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from channels_app.admin.display import department_label, medium_icon, medium_name, pill, pills
from channels_app.models import BusinessEntity, BusinessEntityChannel, CommunicationMessage
from channels_app.providers.registry import PROVIDERS
from channels_app.schemas import normalise_email
from channels_app.scoping import Ability, may, visible_entities
from channels_app.services.mail_layout import mail_html
from routing.admin.draft_form import DraftForm
from routing.admin.thread import component_name, decision_facts
from routing.admin.words import COMPONENTS
from routing.models import MessageRoutingLog
from routing.selectors.conversation import marked
from routing.services.simulation import SimulatedSender, Simulation, simulate

KINDS = (
    ("", _("As the database knows them")),
    ("unknown", _("Somebody new")),
    ("existing_customer", _("A known customer")),
    ("partner", _("A partner")),
    ("internal", _("A colleague")),
)
SITUATIONS = {
    "emergency": _("Emergency: safety first"),
    "outside_hours": _("Outside opening hours"),
    "lead_greeting": _("Greeting of a lead"),
    "first_contact": _("Receipt of a first message"),
}
LONGEST_BODY = 50_000


class ChannelChoices(forms.ModelChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, channel: Any) -> str:
        off = "" if channel.is_active else f" ({_('off')})"
        return f"{department_label(channel.channel_code)} · {medium_name(channel.channel_type)}{off}"


class SimulatorForm(DraftForm):
    brand = forms.ModelChoiceField(
        BusinessEntity.objects.none(), label=_("Brand"), empty_label=None, widget=UnfoldAdminSelectWidget()
    )
    channel = ChannelChoices(
        BusinessEntityChannel.objects.none(),
        label=_("Arrives at"),
        empty_label=None,
        widget=UnfoldAdminSelectWidget(),
    )
    sender = forms.CharField(
        label=_("Sender"),
        required=False,
        max_length=320,
        help_text=_("Mail address or phone number; may stay empty."),
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
    )
    kind = forms.ChoiceField(
        label=_("Who is it"), choices=KINDS, required=False, widget=UnfoldAdminSelectWidget()
    )
    at = forms.DateTimeField(
        label=_("Moment"),
        required=False,
        help_text=_("Empty: now."),
        widget=forms.DateTimeInput(
            format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local", "class": " ".join(INPUT_CLASSES)}
        ),
    )
    subject = forms.CharField(
        label=_("Subject"), required=False, max_length=2000, widget=UnfoldAdminTextInputWidget()
    )
    body = forms.CharField(
        label=_("Message"),
        required=False,
        max_length=LONGEST_BODY,
        strip=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 8}),
    )

    def __init__(self, user: Any, data: Any = None) -> None:
        super().__init__(data)
        brands = list(visible_entities(user).filter(is_active=True))
        wanted = str(data.get("brand", "")) if data is not None else ""
        self.chosen = next((brand for brand in brands if str(brand.pk) == wanted), None) or next(
            iter(brands), None
        )
        receiving = [code for code, provider in PROVIDERS.items() if provider.capabilities.receives]
        brand_field, channel_field = self.fields["brand"], self.fields["channel"]
        brand_field.queryset = visible_entities(user).filter(is_active=True)  # type: ignore[attr-defined]
        channel_field.queryset = BusinessEntityChannel.objects.filter(  # type: ignore[attr-defined]
            business_entity=self.chosen, channel_type__in=receiving
        ).order_by("channel_type", "channel_code")
        self.initial["brand"] = self.chosen.pk if self.chosen else None
        self.offer(self.chosen)

    def simulated(self, *, with_draft: bool) -> Simulation:
        """The decision about what is filled in, with or without the draft rules."""
        given = self.cleaned_data
        channel, sender = given["channel"], given["sender"].strip()
        by_mail = bool(normalise_email(sender)) or "@" in sender
        return simulate(
            entity=given["brand"],
            channel_type=channel.channel_type,
            channel_code=channel.channel_code,
            sender=SimulatedSender(
                email=sender if by_mail else "",
                phone="" if by_mail else sender,
                kind=given["kind"] or None,
            ),
            subject=given["subject"],
            body=given["body"],
            headers={},
            received_at=given["at"] or timezone.now(),
            draft=self.draft if with_draft else None,
        )


@dataclass(frozen=True, slots=True)
class Change:
    """What the draft rules changed: departments before and after."""

    before: str
    after: str

    @property
    def is_one(self) -> bool:
        return self.before != self.after


def simulator_view(request: HttpRequest) -> HttpResponse:
    """The page; posted, with its answer. The script asks for parts of it by the field `part`."""
    if not may(request.user, Ability.VIEW):
        raise PermissionDenied
    posted = request.method == "POST"
    form = SimulatorForm(request.user, request.POST if posted else None)
    part = request.POST.get("part", "") if posted else ""
    context: dict[str, Any] = {"form": form}
    if part == "form":
        return TemplateResponse(request, "admin/routing/simulator_form.html", context)
    if posted and form.is_valid():
        context |= _outcome(form)
    context["component_names"] = [component_name(name) for name in COMPONENTS]
    if part == "result":
        return TemplateResponse(request, "admin/routing/simulator_result.html", context)
    return TemplateResponse(
        request,
        "admin/routing/simulator.html",
        {**admin.site.each_context(request), "title": _("Simulator"), **context},
    )


def _outcome(form: SimulatorForm) -> dict[str, Any]:
    simulation = form.simulated(with_draft=True)
    decision, target = simulation.decision, simulation.target
    log = MessageRoutingLog(
        business_entity=form.cleaned_data["brand"],
        source_channel=form.cleaned_data["channel"],
        target_channel=target,
        routing_reason=decision.reason,
        routing_confidence=round(decision.confidence, 2),
        applied_rules=list(decision.applied_rules),
        keyword_matches=dict(decision.keyword_matches),
        sender_classification=decision.sender_classification.value,
        action=decision.action.value,
        unsure=decision.unsure,
        explanation={"nl": decision.explanation.nl, "en": decision.explanation.en},
        candidates=simulation.candidates,
    )
    words = decision.evidence_words or decision.keyword_matches
    return {
        "decision": decision_facts(log),
        "target": target,
        "target_name": department_label(target.channel_code) if target else "",
        "target_medium": medium_icon(target.channel_type) if target else "",
        "urgent": decision.urgency.value == "high",
        "emergency": decision.is_emergency,
        "labels": pills(decision.labels),
        "lead_score": decision.lead_score,
        "runner_up": department_label(decision.runner_up) if decision.runner_up else "",
        "subject_parts": marked(form.cleaned_data["subject"], words),
        "parts": marked(simulation.text, words),
        "evidence": [(department_label(code), pills(found)) for code, found in words.items() if found],
        "change": _change(form, simulation),
        **_answer(form, simulation),
    }


def _change(form: SimulatorForm, simulation: Simulation) -> Change | None:
    if form.draft.is_empty:
        return None
    before = form.simulated(with_draft=False).target
    after = simulation.target
    names = [department_label(channel.channel_code) if channel else "–" for channel in (before, after)]
    return Change(*names)


def _answer(form: SimulatorForm, simulation: Simulation) -> dict[str, Any]:
    kind, answer, channel = (
        simulation.decision.auto_response,
        simulation.answer,
        form.cleaned_data["channel"],
    )
    if kind is None:
        return {"situation": None, "answer": None}
    mail = ""
    if answer is not None and PROVIDERS[channel.channel_type].capabilities.rich_text:
        message = CommunicationMessage(
            subject=answer.subject, body=answer.body, html=answer.html, data={"language": answer.language}
        )
        mail = mail_html(message=message, channel=channel)
    return {"situation": pill(SITUATIONS[kind.value], "info"), "answer": answer, "mail": mail}
