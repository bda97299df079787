"""Small pieces of HTML for lists and pages: badges, icons, times. Everything is escaped."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.template.defaultfilters import date as date_filter
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from channels_app.models import BusinessEntity, BusinessEntityChannel
from channels_app.providers.registry import PROVIDERS

NOTHING = "–"


def brand_badge(brand: BusinessEntity | None) -> SafeString | str:
    if brand is None:
        return NOTHING
    return format_html(
        '<span class="cc-brand"><span class="cc-brand__dot" style="background:{}"></span>{}</span>',
        brand.brand_colour,
        brand.entity_name,
    )


def medium_name(code: str) -> str:
    """The medium as staff call it; the code of one that is not registered (any more)."""
    provider = PROVIDERS.get(code)
    return _(provider.label) if provider is not None else code


def medium_choices() -> list[tuple[str, str]]:
    return [(code, medium_name(code)) for code in PROVIDERS]


def medium_icon_name(code: str) -> str:
    provider = PROVIDERS.get(code)
    return provider.icon if provider is not None else "forum"


def medium_icon(code: str, *, with_name: bool = True) -> SafeString:
    name = medium_name(code)
    return format_html(
        '<span class="cc-medium" title="{}"><span class="material-symbols-outlined">{}</span>{}</span>',
        name,
        medium_icon_name(code),
        name if with_name else "",
    )


def department_label(code: str) -> str:
    """The name of a department by its code, as it stands in lists."""
    names = {value: str(label) for value, label in BusinessEntityChannel.Purpose.choices}
    return names.get(code, code)


def pill(text: object, kind: str = "neutral", title: str = "") -> SafeString:
    """A coloured word; kind is good, bad, warning, info or neutral."""
    return format_html('<span class="cc-pill cc-pill--{}" title="{}">{}</span>', kind, title, text)


def pills(texts: Iterable[object], kind: str = "neutral") -> SafeString:
    shown = format_html_join(" ", "{}", ((pill(text, kind),) for text in texts))
    return format_html('<span class="cc-pills">{}</span>', shown) if shown else shown


def moment(at: datetime | None) -> str:
    """A time as staff read it: "14:05" today, "22 nov 14:05" this year, else with the year."""
    if at is None:
        return NOTHING
    local, today = timezone.localtime(at), timezone.localtime()
    if local.date() == today.date():
        return date_filter(local, "H:i")
    return date_filter(local, "j b H:i" if local.year == today.year else "j b Y H:i")


def moment_html(at: datetime | None) -> SafeString | str:
    """The same, with the full time on hover."""
    if at is None:
        return NOTHING
    local = timezone.localtime(at)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        local.isoformat(timespec="seconds"),
        date_filter(local, "l j F Y H:i:s"),
        moment(at),
    )


def span_in_words(seconds: float) -> str:
    """A span of time, rounded to what matters: "12 min", "3 h", "2 d"."""
    minutes = abs(int(seconds // 60)) if seconds >= 0 else abs(int(-seconds // 60))
    if minutes < 60:
        return _("%(count)d min") % {"count": minutes}
    if minutes < 48 * 60:
        hours, rest = divmod(minutes, 60)
        return (
            _("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": rest}
            if hours < 4 and rest
            else _("%(count)d h") % {"count": hours}
        )
    return _("%(count)d d") % {"count": minutes // (24 * 60)}
