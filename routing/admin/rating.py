"""What customers thought, and whom they were asked about."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import TextChoices
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from channels_app.admin.base import ReadOnlyAdmin
from channels_app.admin.display import NOTHING, brand_badge, department_label, moment_html, pill
from routing.models import ConversationRating

LONGEST_COMMENT = 140


class ScoreFilter(admin.SimpleListFilter):
    title = _("satisfaction")
    parameter_name = "score"

    class Choice(TextChoices):
        LOW = "low", _("1 or 2")
        MIDDLE = "middle", "3"
        HIGH = "high", _("4 or 5")

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return self.Choice.choices

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        scores = {"low": (1, 2), "middle": (3,), "high": (4, 5)}.get(self.value() or "")
        return queryset.filter(score__in=scores) if scores else queryset


@admin.register(ConversationRating)
class RatingAdmin(ReadOnlyAdmin):
    list_display = ("mark", "words", "conversation", "badge", "department", "when")
    list_filter = ("business_entity", ScoreFilter)
    list_select_related = ("business_entity", "thread", "channel")
    search_fields = ("comment", "thread__reference_number")
    search_help_text = _("Words of the customer, or the number of the conversation")
    date_hierarchy = "rated_at"
    empty_title = _("No ratings yet")
    empty_hint = _(
        "Switch them on at a brand, under Ratings; then customers are asked after their conversation."
    )
    empty_icon = "star"
    fields = ("mark", "comment", "conversation", "business_entity", "department", "rated_at")
    readonly_fields = fields

    @display(description=_("mark"), ordering="score")
    def mark(self, rating: ConversationRating) -> SafeString:
        kind = "bad" if rating.score <= 2 else "warning" if rating.score == 3 else "good"
        return pill(f"{rating.score} / 5", kind)

    @display(description=_("comment"))
    def words(self, rating: ConversationRating) -> str:
        if len(rating.comment) <= LONGEST_COMMENT:
            return rating.comment or NOTHING
        return f"{rating.comment[:LONGEST_COMMENT]}…"

    @display(description=_("conversation"), ordering="thread__reference_number")
    def conversation(self, rating: ConversationRating) -> SafeString:
        url = reverse("admin:channels_app_communicationthread_change", args=[rating.thread_id])
        return format_html('<a href="{}" class="cc-link-button">{}</a>', url, rating.thread.reference_number)

    @display(description=_("brand"), ordering="business_entity__entity_name")
    def badge(self, rating: ConversationRating) -> Any:
        return brand_badge(rating.business_entity)

    @display(description=_("department"), ordering="channel__channel_code")
    def department(self, rating: ConversationRating) -> str:
        return department_label(rating.channel.channel_code)

    @display(description=_("when"), ordering="rated_at")
    def when(self, rating: ConversationRating) -> Any:
        return moment_html(rating.rated_at)
