"""A brand's configuration as one file: everything that makes it, and no secret.

The version goes up when a file of the old shape cannot be read any more; fields that are added have a
default and leave it alone.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

FORMAT: Literal["brand-configuration"] = "brand-configuration"
VERSION: Literal[1] = 1


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class BrandPart(_Part):
    """The brand itself. Its code is what a file is matched by."""

    entity_code: str = Field(pattern=r"^[-a-zA-Z0-9_]{1,50}$")
    entity_name: str = Field(min_length=1, max_length=100)
    number_prefix: str = Field(pattern=r"^[A-Z]{2,8}$")
    timezone: str = "Europe/Amsterdam"
    default_language: str = "nl"
    operational_config: dict[str, Any] = {}
    auto_routing_rules: dict[str, Any] = {}
    whatsapp_business_account_id: str = ""
    own_domains: list[str] = []
    partner_domains: list[str] = []
    brand_colour: str = "#0f766e"
    website: str = ""
    rating_enabled: bool = False
    rating_delay_minutes: int = 60
    rating_pause_days: int = 30
    low_rating_action: str = "notify"


class ChannelPart(_Part):
    """A channel, known by its medium and purpose, with its place in the registry.

    integration_config: the settings of the medium without secrets. fallback: "medium/purpose", or "".
    auto_response: "code/language" of its own automatic answer, or "".
    """

    channel_type: str
    channel_code: str
    channel_name: str
    channel_address: str = ""
    display_name: str = ""
    department: str = ""
    is_active: bool = False
    is_primary: bool = False
    priority_level: int = 50
    sla_response_minutes: int = 60
    max_concurrent_conversations: int | None = None
    idle_resolve_days: int = 14
    rating_requests: str = ""
    notify_events: list[str] = []
    business_hours: dict[str, Any] | str | None = None
    auto_routing_rules: dict[str, Any] = {}
    escalation_config: dict[str, Any] = {}
    integration_config: dict[str, Any] = {}
    routing_priority: int = 50
    message_routing_rules: list[dict[str, Any]] = []
    fallback: str = ""
    auto_response: str = ""

    @property
    def key(self) -> str:
        return f"{self.channel_type}/{self.channel_code}"


class TemplatePart(_Part):
    """A template, known by its code and language. channel: "medium/purpose", or "" for every channel."""

    template_code: str
    language: str = "nl"
    template_name: str
    situation: str
    channel: str = ""
    channel_type: str = ""
    subject: str = ""
    content: str
    html_content: str = ""
    is_active: bool = True
    provider_name: str = ""
    provider_category: str = ""
    provider_variables: list[str] = []

    @property
    def key(self) -> str:
        return f"{self.template_code}/{self.language}"


class MentionGroupPart(_Part):
    name: str
    members: list[str] = []

    @property
    def key(self) -> str:
        return self.name


class BrandFile(_Part):
    format: Literal["brand-configuration"] = FORMAT
    version: Literal[1] = VERSION
    brand: BrandPart
    channels: list[ChannelPart] = []
    templates: list[TemplatePart] = []
    mention_groups: list[MentionGroupPart] = []
