"""Databases of the measurements beside the product's own: made, copied and connected to by name."""

from __future__ import annotations

import os

import psycopg

from bench.engine import services
from chargecars.embedded.postgres import USER

ADMIN = "postgres"


def fresh(name: str, *, template: str = "template0") -> None:
    """An empty database, or a copy of another, in place of an earlier one; nothing left to be flushed."""
    with connected(ADMIN) as server:
        server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        server.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        server.execute("CHECKPOINT")


def connected(name: str) -> psycopg.Connection:
    return psycopg.connect(host=str(services().postgres.host), user=USER, dbname=name, autocommit=True)


def environment(name: str) -> dict[str, str]:
    """Of a process of the product that works on this database."""
    return {**os.environ, "DATABASE_URL": f"postgres://{USER}@/{services().postgres.host}/{name}"}
