"""`python -m chargecars.licences`: the licences of everything the product runs on, as `docs/licences.md`.

Read from the metadata of what is installed; where a package names none, the table says so.
"""

from __future__ import annotations

import re
import sys
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
DOCUMENT = BASE_DIR / "docs" / "licences.md"
UNKNOWN = "not stated"

_REQUIREMENT = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[([^\]]+)\])?")
_EXTRA = re.compile(r"""extra\s*==\s*["']([^"']+)["']""")
# Their metadata names none; their licence file does.
_SAID_ELSEWHERE = {"imapclient": "BSD-3-Clause"}

_HEADER = """# Licences

What the product runs on, with what each package says of its own licence. Made by `make licences`.

| package | licence |
|---|---|
"""


def direct_dependencies() -> dict[str, frozenset[str]]:
    """The names in requirements.txt, each with the extras asked for."""
    lines = (BASE_DIR / "requirements.txt").read_text().splitlines()
    return {
        found[1]: _names(found[2])
        for line in lines
        if not line.startswith(("#", "-")) and (found := _REQUIREMENT.match(line))
    }


def installed_closure(wanted: dict[str, frozenset[str]]) -> dict[str, Distribution]:
    """These packages and all they need, by name; what is not installed here is not needed here."""
    found: dict[str, Distribution] = {}
    waiting = list(wanted.items())
    while waiting:
        name, extras = waiting.pop()
        key = normalised(name)
        try:
            package = distribution(name)
        except PackageNotFoundError:
            continue
        if key in found and not extras:
            continue
        found[key] = package
        for need in package.requires or ():
            asked_for = _EXTRA.search(need)
            if asked_for and asked_for[1] not in extras:
                continue
            if requirement := _REQUIREMENT.match(need):
                waiting.append((requirement[1], _names(requirement[2])))
    return dict(sorted(found.items()))


def normalised(name: str) -> str:
    """A package's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _names(extras: str | None) -> frozenset[str]:
    return frozenset(part.strip() for part in (extras or "").split(",") if part.strip())


def licence_of(package: Distribution) -> str:
    """SPDX expression, else the classifiers, else the first line of the licence field."""
    metadata = package.metadata
    if "License-Expression" in metadata:
        return metadata["License-Expression"]
    classifiers = [
        value.rpartition(" :: ")[2]
        for value in metadata.get_all("Classifier") or ()
        if value.startswith("License ::")
    ]
    if classifiers:
        return ", ".join(dict.fromkeys(classifiers))
    stated = metadata["License"].strip().partition("\n")[0][:60] if "License" in metadata else ""
    return stated or _SAID_ELSEWHERE.get(normalised(metadata["Name"]), UNKNOWN)


def document() -> str:
    """The whole page."""
    packages = installed_closure(direct_dependencies())
    return _HEADER + "".join(f"| {name} | {licence_of(package)} |\n" for name, package in packages.items())


if __name__ == "__main__":
    DOCUMENT.write_text(document())
    sys.stdout.write(f"{DOCUMENT.relative_to(BASE_DIR)}\n")
