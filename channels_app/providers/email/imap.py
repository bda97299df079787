"""Reading a mailbox over IMAP (RFC 9051) without changing anything in it.

The caller remembers (folder, UIDVALIDITY, UID); here mail above a UID is yielded in order. Nothing is
marked seen, moved or deleted. A mail above the size limit comes as its headers.
"""

from __future__ import annotations

import imaplib
import logging
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import IMAPClientError, LoginError
from imapclient.imapclient import SENT

from channels_app.providers.base import Account, ProviderError
from channels_app.providers.email.config import EmailConfig, config_of
from channels_app.providers.email.connections import (
    CONNECT_TIMEOUT,
    READ_TIMEOUT,
    open_socket,
    tls_context,
    tls_failure,
)
from channels_app.providers.email.headers import message_ids, raw_values
from channels_app.providers.email.oauth import access_token, forget_token
from channels_app.providers.email.parsing import DEFAULT_MAX_MAIL
from channels_app.providers.email.structure import headers_only
from channels_app.providers.http import redact

# Its debug lines carry the whole conversation, credentials included.
logging.getLogger("imapclient").setLevel(logging.WARNING)

IDLE_RENEWAL = 28 * 60.0  # seconds; servers drop an IDLE after 30 minutes (RFC 2177)
_SENT_NAMES = (
    "Sent",
    "Sent Items",
    "Sent Mail",
    "Verzonden items",
    "Verzonden berichten",
    "Verzonden",
    "INBOX.Sent",
)
_SIZES_PER_REQUEST = 200
_UIDS_PER_SEARCH = 50_000
_MAX_HEADERS = 1024 * 1024  # bytes


@dataclass(frozen=True, slots=True)
class FolderState:
    """`uid_next`: the UID that the next new mail will get; a first connect starts below it."""

    name: str
    uid_validity: int
    uid_next: int
    messages: int


@dataclass(frozen=True, slots=True)
class FetchedMail:
    """One mail as it lies in the mailbox. `size` is the whole mail's; `raw` is only its headers when
    `headers_only`."""

    folder: str
    uid_validity: int
    uid: int
    size: int
    raw: bytes
    received_at: datetime
    headers_only: bool = False


class _GuardedIMAPClient(IMAPClient):  # type: ignore[misc]  # no types published
    """IMAPClient over the guarded connection."""

    def __init__(self, config: EmailConfig) -> None:
        self._security = config.imap_security
        super().__init__(
            config.imap_host,
            port=config.imap_port,
            ssl=config.imap_security == "tls",
            ssl_context=tls_context(),
            use_uid=True,
            timeout=SocketTimeout(connect=CONNECT_TIMEOUT, read=READ_TIMEOUT),
        )

    def _create_IMAP4(self) -> imaplib.IMAP4:
        return _GuardedIMAP4(self.host, self.port, self._security)


class _GuardedIMAP4(imaplib.IMAP4):
    def __init__(self, host: str, port: int, security: str) -> None:
        self._security = security
        super().__init__(host, port, CONNECT_TIMEOUT)

    def _create_socket(self, timeout: float | None) -> socket.socket:
        return open_socket(self.host, self.port, security=self._security)


class Mailbox:
    """A logged-in session. Use `open_mailbox`."""

    def __init__(self, client: IMAPClient, config: EmailConfig) -> None:
        self._client = client
        self._config = config

    def select(self, folder: str) -> FolderState:
        """Open a folder read-only. Raises ProviderError with code "folder" when it does not exist."""
        with _protocol_errors(self._config.imap_host):
            try:
                answer = self._client.select_folder(folder, readonly=True)
            except IMAPClientError as error:
                if isinstance(error, imaplib.IMAP4.abort):
                    raise
                raise ProviderError(f"folder {folder!r} cannot be opened", code="folder") from error
        return FolderState(
            name=folder,
            uid_validity=int(answer[b"UIDVALIDITY"]),
            uid_next=int(answer.get(b"UIDNEXT", 1)),
            messages=int(answer.get(b"EXISTS", 0)),
        )

    def uids_above(self, uid: int, *, uid_next: int = 0) -> list[int]:
        """UIDs in the selected folder above the given one, ascending; read or unread makes no difference.

        uid_next: the folder's, so that a long list is asked for in parts; an answer is one line, and lines
        have a limit.
        """
        found: set[int] = set()
        with _protocol_errors(self._config.imap_host):
            while uid_next - uid > _UIDS_PER_SEARCH:
                found.update(self._client.search(["UID", f"{uid + 1}:{uid + _UIDS_PER_SEARCH}"]))
                uid += _UIDS_PER_SEARCH
            last = self._client.search(["UID", f"{uid + 1}:*"])
        # "n:*" also matches the last mail when its UID is below n (RFC 9051, 6.4.4).
        found.update(number for number in last if number > uid)
        return sorted(found)

    def identifiers(self, uids: Sequence[int]) -> dict[int, str]:
        """Message-ID by UID, "" for mail that has none; the same as parsing gives it."""
        found: dict[int, str] = {}
        key = b"BODY[HEADER.FIELDS (MESSAGE-ID)]"
        for start in range(0, len(uids), _SIZES_PER_REQUEST):
            with _protocol_errors(self._config.imap_host):
                answer = self._client.fetch(
                    uids[start : start + _SIZES_PER_REQUEST], ["BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)]"]
                )
            for uid, item in answer.items():
                values = raw_values(headers_only(item.get(key, b"")), "message-id")
                found[uid] = next((ids[0] for value in values if (ids := message_ids(value))), "")
        return found

    def sent_folder(self) -> str:
        """The folder that holds sent mail: as configured, as marked by the server, or by its usual name."""
        if self._config.sent_folder:
            return self._config.sent_folder
        with _protocol_errors(self._config.imap_host):
            folders = [(flags, str(name)) for flags, _, name in self._client.list_folders()]
        marked = next((name for flags, name in folders if SENT in flags), "")
        if marked:
            return marked
        known = {name.lower(): name for _, name in folders}
        return next((known[name.lower()] for name in _SENT_NAMES if name.lower() in known), "")

    def sizes(self, uids: Sequence[int]) -> dict[int, tuple[int, datetime]]:
        """Size in bytes and time of arrival by UID."""
        with _protocol_errors(self._config.imap_host):
            answer = self._client.fetch(uids, ["RFC822.SIZE", "INTERNALDATE"])
        return {
            uid: (int(item[b"RFC822.SIZE"]), _aware(item.get(b"INTERNALDATE")))
            for uid, item in answer.items()
            if b"RFC822.SIZE" in item
        }

    def content(self, uid: int, *, headers_only: bool = False) -> bytes | None:
        """The raw mail, None when it has gone meanwhile. PEEK leaves it unread."""
        part = f"BODY.PEEK[HEADER]<0.{_MAX_HEADERS}>" if headers_only else "BODY.PEEK[]"
        with _protocol_errors(self._config.imap_host):
            answer = self._client.fetch([uid], [part])
        item = answer.get(uid, {})
        found = item.get(b"BODY[HEADER]<0>" if headers_only else b"BODY[]")
        return cast(bytes, found) if found is not None else None

    def wait_for_mail(self, timeout: float = IDLE_RENEWAL) -> bool:
        """Wait until the server hints at new mail in the selected folder, or the time is up.

        Never waits longer than IDLE may last; call it again. True is a hint, no promise. False at once
        when the server does not know IDLE.
        """
        with _protocol_errors(self._config.imap_host):
            if not self._client.has_capability("IDLE"):
                return False
            self._client.idle()
            try:
                answers: list[Any] = self._client.idle_check(timeout=min(timeout, IDLE_RENEWAL))
            finally:
                self._client.idle_done()
        return any(len(answer) > 1 and answer[1] in (b"EXISTS", b"RECENT") for answer in answers)


@contextmanager
def open_mailbox(account: Account) -> Iterator[Mailbox]:
    """Connect and log in. Raises ProviderError; `suspends_channel` when the log-in is refused."""
    config = config_of(account)
    with _protocol_errors(config.imap_host):
        client = _connected(config)
    try:
        with _protocol_errors(config.imap_host):
            _log_in(client, config, account.address)
        yield Mailbox(client, config)
    finally:
        _close(client)


def fetch_new(
    session: Mailbox,
    folder: str,
    after_uid: int,
    limit: int,
    *,
    max_size: int = DEFAULT_MAX_MAIL,
) -> Iterator[FetchedMail]:
    """Yield up to `limit` mails of a folder with UIDs above `after_uid`, oldest first, one in memory at a time.

    Compare `uid_validity` of what comes with the one remembered: when it differs, UIDs mean other mails.
    A mail deleted between listing and fetching is passed over.
    """
    state = session.select(folder)
    uids = session.uids_above(after_uid)[:limit]
    for start in range(0, len(uids), _SIZES_PER_REQUEST):
        chunk = uids[start : start + _SIZES_PER_REQUEST]
        known = session.sizes(chunk)
        for uid in chunk:
            if uid not in known:
                continue
            size, received_at = known[uid]
            headers_only = size > max_size
            raw = session.content(uid, headers_only=headers_only)
            if raw is not None:
                yield FetchedMail(folder, state.uid_validity, uid, size, raw, received_at, headers_only)


def _connected(config: EmailConfig) -> IMAPClient:
    client = _GuardedIMAPClient(config)
    if config.imap_security == "starttls":
        if not client.has_capability("STARTTLS"):
            _close(client)
            raise ProviderError(f"{config.imap_host} offers no STARTTLS", code="tls", suspends_channel=True)
        try:
            client.starttls(tls_context())
        except OSError as error:
            raise tls_failure(config.imap_host, error) from error
    return client


def _log_in(client: IMAPClient, config: EmailConfig, address: str) -> None:
    name = config.login_name(address)
    if not config.oauth_enabled:
        try:
            client.login(name, config.password.get_secret_value())
        except LoginError as error:
            raise _login_refused(error) from None
        return
    for last in (False, True):
        token = access_token(config).get_secret_value()
        try:
            client.oauth2_login(name, token)
        except (LoginError, imaplib.IMAP4.error) as error:
            if isinstance(error, imaplib.IMAP4.abort) or not forget_token(config) or last:
                raise _login_refused(error) from None
        else:
            return


def _login_refused(error: Exception) -> ProviderError:
    words = redact(" ".join(str(error).removeprefix("b'").rstrip("'").split()))[:300]
    if "UNAVAILABLE" in words.upper():
        return ProviderError(words, code="imap_unavailable")
    return ProviderError(words, code="imap_login", suspends_channel=True)


@contextmanager
def _protocol_errors(host: str) -> Iterator[None]:
    try:
        yield
    except ProviderError:
        raise
    except TimeoutError as error:
        raise ProviderError(f"{host} did not answer in time", code="timeout") from error
    except (IMAPClientError, imaplib.IMAP4.error) as error:
        raise ProviderError(redact(str(error))[:300], code="imap") from error
    except OSError as error:
        raise ProviderError(f"the connection to {host} broke", code="connection_lost") from error


def _aware(moment: datetime | None) -> datetime:
    if moment is None:
        return datetime.now(UTC)
    # IMAPClient gives local time without a zone unless told otherwise.
    return moment.astimezone(UTC)


def _close(client: IMAPClient) -> None:
    try:
        client.logout()
    except (IMAPClientError, imaplib.IMAP4.error, OSError):
        try:
            client.shutdown()
        except (IMAPClientError, imaplib.IMAP4.error, OSError):
            return
