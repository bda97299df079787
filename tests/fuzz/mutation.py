"""Turns good input into bad: structure, values and bytes. Everything comes from one random generator, so a seed
repeats a run."""

from __future__ import annotations

import json
import random
from copy import deepcopy
from typing import Any

JSON = Any

NASTY_TEXT = (
    "", " ", "\x00", "a\x00b", "\ud800", "\udfff\ud800", "￿", "\u202e\u2066", "é" * 400, "🔌" * 300, "ﷺ" * 100,
    "\r\nX-Injected: 1", "'; DROP TABLE x;--", "{{ 7*7 }}{% now %}", "%s%n%x", "../../etc/passwd", "<script>1</script>",
    "=cmd|' /C calc'!A0", "null", "NaN", "1e999", "-0", "9" * 400, "0x10", "true", "[]", "٣١٢٣", "+", "+31", "@", "a@b",
    "<a@b>", '"', "\\", "\\u0000", "CC-MSG-2026-000001", "112 brand! rook uit de laadpaal",
)  # fmt: skip
# What regular expressions with nested repetition choke on.
SLOW_TEXT = (
    "a" * 20_000, " " * 20_000, "\n" * 20_000, "> " * 8_000, "Op 1 mei schreef " * 1_500, "From: " * 3_000, "-" * 20_000,
    "a@" * 9_000, "http://" * 3_000, "." * 20_000, "1 " * 9_000, "\t \n" * 6_000, "<p>" * 5_000, "&amp;" * 4_000, "+316" * 5_000,
    "=?utf-8?b?" * 2_000, "aA" * 9_000 + "!", "niet " * 4_000, "geen, " * 3_000, "(" * 9_000, "e\u0301" * 6_000,
)  # fmt: skip
NASTY_VALUES: tuple[JSON, ...] = (
    None, True, False, 0, -1, 1.5, 2**31, 2**63, -(2**63), 10**400, 1e308, [], {}, [[]], {"": ""}, [None], {"a": {"b": [1]}},
)  # fmt: skip


class Mutator:
    def __init__(self, rng: random.Random) -> None:
        self.rng = rng

    def text(self) -> str:
        kind = self.rng.random()
        if kind < 0.55:
            return self.rng.choice(NASTY_TEXT)
        if kind < 0.6:
            return self.rng.choice(SLOW_TEXT)
        alphabet = self.rng.choice(
            ("abc \n", "0123456789+", "éßİıſK ﬀ", "🔌👩‍🔧\u200d\ufe0f", "\x01\x7f\x80\u2028")
        )
        return "".join(self.rng.choices(alphabet, k=self.rng.randint(1, 60)))

    def value(self) -> JSON:
        if self.rng.random() < 0.4:
            return self.text()
        return deepcopy(self.rng.choice(NASTY_VALUES))

    def json(self, value: JSON, *, times: int) -> JSON:
        """A copy with so many of its parts replaced, removed, repeated or renamed."""
        changed = deepcopy(value)
        for _ in range(times):
            places = list(_places(changed))
            if not places:
                return self.value()
            container, key = self.rng.choice(places)
            self._change(container, key)
        places = list(_places(changed))
        if places and self.rng.random() < 0.02:
            container, key = self.rng.choice(places)
            container[key] = nested(self.rng.choice((20, 200, 800)))
        return changed

    def _change(self, container: Any, key: Any) -> None:
        kind = self.rng.random()
        if kind < 0.6:
            container[key] = self.value()
        elif kind < 0.75:
            del container[key]
        elif isinstance(container, list):
            container.insert(key, deepcopy(container[key]))
        else:
            container[self.text()[:50]] = container.pop(key) if kind < 0.85 else deepcopy(container[key])

    def form(self, fields: dict[str, str], *, times: int) -> dict[str, str]:
        changed = dict(fields)
        for _ in range(times):
            name = self.rng.choice(list(changed) or ["x"])
            kind = self.rng.random()
            if kind < 0.7:
                changed[name] = self.text()
            elif kind < 0.85:
                changed.pop(name, None)
            else:
                changed[self.text()[:50]] = self.text()
        return changed

    def raw(self, body: bytes, *, times: int) -> bytes:
        """A copy with bytes turned, cut out, repeated or put in."""
        changed = bytearray(body)
        for _ in range(times):
            at = self.rng.randrange(len(changed) + 1)
            kind = self.rng.random()
            if kind < 0.4 and changed:
                changed[at % len(changed)] = self.rng.randrange(256)
            elif kind < 0.6:
                del changed[at : at + self.rng.randint(1, 40)]
            elif kind < 0.8:
                changed[at:at] = changed[at : at + self.rng.randint(1, 40)] * self.rng.randint(1, 3)
            elif kind < 0.9:
                changed[at:at] = self.text().encode("utf-8", "surrogatepass")
            else:
                del changed[at:]
        return bytes(changed)


def nested(depth: int) -> JSON:
    value: JSON = "deep"
    for level in range(depth):
        value = [value] if level % 2 else {"a": value}
    return value


def encoded(value: JSON) -> bytes:
    """As JSON; lone surrogates and non-finite numbers stay what they are, as careless senders leave them."""
    return json.dumps(value, ensure_ascii=True).encode()


def _places(value: JSON) -> Any:
    """Every (container, key) below a value."""
    stack = [value]
    while stack:
        container = stack.pop()
        keys = range(len(container)) if isinstance(container, list) else list(container)
        for key in keys:
            yield container, key
            if isinstance(container[key], dict | list) and container[key]:
                stack.append(container[key])
