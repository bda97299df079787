"""Tokens of the API: knox's check of the digest, then the limits of this one."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.contrib.knox_auth_token import KnoxTokenScheme
from knox.auth import TokenAuthentication
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.request import Request

from channels_app.models import ApiToken
from channels_app.services.staff.api_tokens import api_token_used


class BrandTokenAuthentication(TokenAuthentication):
    """The owner of the token, seen through its brands (`scoping` reads `brand_limit`)."""

    def authenticate(self, request: Request) -> tuple[Any, ApiToken] | None:
        found: tuple[Any, ApiToken] | None = super().authenticate(request)
        if found is None:
            return None
        user, token = found
        if not user.is_staff:
            raise AuthenticationFailed(_("This account does not work here any more."))
        if token.read_only and request.method not in ("GET", "HEAD", "OPTIONS"):
            raise PermissionDenied(_("This token only reads."))
        if token.brands:
            user.brand_limit = frozenset(token.brands)
        api_token_used(token=token, now=timezone.now())
        return user, token


class BrandTokenScheme(KnoxTokenScheme):  # type: ignore[no-untyped-call]  # registers itself
    target_class = "channels_app.api.authentication.BrandTokenAuthentication"
    name = "apiToken"
