"""A stand-in for Twilio's API, for tests and for the demo: a WSGI application without a database.

It takes SMS and outgoing calls as Twilio does, and signs the callbacks it makes with the auth token that was sent along.
Recipients misbehave by their number, with Twilio's error codes, as in `graph_faults`: +31600021610 is
refused with 21610, +31601030005 is accepted and later undelivered with 30005.

    GET    /sandbox/outbox?to=   what was sent: `{"messages": [{"sid", "to", "request", "at"}]}`
    DELETE /sandbox/outbox       forget it
    PUT    /sandbox/numbers      `{"+31...": {"sms_url"?, "status_callback"?, "voice_url"?}}`: the numbers
                                 of the account; empty means that every number is, calling nothing
    POST   /sandbox/callback     `{"url", "auth_token", "fields": {...}}`: call a webhook, signed; answers
                                 the HTTP status. For messages of customers and events of calls
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import threading
import time
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import parse_qsl, urlencode, urlsplit

from channels_app.sandbox.graph_faults import Fault, asked_by_number, failure_asked_by_number
from channels_app.sandbox.outbox_app import Answer, Object, OutboxApp, Request

RESOURCE = re.compile(r"^/2010-04-01/Accounts/([^/]+?)(\.json|/.+)$")
NUMBER = re.compile(r"\+[1-9]\d{7,14}")
WRONG_TOKENS = frozenset({"wrong", "expired"})
CALL_TIMEOUT = 10.0  # seconds


class TwilioSandbox(OutboxApp):
    """The WSGI application. One instance is one independent world.

    statuses: what is reported of a message, `delay` seconds apart; empty for nothing. deliver_to: where
    callbacks go when the public address of the product cannot be reached ("http://127.0.0.1:8000").
    """

    def __init__(
        self,
        *,
        keep: int = 2000,
        statuses: Sequence[str] = ("sent", "delivered"),
        delay: float = 0.3,
        deliver_to: str = "",
    ) -> None:
        super().__init__(keep=keep)
        self.numbers: dict[str, Object] = {}
        self.statuses = tuple(statuses)
        self.delay = delay
        self.deliver_to = deliver_to
        self.media: dict[str, bytes] = {}

    def answer(self, request: Request) -> Answer:
        found = RESOURCE.match(request.path)
        if found is None:
            raise refusal(404, 20404, "The requested resource was not found")
        account_sid, resource = found.groups()
        auth_token = _auth_token(request, account_sid)
        if (request.method, resource) == ("POST", "/Messages.json"):
            return self._send(request, account_sid, auth_token)
        if (request.method, resource) == ("POST", "/Calls.json"):
            return self._call_out(request, account_sid)
        if (request.method, resource) == ("GET", ".json"):
            return Answer(body={"sid": account_sid, "status": "active", "friendly_name": "Sandbox"})
        if (request.method, resource) == ("GET", "/IncomingPhoneNumbers.json"):
            return Answer(
                body={"incoming_phone_numbers": self._numbers(request.query.get("PhoneNumber", ""))}
            )
        if request.method == "GET" and request.path in self.media:
            return Answer(body=self.media[request.path])
        raise refusal(404, 20404, f"The requested resource {request.path} was not found")

    def control(self, request: Request, action: str) -> Answer:
        match request.method, action:
            case "PUT", "numbers":
                self.numbers = {str(number): dict(urls) for number, urls in request.object().items()}
                return Answer(body={"success": True})
            case "POST", "callback":
                asked = request.object()
                status = self.call(asked["url"], asked["auth_token"], asked["fields"])
                return Answer(body={"status": status})
        raise Answer(404)

    def call(self, url: str, auth_token: str, fields: Mapping[str, str]) -> int:
        """Make one signed webhook call; the HTTP status, 0 when nobody answered."""
        parts = urlsplit(self.deliver_to or url)
        kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        connection = kind(parts.hostname or "", parts.port, timeout=CALL_TIMEOUT)
        headers = {
            "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
            "User-Agent": "TwilioProxy/1.1",
            "X-Twilio-Signature": signature(auth_token, url, fields),
        }
        try:
            connection.request("POST", url[url.index("/", url.index("//") + 2) :], urlencode(fields), headers)
            return connection.getresponse().status
        except (OSError, HTTPException, ValueError):
            return 0
        finally:
            connection.close()

    def _numbers(self, wanted: str) -> list[Object]:
        if self.numbers and wanted not in self.numbers:
            return []
        return [
            {
                "phone_number": wanted,
                "capabilities": {"sms": True, "voice": True, "mms": False},
                "sms_url": "",
                "status_callback": "",
                "voice_url": "",
                **self.numbers.get(wanted, {}),
            }
        ]

    def _send(self, request: Request, account_sid: str, auth_token: str) -> Answer:
        form = dict(parse_qsl(request.body.decode(), keep_blank_values=True))
        to = form.get("To", "")
        _refuse_message(form)
        fault = asked_by_number(to.removeprefix("+"))
        if fault is not None and fault.kind != "keep_and_drop":
            _fail(fault, request)
        sid = "SM" + secrets.token_hex(16)
        self.keep(sid=sid, to=to, request=form)
        if self.statuses and form.get("StatusCallback"):
            report = threading.Thread(
                target=self._report,
                args=(account_sid, auth_token, sid, form),
                name="twilio-callbacks",
                daemon=True,
            )
            report.start()
        if fault is not None:
            _drop(request)
        body = {"sid": sid, "account_sid": account_sid, "status": "queued", "to": to, "error_code": None}
        return Answer(201, {**body, "from": form.get("From"), "num_segments": "1"})

    def _call_out(self, request: Request, account_sid: str) -> Answer:
        """An outgoing call: kept beside the messages, with its TwiML in `request`."""
        form = dict(parse_qsl(request.body.decode(), keep_blank_values=True))
        to = form.get("To", "")
        _refuse_call(form)
        fault = asked_by_number(to.removeprefix("+"))
        if fault is not None and fault.kind != "keep_and_drop":
            _fail(fault, request)
        sid = "CA" + secrets.token_hex(16)
        self.keep(sid=sid, to=to, request=form)
        if fault is not None:
            _drop(request)
        body = {"sid": sid, "account_sid": account_sid, "status": "queued", "to": to, "from": form["From"]}
        return Answer(201, {**body, "direction": "outbound-api"})

    def _report(self, account_sid: str, auth_token: str, sid: str, form: Mapping[str, str]) -> None:
        code = failure_asked_by_number(form["To"].removeprefix("+"))
        for status in ("sent", "undelivered") if code else self.statuses:
            time.sleep(self.delay)
            fields = {
                "AccountSid": account_sid,
                "ApiVersion": "2010-04-01",
                "From": form.get("From", ""),
                "MessageSid": sid,
                "MessageStatus": status,
                "SmsSid": sid,
                "SmsStatus": status,
                "To": form["To"],
            }
            if status == "undelivered":
                fields["ErrorCode"] = str(code)
            self.call(form["StatusCallback"], auth_token, fields)


def signature(auth_token: str, url: str, fields: Mapping[str, str]) -> str:
    """Twilio's signature of a form post."""
    text = url + "".join(name + fields[name] for name in sorted(fields))
    return b64encode(hmac.new(auth_token.encode(), text.encode(), hashlib.sha1).digest()).decode()


def refusal(status: int, code: int, message: str) -> Answer:
    """An error in Twilio's shape."""
    more = f"https://www.twilio.com/docs/errors/{code}"
    return Answer(status, {"code": code, "message": message, "more_info": more, "status": status})


def _refuse_message(form: Mapping[str, str]) -> None:
    if not form.get("To"):
        raise refusal(400, 21604, "A 'To' phone number is required.")
    if not NUMBER.fullmatch(form["To"]):
        raise refusal(400, 21211, "The 'To' number is not a valid phone number.")
    if not form.get("From") and not form.get("MessagingServiceSid"):
        raise refusal(400, 21603, "A 'From' phone number is required.")
    if not form.get("Body"):
        raise refusal(400, 21602, "Message body is required.")
    if len(form["Body"]) > 1600:
        raise refusal(400, 21617, "The concatenated message body exceeds the 1600 character limit.")


def _refuse_call(form: Mapping[str, str]) -> None:
    if not NUMBER.fullmatch(form.get("To", "")):
        raise refusal(400, 21211, "The 'To' number is not a valid phone number.")
    if not form.get("From"):
        raise refusal(400, 21213, "No 'From' number is specified.")
    if not form.get("Twiml") and not form.get("Url"):
        raise refusal(400, 21205, "Url parameter is required.")


def _auth_token(request: Request, account_sid: str) -> str:
    scheme, _, encoded = request.environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    try:
        user, _, token = b64decode(encoded).decode().partition(":")
    except ValueError:
        user, token = "", ""
    if scheme.lower() != "basic" or user != account_sid or not token or token in WRONG_TOKENS:
        raise refusal(401, 20003, "Authenticate")
    return token


def _fail(fault: Fault, request: Request) -> None:
    if fault.kind == "error":
        status = {20003: 401, 20429: 429}.get(fault.code, 400)
        raise refusal(status, fault.code, f"As asked: {fault.code}")
    if fault.kind == "http":
        raise Answer(fault.status)
    if fault.kind == "hang":
        time.sleep(fault.seconds)
    _drop(request)


def _drop(request: Request) -> None:
    """End the connection without an answer; only `graph_server` can, so elsewhere it is a 502."""
    dropper = request.environ.get("sandbox.drop")
    if dropper is None:
        raise Answer(502)
    dropper()
