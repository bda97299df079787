"""Beginning a conversation with a customer."""

from __future__ import annotations

from typing import Any, TypeVar
from uuid import UUID, uuid4

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse, QueryDict
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from channels_app.admin.display import department_label, medium_name
from channels_app.models import BusinessEntityChannel, Contact
from channels_app.providers.registry import PROVIDERS, provider_for
from channels_app.scoping import Ability, may, scope
from channels_app.selectors.directory import configuration_version
from channels_app.tasks import outgoing_waiting
from routing.inbox.display import admin_context, wants_fragment
from routing.inbox.forms import VALUE_PREFIX, AddressesField, IdsField, first_problem
from routing.models import DraftFile, StartDraft
from routing.selectors.brands import brand_profile
from routing.services.desk.composing import TemplateChoice, template_choices, voice_in
from routing.services.desk.drafting import start_draft_clear, start_draft_of, start_draft_save
from routing.services.desk.errors import DeskRefused, LeakRefused
from routing.services.desk.files import draft_file_add
from routing.services.desk.starting import NewConversation, conversation_start

M = TypeVar("M", bound=Model)
_NEVER_KEPT = frozenset({"csrfmiddlewaretoken", "key", "contact", "confirmed_leaks"})


class ChannelChoice(forms.ModelChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, channel: Any) -> str:
        return " · ".join(
            (
                channel.business_entity.entity_name,
                department_label(channel.channel_code),
                medium_name(channel.channel_type),
                channel.channel_address,
            )
        )


class StartForm(forms.Form):
    """From where, to whom, and what. The service judges it."""

    channel = ChannelChoice(
        BusinessEntityChannel.objects.none(), label=gettext_lazy("From"), empty_label=None
    )
    contact = forms.UUIDField(required=False)
    address = forms.CharField(label=gettext_lazy("To"), required=False, max_length=320)
    name = forms.CharField(label=gettext_lazy("Name"), required=False, max_length=200)
    template = forms.UUIDField(required=False)
    subject = forms.CharField(label=gettext_lazy("Subject"), required=False, max_length=250)
    cc = AddressesField(label=gettext_lazy("Cc"), required=False, max_length=2000)
    body = forms.CharField(
        label=gettext_lazy("Your message"), required=False, strip=False, max_length=100_000
    )
    attachment = IdsField(required=False)
    key = forms.CharField(max_length=64)
    confirmed_leaks = forms.BooleanField(required=False)

    def __init__(self, user: Any, contact: Contact | None, data: Any = None) -> None:
        super().__init__(data)
        writing = [code for code, provider in PROVIDERS.items() if provider.capabilities.replies]
        channels = scope(
            BusinessEntityChannel.objects.active().filter(channel_type__in=writing), user, Ability.CONVERSE
        )
        if contact is not None:
            channels = channels.filter(business_entity=contact.business_entity_id)
        self.channels = list(
            channels.select_related("business_entity").order_by(
                "business_entity__entity_name", "channel_type", "-is_primary", "channel_code"
            )
        )
        field = self.fields["channel"]
        field.queryset = channels.select_related("business_entity")  # type: ignore[attr-defined]
        self.options = [(str(one.pk), field.label_from_instance(one)) for one in self.channels]  # type: ignore[attr-defined]

    def chosen(self) -> BusinessEntityChannel | None:
        """The channel as it is filled in, valid or not; else the first."""
        wanted = str(self.data.get("channel", "")) if self.is_bound else ""
        return next((one for one in self.channels if str(one.pk) == wanted), None) or next(
            iter(self.channels), None
        )

    @property
    def values(self) -> dict[str, str]:
        return {
            name.removeprefix(VALUE_PREFIX): str(text)
            for name, text in self.data.items()
            if name.startswith(VALUE_PREFIX)
        }


@require_http_methods(["GET", "POST"])
def new_conversation(request: HttpRequest) -> HttpResponse:
    """The form; `?contact=` begins with a known contact. A GET by htmx gives the words for what is chosen."""
    if not may(request.user, Ability.CONVERSE):
        raise PermissionDenied
    given: QueryDict = request.POST if request.method == "POST" else request.GET
    kept = start_draft_of(request.user) if _takes_up(request) else None
    if kept is not None:
        given = _given(kept)
    contact = _contact(request, given)
    form = StartForm(request.user, contact, given if given.get("channel") else None)
    if wants_fragment(request, "ib-words"):
        return TemplateResponse(request, "inbox/new_words.html", _words(request, form, contact))
    context: dict[str, Any] = {"problem": "", "leaks": ()}
    if request.method == "POST":
        try:
            return _start(request, form, contact)
        except LeakRefused as stopped:
            context |= {"leaks": stopped.findings, "can_confirm": stopped.can_be_confirmed}
        except DeskRefused as refused:
            context["problem"] = str(refused)
    context |= {
        **admin_context(request, title=_("New conversation")),
        **_words(request, form, contact),
        "key": request.POST.get("key") or uuid4().hex,
        "files": _kept_files(request, form, given),
        "kept": kept,
    }
    return TemplateResponse(request, "inbox/new.html", context)


def _start(request: HttpRequest, form: StartForm, contact: Contact | None) -> HttpResponse:
    if not form.is_valid():
        raise DeskRefused(first_problem(form))
    given, now = form.cleaned_data, timezone.now()
    channel = given["channel"]
    fresh = [file.pk for file in _uploaded(request, channel)]
    form.kept = (*given["attachment"], *fresh)  # type: ignore[attr-defined]  # shown again when it is refused
    sent = conversation_start(
        entity_id=channel.business_entity_id,
        user=request.user,
        start=NewConversation(
            medium=channel.channel_type, channel_id=channel.pk, body=given["body"], key=given["key"],
            contact_id=contact.pk if contact is not None else None, address=given["address"], name=given["name"],
            subject=given["subject"], cc=given["cc"], attachments=(*given["attachment"], *fresh),
            template_id=given["template"], variables=form.values, confirmed_leaks=given["confirmed_leaks"],
        ),
        now=now,
    )  # fmt: skip
    start_draft_clear(user=request.user)
    outgoing_waiting(sent.outgoing, at=sent.leaves_at)
    messages.success(request, _("%(reference)s has begun.") % {"reference": sent.thread.reference_number})
    return HttpResponseRedirect(reverse("inbox-thread", args=[sent.thread.pk]))


@require_POST
def start_draft(request: HttpRequest) -> HttpResponse:
    """Keep what is filled in, files included, until it is sent; `discard` throws it away."""
    if not may(request.user, Ability.CONVERSE):
        raise PermissionDenied
    if request.POST.get("discard"):
        start_draft_clear(user=request.user)
        return HttpResponseRedirect(reverse("inbox-new"))
    contact = _contact(request, request.POST)
    form = StartForm(request.user, contact, request.POST)
    channel = form.chosen()
    if channel is None:
        raise Http404
    try:
        files = _uploaded(request, channel)
    except DeskRefused as refused:
        return JsonResponse({"problem": str(refused)}, status=400)
    content = {name: texts for name, texts in request.POST.lists() if name not in _NEVER_KEPT}
    content["attachment"] = [*content.get("attachment", []), *(str(file.pk) for file in files)]
    start_draft_save(
        entity_id=channel.business_entity_id, user=request.user, contact=contact, content=content,
        now=timezone.now(),
    )  # fmt: skip
    return JsonResponse(
        {
            "saved": timezone.localtime().strftime("%H:%M"),
            "files": [{"id": str(file.pk), "name": file.name} for file in files],
        }
    )


def _takes_up(request: HttpRequest) -> bool:
    """Whether the page goes on where the user stopped: not when it is opened for somebody in particular."""
    return request.method == "GET" and not request.GET


def _given(kept: StartDraft) -> QueryDict:
    """A draft as the form that it was."""
    given = QueryDict(mutable=True)
    for name, texts in kept.content.items():
        given.setlist(name, texts)
    if kept.contact is not None:
        given["contact"] = str(kept.contact.pk)
    return given


def _uploaded(request: HttpRequest, channel: BusinessEntityChannel) -> list[DraftFile]:
    """The files that came with the form, kept until they are sent. Raises DeskRefused for one that is too large."""
    return [
        draft_file_add(
            entity_id=channel.business_entity_id, user=request.user, name=file.name or "",
            content_type=file.content_type or "", data=file.read(), now=timezone.now(),
        )
        for file in request.FILES.getlist("file")
    ]  # fmt: skip


def _words(request: HttpRequest, form: StartForm, contact: Contact | None) -> dict[str, Any]:
    """What can be written from the chosen channel: its templates, and the one that is chosen, filled in."""
    channel = form.chosen()
    context: dict[str, Any] = {"form": form, "contact": contact, "channel": channel, "templates": ()}
    if channel is None:
        return context
    capabilities = provider_for(channel.channel_type).capabilities
    brand = brand_profile(channel.business_entity_id, configuration_version())
    language = (contact.language if contact is not None else "") or brand.entity.default_language
    voice = voice_in(
        brand, brand.channels[channel.pk], user=request.user, now=timezone.now(), language=language,
        customer_name=contact.name if contact is not None else str(form.data.get("name", "")),
        reference_number="",
    )  # fmt: skip
    templates = template_choices(channel.channel_type, voice)
    chosen = next((one for one in templates if str(one.id) == form.data.get("template")), None)
    return context | {
        "templates": templates,
        "chosen": chosen,
        "values": _values(form, chosen),
        "subject": form.data.get("subject") or (chosen.subject if chosen is not None else ""),
        "body": _body(form, chosen, request.method == "POST"),
        "window": capabilities.reply_window is not None,
        "has_subject": capabilities.native_threads,
        "can_attach": capabilities.attachments,
        "signature": voice.signature if capabilities.rich_text else "",
    }


def _body(form: StartForm, chosen: TemplateChoice | None, posted: bool) -> str:
    typed = str(form.data.get("body", ""))
    if chosen is None or (posted and not chosen.approved):
        return typed
    return chosen.body if chosen.approved or not typed.strip() else typed


def _values(form: StartForm, chosen: TemplateChoice | None) -> list[tuple[str, str, str]]:
    """The values an approved template asks for: (name of the field, label, value)."""
    if chosen is None:
        return []
    given = form.values
    return [
        (f"{VALUE_PREFIX}{field.name}", field.label, given.get(field.name) or field.value)
        for field in chosen.fields
    ]


def _contact(request: HttpRequest, given: QueryDict) -> Contact | None:
    """The chosen contact; None when the channel that was chosen since belongs to another brand."""
    contact = _found(
        scope(Contact.objects.select_related("business_entity"), request.user, Ability.CONVERSE),
        given.get("contact"),
    )
    if contact is None or not given.get("channel"):
        return contact
    channel = _found(
        BusinessEntityChannel.objects.filter(business_entity=contact.business_entity_id), given.get("channel")
    )
    return contact if channel is not None else None


def _found(rows: QuerySet[M], key: str | None) -> M | None:
    try:
        return rows.filter(pk=UUID(key or "")).first()
    except ValueError:
        return None


def _kept_files(request: HttpRequest, form: StartForm, given: QueryDict) -> list[DraftFile]:
    """The files that were added before: by a form that was refused, or by the draft."""
    kept = getattr(form, "kept", None) or IdsField(required=False).clean(given.getlist("attachment"))
    return list(DraftFile.objects.filter(pk__in=kept, user=request.user.pk)) if kept else []
