"""The look of the back office: title and sidebar. What each page shows stands in the apps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

SEES = "channels_app.admin.index.sees"
CONFIGURES = "channels_app.admin.index.configures"
ADMINISTERS = "channels_app.admin.index.administers"
INCIDENTS = "channels_app_incident"
INBOX = "inbox"
NOTICES = "inbox-notices"


def _asset(path: str) -> Callable[[HttpRequest], str]:
    return lambda request: static(path)


def _page(title: Any, icon: str, name: str, permission: str = SEES) -> dict[str, Any]:
    return {
        "title": title,
        "icon": icon,
        "link": reverse_lazy(f"admin:{name}_changelist"),
        "permission": permission,
        "name": name,
    }


NAVIGATION: list[dict[str, Any]] = [
    {
        "items": [
            {
                "title": _("Inbox"), "icon": "inbox", "link": reverse_lazy("inbox"), "permission": SEES,
                "name": INBOX,
            },
            {
                "title": _("Notices"), "icon": "notifications", "link": reverse_lazy("inbox-notices"),
                "permission": SEES, "name": NOTICES,
            },
            {"title": _("Overview"), "icon": "home", "link": reverse_lazy("admin:index")},
        ],
    },
    {
        "title": _("Customers"),
        "separator": True,
        "items": [
            _page(_("Conversations"), "forum", "channels_app_communicationthread"),
            _page(_("Contacts"), "contacts", "channels_app_contact"),
            _page(_("Documents"), "folder_open", "channels_app_fileddocument"),
            _page(_("Imports of contacts"), "upload_file", "channels_app_contactimport", CONFIGURES),
            _page(_("Ratings"), "star", "routing_conversationrating"),
            _page(_("Templates"), "description", "channels_app_communicationtemplate"),
        ],
    },
    {
        "title": _("Configuration"),
        "separator": True,
        "items": [
            _page(_("Brands"), "storefront", "channels_app_businessentity"),
            _page(_("Channels"), "cell_tower", "channels_app_businessentitychannel"),
            _page(_("Registry and rules"), "hub", "channels_app_communicationchannel"),
            {"title": _("Simulator"), "icon": "science", "link": reverse_lazy("simulator"), "permission": SEES},
            _page(_("Backtests"), "history", "routing_backtest"),
            _page(_("On-call rota"), "call", "channels_app_oncallshift"),
            _page(_("Mention groups"), "alternate_email", "channels_app_mentiongroup"),
        ],
    },
    {
        "title": _("Monitoring"),
        "separator": True,
        "items": [
            _page(_("Incidents"), "warning", INCIDENTS),
            _page(_("Mailboxes"), "mark_email_read", "channels_app_mailbox"),
            _page(_("Outbox"), "outbox", "channels_app_outboxitem"),
            _page(_("Receipts"), "move_to_inbox", "channels_app_inboundreceipt", CONFIGURES),
            _page(_("Notices of providers"), "campaign", "channels_app_accountnotice"),
        ],
    },
    {
        "title": _("Accountability"),
        "separator": True,
        "items": [
            _page(_("Routing decisions"), "alt_route", "routing_messageroutinglog"),
            _page(_("Response clocks"), "timer", "routing_slatimer"),
            _page(_("Escalations"), "notification_important", "routing_escalation"),
            _page(_("Channel statistics"), "monitoring", "analytics_channelanalytics"),
            _page(_("Reports"), "outgoing_mail", "analytics_reportschedule"),
        ],
    },
    {
        "title": _("Staff"),
        "separator": True,
        "items": [
            _page(_("At work"), "person_check", "routing_staffpresence", CONFIGURES),
            _page(_("Users"), "group", "auth_user", ADMINISTERS),
            _page(_("Memberships"), "badge", "channels_app_membership", ADMINISTERS),
            _page(_("Invitations"), "mail", "channels_app_invitation", ADMINISTERS),
            _page(_("Retention"), "auto_delete", "channels_app_retentionpolicy", ADMINISTERS),
            _page(_("Audit trail"), "policy", "channels_app_auditentry", ADMINISTERS),
        ],
    },
]  # fmt: skip


BADGE_ENDS = 100  # more is "99+": a page need not know how much more


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The sidebar, with what waits beside the pages where it is: answers, notices, incidents."""
    from channels_app.admin.index import open_incidents
    from routing.selectors.inbox import waiting_count
    from routing.selectors.staff_notices import unread_notices

    now = timezone.now()
    badges = {
        INBOX: (waiting_count(request.user, now=now, at_most=BADGE_ENDS), "primary"),
        NOTICES: (unread_notices(request.user).count(), "info"),
        INCIDENTS: (open_incidents(request), "danger"),
    }
    return [{**group, "items": [_badged(item, badges) for item in group["items"]]} for group in NAVIGATION]


def _badged(item: dict[str, Any], badges: dict[str, tuple[int, str]]) -> dict[str, Any]:
    count, variant = badges.get(item.get("name", ""), (0, ""))
    if not count:
        return dict(item)
    return {
        **item,
        "badge": str(count) if count < BADGE_ENDS else f"{BADGE_ENDS - 1}+",
        "badge_variant": variant,
    }


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "ChargeCars",
    "SITE_HEADER": "ChargeCars",
    "SITE_SUBHEADER": _("Customer communication"),
    "SITE_SYMBOL": "ev_station",
    "SITE_URL": None,
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_BACK_BUTTON": True,
    # The theme is a file of its own (theme.css): the content security policy refuses style elements.
    "COLORS": lambda request: {},
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": _asset("channels_app/favicon.svg")},
    ],
    "STYLES": [_asset("channels_app/theme.css"), _asset("channels_app/admin.css")],
    "SCRIPTS": [_asset("channels_app/admin.js")],
    "DASHBOARD_CALLBACK": "analytics.views.first_page",
    "ACCOUNT": {"navigation": [{"title": _("Your account"), "link": reverse_lazy("account-security")}]},
    "SIDEBAR": {"show_search": True, "show_all_applications": False, "navigation": navigation},
}
