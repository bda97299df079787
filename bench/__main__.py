from __future__ import annotations

import argparse
import importlib
import pkgutil
import sys

import bench
from bench.engine import engines
from bench.results import Result, keep, show


def measurements() -> list[str]:
    """The modules of this package that measure something: those with a `measure()`."""
    return sorted(
        module.name
        for module in pkgutil.iter_modules(bench.__path__)
        if hasattr(importlib.import_module(f"bench.{module.name}"), "measure")
    )


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=bench.__doc__)
    parser.add_argument("names", nargs="*", help="which to run; all without a name")
    parser.add_argument("--check", action="store_true", help="fail when a target is not reached")
    options = parser.parse_args()
    results: list[Result] = []
    with engines():
        known = measurements()
        if unknown := set(options.names) - set(known):
            parser.error(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(known)}")
        for name in options.names or known:
            found = importlib.import_module(f"bench.{name}").measure()
            show(found)
            results.extend(found)
    keep(results, whole=not options.names)
    return 1 if options.check and not all(result.ok for result in results) else 0


if __name__ == "__main__":
    sys.exit(main())
