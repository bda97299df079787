"""Backup, wipe, restore, as docs/operations.md says, with the programs of the embedded engine."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import psycopg
import pytest

from chargecars.embedded.postgres import DATABASE, USER, installed_programs
from chargecars.embedded.services import EmbeddedServices
from chargecars.embedded.state import StateDirectory

_CHECKOUT = Path(__file__).resolve().parents[2]
_KEY = "Zq3vT9wLx2Rk7Yb5Nc8Hd4Jf6Mg1Ps0aUeVoXiCtB-_="
_FILL = """
    from django.core.files.base import ContentFile
    from tests.admin.conftest import fill
    from tests.factories import make_brand, make_member
    for word in ("alfa", "beta"):
        brand = make_brand(word, word.title(), word.upper(), {"support": f"{word}-phone"})
        fill(brand, word.title())
        make_member(f"{word}-agent", "agent", brand)
"""
_LOOK = """
    import json
    from django.apps import apps
    from channels_app.models import Attachment, BusinessEntityChannel
    from channels_app.services.accounts import channel_config
    counts = {m._meta.label: m._base_manager.count() for m in apps.get_models() if m._meta.managed and not m._meta.proxy}
    tokens = sorted(
        channel_config(channel).access_token.get_secret_value()
        for channel in BusinessEntityChannel.objects.filter(channel_type="whatsapp")
    )
    files = sorted(attachment.file.read().decode() for attachment in Attachment.objects.all())
    print(json.dumps([counts, tokens, files]))
"""


@pytest.mark.slow
def test_a_restored_backup_has_the_same_counts_working_secrets_and_files(tmp_path: Path) -> None:
    state = StateDirectory(tmp_path / "state")
    services = EmbeddedServices(state, broker=False, durable=False)

    def manage(*arguments: str, program: str = "") -> str:
        environment = {
            "PATH": os.environ["PATH"], "ENV_FILE": "none", "STATE_DIR": str(state.root),
            "DATABASE_URL": services.postgres.url, "REDIS_URL": os.environ["REDIS_URL"],
            "SECRET_KEY": _KEY, "FERNET_KEYS": _KEY, "STATIC_MANIFEST": "0", "LOG_LEVEL": "ERROR",
        }  # fmt: skip
        command = [sys.executable, "manage.py", *arguments]
        if program:
            command = [sys.executable, "-c", "import django; django.setup()\n" + textwrap.dedent(program)]
            environment["DJANGO_SETTINGS_MODULE"] = "chargecars.settings"
        answer = subprocess.run(
            command, cwd=_CHECKOUT, env=environment, capture_output=True, text=True, check=False
        )
        assert answer.returncode == 0, answer.stderr[-2000:]
        return answer.stdout

    def postgres(name: str, *arguments: str) -> None:
        program = installed_programs() / name
        answer = subprocess.run(
            [
                program,
                "--host",
                services.postgres.host,
                "--username",
                USER,
                "--dbname",
                DATABASE,
                *arguments,
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        assert answer.returncode == 0, answer.stderr[-2000:]

    with services.running():
        manage("migrate", "--verbosity", "0")
        manage(program=_FILL)
        before = json.loads(manage(program=_LOOK))
        assert before[0]["channels_app.CommunicationMessage"] == 4
        assert before[1] == ["token-alfa-phone", "token-beta-phone"]
        postgres("pg_dump", "--format=custom", f"--file={tmp_path / 'database.dump'}")
        shutil.copytree(state.media, tmp_path / "media")
    shutil.rmtree(state.root)
    assert not state.root.exists()
    with services.running():
        postgres("pg_restore", "--exit-on-error", "--no-owner", str(tmp_path / "database.dump"))
        shutil.copytree(tmp_path / "media", state.media, dirs_exist_ok=True)
        assert json.loads(manage(program=_LOOK)) == before
        manage("migrate", "--check")
        with (
            psycopg.connect(host=str(services.postgres.host), user=USER, dbname=DATABASE) as connection,
            pytest.raises(psycopg.errors.IntegrityError) as refused,
        ):
            connection.execute("DELETE FROM audit_entries")
        assert "stay as they were" in str(refused.value)
    services.postgres.stop()
