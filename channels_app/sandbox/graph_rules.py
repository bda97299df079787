"""What Meta refuses of a request to `/messages`, and how it says so."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping
from typing import Any

LONGEST_TEXT = 4096
LONGEST_CAPTION = 1024
LONGEST_CALLBACK_DATA = 512
MEDIA = ("image", "audio", "video", "document", "sticker")
TYPES = (*MEDIA, "text", "template", "interactive", "reaction", "location", "contacts")
INTERACTIVE = ("button", "list", "cta_url", "flow", "product", "product_list", "location_request_message")


class Refusal(Exception):
    """An error answer; without a code it has no body of Meta's, like one of a proxy in between."""

    def __init__(self, code: int | None, message: str, *, status: int = 400, subcode: int = 0) -> None:
        super().__init__(message)
        self.status = status
        error: dict[str, Any] = {
            "message": message,
            "type": "OAuthException",
            "code": code,
            "error_data": {"messaging_product": "whatsapp", "details": message},
            "fbtrace_id": secrets.token_hex(8),
        }
        if subcode:
            error["error_subcode"] = subcode
        self.body: dict[str, Any] = {"error": error} if code is not None else {}


def refuse_message(
    request: Mapping[str, Any], media_ids: Collection[str], templates: Collection[Mapping[str, Any]]
) -> None:
    """Raise Refusal for what Meta would not accept."""
    if request.get("messaging_product") != "whatsapp":
        raise Refusal(100, "(#100) The parameter messaging_product is required.")
    if request.get("status") == "read":
        _need(request, "message_id")
        return
    if not request.get("to") and not request.get("recipient"):
        raise Refusal(100, "(#100) The parameter to is required.")
    if "to" in request and not str(request["to"]).removeprefix("+").isdigit():
        raise Refusal(131009, "(#131009) Parameter value is not valid: to")
    if len(str(request.get("biz_opaque_callback_data", ""))) > LONGEST_CALLBACK_DATA:
        raise Refusal(100, "(#100) biz_opaque_callback_data is too long.")
    kind = request.get("type", "text")
    if kind not in TYPES:
        raise Refusal(100, "(#100) Param type must be one of the supported types.")
    content = request.get(kind)
    if not isinstance(content, dict | list):
        raise Refusal(131008, f"(#131008) Required parameter is missing: {kind}")
    if isinstance(content, dict):
        _refuse_content(kind, content, media_ids, templates)


def _refuse_content(
    kind: str,
    content: Mapping[str, Any],
    media_ids: Collection[str],
    templates: Collection[Mapping[str, Any]],
) -> None:
    if kind == "text":
        body = _need(content, "body")
        if len(body) > LONGEST_TEXT:
            raise Refusal(100, f"(#100) Param text['body'] must be at most {LONGEST_TEXT} characters long.")
    elif kind in MEDIA:
        _refuse_media(kind, content, media_ids)
    elif kind == "reaction":
        _need(content, "message_id")
        if "emoji" not in content:
            raise Refusal(131008, "(#131008) Required parameter is missing: emoji")
    elif kind == "interactive":
        if _need(content, "type") not in INTERACTIVE:
            raise Refusal(131009, "(#131009) Parameter value is not valid: interactive type")
        _need(content, "action")
        _need(content, "body")
    elif kind == "template":
        _refuse_template(content, templates)


def _refuse_media(kind: str, content: Mapping[str, Any], media_ids: Collection[str]) -> None:
    if not content.get("id") and not content.get("link"):
        raise Refusal(131008, "(#131008) Required parameter is missing: id or link")
    if content.get("id") and content["id"] not in media_ids:
        raise Refusal(100, "(#100) Param id is not a valid whatsapp business account media attachment ID")
    if "caption" in content and (kind in ("audio", "sticker") or len(content["caption"]) > LONGEST_CAPTION):
        raise Refusal(100, "(#100) Unexpected or too long caption")


def _refuse_template(content: Mapping[str, Any], templates: Collection[Mapping[str, Any]]) -> None:
    name, language = _need(content, "name"), content.get("language", {}).get("code", "")
    known = [item for item in templates if (item["name"], item["language"]) == (name, language)]
    if not known or known[0]["status"] == "REJECTED":
        raise Refusal(132001, "(#132001) Template name does not exist in the translation", status=404)
    if known[0]["status"] != "APPROVED":
        raise Refusal(132015, "(#132015) Template is paused or not yet approved")
    body = next((part for part in known[0]["components"] if part["type"] == "BODY"), {"text": ""})
    expected = body["text"].count("{{")
    given: Mapping[str, Any] = next(
        (part for part in content.get("components", ()) if part.get("type") == "body"), {}
    )
    parameters = given.get("parameters", ())
    if len(parameters) != expected:
        raise Refusal(132000, f"(#132000) Number of parameters does not match: expected {expected}")
    if any("\n" in part.get("text", "") or "\t" in part.get("text", "") for part in parameters):
        raise Refusal(132018, "(#132018) Parameter text cannot have new-line or tab characters")


def _need(content: Mapping[str, Any], name: str) -> Any:
    value = content.get(name)
    if not value:
        raise Refusal(131008, f"(#131008) Required parameter is missing: {name}")
    return value
