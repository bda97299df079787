"""A customer's HTML mail, fit to be shown: no scripts, no forms, pictures from elsewhere only when asked.

The page that frames it and the response's own policy (`routing.inbox.conversation.mail_page`) would stop
what slips through here; neither is meant to stand alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import nh3
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import mark_safe

from channels_app.models import Attachment, CommunicationMessage

_TAGS = (nh3.ALLOWED_TAGS | {"style", "font", "center", "section", "main"}) - {"style"}
_LAYOUT = {"style", "class", "align", "valign", "width", "height", "bgcolor", "color", "border", "cellpadding",
           "cellspacing", "dir"}  # fmt: skip
_REMOTE = re.compile(
    r"""(?:src|background)\s*=\s*["']?\s*(?:https?:)?//|url\(\s*["']?\s*(?:https?:)?//""", re.I
)


def has_remote_images(html: str) -> bool:
    """Whether this HTML would fetch something from elsewhere."""
    return _REMOTE.search(html) is not None


def framed_mail(message: CommunicationMessage, *, title: str, remote_images: bool) -> str:
    """A whole HTML page with the message's own HTML, cleaned; pictures inside the mail come from our store."""
    embedded = {
        attachment.content_id.strip("<>"): reverse(
            "admin:channels_app_communicationthread_attachment", args=[message.thread_id, attachment.pk]
        )
        for attachment in message.attachments.filter(state=Attachment.State.STORED).exclude(content_id="")
    }
    cleaned = _clean(message.html, embedded, remote_images)
    return render_to_string(
        "inbox/mail.html",
        {"title": title, "content": mark_safe(cleaned)},  # noqa: S308 cleaned by nh3
    )


def _clean(html: str, embedded: Mapping[str, str], remote_images: bool) -> str:
    def attribute(tag: str, name: str, value: str) -> str | None:
        if name == "src":
            if value.lower().startswith("cid:"):
                return embedded.get(value[4:])
            if not remote_images and not value.lower().startswith("data:image/"):
                return None
        elif name == "href" and value.lower().startswith(("data:", "cid:")):
            return None
        return value

    return nh3.clean(
        html,
        tags=_TAGS,
        clean_content_tags={"script", "style", "title", "template"},
        attributes={**nh3.ALLOWED_ATTRIBUTES, "*": _LAYOUT},
        attribute_filter=attribute,
        url_schemes={"http", "https", "mailto", "tel", "cid", "data"},
        link_rel="noopener noreferrer nofollow",
        set_tag_attribute_values={"a": {"target": "_blank"}},
    )
