"""JSON from outside: the one place where it is decoded, for every provider and for our own API.

What a careless sender may write is read (broken UTF-8, NaN, numbers beyond a float); what only an attacker writes
is refused in words.
"""

from __future__ import annotations

import json
from math import isfinite

from django.utils.translation import gettext as _

from channels_app.providers.base import JSON, MalformedExchange

# The deepest thing a provider sends has about a dozen levels. Python and PostgreSQL both give up at some depth that
# depends on the machine, and somewhere behind the parser.
MOST_LEVELS = 64


class TooDeep(MalformedExchange):
    """JSON with more levels than MOST_LEVELS."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "The contents are nested more than %(levels)d levels deep. Nobody sends that, so they are not read."
            )
            % {"levels": MOST_LEVELS}
        )


def _finite(text: str) -> float | str:
    number = float(text)
    return number if isfinite(number) else text


# JSON has no NaN or infinity, and neither has the database; as text they survive.
_DECODER = json.JSONDecoder(parse_constant=str, parse_float=_finite)


def read_json(body: bytes | str) -> JSON:
    """The value that a body holds. Raises MalformedExchange, in words for staff."""
    text = body.decode(errors="replace") if isinstance(body, bytes) else body
    try:
        value = _DECODER.decode(text)
    except RecursionError:
        raise TooDeep from None
    except ValueError:
        raise MalformedExchange(_("The contents cannot be read: they are damaged, or not JSON.")) from None
    # Counting brackets is a thousandth of the walk, and nearly always settles it.
    if text.count("[") + text.count("{") > MOST_LEVELS:
        refuse_depth(value)
    return value


def refuse_depth(value: JSON) -> None:
    """Raises TooDeep for a value with more levels than can be handled everywhere."""
    containers = [value] if isinstance(value, dict | list) else []
    for _level in range(MOST_LEVELS):
        containers = [
            inner
            for container in containers
            for inner in (container.values() if isinstance(container, dict) else container)
            if isinstance(inner, dict | list)
        ]
        if not containers:
            return
    raise TooDeep
