"""The contract between a medium and the rest of the product.

A provider is a small class with four verbs: `verify` and `parse` for what comes in, `send` for what
goes out, `check` for staff who ask whether the settings work. It takes and returns the frozen
dataclasses of this module and never sees a model, so that it can be tested with bytes alone.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, BinaryIO, ClassVar, Literal
from uuid import UUID

from django.utils.translation import gettext as _
from pydantic import BaseModel, ConfigDict

CONTENT_ID_DOMAIN = "derived.invalid"
"""Of message ids that we make from the contents, for mail that came without a usable one."""

JSON = Any  # str, int, float, bool, None, list or dict of these


class IdentifierKind(StrEnum):
    """How a person is known on a medium; one contact may have several of each."""

    EMAIL = "email"
    PHONE = "phone"  # E.164 with "+", shared by WhatsApp, SMS and phone
    WHATSAPP_USER = "whatsapp_user"  # business-scoped user id, "NL.1349..."


@dataclass(frozen=True, slots=True)
class Identifier:
    kind: IdentifierKind
    value: str

    @classmethod
    def of(cls, address: str) -> Identifier:
        """The identifier that an address stands for, told by its form."""
        if "@" in address:
            return cls(IdentifierKind.EMAIL, address)
        if address.startswith("+"):
            return cls(IdentifierKind.PHONE, address)
        return cls(IdentifierKind.WHATSAPP_USER, address)


@dataclass(frozen=True, slots=True)
class Party:
    """A sender or recipient: every identifier the medium gave for one person, best first."""

    identifiers: tuple[Identifier, ...]
    name: str = ""

    @property
    def address(self) -> str:
        """The identifier to show to staff, "" when the medium gave none."""
        return self.identifiers[0].value if self.identifiers else ""


@dataclass(frozen=True, slots=True)
class RawExchange:
    """One HTTP request (or one fetched mail) exactly as it arrived; `headers` have lower-case names."""

    body: bytes
    received_at: datetime
    method: str = "POST"
    url: str = ""  # absolute public URL, query included: some signatures cover it
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verified:
    """The exchange is genuine. With `reply`, answer it at once and keep nothing (a handshake).

    `answer` is the body, XML, with which an exchange that is kept is answered: some phone vendors read
    from it where to send the next event of a call.
    """

    reply: str | None = None
    answer: str = ""


class AttachmentContent(StrEnum):
    """Where the bytes of an attachment are."""

    INLINE = "inline"  # in `data`
    REMOTE = "remote"  # to be downloaded by `Provider.download(media_id)`
    WITHHELD = "withheld"  # too large or dangerous: only the description was kept


@dataclass(frozen=True, slots=True)
class InboundAttachment:
    name: str
    content_type: str
    content: AttachmentContent
    data: bytes = b""
    media_id: str = ""
    sha256: str = ""  # hex, as promised by the provider; "" when it promises none
    size: int | None = None  # bytes
    content_id: str = ""  # of an inline image in HTML mail
    note: str = ""  # why it was withheld


class Automated(StrEnum):
    """Why a message is not a person writing to us; such a message gets no answer and no clock."""

    AUTO_REPLY = "auto_reply"
    BOUNCE = "bounce"
    MAILING_LIST = "mailing_list"
    SPAM = "spam"
    SYSTEM = "system"  # e.g. WhatsApp's notice that a customer changed number


Authentication = Literal["pass", "fail", "none"]


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """One message of a customer, or, with `echo`, one that the brand sent from the medium's own app.

    `account` names the provider account it arrived at (WhatsApp phone number id, mailbox address,
    number); "" means the channel of the webhook URL. `body` is what the customer wrote, unchanged;
    `new_text` is the part written this time, without quoted mail and signature, when the medium mixes
    these (None: the body is all new). `authored_text` is what routing reads: the sender's own words, without
    the quoted lines that an inline answer stands between (None: the same as `new_text`).
    """

    account: str
    external_id: str
    sent_at: datetime
    sender: Party
    kind: str = "text"
    body: str = ""
    subject: str = ""
    new_text: str | None = None
    authored_text: str | None = None
    html: str = ""
    attachments: tuple[InboundAttachment, ...] = ()
    reply_to: str = ""  # external id of the message this one answers, edits, revokes or reacts to
    references: tuple[str, ...] = ()  # external ids of the conversation, oldest first
    thread_tokens: tuple[str, ...] = ()  # our own signed tokens found in it, unverified
    data: Mapping[str, JSON] = field(default_factory=dict)  # the structured part (location, order...)
    recipients: tuple[Party, ...] = ()
    on_behalf_of: Party | None = None  # the customer for whom a machine wrote (a web form), never proven
    also_known_as: tuple[Identifier, ...] = ()  # new identifiers that the sender announces
    automated: Automated | None = None
    authentication: Authentication = "none"  # DMARC verdict, where a trusted host gave one
    headers: Mapping[str, str] = field(default_factory=dict)  # the few that routing or staff look at
    echo: bool = False
    historic: bool = False  # imported silently: no answer, no clock


class DeliveryState(StrEnum):
    """What became of an outgoing message, as the provider tells it."""

    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    PLAYED = "played"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class DeliveryFailure:
    code: str
    text: str  # as the provider words it; shown to staff behind our own explanation
    permanent: bool = True


@dataclass(frozen=True, slots=True)
class StatusUpdate:
    account: str
    external_id: str  # "" when only `message_id` identifies it (a bounce that quotes our token)
    state: DeliveryState
    at: datetime
    message_id: UUID | None = None  # our own id, echoed (`biz_opaque_callback_data`)
    failure: DeliveryFailure | None = None
    data: Mapping[str, JSON] = field(default_factory=dict)  # pricing, conversation, recipient


@dataclass(frozen=True, slots=True)
class AccountEvent:
    """News about the account itself: quality, template approval, restriction, an error at value level."""

    account: str  # phone number id; "" when it concerns the whole business account
    kind: str  # "template_status", "quality", "account", "preference", "error", "other"
    reference: str = ""  # template name, event name, ...
    text: str = ""
    severity: Literal["info", "warning", "critical"] = "info"
    business_account: str = ""
    same_person: tuple[Identifier, ...] = ()  # identifiers that belong to one customer
    data: Mapping[str, JSON] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ParsedExchange:
    """Everything one exchange said, in the order it said it."""

    messages: tuple[InboundMessage, ...] = ()
    statuses: tuple[StatusUpdate, ...] = ()
    events: tuple[AccountEvent, ...] = ()


@dataclass(frozen=True, slots=True)
class OutboundAttachment:
    name: str
    content_type: str
    size: int
    open: Callable[[], BinaryIO]
    inline: bool = False


@dataclass(frozen=True, slots=True)
class TemplateCall:
    """A message template approved by the medium, with the values for its placeholders in order."""

    name: str
    language: str
    body_values: tuple[str, ...] = ()
    header_values: tuple[str, ...] = ()
    button_values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OutboundMessage:
    """One message to one person, rendered and ready; `message_id` makes it recognisable afterwards."""

    message_id: UUID
    recipient: Party
    body: str = ""
    subject: str = ""
    html: str = ""
    attachments: tuple[OutboundAttachment, ...] = ()
    template: TemplateCall | None = None
    interactive: Mapping[str, JSON] | None = None  # provider-shaped buttons or list
    reply_to: str = ""
    references: tuple[str, ...] = ()
    thread_token: str = ""  # signed; lets an answer find its thread
    sender_name: str = ""
    sender_address: str = ""
    cc: tuple[str, ...] = ()
    automated: bool = False
    reaction: str | None = None  # an emoji put on `reply_to`; "" takes it away


@dataclass(frozen=True, slots=True)
class Notification:
    """Something staff should know, for a medium that notifies teams (Teams)."""

    notification_id: UUID
    event: str
    title: str
    entity_name: str
    channel_name: str
    priority: str
    occurred_at: datetime
    preview: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    actions: tuple[tuple[str, str], ...] = ()  # (label, URL)
    mentions: tuple[tuple[str, str], ...] = ()  # (display name, user principal name)


@dataclass(frozen=True, slots=True)
class Alert:
    """A call for one colleague to act, by whatever reaches that person; `url` is where they say that they do."""

    alert_id: UUID
    recipient: Party
    title: str
    text: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class SendReceipt:
    """The provider has it. `external_id` may be "" for media that give none."""

    external_id: str
    data: Mapping[str, JSON] = field(default_factory=dict)  # segments, price


@dataclass(frozen=True, slots=True)
class CheckItem:
    """One thing that was tested, in words for staff: what, whether it works, and what to do."""

    label: str
    ok: bool
    detail: str = ""


@dataclass(frozen=True, slots=True)
class CheckReport:
    items: tuple[CheckItem, ...]
    data: Mapping[str, JSON] = field(default_factory=dict)  # quality rating, limits, expiry

    @property
    def ok(self) -> bool:
        return all(item.ok for item in self.items)


@dataclass(frozen=True, slots=True)
class RemoteTemplate:
    """A message template as the medium has it; `status` "approved" may be sent, others not."""

    external_id: str
    name: str
    language: str
    status: str  # lower case: approved, pending, rejected, paused, disabled...
    category: str = ""
    quality: str = ""  # lower case: green, yellow, red, unknown
    header: str = ""
    body: str = ""
    footer: str = ""
    rejected_reason: str = ""
    data: Mapping[str, JSON] = field(default_factory=dict)  # the medium's own object


class ProviderConfig(BaseModel):
    """Base of a provider's typed settings. Fields of type `SecretStr` are kept encrypted, apart."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


@dataclass(frozen=True, slots=True)
class Account:
    """What a provider may know of a channel: its address and its settings, secrets filled in."""

    channel_id: UUID
    entity_code: str
    address: str
    display_name: str
    config: ProviderConfig
    language: str = "nl"
    trusted_domains: tuple[str, ...] = ()  # the entity's own domains


@dataclass(frozen=True, slots=True)
class RateLimits:
    """Ceilings that a medium sets. `recipient_interval` after `recipient_burst` messages to one person."""

    account_per_second: float | None = None
    recipient_interval: timedelta | None = None
    recipient_burst: int = 1


@dataclass(frozen=True, slots=True)
class Capabilities:
    receives: bool = False
    replies: bool = False
    notifies: bool = False
    alerts: bool = False  # reaches one colleague, where the channel's settings allow (`can_alert`)
    fetched: bool = False  # messages wait in a mailbox that we read; nobody calls us
    calls: bool = False  # its messages are calls, each told of in several events (`services.calls`)
    webhook: bool = False  # has POST /webhooks/<code>/...
    shared_webhook: bool = False  # one URL for all accounts, beside the one per channel
    native_threads: bool = False  # the medium carries conversation ids (email); else one open thread
    reply_window: timedelta | None = None  # free text only within this of the customer's last message
    templates: bool = False  # approved templates that may be sent outside the window
    foresees_trouble: bool = False  # its check says when credentials expire and how the account is rated
    attachments: bool = False
    rich_text: bool = False  # messages carry HTML beside their text
    choices: bool = False  # messages carry a list from which the customer chooses
    address_kind: IdentifierKind | None = None
    limits: RateLimits = field(default_factory=RateLimits)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a medium makes of a text before it is routed: the part written now, and whether a machine sent it."""

    new_text: str
    automated: Automated | None = None
    authentication: Authentication = "none"


class ProviderError(Exception):
    """A send, download or check failed. Callers decide on the attributes, never on the text.

    permanent: trying again cannot help. suspends_channel: nothing can be sent from this channel until
    somebody acts. ambiguous: the provider may have it after all (a time-out after the request went
    out), so it must not be sent again blindly. retry_after: not before, when the provider said so.
    """

    def __init__(
        self,
        text: str,
        *,
        code: str = "",
        permanent: bool = False,
        suspends_channel: bool = False,
        ambiguous: bool = False,
        retry_after: timedelta | None = None,
    ) -> None:
        super().__init__(text)
        self.text = text
        self.code = code
        self.permanent = permanent
        self.suspends_channel = suspends_channel
        self.ambiguous = ambiguous
        self.retry_after = retry_after


class SignatureInvalid(Exception):
    """The exchange is not genuine; nothing of it may be kept. `status` is the HTTP answer."""

    def __init__(self, text: str, *, status: Literal[401, 403] = 401) -> None:
        super().__init__(text)
        self.status = status


class MalformedExchange(Exception):
    """Genuine but unreadable; it is kept, quarantined with this text (a sentence for staff), and can be replayed."""


class Unsupported(ProviderError):
    """The medium has no such verb."""

    def __init__(self, provider: str, verb: str) -> None:
        super().__init__(f"{provider} does not support {verb}", code="unsupported", permanent=True)


class Provider(ABC):
    """One medium. Subclass in `providers/<code>/`, register with one line in `registry.py`."""

    code: ClassVar[str]
    label: ClassVar[str]
    icon: ClassVar[str] = "forum"  # of Material Symbols
    capabilities: ClassVar[Capabilities]
    Config: ClassVar[type[ProviderConfig]]

    def verify(self, exchange: RawExchange, accounts: Sequence[Account]) -> Verified:
        """Prove that the exchange is genuine, over the raw bytes, in constant time.

        accounts: the channel of the URL, or on the shared URL every active channel of the medium.
        Raises SignatureInvalid.
        """
        raise SignatureInvalid(f"{self.code} has no webhook", status=403)

    def parse(self, exchange: RawExchange, account: Account | None) -> ParsedExchange:
        """Read everything in a verified exchange. Raises MalformedExchange; no other exception.

        account: the channel of the URL or mailbox, None on the shared webhook.
        """
        raise MalformedExchange(_("Nothing can be received over this medium."))

    def read_text(self, subject: str, body: str, headers: Mapping[str, str], account: Account) -> Reading:
        """Read a text as `parse` would read it in an exchange (for the simulator); headers as the medium has them."""
        return Reading(new_text=body)

    def send(self, message: OutboundMessage, account: Account) -> SendReceipt:
        """Hand one message to the provider. Raises ProviderError."""
        raise Unsupported(self.code, "replies")

    def parts(self, text: str) -> int | None:
        """How many messages a text is sent and billed as; None where its length makes no difference."""
        return None

    def notify(self, notification: Notification, account: Account) -> SendReceipt:
        """Tell a team. Raises ProviderError."""
        raise Unsupported(self.code, "notifications")

    def quiet_until(self, account: Account, moment: datetime) -> datetime | None:
        """When what is not urgent may be told to the team again; None for now."""
        return None

    def alert(self, alert: Alert, account: Account) -> SendReceipt:
        """Reach one colleague. Raises ProviderError."""
        raise Unsupported(self.code, "alerts")

    def can_alert(self, account: Account) -> bool:
        """Whether this channel's settings let it reach a colleague at all."""
        return self.capabilities.alerts

    @abstractmethod
    def check(self, account: Account) -> CheckReport:
        """Try the settings for real and say in words what works and what is missing."""

    def download(self, attachment: InboundAttachment, account: Account) -> bytes:
        """Fetch a remote attachment, its checksum verified. Raises ProviderError."""
        raise Unsupported(self.code, "downloads")

    def templates(self, account: Account) -> tuple[RemoteTemplate, ...]:
        """The message templates that the medium holds for this channel. Raises ProviderError."""
        raise Unsupported(self.code, "templates")

    def outbound_id(self, message_id: UUID, thread_token: str, account: Account) -> str:
        """The external id a message will have, where we choose it ourselves; "" where the provider does."""
        return ""

    def account_key(self, config: ProviderConfig, address: str) -> str:
        """The key under which exchanges name this channel; by default its address."""
        return address
