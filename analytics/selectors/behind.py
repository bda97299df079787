"""The rows that a figure was counted from: what a click on any number of the dashboard opens.

Each figure says once which rows count, when they happened and for which channel they count, in the words of
`docs/metrics.md`; the rollup says the same in SQL, and a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Exists, F, Func, JSONField, Model, OuterRef, Q, QuerySet
from django.db.models.functions import ExtractHour, ExtractIsoWeekDay

from analytics.selectors.live import AT_RISK
from analytics.selectors.period import Period
from analytics.windows import days_window
from channels_app.models import BusinessEntity, CommunicationMessage, CommunicationThread
from channels_app.scoping import scope
from routing.models import ConversationRating, MessageRoutingLog, SlaTimer

LEFT_US = ("sent", "delivered", "read", "played")


@dataclass(frozen=True, slots=True)
class Figure:
    """model: what is counted. moment: when it happened; empty for what is the case now. channel: the path to
    the channel it counts for. thread: the path to its conversation, empty when it is one itself."""

    model: type[Model]
    moment: str
    channel: str
    condition: Q
    thread: str = "thread"
    through_channel: bool = True  # counts for the brand of the channel, not for the brand of the row


_INBOUND = Q(direction="inbound")
_LEFT = Q(direction="outbound", state__in=LEFT_US)
_ANSWERED = Q(state__in=("met", "breached"))
_UNRESOLVED = ~Q(status="resolved") & Q(set_aside=False)

# Afterwards a person moved the conversation to another department.
_MOVED_AWAY = MessageRoutingLog.objects.filter(thread=OuterRef("thread"), manual_override=True).exclude(
    target_channel=OuterRef("target_channel")
)


def _messages(condition: Q) -> Figure:
    return Figure(CommunicationMessage, "sent_at", "channel", condition)


def _clocks(moment: str, condition: Q) -> Figure:
    return Figure(SlaTimer, moment, "channel", condition)


def _decisions(condition: Q) -> Figure:
    return Figure(MessageRoutingLog, "created_at", "target_channel", condition, through_channel=False)


def _now(condition: Q) -> Figure:
    return Figure(CommunicationThread, "", "channel", condition, "", through_channel=False)


def figures(now: datetime) -> Mapping[str, Figure]:
    """Every figure that has rows behind it, by name."""
    return {
        "received": _messages(_INBOUND),
        "sent": _messages(_LEFT),
        "traffic": _messages(_INBOUND | _LEFT),
        "automatic": _messages(_LEFT & Q(message_type="auto_response")),
        "failed": _messages(Q(direction="outbound", state="failed")),
        "answered": _clocks("answered_at", _ANSWERED),
        "in_time": _clocks("answered_at", Q(state="met")),
        "too_late": _clocks("breached_at", Q()),
        "started": Figure(CommunicationThread, "created_at", "channel", Q(set_aside=False), ""),
        "resolved": Figure(
            CommunicationThread, "resolved_at", "channel", Q(status="resolved", set_aside=False), ""
        ),
        "rated": Figure(ConversationRating, "rated_at", "channel", Q()),
        "decisions": _decisions(Q(manual_override=False)),
        "unsure": _decisions(Q(manual_override=False, unsure=True)),
        "moves": _decisions(Q(manual_override=True)),
        "misled": _decisions(Q(manual_override=False) & Q(Exists(_MOVED_AWAY))),
        "open": _now(_UNRESOLVED),
        "waiting": _now(_UNRESOLVED & Q(waiting_since__isnull=False)),
        "overdue": _now(_UNRESOLVED & Q(response_due_at__lt=now)),
        "at_risk": _now(_UNRESOLVED & Q(response_due_at__gte=now, response_due_at__lt=now + AT_RISK)),
        "backlog": _now(_UNRESOLVED & Q(first_response_at__isnull=True, waiting_since__isnull=False)),
    }


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What part of a figure is asked for; everything that is None is not narrowed.

    channel: the one it counts for. source, department: of a decision, where it arrived and the code of the
    department it went to ("" is nobody). origin: of a move, the code of the department it left. keyword: one
    that spoke for the department. weekday (0 is Monday) and hour on the brand's clock.
    """

    channel: UUID | None = None
    source: UUID | None = None
    department: str | None = None
    origin: str | None = None
    keyword: str | None = None
    day: date | None = None
    weekday: int | None = None
    hour: int | None = None

    @property
    def of_decisions(self) -> bool:
        """Whether it says something that only a decision has."""
        return any(value is not None for value in (self.source, self.department, self.origin, self.keyword))


def rows_behind(
    figure: Figure,
    entities: Sequence[BusinessEntity],
    period: Period,
    narrowing: Narrowing,
    user: Any,
    now: datetime,
) -> QuerySet[Any]:
    """The rows, the newest first, of brands that the user may see."""
    wanted = Q(pk__in=[])
    rows = scope(figure.model._default_manager.all(), user).filter(figure.condition)
    for entity in entities:
        brand = (
            {f"{figure.channel}__business_entity": entity}
            if figure.through_channel
            else {"business_entity": entity}
        )
        wanted |= Q(**brand) & _within(figure, entity, period, narrowing, now)
    if figure.moment and (narrowing.weekday is not None or narrowing.hour is not None):
        rows = rows.annotate(**_clock_times(figure, entities))
    rows = rows.filter(wanted)
    if narrowing.channel is not None:
        rows = rows.filter(**{figure.channel: narrowing.channel})
    if narrowing.source is not None:
        rows = rows.filter(source_channel=narrowing.source)
    if narrowing.department is not None:
        rows = rows.filter(
            Q(target_channel__channel_code=narrowing.department)
            if narrowing.department
            else Q(target_channel__isnull=True)
        )
    if narrowing.origin is not None:
        rows = rows.filter(source_channel__channel_code=narrowing.origin)
    if narrowing.keyword is not None:
        spoke = Func(
            F("keyword_matches"), F("target_channel__channel_code"), template="(%(expressions)s)",
            arg_joiner=" -> ", output_field=JSONField(),
        )  # fmt: skip
        rows = rows.annotate(spoke=spoke).filter(spoke__contains=[narrowing.keyword])
    return rows.order_by(f"-{figure.moment or 'last_message_at'}", "-pk")


def _within(figure: Figure, entity: BusinessEntity, period: Period, narrowing: Narrowing, now: datetime) -> Q:
    if not figure.moment:
        return Q()
    zone = ZoneInfo(entity.timezone)
    first, last = (narrowing.day, narrowing.day) if narrowing.day else period.dates(zone, now)
    window = days_window(zone, first, last)
    within = Q(**{f"{figure.moment}__gte": window.since, f"{figure.moment}__lt": window.until})
    if narrowing.weekday is not None:
        within &= Q(**{f"weekday_{_name(entity)}": narrowing.weekday + 1})
    if narrowing.hour is not None:
        within &= Q(**{f"hour_{_name(entity)}": narrowing.hour})
    return within


def _clock_times(figure: Figure, entities: Sequence[BusinessEntity]) -> dict[str, Any]:
    """The weekday and hour of each row on each brand's clock."""
    times: dict[str, Any] = {}
    for entity in entities:
        zone = ZoneInfo(entity.timezone)
        times[f"weekday_{_name(entity)}"] = ExtractIsoWeekDay(figure.moment, tzinfo=zone)
        times[f"hour_{_name(entity)}"] = ExtractHour(figure.moment, tzinfo=zone)
    return times


def _name(entity: BusinessEntity) -> str:
    return entity.pk.hex
