"""Filters beside a list; none of them names a row of somebody else's brand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter, RelatedDropdownFilter

from channels_app.admin.display import department_label, medium_choices
from channels_app.admin.permissions import belongs_to_brands, named
from channels_app.models import BusinessEntityChannel
from channels_app.scoping import scope


class ScopedRelatedFilter(RelatedDropdownFilter):  # type: ignore[misc]
    """A choice among related rows of the user's brands. With one to choose from there is no filter."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        related = field.related_model
        if not belongs_to_brands(related):
            return []
        rows = scope(related._default_manager.all(), request.user, model_admin.view_ability)
        return [(row.pk, str(row)) for row in named(rows)]

    def has_output(self) -> bool:
        return len(self.lookup_choices) > 1


class MediumFilter(ChoicesDropdownFilter):  # type: ignore[misc]
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


class DepartmentFilter(DropdownFilter):  # type: ignore[misc]
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
