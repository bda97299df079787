"""What all settings have in common: frozen, and strict about names nobody knows."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict

_CODE = re.compile(r"[a-z0-9][a-z0-9_-]{0,49}")


class Settings(BaseModel):
    """A part of the configuration that staff edit; an unknown name in it is an error, not a silence."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


def _channel_code(value: str) -> str:
    if not _CODE.fullmatch(value):
        raise ValueError(f"{value!r} is not a channel code: use lower-case letters, digits, '-' and '_'")
    return value


ChannelCode = Annotated[str, AfterValidator(_channel_code)]
"""A channel's purpose, such as "support"; the engine calls it the department."""
