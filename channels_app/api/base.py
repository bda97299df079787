"""What every resource of the API has in common: brand scope, abilities, pages."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import Model, QuerySet
from rest_framework import mixins, serializers, viewsets
from rest_framework.pagination import PageNumberPagination
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from channels_app.scoping import Ability, brand_of, entity_ids, may, scope


class Pages(PageNumberPagination):
    """`{"count", "next", "previous", "results"}`, 50 a page, up to 500 by `page_size`."""

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 500


class BrandPermission(BasePermission):
    """Reading needs the view's `view_ability`, writing its `change_ability`, in the brand of the row."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        return may(request.user, _ability(request, view))

    def has_object_permission(self, request: Request, view: APIView, obj: Any) -> bool:
        brand = brand_of(obj)
        if brand is None:
            return entity_ids(request.user, _ability(request, view)) is None
        return may(request.user, _ability(request, view), brand)


def _ability(request: Request, view: APIView) -> Ability:
    reading = request.method in ("GET", "HEAD", "OPTIONS")
    ability: Ability = getattr(view, "view_ability" if reading else "change_ability")
    return ability


class ScopedViewSet(viewsets.GenericViewSet[Any]):
    """A resource whose rows pass `scope`; it says which ability reading and changing need."""

    view_ability: ClassVar[Ability] = Ability.VIEW
    change_ability: ClassVar[Ability] = Ability.CONFIGURE
    permission_classes = (BrandPermission,)
    pagination_class = Pages

    def get_queryset(self) -> QuerySet[Any]:
        queryset = super().get_queryset()
        if getattr(self, "swagger_fake_view", False):  # the schema is made without a user
            return queryset.none()
        return scope(queryset, self.request.user, self.view_ability)


class ScopedReadViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """Lists and shows rows of the user's brands."""


class ScopedRelatedField(serializers.SlugRelatedField):  # type: ignore[type-arg]
    """A reference that can only point at what the user may change.

    A row of another brand answers like one that does not exist.
    """

    ability: ClassVar[Ability] = Ability.VIEW

    def get_queryset(self) -> QuerySet[Model]:
        queryset = super().get_queryset()
        if queryset is None:
            raise AssertionError("a writable reference needs a queryset")
        request = self.context.get("request")
        return queryset.none() if request is None else scope(queryset, request.user, self.ability)
