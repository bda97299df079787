"""What the same work costs as the tables grow: `python -m bench.growth [--sizes 10000 ...] [--channels 2 ...]`.

The company receives as much every day; a larger database has a longer past. (More traffic per hour is another
question: `bench.ingest` answers it.) Each size is made once, in a PostgreSQL cluster of its own, and measured in
a process of its own.

The cost of a piece of work is processor time, of the process and of its database backend together, from the
kernel's accounting: it does not move when other programs use the machine. The curve goes to
`docs/performance.md` between its marks, the picture to `docs/growth.svg`.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from bench.processor import cost, processor_time

SIZES = (10_000, 100_000, 1_000_000, 3_000_000)
CHANNELS = (2, 50, 500)
USUAL_CHANNELS = 50
BASE = 100_000  # what the others are compared with
MOST = 1.5
PER_DAY = 11_111
INGESTED = 1_000

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "bench" / "growth.json"
PICTURE = ROOT / "docs" / "growth.svg"
DOCUMENT = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- growth: made by python -m bench.growth -->", "<!-- /growth -->"

Costs = dict[str, float]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.growth", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--channels", type=int, nargs="+", default=CHANNELS)
    parser.add_argument(
        "--one", type=int, nargs=2, help="measure one size and number of channels, print JSON"
    )
    parser.add_argument("--draw", action="store_true", help="only write the document from the last results")
    options = parser.parse_args()
    if options.one:
        print(json.dumps(one(*options.one)))
        return
    known = {tuple(row["of"]): row["costs"] for row in _results()}
    if not options.draw:
        pairs = [(size, USUAL_CHANNELS) for size in options.sizes]
        pairs += [(BASE, channels) for channels in options.channels if channels != USUAL_CHANNELS]
        for size, channels in pairs:
            known[size, channels] = _apart(size, channels)
            rows = [{"of": list(of), "costs": costs} for of, costs in sorted(known.items())]
            RESULTS.write_text(json.dumps(rows, indent=1) + "\n")
    publish({(size, channels): costs for (size, channels), costs in sorted(known.items())})


def _results() -> list[dict[str, Any]]:
    return json.loads(RESULTS.read_text()) if RESULTS.exists() else []


def _apart(size: int, channels: int) -> Costs:
    """In a process and a cluster of its own."""
    state = ROOT / ".state" / f"growth-{size}-{channels}"
    done = subprocess.run(
        [sys.executable, "-m", "bench.growth", "--one", str(size), str(channels)],
        env={**os.environ, "BENCH_STATE": str(state)}, check=True, stdout=subprocess.PIPE, text=True, cwd=ROOT,
    )  # fmt: skip
    costs: Costs = json.loads(done.stdout.splitlines()[-1])
    print(f"{size:>9,} messages, {channels:>3} channels: {costs}", flush=True)
    return costs


def one(size: int, channels: int) -> Costs:
    """The cost of each piece of work, in milliseconds of processor time."""
    from bench.engine import engines

    with engines():
        _past(size, channels)
        return _measured()


def _past(size: int, channels: int) -> None:
    """The history, counted and searchable; made unless it is there."""
    from django.db import connection

    from analytics.history.loading import history_make
    from analytics.management.commands.rollup_analytics import STEP
    from analytics.services.rollup import rollup
    from bench.million import UNTIL
    from channels_app.models import CommunicationMessage
    from channels_app.services.search_index import search_index_all

    if CommunicationMessage.objects.exists():
        return
    days = max(1, round(size / PER_DAY))
    made = history_make(messages=size, days=days, channels=channels, seed=1, until=UNTIL)
    search_index_all()
    start = made.since
    while start < made.until:
        rollup(since=start, until=min(start + STEP, made.until))
        start += STEP
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _measured() -> Costs:
    from django.contrib.auth.models import User
    from django.test import Client
    from django.urls import reverse

    from analytics.selectors.channel_figures import entity_figures
    from analytics.selectors.manager import manager_dashboard
    from analytics.selectors.period import Period
    from analytics.services.rollup import rollup
    from bench.million import UNTIL
    from bench.search import find, searches
    from channels_app.models import BusinessEntity

    brands = list(BusinessEntity.objects.order_by("entity_code"))
    now = UNTIL - timedelta(hours=12)
    week = Period.parse("7d")
    hour = UNTIL - timedelta(hours=14)
    user, _ = User.objects.get_or_create(username="bench", defaults={"is_staff": True, "is_superuser": True})
    client = Client()
    client.force_login(user)

    def served(address: str) -> Callable[[], None]:
        def ask() -> None:
            answer = client.get(address)
            if answer.status_code != 200:
                raise AssertionError(f"{address}: {answer.status_code}")

        return ask

    works: dict[str, Callable[[], object]] = {
        "list of conversations": served(f"{reverse('inbox')}?view=open"),
        **{f"search, {name}": find(text) for name, text in searches().items()},
        "dashboard, API": lambda: entity_figures(brands, week, now),
        "dashboard, page": lambda: manager_dashboard(brands, week, now),
        "rollup of one hour": lambda: rollup(since=hour, until=hour + timedelta(hours=1)),
    }
    costs = {work: cost(done) for work, done in works.items()}
    costs["ingest, per message"] = _ingest() / INGESTED
    return {work: round(value, 3) for work, value in costs.items()}


def _ingest() -> float:
    """Draining so many receipts, in all; they stay in the database, as they would."""
    from bench.drain_side import _receipts
    from channels_app.models import BusinessEntityChannel, CommunicationMessage, InboundReceipt
    from channels_app.providers.registry import provider_for
    from channels_app.services.accounts import channel_configure
    from routing.selectors.content import content_analysis
    from routing.services.drain import drain_batch

    InboundReceipt.objects.all().delete()
    numbers = []
    for index, channel in enumerate(
        BusinessEntityChannel.objects.filter(channel_type="whatsapp").order_by("id")
    ):
        numbers.append(f"9{index:014d}")
        config = {"phone_number_id": numbers[-1], "access_token": "bench"}
        channel_configure(channel=channel, config=provider_for("whatsapp").Config.model_validate(config))
        channel.save()
    # Other messages than an earlier run stored, which would be known as duplicates.
    _receipts(2 * INGESTED, numbers, seed=CommunicationMessage.objects.count())
    analyze: Any = content_analysis()
    analyze("Warm: de laadpaal doet het niet meer")
    drain_batch()
    left = InboundReceipt.objects.filter(state="pending").count()
    before = processor_time()
    drained = 0
    while drained < INGESTED:
        done = drain_batch().receipts
        if not done:
            raise AssertionError(f"only {drained} of {left} receipts were drained")
        drained += done
    return (processor_time() - before) * INGESTED / drained


def publish(known: dict[tuple[int, int], Costs]) -> None:
    """The table and the picture."""
    sizes = [size for size, channels in known if channels == USUAL_CHANNELS]
    by_size = {size: known[size, USUAL_CHANNELS] for size in sizes}
    by_channels = {channels: costs for (size, channels), costs in known.items() if size == BASE}
    works = list(by_size[sizes[-1]])
    text = [BEGIN, "", f"Milliseconds of processor time, {USUAL_CHANNELS} channels, by messages stored.", ""]
    last = max(sizes)
    head = ["work", *(f"{size:,}" for size in sizes), f"{last:,} / {BASE:,}"]
    text += [_row(head), _row(["---", *["---:"] * (len(head) - 1)])]
    for work in works:
        base, most = by_size.get(BASE, {}).get(work), by_size[last][work]
        ratio = f"{most / base:.2f}{'' if most / base <= MOST else ' (limit 1.5)'}" if base else ""
        text.append(_row([work, *(f"{by_size[size][work]:.3g}" for size in sizes), ratio]))
    text += [
        "",
        "![Cost by messages stored](growth.svg)",
        "",
        f"The same by channels, {BASE:,} messages.",
        "",
    ]
    text += [_row(["work", *map(str, by_channels)]), _row(["---", *["---:"] * len(by_channels)])]
    text += [_row([work, *(f"{costs[work]:.3g}" for costs in by_channels.values())]) for work in works]
    text += ["", END]
    document = DOCUMENT.read_text() if DOCUMENT.exists() else f"# Performance\n\n{BEGIN}\n{END}\n"
    before, _, rest = document.partition(BEGIN)
    _, _, after = rest.partition(END)
    DOCUMENT.write_text(before + "\n".join(text) + after)
    PICTURE.write_text(chart({work: [(size, by_size[size][work]) for size in sizes] for work in works}))


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def chart(lines: dict[str, list[tuple[int, float]]]) -> str:
    """Lines of cost relative to that at the base size, over messages; both axes logarithmic."""
    width, height, left, top, right, bottom = 860, 420, 60, 20, 250, 40
    sizes = sorted({size for points in lines.values() for size, _ in points})
    low, high = math.log10(sizes[0]), math.log10(sizes[-1])

    def across(size: float) -> float:
        return left + (width - left - right) * (math.log10(size) - low) / ((high - low) or 1)

    def down(ratio: float) -> float:
        place = (math.log2(min(max(ratio, 0.25), 4)) + 2) / 4
        return top + (height - top - bottom) * (1 - place)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" '
        'font-size="12"><rect width="100%" height="100%" fill="#fff"/>'
    ]
    for ratio in (0.25, 0.5, 1, MOST, 2, 4):
        y, dash = down(ratio), ' stroke-dasharray="5 4"' if ratio == MOST else ""
        parts.append(
            f'<line x1="{left}" x2="{width - right}" y1="{y:.1f}" y2="{y:.1f}" '
            f'stroke="{"#b91c1c" if ratio == MOST else "#d4d4d8"}"{dash}/>'
            f'<text x="{left - 8}" y="{y + 4:.1f}" text-anchor="end" fill="#52525b">{ratio:g} x</text>'
        )
    for size in sizes:
        parts.append(
            f'<text x="{across(size):.1f}" y="{height - 14}" text-anchor="middle" fill="#52525b">{size:,}</text>'
        )
    colours = (
        "#0f766e",
        "#b45309",
        "#1d4ed8",
        "#7c3aed",
        "#be185d",
        "#4d7c0f",
        "#0e7490",
        "#a16207",
        "#334155",
        "#dc2626",
        "#65a30d",
        "#9333ea",
        "#a8a29e",
    )
    for number, (work, points) in enumerate(lines.items()):
        base = dict(points).get(BASE) or points[0][1]
        colour = colours[number % len(colours)]
        path = " ".join(f"{across(size):.1f},{down(value / base):.1f}" for size, value in points)
        parts.append(f'<polyline fill="none" stroke="{colour}" stroke-width="2" points="{path}"/>')
        y = top + 14 + number * 20
        parts.append(
            f'<rect x="{width - right + 20}" y="{y - 8}" width="14" height="4" fill="{colour}"/>'
            f'<text x="{width - right + 42}" y="{y}" fill="#18181b">{work}</text>'
        )
    return "".join([*parts, "</svg>\n"])


if __name__ == "__main__":
    main()
