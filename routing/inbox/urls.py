from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.urls import URLPattern, path

from routing.inbox import (
    actions,
    availability,
    conversation,
    listing,
    moments,
    notices,
    passing_on,
    recipients,
    starting,
    writing,
)


def _page(route: str, view: Callable[..., Any], name: str) -> URLPattern:
    return path(route, admin.site.admin_view(view), name=name)


urlpatterns: list[URLPattern] = [
    _page("", listing.inbox, "inbox"),
    _page("pulse/", listing.pulse, "inbox-pulse"),
    _page("availability/", availability.availability, "inbox-availability"),
    _page("notices/", notices.notices, "inbox-notices"),
    _page("new/", starting.new_conversation, "inbox-new"),
    _page("new/draft/", starting.start_draft, "inbox-new-draft"),
    _page("new/recipients/", recipients.recipients, "inbox-new-recipients"),
    _page("bulk/", actions.bulk, "inbox-bulk"),
    _page("<uuid:thread_id>/", conversation.thread_page, "inbox-thread"),
    _page("<uuid:thread_id>/message/<uuid:message_id>/", conversation.mail_page, "inbox-mail"),
    _page(
        "<uuid:thread_id>/message/<uuid:message_id>/moment/<int:position>.ics",
        moments.moment_file,
        "inbox-moment",
    ),
    _page("<uuid:thread_id>/do/<slug:action>/", actions.act, "inbox-act"),
    _page("<uuid:thread_id>/merge/", passing_on.merge, "inbox-merge"),
    _page("<uuid:thread_id>/forward/", passing_on.forward, "inbox-forward"),
    _page("<uuid:thread_id>/write/", writing.write, "inbox-write"),
    _page("<uuid:thread_id>/draft/", writing.save_draft, "inbox-draft"),
    _page("<uuid:thread_id>/undo/<uuid:message_id>/", writing.undo, "inbox-undo"),
    _page("<uuid:thread_id>/file/", writing.upload, "inbox-upload"),
    _page("<uuid:thread_id>/file/<uuid:file_id>/remove/", writing.remove_upload, "inbox-upload-remove"),
    _page("<uuid:thread_id>/here/", writing.here, "inbox-here"),
]
