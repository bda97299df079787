"""`escalation_config`: who is told, and when, if a customer waits too long."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from channels_app.schemas.base import Settings
from channels_app.schemas.identity import normalise_email, normalise_phone

Minutes = Annotated[int, Field(ge=0, le=60 * 24 * 31)]


class EscalationTarget(Settings):
    """Whom a step reaches. channel: a channel code of the brand; on_call: who is on the rota (no value);
    mention_group: a Teams group by name; address: an e-mail address or telephone number."""

    kind: Literal["channel", "on_call", "mention_group", "address"]
    value: str = ""

    @model_validator(mode="after")
    def _value_fits_kind(self) -> EscalationTarget:
        if self.kind == "on_call" and self.value:
            raise ValueError("on_call takes no value: the rota says who it is")
        if self.kind != "on_call" and not self.value:
            raise ValueError(f"{self.kind} needs a value")
        return self


class EscalationStep(Settings):
    """after_minutes: since the promised time of answer passed (for an emergency: since it came in).
    repeat_minutes: repeat at this interval until someone takes the thread; None is once."""

    after_minutes: Minutes = 0
    by: Literal["teams", "email", "sms", "phone"]
    to: EscalationTarget
    repeat_minutes: Annotated[int, Field(ge=1, le=60 * 24)] | None = None

    @model_validator(mode="after")
    def _medium_reaches_target(self) -> EscalationStep:
        kind, value = self.to.kind, self.to.value
        if kind == "mention_group" and self.by != "teams":
            raise ValueError("a mention group can only be reached by teams")
        if kind == "address":
            if self.by == "teams":
                raise ValueError("teams reaches a channel, the rota or a mention group, not an address")
            valid = normalise_email(value) if self.by == "email" else normalise_phone(value)
            if not valid:
                raise ValueError(f"{value!r} cannot be reached by {self.by}")
        return self


class EscalationConfig(Settings):
    """The whole escalation of a channel; empty means that nobody is told.

    info_text: shown to the customer as {escalation_info}. warn_before_minutes: a warning to the team
    this long before the promised time. fallback_after_minutes: hand the thread to the fallback channel
    this long after it. Steps are kept in order of time.
    """

    info_text: Annotated[str, Field(max_length=2000)] = ""
    steps: Annotated[tuple[EscalationStep, ...], Field(max_length=20)] = ()
    warn_before_minutes: Annotated[int, Field(ge=1, le=60 * 24 * 31)] | None = None
    fallback_after_minutes: Minutes | None = None

    @field_validator("steps")
    @classmethod
    def _in_order_of_time(cls, steps: tuple[EscalationStep, ...]) -> tuple[EscalationStep, ...]:
        return tuple(sorted(steps, key=lambda step: step.after_minutes))
