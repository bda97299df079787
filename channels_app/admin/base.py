"""The base of every page of the admin: brand scoping, filters and lists that behave alike."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.admin import ShowFacets
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models import Model
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline
from unfold.contrib.filters.admin import BooleanRadioFilter, ChoicesDropdownFilter

from channels_app.admin.filters import ScopedRelatedFilter
from channels_app.admin.permissions import ScopedPermissions, only_brand
from channels_app.forms.fields import ChipsField
from channels_app.models.fields import TextListField
from channels_app.scoping import brand_of, require

Text = str | Promise


class ListsAsChips:
    """Lists of words are edited as chips, wherever they stand."""

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if isinstance(db_field, TextListField):
            return db_field.formfield(form_class=ChipsField)
        return super().formfield_for_dbfield(db_field, request, **kwargs)  # type: ignore[misc]


class ScopedModelAdmin(ListsAsChips, ScopedPermissions, ModelAdmin):
    """A page that shows a member of staff the rows of their brands, and lets them do what their role allows.

    `empty_title` and `empty_hint` say what to do when the list is empty. Fields in `fixed_fields` can be
    set when a row is made and not changed afterwards.
    """

    empty_title: ClassVar[Text] = _("Nothing here yet")
    empty_hint: ClassVar[Text] = ""
    empty_icon: ClassVar[str] = "inbox"
    fixed_fields: ClassVar[tuple[str, ...]] = ("business_entity",)

    list_per_page = 50
    list_filter_submit = True
    list_fullwidth = True
    show_facets = ShowFacets.NEVER
    warn_unsaved_form = True
    save_on_top = False
    search_help_text: Any = None

    def get_ordering(self, request: HttpRequest) -> Any:
        """That of the model, said out loud: a page that counts something would drop it, and suggestions while
        typing are paged."""
        return super().get_ordering(request) or self.model._meta.ordering or ("-pk",)

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        return [self._filter(given) for given in super().get_list_filter(request)]

    def _filter(self, given: Any) -> Any:
        if not isinstance(given, str):
            return given
        try:
            field: Any = self.model._meta.get_field(given)
        except FieldDoesNotExist:
            return given
        if field.is_relation:
            return (given, ScopedRelatedFilter)
        if isinstance(field, models.BooleanField):
            return (given, BooleanRadioFilter)
        return (given, ChoicesDropdownFilter) if field.choices else given

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = tuple(super().get_readonly_fields(request, obj))
        return (*fields, *(name for name in self.fixed_fields if name not in fields)) if obj else fields

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        request.edited_brand = brand_of(obj) if obj is not None else None  # type: ignore[attr-defined]
        return super().get_form(request, obj, change=change, **kwargs)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        initial: dict[str, Any] = super().get_changeform_initial_data(request)
        names = {field.name for field in self.model._meta.fields}
        if "business_entity" in names and "business_entity" not in initial and self.change_ability:
            brand = only_brand(request, self.change_ability)
            if brand is not None:
                initial["business_entity"] = brand.pk
        return initial

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        brand = brand_of(obj)
        if self.change_ability is not None and brand is not None:
            require(request.user, self.change_ability, brand)
        super().save_model(request, obj, form, change)


class ReadOnlyAdmin(ScopedModelAdmin):
    """A page to look at: logs, receipts, figures."""

    change_ability = None
    addable = False
    warn_unsaved_form = False


class ScopedTabularInline(ListsAsChips, ScopedPermissions, TabularInline):
    """Rows of the same brand as the page they stand on."""

    extra = 0


class ReadOnlyInline(ScopedTabularInline):
    change_ability = None
    addable = False
    can_delete = False
    show_change_link = True
