"""Other people's programs, in a virtual environment of their own: they pin what they like."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from bench.engine import STATE

_HERE = Path(__file__).resolve().parent
_REQUIREMENTS = _HERE / "requirements.txt"


def peer(side: str, *arguments: str) -> dict[str, Any]:
    """What a script beside this file reports: a JSON object on its last line."""
    done = subprocess.run(
        [str(_python()), str(_HERE / f"{side}.py"), *arguments], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{side} failed:\n{done.stderr[-2000:]}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _python() -> Path:
    """Of the peers' environment, made when it is missing or its requirements have changed."""
    environment = STATE / "peers"
    python, mark = environment / "bin" / "python", environment / "installed.txt"
    wanted = _REQUIREMENTS.read_text()
    if not mark.is_file() or mark.read_text() != wanted:
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(environment)], check=True)
        subprocess.run(
            [str(python), "-m", "pip", "install", "--quiet", "--requirement", str(_REQUIREMENTS)], check=True
        )
        mark.write_text(wanted)
    return python
