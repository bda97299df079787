"""The page on which two contacts become one, with everything that moves shown before."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from channels_app.admin.display import moment
from channels_app.models import Contact
from channels_app.scoping import Ability, scope
from channels_app.selectors.contacts import merge_candidates, merge_preview
from channels_app.services.contact_merge import contact_merge


def contact_url(contact: Contact) -> str:
    return reverse("admin:channels_app_contact_change", args=[contact.pk])


def merge_page(request: HttpRequest, contact: Contact, context: dict[str, Any]) -> HttpResponse:
    """`?with=<id>`: that contact becomes part of this one; without it, a choice of contacts to merge with."""
    own = scope(Contact.objects.all(), request.user, Ability.CONVERSE)
    wanted = request.POST.get("with") or request.GET.get("with") or ""
    duplicate = own.filter(business_entity_id=contact.business_entity_id, pk=_uuid(wanted)).first()
    if request.method == "POST" and duplicate is not None:
        try:
            contact_merge(user=request.user, kept=contact, duplicate=duplicate, now=timezone.now())
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        else:
            messages.success(
                request,
                gettext("“%(gone)s” is now part of %(kept)s.") % {"gone": duplicate, "kept": contact},
            )
        return HttpResponseRedirect(contact_url(contact))
    words = request.GET.get("q", "").strip()
    context |= {
        "title": gettext("Merge %(contact)s with another contact") % {"contact": contact},
        "kept": contact,
        "words": words,
        "contact_url": contact_url(contact),
    }
    if duplicate is None or duplicate.pk == contact.pk:
        context["candidates"] = merge_candidates(contact, own, words)
        return TemplateResponse(request, "admin/channels_app/contact_merge/choose.html", context)
    preview = merge_preview(contact, duplicate)
    context |= {
        "preview": preview,
        "filled": [(_label(name), _shown(value)) for name, value in preview.filled],
        "lost": [(_label(name), _shown(mine), _shown(theirs)) for name, mine, theirs in preview.lost],
        "joined": [(_label(name), ", ".join(values)) for name, values in preview.joined],
    }
    return TemplateResponse(request, "admin/channels_app/contact_merge/confirm.html", context)


def _uuid(text: str) -> Any:
    field = Contact._meta.pk
    assert field is not None  # noqa: S101 every model has a key
    try:
        return field.to_python(text or None)
    except ValidationError:
        return None


def _label(name: str) -> str:
    label = str(getattr(Contact._meta.get_field(name), "verbose_name", name))
    return label[:1].upper() + label[1:]


def _shown(value: Any) -> str:
    return moment(value) if hasattr(value, "tzinfo") else str(value)
