"""Do the settings of a mailbox work? IMAP and SMTP are tried for real, each by itself, and the answer is in
words for staff."""

from __future__ import annotations

from collections.abc import Callable

from django.utils.translation import gettext as _

from channels_app.providers.base import Account, CheckItem, CheckReport, ProviderError
from channels_app.providers.email.config import EmailConfig, config_of
from channels_app.providers.email.imap import open_mailbox
from channels_app.providers.email.oauth import access_token
from channels_app.providers.email.smtp import smtp_session


def check_account(account: Account) -> CheckReport:
    """Test settings, access token, receiving and sending. Raises nothing, sends nothing."""
    config = config_of(account)
    missing = _missing(config)
    if missing:
        return CheckReport((CheckItem(_("Settings"), False, missing),))
    items = []
    if config.oauth_enabled:
        items.append(_tried(_("Access token"), lambda: _token(config), config))
        if not items[0].ok:
            return CheckReport(tuple(items))
    items.append(_tried(_("Receiving (IMAP)"), lambda: _receiving(account), config))
    items.append(_tried(_("Sending (SMTP)"), lambda: _sending(account), config))
    return CheckReport(tuple(items))


def _missing(config: EmailConfig) -> str:
    if not config.imap_host:
        return _("Enter the IMAP server.")
    if not config.smtp_host:
        return _("Enter the SMTP server.")
    if not config.oauth_enabled:
        if config.password.get_secret_value():
            return ""
        if config.preset == "microsoft365":
            return _(
                "Microsoft 365 needs OAuth 2: switch it on and enter tenant, client ID and client secret."
            )
        return _("Enter the password, or switch on OAuth 2.")
    if not config.client_id or not config.client_secret.get_secret_value():
        return _("Enter the client ID and client secret of the app registration.")
    if config.preset == "google" and not config.refresh_token.get_secret_value():
        return _("Enter the refresh token that Google gave for this mailbox.")
    if config.preset != "google" and not config.tenant_id and not config.token_url:
        return _("Enter the tenant ID: Microsoft Entra admin centre, Overview.")
    return ""


def _tried(label: str, probe: Callable[[], str], config: EmailConfig) -> CheckItem:
    try:
        return CheckItem(label, True, probe())
    except ProviderError as error:
        return CheckItem(label, False, explain(error, config))


def _token(config: EmailConfig) -> str:
    access_token(config)
    return ""


def _receiving(account: Account) -> str:
    with open_mailbox(account) as mailbox:
        inbox = mailbox.select("INBOX")
        sent = mailbox.sent_folder()
        if not sent:
            raise ProviderError("no folder for sent mail", code="sent_folder")
        mailbox.select(sent)
    return _("%(count)s messages in the inbox; sent mail is in “%(folder)s”.") % {
        "count": inbox.messages,
        "folder": sent,
    }


def _sending(account: Account) -> str:
    with smtp_session(account):
        return ""


def explain(error: ProviderError, config: EmailConfig) -> str:
    """What went wrong and what to do about it, in one or two sentences."""
    if error.code.startswith("AADSTS"):
        return _microsoft_error(error)
    fixed = {
        "dns": _("The server name does not exist; check the spelling."),
        "address_refused": _("The server is inside a private network, which the administrator has to allow."),
        "connect": _("The server does not answer on this port; check host, port and firewall."),
        "timeout": _("The server does not answer in time; check host, port and encryption."),
        "connection_lost": _("The server closed the connection; check port and encryption."),
        "plaintext": _("This server may not be reached without encryption."),
        "folder": _("The folder cannot be opened; the mailbox permission may be missing."),
        "sent_folder": _("There is no folder for sent mail; enter its name in the settings."),
        "auth_unsupported": _("The server offers no log-in on this port; use port 587 with STARTTLS."),
        "invalid_grant": _(
            "Access was withdrawn or has expired; give consent again and enter the new refresh token."
        ),
        "invalid_client": _("The client ID or client secret is wrong or has expired."),
        "unauthorized_client": _("The app registration may not ask for this access; give it consent."),
    }
    if error.code in fixed:
        return fixed[error.code]
    if error.code == "tls":
        return _("The encrypted connection failed: %(text)s") % {"text": error.text}
    if error.code == "imap_login" or (error.code.startswith("smtp_") and error.suspends_channel):
        return _login_error(error, config)
    return _("The server answered: %(text)s") % {"text": error.text}


def _microsoft_error(error: ProviderError) -> str:
    # https://learn.microsoft.com/entra/identity-platform/reference-error-codes
    known = {
        "AADSTS90002": _("Microsoft does not know this tenant; check the tenant ID."),
        "AADSTS900023": _("The tenant ID is not valid; copy it from the Microsoft Entra admin centre."),
        "AADSTS900021": _("The tenant ID is missing or not valid."),
        "AADSTS700016": _("The app registration does not exist in this tenant; check the client ID."),
        "AADSTS7000215": _("The client secret is wrong; enter its value, not its ID."),
        "AADSTS7000222": _("The client secret has expired; make a new one in the app registration."),
        "AADSTS65001": _("An administrator has not yet given consent to the app registration."),
        "AADSTS500011": _("The permission for Exchange Online is missing in the app registration."),
        "AADSTS1002012": _("The permission for Exchange Online is missing in the app registration."),
        "AADSTS7000112": _("The app registration is disabled."),
    }
    return known.get(error.code) or _("Microsoft refused the access token (%(code)s): %(text)s") % {
        "code": error.code,
        "text": error.text,
    }


def _login_error(error: ProviderError, config: EmailConfig) -> str:
    if not config.oauth_enabled:
        if config.preset == "google":
            return _("Google refuses this password; use an app password or OAuth 2.")
        if config.preset == "microsoft365":
            return _("Microsoft 365 does not accept passwords any more; switch on OAuth 2.")
        return _("The user name or password is wrong.")
    if error.code.startswith("smtp_"):
        if "5.7.60" in error.text or "sendasdenied" in error.text.lower():
            return _("The app may log in, but not send as this address; grant it SendAs permission.")
        if "5.7.139" in error.text or "5.7.57" in error.text:
            return _(
                "SMTP is switched off for this mailbox; an administrator has to enable authenticated SMTP."
            )
        return _(
            "The token is accepted, the mailbox is not: give the app SMTP.SendAsApp with consent and add it to "
            "the mailbox."
        )
    return _(
        "The token is accepted, the mailbox is not: give the app IMAP.AccessAsApp with consent and add it to the "
        "mailbox."
    )
