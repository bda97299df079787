"""Do the settings of a WhatsApp channel work? Asked of Meta, answered in words for staff."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from channels_app.providers.base import JSON, Account, CheckItem, CheckReport, ProviderError
from channels_app.providers.whatsapp.content import phone_of, text_of
from channels_app.providers.whatsapp.errors import integer
from channels_app.providers.whatsapp.graph import Graph

NUMBER_FIELDS = (
    "verified_name,display_phone_number,quality_rating,code_verification_status,throughput,status,"
    "messaging_limit_tier,name_status"
)
EXPIRY_WARNING = timedelta(days=14)
NEEDED_SCOPE = "whatsapp_business_messaging"


def check_account(account: Account) -> CheckReport:
    """Test token, number, webhook subscription and app secret. Raises nothing."""
    graph = Graph(account)
    data: dict[str, JSON] = {}
    items = [_app_secret(graph)]
    if not graph.config.access_token.get_secret_value():
        items.append(CheckItem(_("Access token"), False, _("Enter the access token of a system user.")))
        return CheckReport(tuple(items), data)
    for label, probe in (
        (_("Phone number"), _number),
        (_("Access token"), _token),
        (_("Webhook subscription"), _subscription),
    ):
        items.extend(_tried(label, probe, graph, account, data))
    return CheckReport(tuple(items), data)


Probe = Callable[[Graph, Account, dict[str, JSON]], Iterator[CheckItem]]


def _tried(
    label: str, probe: Probe, graph: Graph, account: Account, data: dict[str, JSON]
) -> list[CheckItem]:
    try:
        return list(probe(graph, account, data))
    except ProviderError as error:
        detail = _("WhatsApp answered with error %(code)s: %(text)s") % {
            "code": error.code,
            "text": error.text,
        }
        return [CheckItem(label, False, detail)]


def _app_secret(graph: Graph) -> CheckItem:
    known = bool(settings.WHATSAPP_APP_SECRET or graph.config.app_secret.get_secret_value())
    detail = "" if known else _("Without the app secret every incoming message is refused.")
    return CheckItem(_("App secret"), known, detail)


def _number(graph: Graph, account: Account, data: dict[str, JSON]) -> Iterator[CheckItem]:
    found = graph.get(graph.config.phone_number_id, params={"fields": NUMBER_FIELDS})
    for name in ("verified_name", "quality_rating", "status", "messaging_limit_tier"):
        data[name] = text_of(found.get(name))
    throughput = found.get("throughput")
    data["throughput"] = text_of(throughput.get("level")) if isinstance(throughput, dict) else ""

    number = text_of(found.get("display_phone_number"))
    told = phone_of(_digits(number)) and phone_of(_digits(account.address))
    ours = not told or _digits(number) == _digits(account.address)
    detail = _("%(number)s, shown to customers as %(name)s") % {
        "number": number,
        "name": data["verified_name"] or "-",
    }
    if not ours:
        detail = _("This ID belongs to %(number)s, the channel says %(address)s.") % {
            "number": number,
            "address": account.address,
        }
    yield CheckItem(_("Phone number"), ours, detail)

    connected = data["status"] in ("", "CONNECTED")
    verified = text_of(found.get("code_verification_status")) != "NOT_VERIFIED"
    yield CheckItem(
        _("Registration"),
        connected and verified,
        "" if connected and verified else _("The number is not connected; register it in WhatsApp Manager."),
    )
    low = data["quality_rating"] == "RED"
    yield CheckItem(
        _("Quality"),
        not low,
        _("Customers block or report this number; WhatsApp will limit it.")
        if low
        else data["quality_rating"],
    )


def _token(graph: Graph, account: Account, data: dict[str, JSON]) -> Iterator[CheckItem]:
    found: Any = graph.get("debug_token", params={"input_token": graph.token}).get("data")
    about = found if isinstance(found, dict) else {}
    expires = integer(about.get("expires_at"))
    detail, ok = _("Does not expire"), about.get("is_valid") is True
    if not ok:
        detail = _("The token is no longer valid; make a new one.")
    elif 0 < expires < 4_102_444_800:
        at = datetime.fromtimestamp(expires, UTC)
        data["token_expires_at"] = at.isoformat()
        ok = at - datetime.now(UTC) > EXPIRY_WARNING
        detail = _("Expires on %(date)s") % {"date": f"{at:%Y-%m-%d}"}
    scopes = about.get("scopes")
    if ok and isinstance(scopes, list) and scopes and NEEDED_SCOPE not in scopes:
        ok, detail = False, _("The token lacks the permission %(scope)s.") % {"scope": NEEDED_SCOPE}
    yield CheckItem(_("Access token"), ok, detail)


def _subscription(graph: Graph, account: Account, data: dict[str, JSON]) -> Iterator[CheckItem]:
    label = _("Webhook subscription")
    if not graph.config.business_account_id:
        yield CheckItem(label, False, _("Enter the business account ID to check this."))
        return
    apps = graph.get(graph.config.business_account_id, "subscribed_apps").get("data")
    subscribed = isinstance(apps, list) and bool(apps)
    detail = "" if subscribed else _("No app receives the messages of this business account.")
    yield CheckItem(label, subscribed, detail)


def _digits(number: str) -> str:
    return "".join(filter(str.isdigit, number))
