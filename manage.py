#!/usr/bin/env python
"""Django's command line. Engines that the environment does not name are started for the command."""

import os
import sys

from chargecars.embedded.services import EmbeddedServices
from chargecars.environment import embedded_broker, embedded_database, state, switch_sandbox

# Commands that touch neither database nor broker, or (`up`) see to the engines themselves.
WITHOUT_SERVICES = frozenset(
    {"up", "help", "version", "--help", "--version", "-h", "check", "collectstatic", "makemessages",
     "compilemessages", "sandbox_graph", "sandbox_stand_ins", "startapp", "spectacular", "test"}
)  # fmt: skip


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chargecars.settings")
    from django.core.management import execute_from_command_line  # after the settings are named

    command = sys.argv[1] if len(sys.argv) > 1 else "help"
    if command == "up":
        switch_sandbox(on="--demo" in sys.argv)
        os.environ.setdefault("LOG_JSON", "0")  # a person is watching
    if command in WITHOUT_SERVICES or "--help" in sys.argv:
        execute_from_command_line(sys.argv)
        return
    with EmbeddedServices(state, database=embedded_database, broker=embedded_broker).running():
        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
