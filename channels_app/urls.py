from __future__ import annotations

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from channels_app.api.urls import router
from channels_app.views.account import (
    api_tokens,
    recovery_codes,
    revoke_token,
    security,
    sign_out_everywhere,
)
from channels_app.views.invitations import AskReset, NewPassword, invitation
from channels_app.views.second_factor import second_factor, second_factor_set_up
from channels_app.webhooks import webhook

urlpatterns: list[URLPattern | URLResolver] = [
    path("webhooks/<slug:provider_code>/", webhook, name="webhook"),
    path("webhooks/<slug:provider_code>/<uuid:channel_id>/", webhook, name="channel-webhook"),
    path("api/v1/", include(router.urls)),
    path("account/second-factor/", second_factor, name="second-factor"),
    path("account/second-factor/set-up/", second_factor_set_up, name="second-factor-set-up"),
    path("account/forgotten/", AskReset.as_view(), name="admin_password_reset"),
    path(
        "account/new-password/<uidb64>/<token>/", NewPassword.as_view(), name="admin_password_reset_confirm"
    ),
    path("invitation/<str:token>/", invitation, name="invitation"),
    path("admin/account/", admin.site.admin_view(security), name="account-security"),
    path("admin/account/recovery-codes/", admin.site.admin_view(recovery_codes), name="recovery-codes"),
    path(
        "admin/account/sign-out-everywhere/",
        admin.site.admin_view(sign_out_everywhere),
        name="sign-out-everywhere",
    ),
    path("admin/account/tokens/", admin.site.admin_view(api_tokens), name="api-tokens"),
    path(
        "admin/account/tokens/<str:digest>/revoke/", admin.site.admin_view(revoke_token), name="revoke-token"
    ),
]
