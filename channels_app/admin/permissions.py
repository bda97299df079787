"""What a page of the admin asks of the memberships; the answers come from `channels_app.scoping` alone."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.admin.options import BaseModelAdmin
from django.db.models import Field, ForeignKey, ManyToManyField, Model, QuerySet
from django.http import HttpRequest

from channels_app.models import BusinessEntity, BusinessEntityChannel, CommunicationChannel
from channels_app.scoping import Ability, brand_lookup, brand_of, entity_ids, may, scope


def belongs_to_brands(model: type[Model]) -> bool:
    """Whether rows of this model hang on a brand, so that they must pass `scope`."""
    return bool(getattr(model, "brand_lookup", None))


def only_brand(request: HttpRequest, ability: Ability) -> BusinessEntity | None:
    """The one brand in which the user has this ability; None when there are more, or none."""
    brands = list(scope(BusinessEntity.objects.filter(is_active=True), request.user, ability)[:2])
    return brands[0] if len(brands) == 1 else None


_NAMES_NEED: dict[type[Model], tuple[str, ...]] = {
    BusinessEntityChannel: ("business_entity",),
    CommunicationChannel: ("business_entity_channel__business_entity",),
}


def named(rows: QuerySet[Any]) -> QuerySet[Any]:
    """The rows with what their names are made of, so that a list of choices is one query."""
    return rows.select_related(*_NAMES_NEED.get(rows.model, ()))


class ScopedPermissions(BaseModelAdmin):  # type: ignore[type-arg]
    """Rights by membership instead of Django's permission tables, for pages and for inlines.

    `change_ability` None makes the page read-only. Django asks with a row, without one, and Unfold's
    buttons with the id of one; all three are answered for the brand of that row.
    """

    view_ability: ClassVar[Ability] = Ability.VIEW
    change_ability: ClassVar[Ability | None] = Ability.CONFIGURE
    addable: ClassVar[bool] = True
    deletable: ClassVar[bool] = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        brand_lookup(self.model)  # raises for a model that does not say whose it is

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return scope(super().get_queryset(request), request.user, self.view_ability)

    def allowed(self, request: HttpRequest, ability: Ability | None, obj: Any = None) -> bool:
        """Whether the user may do this with a row (or its id), or, without one, with any."""
        if ability is None or not may(request.user, ability):
            return False
        if obj is None:
            return True
        if not isinstance(obj, Model):
            obj = self.get_queryset(request).filter(pk=str(obj)).first()
            if obj is None:
                return False
        brand = brand_of(obj)
        if brand is None:  # a row of no brand is for those who may see every brand
            return entity_ids(request.user, ability) is None
        return may(request.user, ability, brand)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.allowed(request, self.view_ability, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.allowed(request, self.change_ability, obj)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.addable and self.allowed(request, self.change_ability, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.deletable and self.allowed(request, self.change_ability, obj)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.allowed(request, self.view_ability)

    def formfield_for_foreignkey(
        self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> Any:
        self._only_own_choices(db_field, request, kwargs)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_manytomany(
        self, db_field: ManyToManyField[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> Any:
        self._only_own_choices(db_field, request, kwargs)
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def _only_own_choices(
        self, db_field: Field[Any, Any], request: HttpRequest, options: dict[str, Any]
    ) -> None:
        related: Any = db_field.related_model
        if "queryset" in options or not belongs_to_brands(related):
            return
        # What a row is given to, its user must be allowed to change; what it refers to, only to see.
        ability = (self.change_ability if related is BusinessEntity else None) or self.view_ability
        choices = scope(related._default_manager.all(), request.user, ability)
        brand = getattr(request, "edited_brand", None)
        if brand is not None and related is not BusinessEntity:
            choices = choices.filter(**{related.brand_lookup: brand})
        options["queryset"] = named(choices)
