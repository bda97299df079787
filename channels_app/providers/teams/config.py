"""The settings of one Teams channel."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from urllib.parse import SplitResult, urlsplit
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from pydantic import ConfigDict, Field, SecretStr, field_validator

from channels_app.providers.base import Account, ProviderConfig

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
QUIET_HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")

# Office 365 connectors, retired by Microsoft.
LEGACY_HOSTS = re.compile(r"(^|\.)(webhook\.office\.com|outlook\.office(365)?\.com)$")
# Where Workflows (Power Automate, Logic Apps) give out webhook addresses.
WORKFLOW_HOSTS = re.compile(
    r"\.(logic\.azure\.(com|us|cn)|api\.powerplatform\.com|api\.gov\.powerplatform\.microsoft\.us"
    r"|api\.high\.powerplatform\.microsoft\.us|api\.powerautomate\.com)$"
)


class TeamsConfig(ProviderConfig):
    # The webhook address holds a signature: a validation error must not repeat it.
    model_config = ConfigDict(hide_input_in_errors=True)

    team_id: str = Field(default="", title="Team ID", max_length=200)
    channel_id: str = Field(
        default="",
        title="Channel ID",
        description="As in the channel's link in Teams, 19:...; for reference.",
        max_length=200,
    )
    mention_groups: tuple[str, ...] = Field(
        default=(),
        title="Mention groups",
        description="Names of mention groups whose users a card calls, for example @support-team.",
    )
    quiet_hours: str = Field(
        default="",
        title="Quiet hours",
        description="When only emergencies are posted, for example 22:00-07:00 (Dutch time); empty for never.",
    )
    summary_at: str = Field(
        default="08:30",
        title="Daily summary at",
        description="Dutch time, on the brand's working days; empty for never.",
        pattern=r"^(([01]\d|2[0-3]):[0-5]\d)?$",
    )
    app_id: str = Field(default="", title="App ID", max_length=200)
    webhook_url: SecretStr = Field(
        default=SecretStr(""),
        title="Workflow address",
        description=(
            "Teams, the channel's menu, Workflows, 'Post to a channel when a webhook request is received'. "
            "It holds a signature, so it is kept like a password."
        ),
    )
    app_password: SecretStr = Field(default=SecretStr(""), title="App password")

    @field_validator("webhook_url")
    @classmethod
    def _workflow_url(cls, value: SecretStr) -> SecretStr:
        url = value.get_secret_value().strip()
        if url and (problem := url_problem(url)):
            raise ValueError(problem)
        return SecretStr(url)

    @field_validator("quiet_hours")
    @classmethod
    def _interval(cls, value: str) -> str:
        if value and not QUIET_HOURS.fullmatch(value):
            raise ValueError(_("Write quiet hours as 22:00-07:00."))
        return value

    @field_validator("mention_groups")
    @classmethod
    def _names(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name.strip() for name in value if name.strip()))

    def quiet_until(self, moment: datetime) -> datetime | None:
        """The end of the quiet hours in which an aware moment falls, None outside them.

        An interval may run past midnight; its ends are wall times, on the days of the clock change too.
        """
        found = QUIET_HOURS.fullmatch(self.quiet_hours)
        if not found:
            return None
        start, end = time(int(found[1]), int(found[2])), time(int(found[3]), int(found[4]))
        local = moment.astimezone(AMSTERDAM)
        now = local.time()
        if not (start <= now < end if start <= end else now >= start or now < end):
            return None
        day = local.date() if now < end else local.date() + timedelta(days=1)
        return datetime.combine(day, end, AMSTERDAM)


def config_of(account: Account) -> TeamsConfig:
    """The typed settings of a Teams channel. Raises TypeError for another medium's channel."""
    if not isinstance(account.config, TeamsConfig):
        raise TypeError(f"channel {account.channel_id} has no Teams settings")
    return account.config


def url_problem(url: str) -> str:
    """Why a webhook address can never work, in words; "" when it may."""
    parts = _parts(url)
    if parts is None or parts.scheme not in ("https", "http") or not parts.hostname:
        return _("This is not a web address. Copy the whole address that the workflow shows.")
    if LEGACY_HOSTS.search(parts.hostname):
        return _(
            "This is the address of an Office 365 connector, which Microsoft has retired: nothing posted there "
            "arrives. Make a workflow in Teams (the channel's menu, Workflows, 'Post to a channel when a webhook "
            "request is received') and paste its address here."
        )
    return ""


def is_workflow_url(url: str) -> bool:
    """Whether the address is one that Microsoft's Workflows give out."""
    parts = _parts(url)
    return parts is not None and parts.scheme == "https" and bool(WORKFLOW_HOSTS.search(parts.hostname or ""))


def is_signed(url: str) -> bool:
    """Whether the address carries the workflow's signature, without which it refuses every card."""
    parts = _parts(url)
    return parts is not None and bool(re.search(r"(^|&)sig=[^&]", parts.query))


def _parts(url: str) -> SplitResult | None:
    try:
        return urlsplit(url)
    except ValueError:
        return None
