"""How the programme reaches into running processes: a directory of files that they look at."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Controls:
    """The clock by which the product decides, whether its disk is full, and where it is to die."""

    directory: Path

    def prepare(self) -> None:
        self.switches.mkdir(parents=True)

    @property
    def switches(self) -> Path:
        """For CHARGECARS_KILL_SWITCHES, see `channels_app.stages`."""
        return self.directory / "switches"

    def arm(self, point: str) -> None:
        """Let the first process that reaches this point die there."""
        (self.switches / point).touch()

    def disarm(self, point: str) -> bool:
        """Take the switch back; False when somebody has died of it."""
        try:
            (self.switches / point).unlink()
        except FileNotFoundError:
            return False
        return True

    def armed(self, point: str) -> bool:
        return (self.switches / point).exists()

    @property
    def _clock(self) -> Path:
        return self.directory / "clock"

    @property
    def clock_offset(self) -> timedelta:
        """By how much the product's clock is ahead of the machine's."""
        with suppress(FileNotFoundError, ValueError):
            return timedelta(seconds=float(self._clock.read_text()))
        return timedelta(0)

    def move_clock(self, by: timedelta) -> None:
        fresh = self._clock.with_suffix(".new")
        fresh.write_text(str((self.clock_offset + by).total_seconds()))
        fresh.replace(self._clock)

    @property
    def _full(self) -> Path:
        return self.directory / "disk-full"

    @property
    def disk_full(self) -> bool:
        return self._full.exists()

    def fill_disk(self) -> None:
        self._full.touch()

    def free_disk(self) -> None:
        self._full.unlink(missing_ok=True)
