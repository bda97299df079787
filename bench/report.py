"""The results as a table and a picture in `docs/performance.md`: `python -m bench.report`."""

from __future__ import annotations

import json
from html import escape

from bench.results import RESULTS, Result

_DOCS = RESULTS.parent.parent / "docs"
DOCUMENT = _DOCS / "performance.md"
PICTURE = _DOCS / "performance.svg"
BEGIN, END = "<!-- results: made by python -m bench.report -->", "<!-- /results -->"
_ROW, _WIDTH, _LABELS, _SCALE = 26, 960, 450, 200


def main() -> None:
    results = [Result(**row) for row in json.loads(RESULTS.read_text())]
    PICTURE.write_text(picture(results))
    before, _, rest = DOCUMENT.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    DOCUMENT.write_text(
        f"{before}{BEGIN}\n{table(results)}\n![How far each figure is from its target](performance.svg)\n{END}{after}"
    )


def table(results: list[Result]) -> str:
    lines = ["| what | measured | beside | ratio | target | |", "|---|---:|---|---:|---|---|"]
    for result in results:
        beside = f"{result.peer}: {result.peer_value:,g} {result.unit}" if result.peer else ""
        ratio = f"{result.ratio:g}" if result.ratio is not None else ""
        mark = "ok" if result.ok else "**not reached**"
        lines.append(
            f"| {result.name} | {result.value:,g} {result.unit} | {beside} | {ratio} | {result.target} | {mark} |"
        )
    return "\n".join(lines) + "\n"


def margin(result: Result) -> float:
    """How far a figure is on the good side of its target: 1 is just there, 2 twice as good."""
    sign, bound, *_ = result.target.split()
    reached = result.value / result.peer_value if result.peer_value else result.value
    limit = float(bound)
    return limit / reached if sign == "<=" else reached / limit


def picture(results: list[Result]) -> str:
    """A bar a figure, the line is the target; a bar that passes it is good, long ones are cut."""
    height = _ROW * len(results) + 30
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" font-family="sans-serif" '
        f'font-size="13"><rect width="{_WIDTH}" height="{height}" fill="#fff"/>'
    ]
    for number, result in enumerate(results):
        top = 20 + number * _ROW
        reached = margin(result)
        length = min(reached, 2.2) * _SCALE
        colour = "#15803d" if result.ok else "#b91c1c"
        parts.append(
            f'<text x="{_LABELS - 8}" y="{top + 12}" text-anchor="end" fill="#111">{escape(result.name)}</text>'
            f'<rect x="{_LABELS}" y="{top}" width="{length:.1f}" height="16" fill="{colour}"/>'
            f'<text x="{_LABELS + length + 6:.1f}" y="{top + 12}" fill="#111">{reached:.3g}</text>'
        )
    line = _LABELS + _SCALE
    parts.append(
        f'<line x1="{line}" y1="8" x2="{line}" y2="{height - 8}" stroke="#111" stroke-dasharray="4 3"/></svg>'
    )
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    main()
