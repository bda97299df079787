"""What administrators do for a contact who asks: hand out the data, and erase it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.admin.options import BaseModelAdmin
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action

from channels_app.admin.retention import counts_in_words
from channels_app.models import Contact
from channels_app.requests import client_address
from channels_app.scoping import Ability, may
from channels_app.services.privacy.access import subject_access_export
from channels_app.services.privacy.contacts import contact_erase, erasure_count


class ContactPrivacy(BaseModelAdmin):  # type: ignore[type-arg]
    """Buttons of the contact's page; for the administrators of its brand."""

    def has_privacy_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return bool(self.allowed(request, Ability.ADMINISTER, object_id))  # type: ignore[attr-defined]

    @action(
        description=_("Hand out data"), url_path="hand-out", icon="folder_zip", permissions=["privacy"],
        attrs={"data-post": "1"},
    )  # fmt: skip
    def hand_out(self, request: HttpRequest, object_id: str) -> HttpResponse | FileResponse:
        contact = self._theirs(request, object_id)
        if request.method != "POST":
            return HttpResponseRedirect(reverse("admin:channels_app_contact_change", args=[contact.pk]))
        now = timezone.now()
        archive = subject_access_export(
            contact=contact, actor=request.user, now=now, ip=client_address(request)
        )
        answer = FileResponse(
            archive, as_attachment=True, filename=f"{contact.business_entity.entity_code}-{now:%Y-%m-%d}.zip",
            content_type="application/zip",
        )  # fmt: skip
        answer["X-Content-Type-Options"] = "nosniff"
        return answer

    @action(description=_("Erase"), url_path="erase", icon="person_remove", permissions=["privacy"])
    def erase(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Says what would go; only the word of confirmation erases."""
        contact = self._theirs(request, object_id)
        word = gettext("erase")
        given = request.POST.get("word", "").strip().lower()
        if request.method == "POST" and given == word:
            contact_erase(contact=contact, actor=request.user, now=timezone.now(), ip=client_address(request))
            messages.success(request, gettext("The contact is erased. Only counts are left."))
            return HttpResponseRedirect(reverse("admin:channels_app_contact_change", args=[contact.pk]))
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Erase a contact"), "opts": contact._meta, "contact": contact, "word": word,
            "wrong": bool(given), "counts": counts_in_words(erasure_count(contact=contact)),
            "back": reverse("admin:channels_app_contact_change", args=[contact.pk]),
        }  # fmt: skip
        return TemplateResponse(request, "admin/privacy/erase.html", context)

    def _theirs(self, request: HttpRequest, object_id: str) -> Contact:
        contact = self.get_object(request, object_id)  # type: ignore[attr-defined]
        if contact is None or not may(request.user, Ability.ADMINISTER, contact.business_entity_id):
            raise PermissionDenied
        return contact  # type: ignore[no-any-return]
