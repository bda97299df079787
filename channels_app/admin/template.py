from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from channels_app.admin.base import ScopedModelAdmin
from channels_app.admin.display import NOTHING, brand_badge, medium_choices, medium_icon, pill
from channels_app.admin.filters import MediumFilter, as_uuid
from channels_app.forms.template import TemplateForm, sample_variables
from channels_app.models import (
    BusinessEntity,
    BusinessEntityChannel,
    CommunicationMessage,
    CommunicationTemplate,
)
from channels_app.scoping import scope
from channels_app.services.mail_layout import mail_html
from channels_app.services.rendering import VARIABLES, render, render_html, validate_placeholders

_APPROVAL_KINDS = {"approved": "good", "pending": "info", "rejected": "bad", "paused": "warning"}


@admin.register(CommunicationTemplate)
class TemplateAdmin(ScopedModelAdmin):
    form = TemplateForm
    compressed_fields = False
    fixed_fields = ("business_entity", "template_code")
    list_display = ("name", "badge", "situation_pill", "where", "language", "approval_pill", "active")
    list_filter = (
        "business_entity", "situation", "language", ("channel_type", MediumFilter), "approval", "is_active",
    )  # fmt: skip
    list_select_related = ("business_entity", "channel__business_entity")
    search_fields = ("template_name", "template_code", "content", "provider_name")
    readonly_fields = ("approval", "quality", "synced_at", "provider_category")
    change_form_outer_after_template = "admin/channels_app/template_preview.html"
    empty_title = _("No templates yet")
    empty_hint = _(
        "A template is a text with placeholders: an automatic answer, a reply to pick, a signature. "
        "Start with the receipt of a first message."
    )
    empty_icon = "description"
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "business_entity", ("template_name", "template_code"), ("situation", "language"),
                    ("channel_type", "channel"), "is_active",
                )
            },
        ),
        (_("Text"), {"fields": ("subject", "content", "html_content")}),
        (
            _("At Meta"),
            {
                "classes": ["collapse"],
                "description": _("Only for an approved WhatsApp template, which may be sent outside the 24-hour window."),
                "fields": (
                    "provider_name", "provider_variables", "approval", "provider_category", "quality", "synced_at",
                ),
            },
        ),
    )  # fmt: skip

    def formfield_for_choice_field(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field: Any = super().formfield_for_choice_field(db_field, request, **kwargs)
        if db_field.name == "channel_type":
            field.choices = [("", _("Every medium")), *medium_choices()]
        return field

    def get_urls(self) -> list[URLPattern]:
        preview = path(
            "preview/",
            self.admin_site.admin_view(self.preview_view),
            name="channels_app_communicationtemplate_preview",
        )
        return [preview, *super().get_urls()]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        context["placeholders"] = [
            (name, f"{{{{ {name} }}}}", str(about)) for name, about in VARIABLES.items()
        ]
        context["preview_url"] = reverse("admin:channels_app_communicationtemplate_preview")
        template = kwargs.get("obj")
        if template is not None and not self.has_change_permission(request, template):
            context["fixed_preview"] = self._preview(template)
        return super().render_change_form(request, context, *args, **kwargs)  # type: ignore[no-any-return]

    def preview_view(self, request: HttpRequest) -> HttpResponse:
        """The posted texts, filled in with a sample; stores nothing."""
        if request.method != "POST" or not self.has_view_permission(request):
            raise PermissionDenied
        brands = scope(BusinessEntity.objects.all(), request.user, self.view_ability)
        given = as_uuid(request.POST.get("business_entity"))
        brand = (brands.filter(pk=given).first() if given else None) or self._brand_of_page(request)
        template = CommunicationTemplate(
            business_entity=brand or brands.first(),
            subject=request.POST.get("subject", ""),
            content=request.POST.get("content", ""),
            html_content=request.POST.get("html_content", ""),
            language=request.POST.get("language", "nl"),
        )
        return TemplateResponse(
            request, "admin/channels_app/template_preview_body.html", self._preview(template)
        )

    def _brand_of_page(self, request: HttpRequest) -> BusinessEntity | None:
        """On the page of an existing template the brand is fixed and not posted; the page says which one."""
        given = as_uuid(request.GET.get("template"))
        template = self.get_queryset(request).filter(pk=given).first() if given else None
        return template.business_entity if template is not None else None

    def _preview(self, template: CommunicationTemplate) -> dict[str, Any]:
        problems: list[str] = []
        for text in (template.subject, template.content, template.html_content):
            try:
                validate_placeholders(text)
            except ValidationError as error:
                problems += error.messages
        brand = template.business_entity if template.business_entity_id else None
        values = sample_variables(brand, template.language)
        body = render(template.content, values)
        return {
            "problems": list(dict.fromkeys(problems)),
            "body": body,
            "subject": render(template.subject, values),
            "time": timezone.localtime(),
            "mail": self._mail(template, brand, body, values) if brand is not None else "",
        }

    @staticmethod
    def _mail(
        template: CommunicationTemplate, brand: BusinessEntity, body: str, values: dict[str, str]
    ) -> str:
        channel = template.channel if template.channel_id else None
        channel = channel or BusinessEntityChannel(
            business_entity=brand,
            channel_name=values["channel_name"],
            channel_address=f"support@{next(iter(brand.own_domains), 'voorbeeld.nl')}",
        )
        channel.business_entity = brand
        message = CommunicationMessage(
            subject=render(template.subject, values),
            body=body,
            html=render_html(template.html_content, values) if template.html_content else "",
            data={"language": template.language},
        )
        return mail_html(message=message, channel=channel)

    @display(description=_("template"), header=True, ordering="template_name")
    def name(self, template: CommunicationTemplate) -> list[str]:
        return [template.template_name, " ".join(template.content.split())[:70]]

    @display(description=_("brand"), ordering="business_entity__entity_name")
    def badge(self, template: CommunicationTemplate) -> Any:
        return brand_badge(template.business_entity)

    @display(description=_("used for"), ordering="situation")
    def situation_pill(self, template: CommunicationTemplate) -> SafeString:
        return pill(template.get_situation_display())

    @display(description=_("where"))
    def where(self, template: CommunicationTemplate) -> Any:
        if template.channel is not None:
            return template.channel.channel_name
        return medium_icon(template.channel_type) if template.channel_type else _("Everywhere")

    @display(description=_("approval"), ordering="approval")
    def approval_pill(self, template: CommunicationTemplate) -> Any:
        if template.approval == CommunicationTemplate.Approval.NOT_NEEDED:
            return NOTHING
        return pill(template.get_approval_display(), _APPROVAL_KINDS.get(template.approval, "neutral"))

    @display(description=_("active"), boolean=True, ordering="is_active")
    def active(self, template: CommunicationTemplate) -> bool:
        return template.is_active
