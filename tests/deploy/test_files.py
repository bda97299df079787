"""The files in `deploy/` run what `manage.py up` runs, with settings that exist. No container engine is needed to see
that; the commands themselves run in every test that starts the product (tests/faults, tests/platform/test_up.py).
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.test import Client

from chargecars.licences import UNKNOWN, direct_dependencies, document, installed_closure, normalised
from chargecars.processes import programs

CHECKOUT = Path(__file__).resolve().parents[2]
DEPLOY = CHECKOUT / "deploy"
NAMES = ("web", "worker", "courier", "beat")
# Of the engines' own images, not of ours.
OF_POSTGRES = {"POSTGRES_PASSWORD"}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    assert isinstance(loaded, dict)
    return loaded


@pytest.fixture
def commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """What `manage.py up` runs, without the path of this interpreter and what only root needs."""
    monkeypatch.delenv("WORKER_CONCURRENCY", raising=False)
    found = {}
    for program in programs(tmp_path):
        arguments = list(program.command[1:])
        if arguments[0] == "-W":
            arguments = arguments[2:]
        found[program.name] = arguments
    return found


def known_settings() -> set[str]:
    text = (CHECKOUT / ".env.example").read_text()
    return set(re.findall(r"^#? ?([A-Z][A-Z0-9_]+)=", text, re.MULTILINE))


@pytest.mark.parametrize("name", NAMES)
def test_compose_runs_what_up_runs(
    compose: dict[str, Any], commands: dict[str, list[str]], name: str
) -> None:
    assert compose["services"][name]["command"] == ["python", *commands[name]]


@pytest.mark.parametrize("name", NAMES)
def test_systemd_runs_what_up_runs(commands: dict[str, list[str]], name: str) -> None:
    unit = (DEPLOY / "systemd" / f"chargecars-{name}.service").read_text()
    (line,) = re.findall(r"^ExecStart=(.*)$", unit, re.MULTILINE)
    program, *arguments = shlex.split(line.replace("%%", "%"))
    assert program == "/opt/chargecars/.venv/bin/python"
    assert arguments == commands[name]
    assert "Restart=always" in unit
    assert "User=chargecars" in unit
    assert "TimeoutStopSec=30" in unit


def test_every_setting_named_in_deploy_exists(compose: dict[str, Any]) -> None:
    named = {
        setting
        for service in compose["services"].values()
        if service.get("image") == "chargecars"
        for setting in service.get("environment", {})
    }
    named |= set(re.findall(r"\$\{([A-Z_]+)", (DEPLOY / "compose.yaml").read_text())) - OF_POSTGRES
    named |= set(
        re.findall(r"^([A-Z_]+)=", (DEPLOY / "systemd" / "environment.example").read_text(), re.MULTILINE)
    )
    assert named <= known_settings(), named - known_settings()


def test_compose_starts_the_product_after_its_engines_and_its_migration(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert services.keys() == {*NAMES, "migrate", "database", "broker"}
    for name in NAMES:
        needs = services[name]["depends_on"]
        assert needs["migrate"]["condition"] == "service_completed_successfully"
        assert needs["database"]["condition"] == needs["broker"]["condition"] == "service_healthy"
        assert services[name]["stop_grace_period"] == "30s"
    assert "noeviction" in services["broker"]["command"]
    assert all("healthcheck" in services[name] for name in ("database", "broker"))
    for name, service in services.items():
        assert not service.get("privileged"), name
        assert all(str(port).startswith("127.0.0.1:") for port in service.get("ports", [])), name
        assert {volume.partition(":")[0] for volume in service.get("volumes", [])} <= compose[
            "volumes"
        ].keys()


def test_the_image_is_built_with_care(commands: dict[str, list[str]]) -> None:
    text = (DEPLOY / "Dockerfile").read_text()
    steps = re.findall(r"^([A-Z]+) (.*)$", re.sub(r"\\\n", "", text), re.MULTILINE)
    bases = [rest.split()[0] for step, rest in steps if step == "FROM"]
    assert all(":" in base and not base.endswith(":latest") for base in bases), bases
    users = [rest for step, rest in steps if step == "USER"]
    assert users, "the product does not run as root"
    assert users[-1] != "root"
    assert not [step for step, _ in steps if step == "ADD"]
    assert [rest for step, rest in steps if step == "CMD"] == [
        str(["python", *commands["web"]]).replace("'", '"')
    ]
    copied = [
        word for step, rest in steps if step == "COPY" and "--from" not in rest for word in rest.split()[:-1]
    ]
    assert all((CHECKOUT / name).exists() for name in copied if not name.startswith("--"))
    ignored = (CHECKOUT / ".dockerignore").read_text().split()
    assert {".git", ".env", ".state", ".venv"} <= set(ignored)


@pytest.mark.django_db
def test_every_alert_is_about_something_that_is_measured() -> None:
    measured = Client().get("/metrics", REMOTE_ADDR="127.0.0.1").content.decode()
    rules = [
        rule
        for group in yaml.safe_load((DEPLOY / "prometheus" / "alerts.yaml").read_text())["groups"]
        for rule in group["rules"]
    ]
    assert len({rule["alert"] for rule in rules}) == len(rules) >= 4
    for rule in rules:
        assert rule["labels"]["severity"] in ("warning", "critical")
        assert rule["annotations"].keys() == {"summary", "description"}
        for metric in re.findall(r"\b(?:django|chargecars)_[a-z_]+", rule["expr"]):
            assert re.sub(r"_(bucket|count|total)$", "", metric) in measured, metric


def test_the_licences_are_listed_and_known() -> None:
    listed = (CHECKOUT / "docs" / "licences.md").read_text()
    rows = dict(re.findall(r"^\| ([a-z0-9-]+) \| (.+) \|$", listed, re.MULTILINE))
    for name in direct_dependencies():
        assert normalised(name) in rows, f"{name}: run `make licences`"
    assert UNKNOWN not in rows.values()
    assert len(installed_closure(direct_dependencies())) > len(direct_dependencies())
    assert document().startswith("# Licences")
