"""Filters of conversations and decisions, as people ask for them."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter, RadioFilter

from channels_app.models import CommunicationChannel
from channels_app.scoping import Ability, entity_ids, members_of, scope
from channels_app.selectors.rule_uses import rule_uses
from routing.admin.words import rule_name
from routing.models import MessageRoutingLog

LABELS_OFFERED = 50
RULES_OFFERED = 60


class ThreadViewFilter(RadioFilter):
    title = _("view")
    parameter_name = "view"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("open", _("Open")),
            ("overdue", _("Answer overdue")),
            ("urgent", _("Urgent")),
            ("unowned", _("Without a department")),
            ("unsure", _("Routing unsure")),
            ("mine", _("Mine")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        view = self.value()
        if view is None or view == "":
            return queryset
        unresolved = queryset.exclude(status="resolved").filter(set_aside=False)
        conditions: dict[str, dict[str, Any]] = {
            "open": {},
            "overdue": {"waiting_since__isnull": False, "response_due_at__lt": timezone.now()},
            "urgent": {"is_urgent": True},
            "unowned": {"channel__isnull": True},
            "unsure": {"is_unsure": True},
            "mine": {"assignee": request.user},
        }
        return unresolved.filter(**conditions[view]) if view in conditions else queryset


class AssigneeFilter(DropdownFilter):
    """Colleagues of the user's brands."""

    title = _("assigned to")
    parameter_name = "assignee"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        brands = entity_ids(request.user, model_admin.view_ability)
        if brands is None:
            people = User.objects.filter(is_active=True, is_staff=True).order_by("username")
            return [(str(person.pk), person.get_full_name() or person.username) for person in people]
        found = {row.user_id: row.user for row in members_of(brands).order_by("user__username")}
        return [(str(key), person.get_full_name() or person.username) for key, person in found.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        given = self.value()
        return queryset.filter(assignee=int(given)) if given and given.isdigit() else queryset


class LabelFilter(DropdownFilter):
    """Labels that routing gave lately within the user's brands."""

    title = _("label")
    parameter_name = "label"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        recent = (
            scope(MessageRoutingLog.objects.exclude(labels=[]), request.user, model_admin.view_ability)
            .order_by("-id")
            .values_list("labels", flat=True)[:500]
        )
        labels = sorted({label for given in recent for label in given})[:LABELS_OFFERED]
        return [(label, label) for label in labels]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        given = self.value()
        return queryset.filter(labels__contains=[given]) if given else queryset


class RuleFilter(DropdownFilter):
    """Decisions in which a rule had a say, of the rules used lately within the user's brands."""

    title = _("rule")
    parameter_name = "rule"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        uses = rule_uses(entity_ids(request.user, model_admin.view_ability), now=timezone.now())
        used = sorted(uses, key=lambda applied: -uses[applied].recent)[:RULES_OFFERED]
        chosen = request.GET.get(self.parameter_name, "")
        names = _message_rules(request.user, model_admin.view_ability)
        return [
            (applied, rule_name(applied, names))
            for applied in dict.fromkeys([*filter(None, [chosen]), *used])
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        given = self.value()
        return queryset.filter(applied_rules__contains=[given]) if given else queryset


def _message_rules(user: Any, ability: Ability) -> dict[str, str]:
    """The names of the message rules in the user's brands, by id."""
    lists = scope(CommunicationChannel.objects.exclude(message_routing_rules=[]), user, ability)
    return {
        str(rule.get("id")): str(rule.get("name"))
        for rules in lists.values_list("message_routing_rules", flat=True)
        for rule in rules or ()
    }
