"""One row of a file, or one object of the API, as a contact would have it; and what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from babel import Locale
from django.utils.translation import gettext as _

from channels_app.bulk import clean_text
from channels_app.models import BusinessEntity, Contact
from channels_app.schemas import normalise_email, normalise_phone
from channels_app.services.contact_import.reading import Sheet

TEXTS = ("name", "company", "kind", "language", "street", "postal_code", "city", "country")
LISTS = ("customer_numbers", "order_numbers", "charger_serials")
MOST_IN_A_LIST = 50

_KINDS = {
    "customer": "klant customer consument particulier zakelijk client debiteur",
    "partner": "partner installateur installer leverancier supplier dealer reseller leasemaatschappij",
    "internal": "collega intern internal colleague medewerker employee",
    "unknown": "unknown onbekend",
}
_KIND_OF = {word: kind for kind, words in _KINDS.items() for word in words.split()}
_SEPARATED = re.compile(r"[;,|\n]+")
_ADDRESSES = re.compile(r"[;,|\s]+")


@dataclass(frozen=True, slots=True)
class ContactRow:
    """A cleaned row. line: where it stands in the file; in the API its index."""

    line: int
    texts: Mapping[str, str] = field(default_factory=dict)
    lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    notes: str = ""
    problems: tuple[str, ...] = ()

    @property
    def keys(self) -> list[tuple[str, str]]:
        """(kind, value) of everything by which the row's contact is recognised."""
        return [
            *(("email", value) for value in self.emails),
            *(("phone", value) for value in self.phones),
            *(("number", value) for value in self.lists.get("customer_numbers", ())),
        ]


def sheet_rows(sheet: Sheet, columns: Sequence[str]) -> list[ContactRow]:
    """The rows of a sheet whose columns hold these targets ("": left out)."""
    rows = []
    for line, cells in sheet.rows:
        values: dict[str, list[str]] = {}
        for target, cell in zip(columns, cells, strict=False):
            if target and cell:
                values.setdefault(target, []).append(cell)
        rows.append(contact_row(line, values))
    return rows


def contact_row(line: int, values: Mapping[str, Sequence[str]]) -> ContactRow:
    """A row from the values found for each target. Never raises: what is wrong stands in `problems`."""
    problems: list[str] = []
    texts = _texts(values, problems)
    region = texts.get("country") or "NL"
    emails = _addresses(values.get("emails", ()), _ADDRESSES, normalise_email, problems)
    phones = _addresses(values.get("phones", ()), _SEPARATED, lambda text: _phone(text, region), problems)
    lists = {
        name: tuple(dict.fromkeys(part for text in values.get(name, ()) for part in _parts(text, _SEPARATED)))
        for name in LISTS
    }
    for name, numbers in lists.items():
        if len(numbers) > MOST_IN_A_LIST or any(len(number) > 255 for number in numbers):
            problems.append(_("Too many or too long numbers in one row."))
            lists[name] = ()
    row = ContactRow(
        line=line,
        texts=texts,
        lists={name: numbers for name, numbers in lists.items() if numbers},
        emails=emails,
        phones=phones,
        notes=clean_text("\n".join(values.get("notes", ()))),
        problems=tuple(problems),
    )
    if row.keys or problems:
        return row
    reason = _("No mail address, phone number or customer number by which the contact can be recognised.")
    return ContactRow(line=line, texts=texts, problems=(reason,))


def _texts(values: Mapping[str, Sequence[str]], problems: list[str]) -> dict[str, str]:
    def joined(*targets: str) -> str:
        return " ".join(values[target][0] for target in targets if values.get(target))

    found = {
        "name": joined("name") or joined("first_name", "infix", "last_name"),
        "company": joined("company"),
        "street": joined("street", "house_number", "house_number_addition"),
        "postal_code": joined("postal_code").upper(),
        "city": joined("city"),
        "kind": _known(values, "kind", _kind, _("“%(value)s” is no kind of contact."), problems),
        "language": _known(values, "language", _language, _("“%(value)s” is no language we use."), problems),
        "country": _known(values, "country", _country, _("“%(value)s” is no country."), problems),
    }
    for name, text in found.items():
        limit: int = getattr(Contact._meta.get_field(name), "max_length", 0)
        if len(text) > limit:
            problems.append(
                _("“%(value)s…” is longer than %(most)d characters.") % {"value": text[:30], "most": limit}
            )
    return {name: clean_text(text) for name, text in found.items() if text}


def _known(
    values: Mapping[str, Sequence[str]],
    target: str,
    read: Callable[[str], str],
    problem: str,
    problems: list[str],
) -> str:
    given = next(iter(values.get(target, ())), "")
    if not given:
        return ""
    value = read(given.strip().casefold())
    if not value:
        problems.append(problem % {"value": given[:60]})
    return value


def _addresses(
    texts: Sequence[str], separator: re.Pattern[str], normalise: Callable[[str], str], problems: list[str]
) -> tuple[str, ...]:
    found: list[str] = []
    for text in texts:
        for part in _parts(text, separator):
            value = normalise(part)
            if value:
                found.append(value)
            else:
                problems.append(_("“%(value)s” is not a usable address.") % {"value": part[:60]})
    return tuple(dict.fromkeys(found))


def _parts(text: str, separator: re.Pattern[str]) -> list[str]:
    return [part for piece in separator.split(clean_text(text)) if (part := piece.strip())]


def _phone(text: str, region: str) -> str:
    digits = re.sub(r"\D", "", text)
    if region == "NL" and text.strip() == digits:
        # A spreadsheet took the number for a quantity: the nought in front, or the plus, is gone.
        if len(digits) == 9 and digits[0] != "0":
            text = f"0{digits}"
        elif len(digits) == 11 and digits.startswith("31"):
            text = f"+{digits}"
    return normalise_phone(text, region)


def _kind(text: str) -> str:
    return _KIND_OF.get(text, "")


def _language(text: str) -> str:
    code = text.replace("_", "-").partition("-")[0]
    return code if code in BusinessEntity.Language.values else _language_names().get(text, "")


def _country(text: str) -> str:
    code = text.upper()
    return code if code in Locale("en").territories and len(code) == 2 else _country_names().get(text, "")


@lru_cache(maxsize=1)
def _country_names() -> dict[str, str]:
    return {
        name.casefold(): code
        for language in ("fr", "de", "en", "nl")
        for code, name in Locale(language).territories.items()
        if len(code) == 2 and code.isalpha()
    } | {"holland": "NL", "the netherlands": "NL"}


@lru_cache(maxsize=1)
def _language_names() -> dict[str, str]:
    return {
        Locale(shown_in).languages[code].casefold(): code
        for shown_in in ("nl", "en", "de", "fr")
        for code in BusinessEntity.Language.values
    }
