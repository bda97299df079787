"""Once a working day a card per Teams channel: what waits in its departments, and how yesterday went."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.urls import reverse

from channels_app.bulk import fetch_all
from channels_app.models import BusinessEntityChannel, OutboxItem
from channels_app.providers.registry import PROVIDERS
from channels_app.schemas import department_name
from channels_app.selectors.directory import configuration_version
from channels_app.services.messages import OutboxRow, outbox_insert
from routing.selectors.brands import BrandProfile, brand_profile
from routing.services.notifications import notification_row, site_url

EVENT = "daily_summary"
# A worker that was away longer than this leaves the day's summary out: by then it is no morning card.
LATEST = timedelta(hours=4)
AMSTERDAM = ZoneInfo("Europe/Amsterdam")


@dataclass(frozen=True, slots=True)
class DepartmentDay:
    """The conversations of a department: what is open now, and what happened yesterday."""

    open: int = 0
    overdue: int = 0
    unassigned: int = 0
    begun: int = 0
    resolved: int = 0
    breached: int = 0

    def in_words(self) -> str:
        today = [f"{self.open} open"]
        today += [f"{self.overdue} te laat"] if self.overdue else []
        today += [f"{self.unassigned} van niemand"] if self.unassigned else []
        yesterday = f"gisteren {self.begun} nieuw, {self.resolved} afgerond"
        if self.breached:
            yesterday += f", {self.breached} te laat beantwoord"
        return f"{', '.join(today)}; {yesterday}"


def summaries_send(*, now: datetime) -> int:
    """Put the summaries whose time has come in the outbox, each once a day; how many."""
    due = _due(now)
    if not due:
        return 0
    version = configuration_version()
    rows: list[OutboxRow] = []
    figures: dict[UUID, Mapping[str, DepartmentDay]] = {}
    for channel, key in due:
        brand = brand_profile(channel.business_entity_id, version)
        local = now.astimezone(ZoneInfo(brand.entity.timezone))
        if not _works_on(brand, local.date()):
            continue
        if brand.entity.id not in figures:
            figures[brand.entity.id] = _figures(brand, local, now)
        rows.append(_card(brand, channel, key, figures[brand.entity.id], local.date()))
    outbox_insert(rows, now=now)
    return len(rows)


def _due(now: datetime) -> list[tuple[BusinessEntityChannel, str]]:
    """The Teams channels whose summary is to be made now, with the key under which it is made once."""
    local = now.astimezone(AMSTERDAM)
    media = [code for code, provider in PROVIDERS.items() if provider.capabilities.notifies]
    due = {}
    for channel in BusinessEntityChannel.objects.active().filter(channel_type__in=media):
        if channel.notify_events and EVENT not in channel.notify_events:
            continue
        wanted = str((channel.integration_config or {}).get("summary_at", "08:30"))
        try:
            at = datetime.combine(local.date(), time.fromisoformat(wanted), AMSTERDAM)
        except ValueError:
            continue  # empty: never
        if at <= now < at + LATEST:
            due[f"summary:{channel.id}:{local.date().isoformat()}"] = channel
    made = set(OutboxItem.objects.filter(dedupe_key__in=list(due)).values_list("dedupe_key", flat=True))
    return [(channel, key) for key, channel in due.items() if key not in made]


def _works_on(brand: BrandProfile, day: date) -> bool:
    """Whether any department of the brand opens on this day."""
    zone = ZoneInfo(brand.entity.timezone)
    moments = [datetime.combine(day, time(half // 2, 30 * (half % 2)), zone) for half in range(48)]
    calendars = {
        profile.calendar
        for profile in brand.channels.values()
        if profile.channel.business_entity_id == brand.entity.id
        and PROVIDERS[profile.channel.channel_type].capabilities.receives
    }
    return any(calendar.is_open(moment) for calendar in calendars for moment in moments)


def _figures(brand: BrandProfile, local: datetime, now: datetime) -> dict[str, DepartmentDay]:
    """By department code; one statement."""
    midnight = datetime.combine(local.date(), time.min, local.tzinfo)
    yesterday = datetime.combine(local.date() - timedelta(days=1), time.min, local.tzinfo)
    rows = fetch_all(
        """
        SELECT coalesce(channel.channel_code, ''),
               count(*) FILTER (WHERE thread.status <> 'resolved'),
               count(*) FILTER (WHERE thread.status <> 'resolved' AND thread.response_due_at < %s),
               count(*) FILTER (WHERE thread.status IN ('new', 'open') AND thread.assignee_id IS NULL),
               count(*) FILTER (WHERE thread.created_at >= %s AND thread.created_at < %s),
               count(*) FILTER (WHERE thread.resolved_at >= %s AND thread.resolved_at < %s),
               (SELECT count(*) FROM sla_timers AS timer
                  JOIN business_entity_channels AS promised ON promised.id = timer.channel_id
                 WHERE timer.business_entity_id = %s
                   AND timer.breached_at >= %s AND timer.breached_at < %s
                   AND promised.channel_code = channel.channel_code)
          FROM communication_threads AS thread
          LEFT JOIN business_entity_channels AS channel ON channel.id = thread.channel_id
         WHERE thread.business_entity_id = %s AND NOT thread.set_aside
           AND (thread.status <> 'resolved' OR thread.resolved_at >= %s)
         GROUP BY channel.channel_code
        """,
        [
            now, yesterday, midnight, yesterday, midnight, brand.entity.id, yesterday, midnight, brand.entity.id,
            yesterday,
        ],
    )  # fmt: skip
    return {code: DepartmentDay(*counts) for code, *counts in rows}


def _departments(brand: BrandProfile, channel: BusinessEntityChannel) -> Sequence[str]:
    """The departments a Teams channel hears of: its own; the brand's default also those without one."""
    codes = sorted(
        {
            profile.channel.channel_code
            for profile in brand.channels.values()
            if profile.channel.business_entity_id == brand.entity.id
            and PROVIDERS[profile.channel.channel_type].capabilities.receives
        }
    )
    heard = [
        code for code in codes if brand.team_channels.get(code, brand.team_channels.get("")) == channel.id
    ]
    return [*heard, ""] if brand.team_channels.get("") == channel.id else heard


def _card(
    brand: BrandProfile,
    channel: BusinessEntityChannel,
    key: str,
    figures: Mapping[str, DepartmentDay],
    day: date,
) -> OutboxRow:
    heard = _departments(brand, channel)
    facts = [
        (department_name(code, "nl").capitalize() if code else "Zonder afdeling", figures[code].in_words())
        for code in heard
        if code in figures
    ]
    overdue = sum(figures[code].overdue for code in heard if code in figures)
    return notification_row(
        brand,
        channel,
        event=EVENT,
        dedupe_key=key,
        thread_id=None,
        title=f"{brand.entity.entity_name} op {day:%d-%m-%Y}",
        about=channel.channel_name,
        priority="Hoog" if overdue else "Normaal",
        preview="" if facts else "Niemand wacht, en gisteren kwam er niets binnen.",
        facts=tuple(facts),
        actions=(("Inbox openen", site_url(reverse("inbox"))),),
    )
