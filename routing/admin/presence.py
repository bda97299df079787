"""Who is at work, what they have in hand, and how much they can carry. Managers set how much."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from channels_app.admin.base import ScopedModelAdmin
from channels_app.admin.display import moment_html, pill
from channels_app.models import CommunicationThread
from channels_app.scoping import Ability, entity_ids, may, scope
from routing.models import StaffPresence
from routing.selectors.colleagues import colleagues
from routing.services.desk.auto_assignment import WORKED_ON
from routing.services.desk.presence import PRESENT_FOR


@admin.register(StaffPresence)
class PresenceAdmin(ScopedModelAdmin):
    """A person hangs on no brand: shown are the colleagues of the brands in which the user may configure, and
    their own."""

    view_ability = Ability.VIEW
    change_ability = Ability.CONFIGURE
    addable = False
    fixed_fields = ()
    list_display = ("person", "state", "seen", "in_hand", "capacity")
    list_select_related = ("user",)
    search_fields = ("user__username", "user__first_name", "user__last_name")
    ordering = ("user__first_name", "user__last_name", "user__username")
    fields = ("person", "is_available", "state", "in_hand", "capacity")
    readonly_fields = ("person", "is_available", "state", "in_hand")
    empty_title = _("Nobody was at work yet")
    empty_hint = _("Whoever opens the inbox appears here by themselves.")
    empty_icon = "person_check"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        brands = entity_ids(request.user, Ability.CONFIGURE)
        rows: QuerySet[Any] = StaffPresence.objects.order_by(*self.ordering)
        if brands is not None:
            rows = rows.filter(user__in=colleagues(brands).filter(is_superuser=False).values("pk"))
        in_hand = scope(CommunicationThread.objects.all(), request.user, Ability.CONFIGURE).filter(
            assignee=OuterRef("user"), status__in=WORKED_ON
        )
        held = in_hand.order_by().values("assignee").annotate(count=Count("pk")).values("count")
        counted: QuerySet[Any] = rows.annotate(held=Coalesce(Subquery(held), 0))
        return counted

    def allowed(self, request: HttpRequest, ability: Ability | None, obj: Any = None) -> bool:
        if ability is None or not may(request.user, Ability.CONFIGURE):
            return False
        key = obj.pk if isinstance(obj, StaffPresence) else obj
        return obj is None or self.get_queryset(request).filter(pk=key).exists()

    @display(description=_("person"), ordering="user__first_name")
    def person(self, row: StaffPresence) -> str:
        return row.user.get_full_name() or row.user.get_username()

    @display(description=_("now"))
    def state(self, row: StaffPresence) -> SafeString:
        if not row.is_available:
            return pill(gettext("Away"), "warning")
        here = row.last_seen_at is not None and row.last_seen_at > timezone.now() - PRESENT_FOR
        return pill(gettext("At work"), "good") if here else pill(gettext("Not there"), "neutral")

    @display(description=_("last at work"), ordering="last_seen_at")
    def seen(self, row: StaffPresence) -> Any:
        return moment_html(row.last_seen_at)

    @display(description=_("has in hand"), ordering="held")
    def in_hand(self, row: Any) -> int:
        return int(row.held)
