"""A new password by mail."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.tokens import default_token_generator
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext as _

from channels_app.services.staff.mails import link, staff_mail


def password_reset_mail(*, user_id: int) -> str:
    """Send the link; "" or what went wrong. The link ends when it is used, and after PASSWORD_RESET_TIMEOUT."""
    user: Any = get_user_model().objects.filter(pk=user_id, is_active=True).exclude(email="").first()
    if user is None:
        return ""
    path = reverse(
        "admin_password_reset_confirm",
        args=[urlsafe_base64_encode(force_bytes(user.pk)), default_token_generator.make_token(user)],
    )
    return staff_mail(
        to=user.email,
        subject=_("Set a new password"),
        template="mail/password_reset.txt",
        context={"user": user, "link": link(path)},
    )
