from __future__ import annotations

from typing import Any

from django.apps import apps
from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from channels_app.admin.base import ScopedModelAdmin
from channels_app.admin.display import NOTHING, brand_badge, moment_html
from channels_app.models import RetentionPolicy
from channels_app.scoping import Ability
from channels_app.services.privacy.retention import retention_count


@admin.register(RetentionPolicy)
class RetentionAdmin(ScopedModelAdmin):
    """How long a brand keeps what. Saving removes nothing yet: the nightly run does, and the page says
    beforehand what it will take out."""

    view_ability = Ability.ADMINISTER
    change_ability = Ability.ADMINISTER
    list_display = ("badge", "raw_days", "files_days", "text_days", "identity_days", "last_run")
    list_display_links = ("badge",)
    list_select_related = ("business_entity",)
    empty_title = _("Everything is kept for good")
    empty_hint = _("Add a retention period, so that what customers wrote goes when you no longer need it.")
    empty_icon = "auto_delete"
    fieldsets = (
        (
            None,
            {
                "description": _(
                    "Empty: kept for good, but for raw exchanges. Counts, response times and figures always stay."
                ),
                "fields": ("business_entity", ("raw_days", "files_days"), ("text_days", "identity_days")),
            },
        ),
        (_("What goes"), {"fields": ("preview", "last_run", "then")}),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return (*super().get_readonly_fields(request, obj), "preview", "last_run", "then")

    @display(description=_("brand"), ordering="business_entity__entity_name")
    def badge(self, policy: RetentionPolicy) -> Any:
        return brand_badge(policy.business_entity)

    @display(description=_("in the next run, with the periods as saved"))
    def preview(self, policy: RetentionPolicy) -> Any:
        if policy._state.adding:
            return gettext("Save first; then this says what the next run takes out.")
        return counts_in_words(retention_count(policy=policy, now=timezone.now()))

    @display(description=_("last removed"))
    def last_run(self, policy: RetentionPolicy) -> Any:
        return moment_html(policy.last_run_at)

    @display(description=_("removed then"))
    def then(self, policy: RetentionPolicy) -> Any:
        return counts_in_words(policy.last_counts)


def counts_in_words(counts: dict[str, int]) -> Any:
    """A list: messages 12, attachments 3."""
    if not counts:
        return gettext("Nothing")
    rows = [
        (capfirst(str(apps.get_model(label)._meta.verbose_name_plural)), f"{count:,}".replace(",", "."))
        for label, count in counts.items()
    ]
    return format_html(
        '<table class="cc-table cc-counts"><tbody>{}</tbody></table>',
        format_html_join("", '<tr><td>{}</td><td class="cc-num">{}</td></tr>', rows) or NOTHING,
    )
