"""The DMARC verdict that our own mail host gave (RFC 8601). Anybody can write such a field; only those of a
trusted host count."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from channels_app.providers.base import Authentication

_COMMENT = re.compile(r"\([^()]*\)")
_RESULT = re.compile(r"(?:^|[;\s])(dmarc|spf|dkim)\s*=\s*([a-z]+)", re.IGNORECASE)
_PROPERTY = re.compile(
    r"(header\.from|header\.d|header\.i|smtp\.mailfrom|envelope-from)\s*=\s*([^\s;]+)", re.IGNORECASE
)


def dmarc_verdict(
    fields: Iterable[str], sender: str, *, trusted_ids: Sequence[str], own_domains: Sequence[str]
) -> Authentication:
    """pass, fail or none, from the topmost Authentication-Results field of a trusted host.

    fields: decoded values in order of appearance (the topmost was added last). sender: address of From.
    Without a DMARC result, an aligned DKIM or SPF pass counts as pass; nothing else counts as fail.
    """
    for field in fields:
        host, _, results = _COMMENT.sub(" ", field).partition(";")
        if not _is_trusted(host.strip().split(" ", 1)[0], trusted_ids, own_domains):
            continue
        return _verdict(results, sender.rpartition("@")[2].lower())
    return "none"


def _is_trusted(host: str, trusted_ids: Sequence[str], own_domains: Sequence[str]) -> bool:
    host = host.lower().rstrip(".")
    if not host:
        return False
    if host in {trusted.lower().rstrip(".") for trusted in trusted_ids}:
        return True
    return any(
        host == domain.lower() or host.endswith("." + domain.lower()) for domain in own_domains if domain
    )


def _verdict(results: str, sender_domain: str) -> Authentication:
    methods: list[tuple[str, str, str]] = []
    for piece in results.split(";"):
        match = _RESULT.search(piece)
        if match:
            methods.append((match[1].lower(), match[2].lower(), piece))
    dmarc = [result for method, result, _ in methods if method == "dmarc"]
    if dmarc:
        if "fail" in dmarc or "permerror" in dmarc:
            return "fail"
        return "pass" if dmarc[0] in ("pass", "bestguesspass") else _aligned(methods, sender_domain)
    return _aligned(methods, sender_domain)


def _aligned(methods: Sequence[tuple[str, str, str]], sender_domain: str) -> Authentication:
    for method, result, piece in methods:
        if method == "dmarc" or result != "pass" or not sender_domain:
            continue
        for match in _PROPERTY.finditer(piece):
            domain = match[2].strip("<>\"'").rpartition("@")[2].lower().rstrip(".")
            if match[1].lower() != "header.from" and domain and _related(domain, sender_domain):
                return "pass"
    return "none"


def _related(first: str, second: str) -> bool:
    return first == second or first.endswith("." + second) or second.endswith("." + first)
