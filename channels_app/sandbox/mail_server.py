"""A stand-in for a mail server: takes every mail over SMTP (RFC 5321) and keeps it for the sandbox page.

It has no log-in and no encryption, and listens on loopback only. What it took is read over HTTP:

    GET    /sandbox/outbox?to=   `{"messages": [{"sender", "to", "subject", "text", "message_id", "at"}]}`
    DELETE /sandbox/outbox       forget it
"""

from __future__ import annotations

import re
import secrets
import socketserver
from email import message_from_bytes, policy
from email.message import EmailMessage

from channels_app.sandbox.outbox_app import OutboxApp

MAX_BYTES = 25 * 1024 * 1024
MAX_LINE = 4096
_ADDRESS = re.compile(rb"<([^<>]*)>")


class MailOutbox(OutboxApp):
    """The WSGI application beside the SMTP server."""

    def take(self, sender: str, recipients: list[str], content: bytes) -> str:
        """Keep a mail for each of its recipients; the id under which it was queued."""
        mail = message_from_bytes(content, EmailMessage, policy=policy.default)
        body = mail.get_body(("plain", "html"))
        text = body.get_content().replace("\r\n", "\n") if body is not None else ""
        queued = secrets.token_hex(6)
        for recipient in recipients:
            self.keep(
                id=queued,
                sender=str(mail.get("From", sender)),
                to=recipient.lower(),
                subject=str(mail.get("Subject", "")),
                text=text,
                message_id=str(mail.get("Message-ID", "")),
                references=str(mail.get("References", "")),
            )
        return queued


class SmtpServer(socketserver.ThreadingTCPServer):
    """The SMTP side; hands every mail to its outbox."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, outbox: MailOutbox, host: str, port: int) -> None:
        self.outbox = outbox
        super().__init__((host, port), _Session)

    def handle_error(self, request: object, client_address: object) -> None:
        """Silent: a client that goes away in the middle of a mail is nobody's mistake here."""


class _Session(socketserver.StreamRequestHandler):
    server: SmtpServer
    timeout = 60

    def handle(self) -> None:
        self._sender = ""
        self._recipients: list[str] = []
        self._say("220 sandbox ESMTP")
        while line := self.rfile.readline(MAX_LINE):
            verb, _, argument = line.strip().partition(b" ")
            command = verb.upper()
            if command == b"QUIT":
                self._say("221 bye")
                return
            if command == b"DATA":
                self._data()
            else:
                self._say(self._answer(command, argument))

    def _answer(self, command: bytes, argument: bytes) -> str:
        match command:
            case b"EHLO":
                return f"250-sandbox\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 SIZE {MAX_BYTES}"
            case b"HELO" | b"NOOP":
                return "250 ok"
            case b"RSET":
                self._sender, self._recipients = "", []
                return "250 ok"
            case b"MAIL" if found := _ADDRESS.search(argument):
                self._sender = found[1].decode("utf-8", "replace")
                return "250 ok"
            case b"RCPT" if found := _ADDRESS.search(argument):
                self._recipients.append(found[1].decode("utf-8", "replace"))
                return "250 ok"
        return "502 not understood"

    def _data(self) -> None:
        if not self._recipients:
            self._say("503 who is it for?")
            return
        self._say("354 end with a dot")
        content = bytearray()
        while (line := self.rfile.readline(MAX_LINE)) not in (b".\r\n", b".\n", b""):
            content += line[1:] if line.startswith(b".") else line
            if len(content) > MAX_BYTES:
                self._say("552 too large")
                return
        queued = self.server.outbox.take(self._sender, self._recipients, bytes(content))
        self._sender, self._recipients = "", []
        self._say(f"250 queued as {queued}")

    def _say(self, answer: str) -> None:
        self.wfile.write(f"{answer}\r\n".encode())
