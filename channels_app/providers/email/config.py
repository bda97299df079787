"""The settings of one mailbox."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal, Self

from pydantic import AliasChoices, Field, SecretStr, model_validator

from channels_app.providers.base import Account, ProviderConfig

Security = Literal["tls", "starttls", "none"]

PRESETS = {
    "microsoft365": {"imap_host": "outlook.office365.com", "smtp_host": "smtp.office365.com"},
    "google": {"imap_host": "imap.gmail.com", "smtp_host": "smtp.gmail.com"},
}


class EmailConfig(ProviderConfig):
    """Where a mailbox is and how to log in. Also takes the specification's names (`smtp_server`, ...)."""

    preset: Literal["microsoft365", "google", "other"] = Field(
        default="other",
        title="Mail service",
        description="Microsoft 365 and Google fill in their own servers.",
    )
    imap_host: str = Field(default="", title="IMAP server", max_length=253)
    imap_port: int = Field(default=993, title="IMAP port", ge=1, le=65535)
    imap_security: Security = Field(default="tls", title="IMAP encryption")
    smtp_host: str = Field(
        default="",
        title="SMTP server",
        max_length=253,
        validation_alias=AliasChoices("smtp_host", "smtp_server"),
    )
    smtp_port: int = Field(default=587, title="SMTP port", ge=1, le=65535)
    smtp_security: Security = Field(default="starttls", title="SMTP encryption")
    username: str = Field(
        default="",
        title="User name",
        description="Empty: the mailbox address.",
        max_length=320,
    )
    password: SecretStr = Field(
        default=SecretStr(""),
        title="Password",
        description="For servers without OAuth; at Google an app password.",
        validation_alias=AliasChoices("password", "password_encrypted"),
    )
    oauth_enabled: bool = Field(
        default=False,
        title="Log in with OAuth 2",
        description="Required by Microsoft 365.",
    )
    tenant_id: str = Field(default="", title="Tenant ID", description="Microsoft 365.", max_length=200)
    client_id: str = Field(default="", title="Client ID", max_length=300)
    client_secret: SecretStr = Field(default=SecretStr(""), title="Client secret")
    refresh_token: SecretStr = Field(
        default=SecretStr(""),
        title="Refresh token",
        description="Google.",
        validation_alias=AliasChoices("refresh_token", "oauth_token"),
    )
    token_url: str = Field(
        default="",
        title="Token URL",
        description="Only for national clouds and other OAuth servers; empty for the service's own.",
        max_length=500,
        pattern=r"^(https?://\S+)?$",
    )
    sent_folder: str = Field(
        default="",
        title="Sent folder",
        description="Empty: the folder that the server marks as such.",
        max_length=300,
    )
    import_history: bool = Field(
        default=False,
        title="Import older mail",
        description="Silently: no automatic answers, no clocks. Off: the first connection starts at the newest mail.",
    )
    expires_on: date | None = Field(
        default=None,
        title="App registration expires on",
        description="Year-month-day, as its client secret says. A warning comes a month before.",
    )
    from_name: str = Field(default="", title="Sender name", max_length=200)
    signature_template: str = Field(
        default="",
        title="Signature template",
        validation_alias=AliasChoices("signature_template", "signature_template_id"),
        max_length=100,
    )
    reply_plus_address: bool = Field(
        default=False,
        title="Reply to a plus-address",
        description="Answers find their thread even when a mail program drops the references.",
    )
    trusted_authserv_ids: tuple[str, ...] = Field(
        default=(),
        title="Trusted authentication hosts",
        description="Hosts whose Authentication-Results count, besides the brand's own domains.",
    )
    auto_categorize: bool = Field(default=False, title="Categorise automatically")
    lead_scoring: bool = Field(default=False, title="Score leads")
    auto_filing: bool = Field(default=False, title="File automatically")
    calendar_integration: bool = Field(default=False, title="Show invitations")

    @model_validator(mode="before")
    @classmethod
    def _preset_from_server(cls, values: Any) -> Any:
        if not isinstance(values, dict) or values.get("preset"):
            return values
        server = str(
            values.get("smtp_host") or values.get("smtp_server") or values.get("imap_host") or ""
        ).lower()
        for preset, hosts in PRESETS.items():
            if server in hosts.values():
                return {**values, "preset": preset}
        return values

    @model_validator(mode="after")
    def _preset_hosts(self) -> Self:
        hosts = PRESETS.get(self.preset, {})
        self.imap_host = self.imap_host or hosts.get("imap_host", "")
        self.smtp_host = self.smtp_host or hosts.get("smtp_host", "")
        return self

    @property
    def has_credentials(self) -> bool:
        """Whether somebody has entered a log-in; a mailbox that was only just set up has none."""
        if self.oauth_enabled:
            return bool(self.client_id and self.client_secret.get_secret_value())
        return bool(self.password.get_secret_value())

    def login_name(self, address: str) -> str:
        return self.username or address


def config_of(account: Account) -> EmailConfig:
    """The typed settings of an email channel. Raises TypeError for another medium's channel."""
    if not isinstance(account.config, EmailConfig):
        raise TypeError(f"channel {account.channel_id} has no email settings")
    return account.config
