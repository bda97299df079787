"""Mail of the house to its own people. It leaves by the mail server of the settings (EMAIL_URL), not by a
brand's mailbox: a person may work for several brands, and resetting a password concerns none of them."""

from __future__ import annotations

import smtplib
from collections.abc import Mapping
from typing import Any

import structlog
from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

logger = structlog.get_logger(__name__)


def staff_mail(*, to: str, subject: str, template: str, context: Mapping[str, Any]) -> str:
    """Send it now; "" when the server took it, else what went wrong, in words."""
    text = render_to_string(template, {**context, "site": settings.PUBLIC_BASE_URL})
    mail = EmailMessage(subject=" ".join(subject.split()), body=text, to=[to])
    try:
        mail.send()
    except smtplib.SMTPResponseException as refusal:
        logger.warning("staff_mail_refused", code=refusal.smtp_code)
        return _("The mail server refused the mail (%(code)s).") % {"code": refusal.smtp_code}
    except (OSError, smtplib.SMTPException):
        logger.warning("staff_mail_not_sent", exc_info=True)
        return _("The mail server cannot be reached; see EMAIL_URL in the settings.")
    return ""


def link(path: str) -> str:
    return f"{str(settings.PUBLIC_BASE_URL).rstrip('/')}{path}"
