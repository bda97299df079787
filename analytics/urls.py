from __future__ import annotations

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from analytics.api.urls import router
from analytics.api.views import DashboardView
from analytics.views import dashboard, export, findings, rows

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/dashboard/", DashboardView.as_view(), name="dashboard"),
    path("api/v1/", include(router.urls)),
    path("admin/analytics/dashboard/", admin.site.admin_view(dashboard), name="manager-dashboard"),
    path("admin/analytics/findings/", admin.site.admin_view(findings), name="manager-findings"),
    path("admin/analytics/rows/", admin.site.admin_view(rows), name="figure-rows"),
    path("admin/analytics/export/", admin.site.admin_view(export), name="figures-export"),
]
