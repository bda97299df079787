"""Web servers of the measurements, and a client that keeps so many connections busy."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_ROOT = Path(__file__).resolve().parent.parent
_STARTING_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Load:
    """rate: answers per second. p50, p99: milliseconds. statuses: how many answers of each."""

    rate: float
    p50: float
    p99: float
    statuses: Mapping[int, int]


@contextmanager
def serving(application: str, environment: Mapping[str, str]) -> Iterator[int]:
    """gunicorn with the product's settings around a WSGI application; yields its port."""
    port = free_port()
    server = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "--config=python:chargecars.gunicorn", application],
        env={**environment, "PORT": str(port), "HOST": "127.0.0.1", "WEB_CONCURRENCY": "2"}, cwd=_ROOT,
    )  # fmt: skip
    try:
        deadline = time.monotonic() + _STARTING_SECONDS
        while not _answers(port):
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{application} did not start")
            time.sleep(0.05)
        yield port
    finally:
        server.terminate()
        server.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def post_request(path: str, body: bytes, headers: Mapping[str, str]) -> bytes:
    """A whole request, ready to be sent over a kept connection."""
    lines = [
        f"POST {path} HTTP/1.1",
        "Host: testserver",
        f"Content-Length: {len(body)}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def load(port: int, requests: Sequence[bytes], *, connections: int) -> Load:
    """Send all requests, shared among so many connections, each waiting for its answer before the next."""
    return asyncio.run(_load(port, requests, connections))


async def _load(port: int, requests: Sequence[bytes], connections: int) -> Load:
    waiting = iter(requests)
    times: list[float] = []
    statuses: dict[int, int] = {}

    async def client() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for request in waiting:
            began = time.perf_counter()
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            length = 0
            for line in head.split(b"\r\n"):
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            if length:
                await reader.readexactly(length)
            times.append(time.perf_counter() - began)
            status = int(head[9:12])
            statuses[status] = statuses.get(status, 0) + 1
            if b"connection: close" in head.lower():
                writer.close()
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.close()

    began = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(connections)))
    seconds = time.perf_counter() - began
    times.sort()
    return Load(
        rate=len(times) / seconds,
        p50=times[len(times) // 2] * 1000,
        p99=times[len(times) * 99 // 100] * 1000,
        statuses=statuses,
    )


def environment_of_server(database: Mapping[str, str]) -> dict[str, str]:
    """No address of this machine's proxy may stand between."""
    return {name: value for name, value in {**os.environ, **database}.items() if "proxy" not in name.lower()}
