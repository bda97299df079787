"""Sending over SMTP (RFC 5321) with a password or XOAUTH2, and what the server's answers mean for us."""

from __future__ import annotations

import base64
import re
import smtplib
import socket
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from channels_app.providers.base import Account, ProviderError
from channels_app.providers.email.config import EmailConfig, config_of
from channels_app.providers.email.connections import READ_TIMEOUT, open_socket, tls_context, tls_failure
from channels_app.providers.email.oauth import access_token, forget_token, xoauth2
from channels_app.providers.http import redact

_DOT = re.compile(rb"(?m)^\.")
# Microsoft 365 counts submissions per minute and connections at once, Gmail messages per day.
_THROTTLED = re.compile(
    r"4\.3\.2|4\.7\.28|4\.5\.3|5\.4\.5|concurrent connections|throttl|too many|rate limit|submissionquota|quota exceeded"
    r"|try again later",
    re.IGNORECASE,
)
_MAY_NOT_SEND = re.compile(
    r"5\.7\.60|5\.7\.57|5\.7\.139|5\.1\.8|sendasdenied|basic authentication is disabled|not allowed to send|bad outbound",
    re.IGNORECASE,
)
_THROTTLE_PAUSE = timedelta(minutes=1)
_AUTH_REFUSED = frozenset({530, 534, 535, 538})


class SmtpConnection(smtplib.SMTP):
    """smtplib over the guarded connection."""

    def __init__(self, config: EmailConfig, domain: str) -> None:
        self._security = config.smtp_security
        # Greeting with our own domain spares smtplib's reverse look-up of this machine.
        super().__init__(local_hostname=domain, timeout=READ_TIMEOUT)
        self._host = config.smtp_host  # smtplib verifies the certificate against this name

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        connection = open_socket(host, port, security=self._security)
        connection.settimeout(timeout)
        return connection


@dataclass(frozen=True, slots=True)
class Envelope:
    """`sender` "" is the null return path, for automatic answers."""

    sender: str
    recipients: tuple[str, ...]
    fallback_sender: str = ""  # for servers that refuse the null path


@contextmanager
def smtp_session(account: Account) -> Iterator[SmtpConnection]:
    """A greeted, encrypted and authenticated session. Raises ProviderError."""
    config = config_of(account)
    client = SmtpConnection(config, account.address.rpartition("@")[2])
    try:
        with _transport_errors(config.smtp_host):
            code, text = client.connect(config.smtp_host, config.smtp_port)
            if code != 220:
                raise reply_error(code, text)
            client.ehlo_or_helo_if_needed()
            if config.smtp_security == "starttls":
                _start_tls(client, config.smtp_host)
            _log_in(client, config, account.address)
        yield client
    finally:
        _close(client)


def submit(client: SmtpConnection, envelope: Envelope, content: bytes) -> dict[str, str]:
    """Hand over one mail. Returns the refused recipients beyond the first, with the server's words.

    Raises ProviderError: `ambiguous` when the connection broke after the content went out.
    """
    with _transport_errors(client._host):
        _mail_from(client, envelope)
        refused: dict[str, str] = {}
        for number, recipient in enumerate(envelope.recipients):
            code, text = client.rcpt(recipient)
            if code in (250, 251):
                continue
            if number == 0:
                raise reply_error(code, text)
            refused[recipient] = _words(text)
        code, text = client.docmd("DATA")
        if code != 354:
            raise reply_error(code, text)
    try:
        client.send(_DOT.sub(b"..", content) + (b"" if content.endswith(b"\r\n") else b"\r\n") + b".\r\n")
        code, text = client.getreply()
    except (smtplib.SMTPException, OSError) as error:
        raise ProviderError("the connection broke while the mail was handed over", code="timeout", ambiguous=True) \
            from error  # fmt: skip
    if code != 250:
        raise reply_error(code, text)
    return refused


def reply_error(code: int, text: bytes | str) -> ProviderError:
    """A server's refusal as an error with consequences."""
    words = _words(text)
    named = f"smtp_{code}"
    if code in _AUTH_REFUSED or _MAY_NOT_SEND.search(words):
        return ProviderError(words, code=named, suspends_channel=True)
    if _THROTTLED.search(words) or code == 432:
        return ProviderError(words, code=named, retry_after=_THROTTLE_PAUSE)
    return ProviderError(words, code=named, permanent=500 <= code < 600)


def _start_tls(client: SmtpConnection, host: str) -> None:
    if not client.has_extn("starttls"):
        raise ProviderError(f"{host} offers no STARTTLS", code="tls", suspends_channel=True)
    try:
        code, text = client.starttls(context=tls_context())
    except ssl.SSLError as error:
        raise tls_failure(host, error) from error
    if code != 220:
        raise reply_error(code, text)
    client.ehlo()


def _log_in(client: SmtpConnection, config: EmailConfig, address: str) -> None:
    name = config.login_name(address)
    if config.oauth_enabled:
        _log_in_with_token(client, config, name)
    elif config.password.get_secret_value():
        try:
            client.login(name, config.password.get_secret_value())
        except smtplib.SMTPAuthenticationError as error:
            raise reply_error(error.smtp_code, error.smtp_error) from None
        except smtplib.SMTPNotSupportedError:
            raise ProviderError(
                "the server offers no log-in", code="auth_unsupported", suspends_channel=True
            ) from None


def _log_in_with_token(client: SmtpConnection, config: EmailConfig, name: str) -> None:
    for last in (False, True):
        credentials = base64.b64encode(xoauth2(name, access_token(config)).encode()).decode("ascii")
        code, text = client.docmd("AUTH", "XOAUTH2 " + credentials)
        if code == 334:  # the reason, as JSON; the refusal follows an empty line
            code, text = client.docmd("")
        if code == 235:
            return
        # A token that was cached may have been revoked since; a fresh one that is refused is final.
        if not forget_token(config) or last or code not in _AUTH_REFUSED:
            raise reply_error(code, text)


def _mail_from(client: SmtpConnection, envelope: Envelope) -> None:
    code, text = client.mail(envelope.sender)
    if code != 250 and not envelope.sender and envelope.fallback_sender:
        client.rset()
        code, text = client.mail(envelope.fallback_sender)
    if code != 250:
        raise reply_error(code, text)


@contextmanager
def _transport_errors(host: str) -> Iterator[None]:
    """Before the content goes out nothing has happened: every broken connection may be tried again."""
    try:
        yield
    except ProviderError:
        raise
    except smtplib.SMTPResponseException as error:
        raise reply_error(error.smtp_code, error.smtp_error) from None
    except TimeoutError as error:
        raise ProviderError(f"{host} did not answer in time", code="timeout") from error
    except (smtplib.SMTPException, OSError) as error:
        raise ProviderError(f"the connection to {host} broke", code="connection_lost") from error


def _words(text: bytes | str) -> str:
    decoded = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return redact(" ".join(decoded.split()))[:500]


def _close(client: SmtpConnection) -> None:
    try:
        if client.sock is not None:
            client.sock.settimeout(5)
            client.quit()
    except (smtplib.SMTPException, OSError, ValueError):
        client.close()


def envelope_for(sender: str, recipients: Sequence[str], *, null_path: bool) -> Envelope:
    """The envelope of a mail; with `null_path` an answer to it goes nowhere (RFC 3834 section 3.3)."""
    if null_path:
        return Envelope("", tuple(recipients), fallback_sender=sender)
    return Envelope(sender, tuple(recipients))
