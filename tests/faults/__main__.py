"""`make faults`: the whole programme. `python -m tests.faults --help` tells what can be changed."""

from __future__ import annotations

import argparse
import random
import sys
from pathlib import Path

from tests.faults.installation import CHECKOUT, Installation, temporary_directory
from tests.faults.programme import run


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--machines", type=int, default=1, help="each with web, worker, courier and beat")
    parser.add_argument("--keep", action="store_true", help="leave the directory with its logs")
    options = parser.parse_args()
    with temporary_directory(Path(CHECKOUT / ".state"), keep=options.keep) as root:
        installation = Installation(root, machines=options.machines, workers=2)
        with installation.running():
            report = run(
                installation, messages=options.messages, kills=options.kills, seed=options.seed, say=_say
            )
    for line in report.lines():
        _say(line)
    return 1 if report.violations else 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
