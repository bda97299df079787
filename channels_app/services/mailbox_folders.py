"""Reading one folder: each mail becomes a receipt, committed together with the place up to which we read.

A worker that dies between two commits has changed nothing; one that is overtaken by another commits nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol
from urllib.parse import quote

import structlog
from django.db import transaction
from django.utils.translation import gettext as _

from channels_app.models import CommunicationMessage, Mailbox, MailboxFolder
from channels_app.providers.base import ProviderError, RawExchange
from channels_app.providers.email.imap import FolderState
from channels_app.services.mailbox_ledger import Tally, day_add
from channels_app.services.receipts import receipt_quarantine, receipts_record
from channels_app.stages import reached

logger = structlog.get_logger(__name__)

MAILS_PER_LISTING = 200
MAILS_PER_COMMIT = 50
BYTES_PER_COMMIT = 8 * 1024 * 1024
TRIES_PER_MAIL = 3
CLOCKS_DIFFER = timedelta(minutes=1)  # the server's and ours


class Overtaken(Exception):
    """Another worker has read further in this folder; there is nothing left to do."""


class MailSession(Protocol):
    """What is needed of `providers.email.imap.Mailbox`; see there."""

    def select(self, folder: str) -> FolderState: ...
    def uids_above(self, uid: int, *, uid_next: int = 0) -> list[int]: ...
    def identifiers(self, uids: Sequence[int]) -> dict[int, str]: ...
    def sizes(self, uids: Sequence[int]) -> dict[int, tuple[int, datetime]]: ...
    def content(self, uid: int, *, headers_only: bool = False) -> bytes | None: ...


@dataclass(slots=True)
class _Step:
    """What the next commit will hold."""

    last_uid: int
    exchanges: list[RawExchange] = field(default_factory=list)
    size: int = 0
    tally: Tally = field(default_factory=Tally)

    @property
    def is_full(self) -> bool:
        return len(self.exchanges) >= MAILS_PER_COMMIT or self.size >= BYTES_PER_COMMIT


@dataclass(slots=True, kw_only=True)
class FolderReader:
    """Reads a folder of a mailbox from where the last worker stopped.

    echo: it holds mail that the brand sent. max_size: bytes above which only the headers of a mail are
    fetched. until: when to stop, so that one mailbox keeps no worker for long.
    """

    session: MailSession
    mailbox: Mailbox
    provider: str
    echo: bool
    import_history: bool
    max_size: int
    clock: Callable[[], datetime]
    until: datetime
    tally: Tally = field(default_factory=Tally)

    def read(self, name: str) -> bool:
        """Import what is new in a folder. True when the time was up before its end.

        Raises ProviderError when the server fails, Overtaken; what was committed before stays.
        """
        state = self.session.select(name)
        folder = self._folder(state)
        if folder is None:
            return False
        uids = self.session.uids_above(folder.last_uid, uid_next=state.uid_next)
        # After a failure one by one, so that the mail that caused it can be told.
        at_once = 1 if folder.failing_times else MAILS_PER_LISTING
        for start in range(0, len(uids), at_once):
            if self._read_some(folder, uids[start : start + at_once]):
                return True
        return False

    def _folder(self, state: FolderState) -> MailboxFolder | None:
        """The folder's books; None when they were opened just now at the newest mail."""
        folder = MailboxFolder.objects.filter(mailbox=self.mailbox, name=state.name).first()
        if folder is None:
            return self._first_connection(state)
        if folder.uid_validity != state.uid_validity:
            logger.warning("mailbox_renumbered", mailbox=str(self.mailbox.id), folder=state.name)
            newest = self._newest(state)
            renumbered = MailboxFolder.objects.filter(id=folder.id, uid_validity=folder.uid_validity).update(
                uid_validity=state.uid_validity, last_uid=0, rescan_until=newest, historic_until=0,
                failing_uid=0, failing_times=0,
            )  # fmt: skip
            if not renumbered:
                raise Overtaken
            folder.refresh_from_db()
        return folder

    def _first_connection(self, state: FolderState) -> MailboxFolder | None:
        newest = self._newest(state)
        with transaction.atomic():
            folder, created = MailboxFolder.objects.get_or_create(
                mailbox=self.mailbox,
                name=state.name,
                defaults={
                    "uid_validity": state.uid_validity,
                    "last_uid": 0 if self.import_history else newest,
                    "historic_until": newest,
                    "connected_at": self.clock(),
                },
            )
            if not created:
                raise Overtaken
            if not self.import_history:
                passed = Tally(seen=state.messages)
                passed.skipped["before_first_connection"] = state.messages
                self._book(passed)
        return folder if self.import_history else None

    def _newest(self, state: FolderState) -> int:
        """The highest UID there is; not every server tells the next one."""
        if state.uid_next > 1 or not state.messages:
            return max(state.uid_next - 1, 0)
        return max(self.session.uids_above(0), default=0)

    def _read_some(self, folder: MailboxFolder, uids: Sequence[int]) -> bool:
        step = _Step(folder.last_uid)
        try:
            known = self._known(folder, uids)
            sizes = self.session.sizes(uids)
        except ProviderError as error:
            self._give_up(folder, uids[0], error)
            return False
        for uid in uids:
            step.tally.seen += 1
            if uid in known:
                step.tally.skipped["already_imported"] += 1
            elif uid not in sizes:
                step.tally.skipped["deleted_meanwhile"] += 1
            else:
                try:
                    self._take(folder, uid, sizes[uid], step)
                except ProviderError as error:
                    step.tally.seen -= 1
                    self._commit(folder, step)
                    self._give_up(folder, uid, error)
                    step = _Step(uid)
            step.last_uid = uid
            if step.is_full:
                self._commit(folder, step)
                step = _Step(uid)
                if self.clock() >= self.until:
                    return True
        self._commit(folder, step)
        return self.clock() >= self.until

    def _known(self, folder: MailboxFolder, uids: Sequence[int]) -> set[int]:
        """Of a renumbered folder, the mails that were imported under their old numbers."""
        old = [uid for uid in uids if uid <= folder.rescan_until]
        if not old:
            return set()
        identifiers = self.session.identifiers(old)
        stored = set(
            CommunicationMessage.objects.filter(
                channel_id=self.mailbox.channel_id,
                external_id__in={identifier for identifier in identifiers.values() if identifier},
            ).values_list("external_id", flat=True)
        )
        return {uid for uid, identifier in identifiers.items() if identifier in stored}

    def _take(self, folder: MailboxFolder, uid: int, described: tuple[int, datetime], step: _Step) -> None:
        size, arrived_at = described
        historic = uid <= folder.historic_until or (
            uid <= folder.rescan_until and arrived_at < folder.connected_at - CLOCKS_DIFFER
        )
        if historic and not self.import_history:
            step.tally.skipped["before_first_connection"] += 1
            return
        # The last try at a mail that could not be fetched is for its headers.
        last_try = folder.failing_uid == uid and folder.failing_times >= TRIES_PER_MAIL - 1
        truncated = size > self.max_size or last_try
        raw = self.session.content(uid, headers_only=truncated)
        if raw is None:
            step.tally.skipped["deleted_meanwhile"] += 1
            return
        headers = {"x-fetch-arrived": arrived_at.isoformat()}
        if self.echo:
            headers["x-fetch-echo"] = "1"
        if historic:
            headers["x-fetch-historic"] = "1"
        if truncated:
            headers["x-fetch-truncated"] = str(size)
        step.exchanges.append(self._exchange(folder, uid, raw, headers))
        step.size += len(raw)
        step.tally.imported += 1
        step.tally.headers_only += truncated

    def _exchange(self, folder: MailboxFolder, uid: int, raw: bytes, headers: dict[str, str]) -> RawExchange:
        address = quote(self.mailbox.channel.channel_address, safe="@")
        place = f"{quote(folder.name)};UIDVALIDITY={folder.uid_validity}/;UID={uid}"  # as in RFC 5092
        return RawExchange(
            body=raw,
            received_at=self.clock(),
            method="IMAP",
            url=f"imap://{address}/{place}",
            headers=headers,
        )

    def _commit(self, folder: MailboxFolder, step: _Step) -> None:
        """Keep what was fetched and move on, or neither. Raises Overtaken when another worker was first."""
        if step.last_uid == folder.last_uid:
            return
        reached("mail_fetched")
        with transaction.atomic():
            self._move(folder, step.last_uid)
            receipts_record(
                provider=self.provider, exchanges=step.exchanges, channel_id=self.mailbox.channel_id
            )
            self._book(step.tally)
            reached("mail_recorded")
        folder.last_uid = step.last_uid
        reached("mail_committed")

    def _move(self, folder: MailboxFolder, uid: int) -> None:
        moved = MailboxFolder.objects.filter(
            id=folder.id, uid_validity=folder.uid_validity, last_uid=folder.last_uid
        ).update(last_uid=uid, failing_uid=0, failing_times=0)
        if not moved:
            raise Overtaken

    def _book(self, tally: Tally) -> None:
        day_add(self.mailbox.id, tally, now=self.clock())
        self.tally.add(tally)

    def _give_up(self, folder: MailboxFolder, uid: int, error: ProviderError) -> None:
        """Count a mail that could not be fetched; after a few tries it is quarantined and passed.

        Until then the error goes on: it may be the connection and not the mail.
        """
        times = folder.failing_times + 1 if folder.failing_uid == uid else 1
        if times < TRIES_PER_MAIL:
            MailboxFolder.objects.filter(
                id=folder.id, uid_validity=folder.uid_validity, last_uid=folder.last_uid
            ).update(failing_uid=uid, failing_times=times)
            raise error
        logger.warning("mail_not_fetched", mailbox=str(self.mailbox.id), folder=folder.name, uid=uid)
        with transaction.atomic():
            self._move(folder, uid)
            receipt_quarantine(
                provider=self.provider,
                exchange=self._exchange(folder, uid, b"", {}),
                channel_id=self.mailbox.channel_id,
                reason=_("The mail server does not hand over this mail: %(text)s") % {"text": error.text},
            )
            self._book(Tally(seen=1, quarantined=1))
        folder.last_uid = uid
