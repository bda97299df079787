"""Real mail servers on loopback for tests: aiosmtpd, and Debian's Dovecot."""

from __future__ import annotations

import base64
import datetime as dt
import grp
import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.ports import free_port

PASSWORD = "geheim-wachtwoord"
DOVECOT = shutil.which("dovecot") or next((p for p in ("/usr/sbin/dovecot",) if Path(p).exists()), None)


def certificate(directory: Path) -> tuple[Path, Path]:
    """A self-signed certificate for localhost: (certificate, key) in PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))])
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate_file, key_file = directory / "certificate.pem", directory / "key.pem"
    certificate_file.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return certificate_file, key_file


@dataclass
class MailSink:
    """What the SMTP server got, and how it should behave."""

    password: str = PASSWORD
    token: str = "valid-token"
    answers: dict[str, str] = field(
        default_factory=dict
    )  # verb -> refusal, e.g. {"RCPT": "550 5.1.1 unknown"}
    received: list[Envelope] = field(default_factory=list)
    senders: list[str] = field(default_factory=list)
    hang_after_data: float = 0.0

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        good = isinstance(data, LoginPassword) and data.password == self.password.encode()
        return AuthResult(success=good, handled=False)

    async def auth_XOAUTH2(self, server: SMTP, args: list[str]) -> AuthResult:
        credentials = base64.b64decode(args[1]).decode()
        if credentials.endswith(f"\x01auth=Bearer {self.token}\x01\x01"):
            return AuthResult(success=True)
        # As Google and Microsoft do: the reason as a challenge, then the refusal.
        await server.challenge_auth(b'{"status":"401"}')
        await server.push("535 5.7.3 Authentication unsuccessful")
        return AuthResult(success=False, handled=True)

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if "MAIL" in self.answers:
            return self.answers["MAIL"]
        if address == "<>" and "NULL" in self.answers:
            return self.answers["NULL"]
        self.senders.append(address.strip("<>"))
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        refusal = self.answers.get(f"RCPT {address}") or self.answers.get("RCPT")
        if refusal:
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.received.append(envelope)
        if self.hang_after_data:
            server.transport.close()
        return self.answers.get("DATA", "250 2.0.0 OK")


@contextmanager
def smtp_server(sink: MailSink, tls: Any = None) -> Iterator[int]:
    """A running SMTP server that requires a log-in. Yields its port."""
    controller = Controller(
        sink,
        hostname="127.0.0.1",
        port=free_port(),
        authenticator=sink.authenticate,
        auth_required=True,
        auth_require_tls=tls is not None,
        tls_context=tls,
    )
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


@dataclass(frozen=True)
class ImapServer:
    port: int
    tls_port: int
    mail: Path
    owner: tuple[int, int]

    def deliver(self, address: str, raw: bytes, folder: str = "") -> None:
        """Put a mail into a user's Maildir, as a delivery agent does."""
        root = self.mail / address
        target = root / f".{folder}" if folder else root
        for directory in (root, target, *(target / part for part in ("cur", "new", "tmp"))):
            directory.mkdir(parents=True, exist_ok=True)
            os.chown(directory, *self.owner)
        number = sum(1 for _ in target.glob("*/*"))
        file = target / "new" / f"{time.time_ns()}.{number}.test"
        file.write_bytes(raw)
        os.chown(file, *self.owner)


CONFIGURATION = """
base_dir = {home}/run
state_dir = {home}/state
log_path = {home}/log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{certificate}
ssl_key = <{key}
disable_plaintext_auth = no
auth_mechanisms = plain login xoauth2
mail_location = maildir:{home}/mail/%u
first_valid_uid = 1
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
passdb {{
  driver = oauth2
  mechanisms = xoauth2
  args = {home}/oauth2.conf
}}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={home}/mail/%u
}}
namespace inbox {{
  inbox = yes
  mailbox "Verzonden items" {{
    auto = create
    special_use = \\Sent
  }}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""
INTROSPECTION = """
introspection_mode = post
introspection_url = {url}
username_attribute = email
active_attribute = active
active_value = true
force_introspection = yes
"""


@contextmanager
def dovecot(home: Path, *, introspection_url: str) -> Iterator[ImapServer]:
    """Dovecot with its own configuration, as root or as an ordinary user. `home` must be open to all."""
    # Dovecot never lets root read mail, so root lends the mail to an account that owns nothing else.
    account = pwd.getpwnam("nobody") if os.getuid() == 0 else pwd.getpwuid(os.getuid())
    port, tls_port = free_port(), free_port()
    certificate_file, key_file = certificate(home)
    for name in ("mail", "run", "state"):
        (home / name).mkdir()
    os.chown(home / "mail", account.pw_uid, account.pw_gid)
    (home / "oauth2.conf").write_text(INTROSPECTION.format(url=introspection_url), encoding="utf-8")
    configuration = home / "dovecot.conf"
    configuration.write_text(
        CONFIGURATION.format(
            home=home,
            certificate=certificate_file,
            key=key_file,
            user=account.pw_name,
            group=grp.getgrgid(account.pw_gid).gr_name,
            uid=account.pw_uid,
            gid=account.pw_gid,
            password=PASSWORD,
            port=port,
            tls_port=tls_port,
        ),
        encoding="utf-8",
    )
    process = subprocess.Popen([str(DOVECOT), "-F", "-c", str(configuration)], stderr=subprocess.PIPE)
    try:
        _await(port, process, home)
        yield ImapServer(port, tls_port, home / "mail", (account.pw_uid, account.pw_gid))
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stderr is not None:
            process.stderr.close()


def _await(port: int, process: subprocess.Popen[bytes], home: Path) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if process.poll() is not None:
            assert process.stderr is not None
            raise RuntimeError(f"Dovecot did not start: {process.stderr.read().decode()}")
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1) as probe:
            if probe.recv(100).startswith(b"* OK"):
                return
        time.sleep(0.05)
    log = home / "log"
    raise RuntimeError(log.read_text() if log.exists() else "Dovecot does not answer")
