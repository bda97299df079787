"""What the schemas have to say about a mistake, in words that staff can use.

The schemas are plain Python and speak English to developers; here their sentences become messages in the
reader's language. What is not known here is shown as it is, which is never a traceback and never JSON.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import ValidationError

# By pydantic's kind of error; the names in brackets are its own.
_BY_TYPE: dict[str, str | Promise] = {
    "missing": gettext_lazy("This field is required."),
    "string_pattern_mismatch": gettext_lazy(
        "This does not have the right form; check it for typing mistakes."
    ),
    "string_too_long": gettext_lazy("At most %(max_length)s characters."),
    "string_too_short": gettext_lazy("At least %(min_length)s characters."),
    "int_parsing": gettext_lazy("Enter a whole number."),
    "int_type": gettext_lazy("Enter a whole number."),
    "int_from_float": gettext_lazy("Enter a whole number."),
    "bool_parsing": gettext_lazy("Choose yes or no."),
    "greater_than_equal": gettext_lazy("Enter at least %(ge)s."),
    "greater_than": gettext_lazy("Enter more than %(gt)s."),
    "less_than_equal": gettext_lazy("Enter at most %(le)s."),
    "less_than": gettext_lazy("Enter less than %(lt)s."),
    "literal_error": gettext_lazy("Choose one of the options."),
    "too_long": gettext_lazy("At most %(max_length)s of these."),
    "too_short": gettext_lazy("At least %(min_length)s of these."),
    "extra_forbidden": gettext_lazy("This setting is not known."),
    "date_parsing": gettext_lazy("Enter a date."),
    "date_from_datetime_parsing": gettext_lazy("Enter a date."),
    "url_parsing": gettext_lazy("This is not a web address."),
}

_QUOTED = r"['\"](?P<value>.*)['\"]"
# By the sentence of a ValueError in the schemas.
_BY_SENTENCE: tuple[tuple[re.Pattern[str], str | Promise], ...] = tuple(
    (re.compile(pattern, re.DOTALL), words)
    for pattern, words in (
        (rf"{_QUOTED} has no letter or digit", gettext_lazy("“%(value)s” has no letter or digit, so it can never match.")),
        (rf"{_QUOTED} is not a domain", gettext_lazy("“%(value)s” is not a domain such as partner.nl.")),
        (rf"{_QUOTED} is not a channel code", gettext_lazy("“%(value)s” is not a department code: use lower-case letters, digits, - and _.")),
        (r"a rule needs at least one condition", gettext_lazy("Give at least one condition; otherwise this rule would catch every message.")),
        (r"a rule needs a consequence", gettext_lazy("Choose what happens: send to a department, make urgent, add a label or only keep it.")),
        (r"cannot both keep a message silent", gettext_lazy("A message cannot be only kept and be made urgent at the same time.")),
        (r"on_call takes no value", gettext_lazy("Who is on call follows from the rota; leave “which” empty.")),
        (r"(?P<value>channel) needs a value", gettext_lazy("Say which department.")),
        (r"(?P<value>mention_group) needs a value", gettext_lazy("Say which mention group.")),
        (r"(?P<value>address) needs a value", gettext_lazy("Give an email address or a phone number.")),
        (r"a mention group can only be reached by teams", gettext_lazy("A mention group can only be reached by Teams.")),
        (r"teams reaches a channel", gettext_lazy("Teams reaches a department, who is on call or a mention group; not an address.")),
        (rf"{_QUOTED} cannot be reached by email", gettext_lazy("“%(value)s” is not an email address.")),
        (rf"{_QUOTED} cannot be reached by (sms|phone)", gettext_lazy("“%(value)s” is not a phone number such as +31612345678.")),
        (r"(?P<day>\w{3}): (?P<one>\S+) overlaps (?P<two>\S+)", gettext_lazy("%(day)s: %(one)s and %(two)s overlap.")),
        (rf"(?P<day>\w{{3}}): {_QUOTED} is not a time", gettext_lazy("%(day)s: “%(value)s” is not a time between 00:00 and 24:00.")),
        (r"(?P<day>\w{3}): an interval cannot start at 24:00", gettext_lazy("%(day)s: an interval cannot start at 24:00; use 00:00 of the next day.")),
        (r"these hours never open", gettext_lazy("Every day is closed. Give at least one day opening hours.")),
        (r"holidays: (?P<value>\S+) is listed both as closed and as open", gettext_lazy("%(value)s is listed both as closed and as open.")),
        (rf"holidays: unknown country {_QUOTED}", gettext_lazy("“%(value)s” is not a country of which the holidays are known.")),
        (rf"holidays: unknown subdivision {_QUOTED}", gettext_lazy("“%(value)s” is not a province or state of this country.")),
        (rf"unknown timezone {_QUOTED}", gettext_lazy("“%(value)s” is not a time zone.")),
        (r"expected a list of words", gettext_lazy("Enter words or phrases.")),
    )
)  # fmt: skip


def in_words(problem: Any) -> str:
    """One error of `ValidationError.errors()` as a sentence."""
    context = {name: str(value) for name, value in (problem.get("ctx") or {}).items()}
    known = _BY_TYPE.get(problem["type"])
    if known is not None:
        return str(known) % context
    return sentence(context.get("error") or problem["msg"])


def sentence(text: str) -> str:
    """What a ValueError of the schemas says, in the reader's language."""
    from channels_app.forms.widgets import DAY_NAMES

    text = text.removeprefix("Value error, ")
    for pattern, words in _BY_SENTENCE:
        found = pattern.search(text)
        if found:
            values = found.groupdict()
            if values.get("day") in DAY_NAMES:
                values["day"] = str(DAY_NAMES[values["day"]])
            return str(words) % values
    return text[:1].upper() + text[1:] if text else _("This is not right.")


def all_in_words(error: ValidationError) -> list[str]:
    """Every problem once, in order."""
    return once(in_words(problem) for problem in error.errors())


def once(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(texts))
