"""Filters beside a list; none of them names a row of somebody else's brand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import (
    ChoicesDropdownFilter,
    DropdownFilter,
    RadioFilter,
    RelatedDropdownFilter,
)

from channels_app.admin.display import department_label, medium_choices
from channels_app.admin.permissions import belongs_to_brands, named
from channels_app.models import BusinessEntity, BusinessEntityChannel
from channels_app.scoping import brand_lookup, scope


class ScopedRelatedFilter(RelatedDropdownFilter):
    """A choice among related rows of the user's brands. With one to choose from there is no filter."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        related = field.related_model
        if not belongs_to_brands(related):
            return []
        rows = scope(related._default_manager.all(), request.user, model_admin.view_ability)
        return [(row.pk, str(row)) for row in named(rows)]

    def has_output(self) -> bool:
        return len(self.lookup_choices) > 1


class MediumFilter(ChoicesDropdownFilter):
    """A choice among the registered media, for a column that holds a medium's code."""

    def choices(self, changelist: Any) -> Iterator[dict[str, Any]]:
        yield {
            "form": self.form_class(
                label=self.title,
                name=self.lookup_kwarg,
                choices=[self.all_option, *medium_choices()],
                data={self.lookup_kwarg: self.value()},
            )
        }


class DepartmentFilter(DropdownFilter):
    """A choice among the departments of the user's brands. `column` is the path to the channel's code."""

    title = _("department")
    parameter_name = "department"
    column = "channel_code"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        codes = (
            scope(BusinessEntityChannel.objects.all(), request.user, model_admin.view_ability)
            .order_by("channel_code")
            .values_list("channel_code", flat=True)
            .distinct()
        )
        return [(code, department_label(code)) for code in codes]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(**{self.column: self.value()}) if self.value() else queryset


class OwnerFilter(DepartmentFilter):
    column = "channel__channel_code"


class BrandOfChannelFilter(DropdownFilter):
    """A choice among the user's brands for rows that hang on a brand through their channel."""

    title = _("brand")
    parameter_name = "brand"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        brands = scope(BusinessEntity.objects.all(), request.user, model_admin.view_ability)
        return [(str(brand.pk), brand.entity_name) for brand in brands]

    def has_output(self) -> bool:
        return len(self.lookup_choices) > 1

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        brand = as_uuid(self.value())
        return queryset.filter(**{brand_lookup(queryset.model) or "pk": brand}) if brand else queryset


def as_uuid(text: Any) -> UUID | None:
    """The id in a query string, None when there is none or it is not one."""
    try:
        return UUID(str(text)) if text else None
    except ValueError:
        return None


class NeedsAttentionFilter(RadioFilter):
    """Outgoing items about which a person must decide."""

    title = _("attention")
    parameter_name = "attention"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("Failed, unknown or held back"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        undecided = ("failed", "unknown", "held")
        return queryset.filter(state__in=undecided) if self.value() == "yes" else queryset


class OpenFilter(RadioFilter):
    """Incidents that are still going on."""

    title = _("open")
    parameter_name = "open"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("Open")), ("no", _("Closed"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() not in ("yes", "no"):
            return queryset
        return queryset.filter(closed_at__isnull=self.value() == "yes")
