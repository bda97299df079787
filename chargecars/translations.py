"""Compiles the translations in Python, since gettext's programs are not on every machine.

`python -m chargecars.translations`, and at each `manage.py up`.
"""

from __future__ import annotations

import os
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

BASE_DIR = Path(__file__).resolve().parent.parent


def compile_translations(root: Path = BASE_DIR) -> list[Path]:
    """Compile every catalogue that is newer than its compilation; answers the files written."""
    written = []
    for source in sorted(
        [*root.glob("locale/*/LC_MESSAGES/*.po"), *root.glob("*/locale/*/LC_MESSAGES/*.po")]
    ):
        target = source.with_suffix(".mo")
        if target.is_file() and target.stat().st_mtime_ns >= source.stat().st_mtime_ns:
            continue
        with source.open("rb") as file:
            catalogue = read_po(file, locale=source.parent.parent.name, abort_invalid=True)
        fresh = target.with_suffix(f".mo.{os.getpid()}")  # replaced at once: others may be reading it
        with fresh.open("wb") as file:
            write_mo(file, catalogue)
        fresh.replace(target)
        written.append(target)
    return written


if __name__ == "__main__":
    compile_translations()
