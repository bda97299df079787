"""Email: mailboxes read over IMAP, answers sent over SMTP."""

from channels_app.providers.email.config import EmailConfig
from channels_app.providers.email.provider import EmailProvider

__all__ = ["EmailConfig", "EmailProvider"]
