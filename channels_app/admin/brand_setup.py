"""The pages that make a brand, say what it lacks, and carry its configuration in and out."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core import signing
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext

from channels_app.admin.display import brand_badge, department_label, medium_icon
from channels_app.forms.brand_setup import STANDARD, BrandFileForm, NewBrandForm
from channels_app.models import BusinessEntity, CommunicationTemplate, MentionGroup
from channels_app.models.channel import BusinessEntityChannel
from channels_app.schemas.brand_file import BrandFile
from channels_app.scoping import Ability, entity_ids
from channels_app.selectors.brand_checklist import brand_checklist
from channels_app.services.brand_setup.applying import (
    PartChange,
    brand_apply,
    brand_plan,
    read_brand_file,
)
from channels_app.services.brand_setup.beginning import copy_file, standard_file
from channels_app.services.brand_setup.exporting import brand_file
from channels_app.services.brand_setup.switching import brand_go_live, brand_shadow

_SALT = "channels_app.brand_file"
_LONGEST_VALUE = 160


def checklist_url(entity: BusinessEntity) -> str:
    return reverse("admin:channels_app_businessentity_checklist", args=[entity.pk])


def begin_page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """A new brand from the standard set or from another brand; then what it still lacks."""
    form = NewBrandForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        source, media = form.cleaned_data["source"], form.cleaned_data["used_media"]
        if source == STANDARD:
            file = standard_file(form.new, media)
        else:
            file = copy_file(BusinessEntity.objects.get(pk=source), form.new, media)
        try:
            brand = brand_apply(user=request.user, file=file, entity=None)
        except ValidationError as error:
            form.add_error(None, error.messages)
        else:
            messages.success(
                request, gettext("%(brand)s is there. Now give it its channels.") % {"brand": brand}
            )
            return HttpResponseRedirect(checklist_url(brand))
    context |= {
        "title": gettext("Set up a brand"),
        "form": form,
        "main": [form[name] for name in ("name", "domain", "source", "used_media")],
        "more": [form[name] for name in ("colour", "language", "code", "number_prefix")],
        "import_url": reverse("admin:channels_app_businessentity_bring_in"),
    }
    return TemplateResponse(request, "admin/channels_app/brand_setup/begin.html", context)


def checklist_page(
    request: HttpRequest, entity: BusinessEntity, context: dict[str, Any], *, may_change: bool
) -> HttpResponse:
    """What a brand still lacks, each with a link to where it is mended; and the switch to go live."""
    if request.method == "POST":
        if not may_change:
            raise PermissionDenied
        if "_live" in request.POST:
            brand_go_live(user=request.user, entity=entity, now=timezone.now())
            messages.success(request, gettext("%(brand)s is live: answers go out.") % {"brand": entity})
        elif "_shadow" in request.POST:
            brand_shadow(user=request.user, entity=entity)
            messages.success(
                request, gettext("%(brand)s is in shadow mode: nothing goes out.") % {"brand": entity}
            )
        return HttpResponseRedirect(checklist_url(entity))
    checklist = brand_checklist(entity)
    context |= {
        "title": gettext("Before %(brand)s goes live") % {"brand": entity},
        "original": entity,
        "badge": brand_badge(entity),
        "checklist": checklist,
        "channels": [
            (one, medium_icon(one.channel.channel_type), department_label(one.channel.channel_code))
            for one in checklist.channels
        ],
        "may_change": may_change,
        "simulator": reverse("simulator"),
    }
    return TemplateResponse(request, "admin/channels_app/brand_setup/checklist.html", context)


def export_file(entity: BusinessEntity) -> HttpResponse:
    """The brand's configuration, to be downloaded."""
    answer = HttpResponse(
        brand_file(entity).model_dump_json(indent=2), content_type="application/json; charset=utf-8"
    )
    answer["Content-Disposition"] = f'attachment; filename="{slugify(entity.entity_code)}.json"'
    answer["Cache-Control"] = "no-store"
    return answer


def bring_in_page(
    request: HttpRequest, entity: BusinessEntity | None, context: dict[str, Any]
) -> HttpResponse:
    """A file, then what it would change, then that. entity None: the brand that the file names, or a new one.

    Between the two steps the file travels with the page, signed: nothing is kept of what was only looked at.
    """
    form = BrandFileForm(request.POST or None, request.FILES or None)
    file: BrandFile | None = None
    if request.method == "POST":
        try:
            file = _given(request, form)
        except ValidationError as error:
            form.add_error("file", error)
    if file is None:
        context |= {"title": gettext("Import a brand's configuration"), "form": form, "original": entity}
        return TemplateResponse(request, "admin/channels_app/brand_setup/choose_file.html", context)
    target = entity or BusinessEntity.objects.filter(entity_code=file.brand.entity_code).first()
    _may_bring_in(request, target)
    plan = brand_plan(file=file, entity=target)
    if "_apply" in request.POST and not plan.problems:
        try:
            brand = brand_apply(user=request.user, file=file, entity=target)
        except ValidationError as error:
            plan.problems += error.messages
        else:
            messages.success(
                request, gettext("The configuration of %(brand)s was imported.") % {"brand": brand}
            )
            return HttpResponseRedirect(checklist_url(brand))
    context |= {
        "title": gettext("What the file would change"),
        "original": target,
        "brand_name": file.brand.entity_name,
        "plan": plan,
        "changes": [(_kind(change), change, _fields(change)) for change in plan.changes],
        "signed": signing.dumps(file.model_dump(mode="json"), salt=_SALT, compress=True),
    }
    return TemplateResponse(request, "admin/channels_app/brand_setup/plan.html", context)


def _given(request: HttpRequest, form: BrandFileForm) -> BrandFile | None:
    signed = request.POST.get("signed")
    if signed:
        try:
            return BrandFile.model_validate(signing.loads(signed, salt=_SALT, max_age=24 * 3600))
        except signing.BadSignature as error:
            raise ValidationError(gettext("Choose the file again.")) from error
    if not form.is_valid():
        return None
    return read_brand_file(form.cleaned_data["file"].read())


def _may_bring_in(request: HttpRequest, target: BusinessEntity | None) -> None:
    allowed = entity_ids(request.user, Ability.ADMINISTER)
    if allowed is not None and (target is None or target.pk not in allowed):
        raise PermissionDenied


_MODELS: dict[str, Any] = {
    "brand": BusinessEntity,
    "channel": BusinessEntityChannel,
    "template": CommunicationTemplate,
    "mention_group": MentionGroup,
}


def _kind(change: PartChange) -> str:
    name = str(_MODELS[change.kind]._meta.verbose_name)
    return name[:1].upper() + name[1:]


def _fields(change: PartChange) -> list[tuple[str, str, str]]:
    model = _MODELS[change.kind]
    named = {
        field.name: str(getattr(field, "verbose_name", field.name)) for field in model._meta.get_fields()
    }
    return [
        (named.get(name, name.replace("_", " ")), _shown(before), _shown(after))
        for name, before, after in change.fields
    ]


def _shown(value: Any) -> str:
    if value in (None, "", [], {}):
        return "–"
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…"
