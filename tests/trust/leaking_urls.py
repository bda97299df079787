"""A page that forgot to ask whose rows it may show; for the test that the walk would find it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from channels_app.models import BusinessEntity


def leak(request: HttpRequest) -> HttpResponse:
    return HttpResponse(" ".join(brand.entity_name for brand in BusinessEntity.objects.all()))


urlpatterns = [path("leak/", leak), path("", include("chargecars.urls"))]
