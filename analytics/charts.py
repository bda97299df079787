"""Lines over days as SVG, and a week as a table, coloured by the page's own variables, so that light, dark and print follow it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil, floor, log10

from django.utils.dates import WEEKDAYS_ABBR
from django.utils.formats import date_format
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

WIDTH, HEIGHT = 640, 220
LEFT, RIGHT, TOP, BOTTOM = 64, 8, 10, 24
LABELS = 7


@dataclass(frozen=True, slots=True)
class Series:
    """A line: its name, the number of its colour (1 to 3), and a value or None per day."""

    name: str
    colour: int
    values: Sequence[float | None]


def line_chart(
    days: Sequence[date],
    series: Sequence[Series],
    *,
    label: Callable[[float], str],
    title: str,
    link: str,
    top: float | None = None,
) -> SafeString:
    """Lines over days; a day without a value breaks the line.

    label: a value in words, for the axis and the points. link: what a point leads to, its day is appended.
    top: where the axis ends.
    """
    highest = max((value for line in series for value in line.values if value is not None), default=0)
    end = top or nice(highest)
    across = [
        LEFT + (WIDTH - LEFT - RIGHT) * (number + 0.5) / max(1, len(days)) for number in range(len(days))
    ]

    def down(value: float) -> float:
        return TOP + (HEIGHT - TOP - BOTTOM) * (1 - min(value, end) / end)

    grid = format_html_join(
        "",
        '<line class="an-grid" x1="{}" x2="{}" y1="{}" y2="{}"/><text class="an-axis" x="{}" y="{}"'
        ' text-anchor="end">{}</text>',
        (
            (LEFT, WIDTH - RIGHT, _px(down(end * part / 4)), _px(down(end * part / 4)), LEFT - 6,
             _px(down(end * part / 4) + 4), label(end * part / 4))
            for part in range(5)
        ),
    )  # fmt: skip
    step = max(1, ceil(len(days) / LABELS))
    labels = format_html_join(
        "",
        '<text class="an-axis" x="{}" y="{}" text-anchor="middle">{}</text>',
        ((_px(across[n]), HEIGHT - 6, date_format(days[n], "j b")) for n in range(0, len(days), step)),
    )
    lines = format_html_join(
        "",
        "{}",
        (
            (_line(line, days, across, [None if v is None else down(v) for v in line.values], label, link),)
            for line in series
        ),
    )
    legend = format_html_join(
        "", '<span class="an-key an-key--{}">{}</span>', ((line.colour, line.name) for line in series)
    )
    return format_html(
        '<svg class="an-chart" viewBox="0 0 {} {}" role="group" aria-label="{}">{}{}{}</svg>'
        '<p class="an-legend">{}</p>',
        WIDTH, HEIGHT, title, grid, labels, lines, legend,
    )  # fmt: skip


def heat_map(
    received: Mapping[tuple[int, int], float], *, link: str, title: Callable[[int, int, float], str]
) -> SafeString:
    """The rows of a table: for each weekday (0 is Monday) a cell per hour, as dark as it is busy.

    link: what a cell with messages leads to; weekday and hour are appended. title: what a cell says.
    Put together here, since a template spends ten times as long on 168 cells.
    """
    busiest = max(received.values(), default=0) or 1
    address = escape(link)
    rows = []
    for weekday in range(7):
        cells = [f'<th scope="row">{escape(str(WEEKDAYS_ABBR[weekday]))}</th>']
        for hour in range(24):
            value = received.get((weekday, hour), 0.0)
            words = escape(title(weekday, hour, value))
            inside = (
                f'<a href="{address}&amp;weekday={weekday}&amp;hour={hour}"><span class="cc-sr">{words}</span></a>'
                if value
                else ""
            )
            cells.append(f'<td style="--share:{value / busiest:.2f}" title="{words}">{inside}</td>')
        rows.append(f"<tr>{''.join(cells)}</tr>")
    return mark_safe("".join(rows))  # noqa: S308 every text above is escaped


def _line(
    line: Series,
    days: Sequence[date],
    across: list[float],
    heights: list[float | None],
    label: Callable[[float], str],
    link: str,
) -> SafeString:
    pieces: list[list[str]] = [[]]
    for x, y in zip(across, heights, strict=True):
        if y is None:
            pieces.append([])
        else:
            pieces[-1].append(f"{_px(x)},{_px(y)}")
    strokes = format_html_join(
        "",
        '<polyline class="an-line an-line--{}" points="{}"/>',
        ((line.colour, " ".join(piece)) for piece in pieces if len(piece) > 1),
    )
    dots = format_html_join(
        "",
        '<a href="{}{}"><circle class="an-dot an-dot--{}" cx="{}" cy="{}" r="3"><title>{} · {}: {}</title>'
        "</circle></a>",
        (
            (
                link,
                day.isoformat(),
                line.colour,
                _px(x),
                _px(y),
                date_format(day, "j b"),
                line.name,
                label(value or 0),
            )
            for day, x, y, value in zip(days, across, heights, line.values, strict=True)
            if y is not None
        ),
    )
    return format_html("{}{}", strokes, dots)


def nice(value: float) -> float:
    """The round number at which an axis that must hold this value ends."""
    if value <= 0:
        return 1.0
    power = 10.0 ** floor(log10(value))
    return next(step * power for step in (1, 2, 4, 5, 8, 10) if step * power >= value)


def _px(value: float) -> str:
    return f"{value:.1f}"
