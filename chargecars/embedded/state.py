"""The directory where an installation without servers of its own keeps everything."""

from __future__ import annotations

import fcntl
import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

# A unix socket's path must fit in 108 bytes (104 on macOS); the longest name of a socket here has 14.
LONGEST_DIRECTORY = 75


@dataclass(frozen=True, slots=True)
class StateDirectory:
    """Paths below one root, by default `.state/` in the checkout (`STATE_DIR`)."""

    root: Path

    @property
    def run(self) -> Path:
        """Locks and process ids."""
        return self.root / "run"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def media(self) -> Path:
        return self.root / "media"

    @property
    def static(self) -> Path:
        return self.root / "static"

    @property
    def _environment_file(self) -> Path:
        return self.root / "environment"

    def prepare(self) -> None:
        """Make the directories; only the owner enters."""
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        for path in (self.run, self.logs):
            path.mkdir(mode=0o700, exist_ok=True)

    def socket_directory(self, name: str) -> Path:
        """How clients name the directory of an engine's socket: through a short link if the path is long."""
        direct = self.root / name
        if len(os.fsencode(direct)) <= LONGEST_DIRECTORY:
            return direct
        return self._short_directory / name

    def link_socket_directory(self, name: str) -> None:
        """Make the link that `socket_directory` answers. Raises PermissionError if another user took it."""
        link, directory = self.socket_directory(name), self.root / name
        if link == directory:
            return
        short = self._short_directory
        short.mkdir(mode=0o700, exist_ok=True)
        found = short.lstat()
        if short.is_symlink() or found.st_uid != os.geteuid() or found.st_mode & 0o077:
            raise PermissionError(f"{short} exists and is not a private directory of this user")
        if not link.is_symlink() or link.readlink() != directory:
            link.unlink(missing_ok=True)
            link.symlink_to(directory)

    def unlink_socket_directory(self, name: str) -> None:
        """Take the link away; nobody needs it once the engine has stopped."""
        link = self.socket_directory(name)
        if link != self.root / name:
            link.unlink(missing_ok=True)
            with suppress(OSError):  # another engine's link may still be there
                self._short_directory.rmdir()

    @property
    def _short_directory(self) -> Path:
        digest = hashlib.sha256(os.fsencode(self.root)).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"chargecars-{os.geteuid()}-{digest}"

    @contextmanager
    def locked(self, name: str) -> Iterator[None]:
        """Hold the named lock, waiting for it; the system releases it when the process dies."""
        self.prepare()
        with (self.run / f"{name}.lock").open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def read_environment(self) -> dict[str, str]:
        """The settings that the installation keeps itself; empty before its first start."""
        try:
            lines = self._environment_file.read_text().splitlines()
        except FileNotFoundError:
            return {}
        return dict(line.split("=", 1) for line in lines if "=" in line)

    def write_environment(self, values: dict[str, str]) -> None:
        """Replace the kept settings at once, readable for their owner alone."""
        self.prepare()
        fresh = self._environment_file.with_suffix(f".{os.getpid()}")
        fresh.unlink(missing_ok=True)
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.writelines(f"{name}={value}\n" for name, value in values.items())
        fresh.replace(self._environment_file)
