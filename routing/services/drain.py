"""From receipts to routed conversations: claim, parse, store, close, in one transaction per batch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import structlog
from django.db import InterfaceError, OperationalError, ProgrammingError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from pydantic import ValidationError

from channels_app.models import BusinessEntityChannel, InboundReceipt, Incident
from channels_app.providers.base import Account, MalformedExchange, ParsedExchange
from channels_app.providers.registry import PROVIDERS
from channels_app.selectors.directory import Directory, configuration_version, directory
from channels_app.services.accounts import account_for
from channels_app.services.incidents import incident_open
from channels_app.services.intake import Envelope, LostRace
from channels_app.services.notices import PlacedEvent
from channels_app.services.receipts import exchange_of, receipts_claim, receipts_close
from channels_app.services.statuses import PlacedStatus
from channels_app.stages import reached
from routing.services.batch import Batch, BatchOutcome, store_batch

logger = structlog.get_logger(__name__)

RECEIPTS_PER_BATCH = 250
MESSAGES_PER_BATCH = 500
BYTES_PER_BATCH = 32 * 1024 * 1024  # raw; mail with large attachments goes in small batches
PARTS_PER_BATCH = 2000  # statuses and events weigh little beside messages
RACES = 5
LONGEST_ID = 998  # as the columns for ids of providers
MOST_ID_BYTES = 2_500  # what their indexes can hold, less what stands beside the id


@dataclass(slots=True)
class DrainOutcome:
    """What a drain did."""

    receipts: int = 0
    quarantined: int = 0
    batch: BatchOutcome = field(default_factory=BatchOutcome)

    def add(self, other: DrainOutcome) -> None:
        self.receipts += other.receipts
        self.quarantined += other.quarantined
        self.batch.add(other.batch)


@dataclass(slots=True)
class _Unit:
    """The smallest thing that can fail alone: one message, status or event, and the receipt it came in."""

    receipt_id: UUID
    envelope: Envelope | None = None
    status: PlacedStatus | None = None
    event: PlacedEvent | None = None


def drain_batch(*, clock: Callable[[], datetime] = timezone.now) -> DrainOutcome:
    """Process one batch of waiting receipts. An outcome with no receipts means that the inbox is empty."""
    with transaction.atomic():
        receipts = receipts_claim(limit=RECEIPTS_PER_BATCH, max_bytes=BYTES_PER_BATCH)
        if not receipts:
            return DrainOutcome()
        reached("claimed")
        now = clock()
        channels = directory(configuration_version())
        reasons: dict[UUID, str] = {}
        units: list[_Unit] = []
        messages = 0
        taken: list[InboundReceipt] = []
        accounts: dict[UUID, Account | None] = {}
        for receipt in receipts:
            if messages >= MESSAGES_PER_BATCH or len(units) >= PARTS_PER_BATCH:
                break  # the rest stays waiting; this transaction's locks on it end with it
            taken.append(receipt)
            said = _units(receipt, channels, accounts, reasons, now)
            messages += sum(unit.envelope is not None for unit in said)
            units.extend(said)
        outcome = DrainOutcome(receipts=len(taken))
        for chunk in _chunks(units):
            outcome.batch.add(_store(chunk, channels, reasons, now))
        reached("stored")
        receipts_close(receipts=taken, reasons=reasons, now=now)
        outcome.quarantined = len(reasons)
        reached("before_commit")
    reached("after_commit")
    if outcome.quarantined:
        logger.warning("receipts_quarantined", count=outcome.quarantined)
    return outcome


def _chunks(units: list[_Unit]) -> Iterator[list[_Unit]]:
    """Parts of what was said, each within the limits of one batch; one receipt may hold more."""
    chunk: list[_Unit] = []
    messages = 0
    for unit in units:
        chunk.append(unit)
        messages += unit.envelope is not None
        if messages == MESSAGES_PER_BATCH or len(chunk) == PARTS_PER_BATCH:
            yield chunk
            chunk, messages = [], 0
    if chunk:
        yield chunk


def _units(
    receipt: InboundReceipt,
    channels: Directory,
    accounts: dict[UUID, Account | None],
    reasons: dict[UUID, str],
    now: datetime,
) -> list[_Unit]:
    """What a receipt says, each part with the channel it belongs to; the reason when it says nothing."""
    try:
        parsed = _parse(receipt, accounts)
    except MalformedExchange as error:
        reasons[receipt.id] = str(error)
        return []
    units = []
    unknown: list[str] = []
    for message in parsed.messages:
        channel = channels.find(receipt.provider, message.account, receipt.channel_id)
        if channel is None:
            unknown.append(message.account)
            continue
        if _too_long(message.external_id):
            reasons[receipt.id] = _id_too_long(message.external_id)
            continue
        units.append(_Unit(receipt.id, envelope=Envelope(message, channel, receipt.id, receipt.received_at)))
    for status in parsed.statuses:
        channel = channels.find(receipt.provider, status.account, receipt.channel_id)
        if channel is None:
            unknown.append(status.account)
            continue
        if _too_long(status.external_id):
            reasons[receipt.id] = _id_too_long(status.external_id)
            continue
        units.append(_Unit(receipt.id, status=PlacedStatus(status, channel)))
    for event in parsed.events:
        channel = (
            channels.find(receipt.provider, event.account, receipt.channel_id) if event.account else None
        )
        units.append(_Unit(receipt.id, event=PlacedEvent(event, receipt.provider, channel)))
    for account in dict.fromkeys(unknown):
        reasons[receipt.id] = (
            _("No channel has the account %(account)s. Make one, and play this again.") % {"account": shown}
            if (shown := "".join(filter(str.isprintable, account)).strip()[:80])
            else _("It does not say for which account it is, so it belongs to no channel.")
        )
        incident_open(
            kind=Incident.Kind.UNKNOWN_ACCOUNT, now=now, detail=reasons[receipt.id],
            reference=f"{receipt.provider} {account}".strip(),
        )  # fmt: skip
    return units


def _parse(receipt: InboundReceipt, accounts: dict[UUID, Account | None]) -> ParsedExchange:
    provider = PROVIDERS.get(receipt.provider)
    if provider is None:
        raise MalformedExchange(
            _("The medium %(medium)s is not in use any more.") % {"medium": receipt.provider}
        )
    account = None
    if receipt.channel_id is not None:
        if receipt.channel_id not in accounts:
            accounts[receipt.channel_id] = _account(receipt.channel_id)
        account = accounts[receipt.channel_id]
    return provider.parse(exchange_of(receipt), account)


def _account(channel_id: UUID) -> Account | None:
    channel = BusinessEntityChannel.objects.select_related("business_entity").get(id=channel_id)
    try:
        return account_for(channel)
    except ValidationError:
        return None  # parsing does not need the settings; the channel's check tells staff


def _store(units: list[_Unit], channels: Directory, reasons: dict[UUID, str], now: datetime) -> BatchOutcome:
    """Store units together; when that fails, find the one that cannot be stored by halving."""
    try:
        return _store_together(units, channels, now)
    except (OperationalError, ProgrammingError, InterfaceError, LostRace) as error:
        if not _is_too_much(error):
            raise  # the database is away or not ours to use: no fault of any message, everything stays waiting
        failure: Exception = error
    # Whatever one message does to the code that handles it must not stop the others: it is kept, shown
    # with its reason, and can be replayed.
    except Exception as error:  # noqa: BLE001 logged below, once it is known which message it is
        failure = error
    if len(units) <= 1:
        for unit in units:
            reasons[unit.receipt_id] = reason_of_mistake(failure)
            logger.error("message_quarantined", receipt=str(unit.receipt_id), exc_info=failure)
        return BatchOutcome()
    middle = len(units) // 2
    outcome = _store(units[:middle], channels, reasons, now)
    outcome.add(_store(units[middle:], channels, reasons, now))
    return outcome


def _is_too_much(error: Exception) -> bool:
    """Whether the database says that something is too large for it, which it calls an operational error too."""
    return str(getattr(error.__cause__, "sqlstate", "") or "").startswith("54")


def _store_together(units: list[_Unit], channels: Directory, now: datetime) -> BatchOutcome:
    for attempt in range(1, RACES + 1):
        batch = Batch(
            envelopes=[unit.envelope for unit in units if unit.envelope is not None],
            statuses=[unit.status for unit in units if unit.status is not None],
            events=[unit.event for unit in units if unit.event is not None],
        )
        try:
            with transaction.atomic():
                return store_batch(batch, channels=channels, now=now)
        except LostRace as race:
            logger.info("batch_lost_race", over=str(race), attempt=attempt)
    raise LostRace(f"given up after {RACES} attempts")


def _too_long(external_id: str) -> bool:
    return len(external_id) > LONGEST_ID or (
        not external_id.isascii() and len(external_id.encode(errors="replace")) > MOST_ID_BYTES
    )


def _id_too_long(external_id: str) -> str:
    return _("The provider's id of a message is too long to be stored: it has %(length)d characters.") % {
        "length": len(external_id)
    }


def reason_of_mistake(error: Exception) -> str:
    """What staff read when it is our own code that cannot handle a message; the log has the whole error."""
    return _(
        "The software could not handle this, and nothing of it is lost. Tell your administrator, and play it again "
        "after the next update. (%(error)s)"
    ) % {"error": type(error).__name__}
