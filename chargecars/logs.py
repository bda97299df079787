"""Logs: constant events with fields, one line each, and nothing secret or personal in clear."""

from __future__ import annotations

import logging.config
import re
from collections.abc import Mapping
from typing import Any, cast

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

REDACTED = "[redacted]"

# A field with one of these in its name is a secret.
_SECRET_WORDS = (
    "token", "password", "passwd", "secret", "authorization", "credential", "cookie", "signature",
    "api_key", "apikey", "fernet", "private_key",
)  # fmt: skip
# A field of this name is what a customer or a colleague wrote.
_CONTENT_FIELDS = frozenset({"body", "html", "text", "subject", "payload", "raw", "content", "snippet"})
_PHONE_FIELDS = ("phone", "wa_id", "msisdn", "recipient", "sender")

_SECRET_IN_TEXT = re.compile(
    r"(?i)((?:[\w.-]*(?:token|password|passwd|secret|api_?key|signature)|code)[\"']?\s*[=:]\s*[\"']?"
    r"|authorization[\"']?\s*[=:]\s*[\"']?(?:\w+\s+)?|\bbearer\s+)([^\s&\"',;)}]+)"
)
# "+31 6 12345678", "0031612345678", "0612345678", a bare "31612345678".
_PHONE_IN_TEXT = re.compile(
    r"(?<![\w.+-])(?:\+\d(?:[ ().-]?\d){7,14}|00\d{8,14}|0[1-9](?:[ -]?\d){8}|\d{10,15})(?![\w-])"
)
_PROBES = frozenset({"GET /healthz", "GET /readyz", "GET /metrics"})
_SAFE_FIELDS = frozenset(
    {"timestamp", "level", "logger", "request_id", "task_id", "parent_task_id", "user_id"}
)


def drop_noise(logger: WrappedLogger | None, method: str | None, event: EventDict) -> EventDict:
    """A structlog processor: no line for the probes of monitors."""
    if (
        event.get("event") == "request_finished"
        and event.get("request") in _PROBES
        and event.get("code") == 200
    ):
        raise structlog.DropEvent
    return event


def redact(logger: WrappedLogger | None, method: str | None, event: EventDict) -> EventDict:
    """A structlog processor: secrets, contents and phone numbers are replaced, at any depth."""
    for name, value in event.items():
        if name not in _SAFE_FIELDS and not name.startswith("_"):
            event[name] = _redacted(name, value)
    return event


def mask_text(text: str) -> str:
    """Free text (a traceback, another library's message) without secrets and phone numbers."""
    text = _SECRET_IN_TEXT.sub(rf"\1{REDACTED}", text)
    return _PHONE_IN_TEXT.sub(lambda found: mask_phone(found[0]), text)


def mask_phone(number: str) -> str:
    """All but the first three and the last two characters hidden: enough to compare, not to call."""
    return f"{number[:3]}…{number[-2:]}" if len(number) > 5 else "…"


def _redacted(name: str, value: Any) -> Any:
    lowered = name.lower()
    if value is None or isinstance(value, bool):
        return value
    if any(word in lowered for word in _SECRET_WORDS) or lowered in _CONTENT_FIELDS:
        return REDACTED
    if isinstance(value, Mapping):
        return {key: _redacted(str(key), item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_redacted(name, item) for item in value]
    if isinstance(value, int | float):
        return mask_phone(str(value)) if any(word in lowered for word in _PHONE_FIELDS) else value
    if isinstance(value, bytes):
        return REDACTED
    text = value if isinstance(value, str) else str(value)
    if any(word in lowered for word in _PHONE_FIELDS) and any(character.isdigit() for character in text):
        return mask_phone(text)
    return mask_text(text)


_SHARED: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.stdlib.PositionalArgumentsFormatter(),
    structlog.stdlib.ExtraAdder(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
    structlog.processors.format_exc_info,
    structlog.processors.UnicodeDecoder(),
    redact,
]


def logging_config(*, level: str, json: bool) -> dict[str, Any]:
    """A configuration for `configure`: every library's log passes the same processors as ours."""
    renderer: Processor = (
        structlog.processors.JSONRenderer()
        if json
        else structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "structured": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": _SHARED,
                "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
            }
        },
        "handlers": {"stream": {"class": "logging.StreamHandler", "formatter": "structured"}},
        "root": {"handlers": ["stream"], "level": level},
        "loggers": {
            # Their informative messages name whole addresses, tokens included, or every task twice.
            "httpx": {"level": "WARNING"},
            "httpcore": {"level": "WARNING"},
            "celery.worker.strategy": {"level": "WARNING"},
            "celery.app.trace": {"level": "WARNING"},
            "celery.beat": {"level": "WARNING"},
            # Without Django's own handlers: its error mails would carry requests and local variables.
            "django": {"handlers": [], "propagate": True},
            "django.server": {"handlers": [], "propagate": True},
            "axes": {"level": "WARNING"},
        },
    }


def configure(config: dict[str, Any]) -> None:
    """Django's LOGGING_CONFIG: the standard library and structlog in one go."""
    logging.config.dictConfig(config)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            drop_noise,
            *_SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def scrub_event(event: dict[str, Any], hint: dict[str, Any]) -> dict[str, Any]:
    """What Sentry is sent (its `before_send`): no local variables, no bodies, no headers, texts masked."""
    request = event.get("request")
    if isinstance(request, dict):
        event["request"] = {name: request[name] for name in ("method", "url") if name in request}
    return {name: _scrubbed(name, value) for name, value in event.items()}


def _scrubbed(name: str, value: Any) -> Any:
    if name == "vars":
        return {}
    if isinstance(value, Mapping):
        return {key: _scrubbed(str(key), item) for key, item in value.items()}
    if isinstance(value, list):
        return [_scrubbed(name, item) for item in value]
    if isinstance(value, str) and name not in _SAFE_FIELDS:
        return mask_text(value)
    return value


def report_errors(dsn: str, *, environment: str) -> None:
    """Send errors to Sentry if there is an address for them: no bodies, no local variables, no persons."""
    if not dsn:
        return
    import sentry_sdk  # costs a second, and few installations use it

    sentry_sdk.init(
        dsn=dsn,
        environment=environment,
        send_default_pii=False,
        include_local_variables=False,
        max_request_body_size="never",
        max_breadcrumbs=20,
        traces_sample_rate=0.0,
        before_send=cast(Any, scrub_event),
    )
