"""The brand's look around a message: one template, CSS inlined, for automatic and for human answers."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import nh3
from django.template.loader import render_to_string
from django.utils.html import linebreaks, urlize

from channels_app.models import BusinessEntityChannel, CommunicationMessage

if TYPE_CHECKING:
    from css_inline import CSSInliner


def mail_html(*, message: CommunicationMessage, channel: BusinessEntityChannel) -> str:
    """The HTML of an outgoing mail: its own HTML, sanitised, or its text, in the brand's layout."""
    # `urlize` has escaped the text already.
    content = nh3.clean(message.html) if message.html else linebreaks(urlize(message.body, autoescape=True))
    entity = channel.business_entity
    page = render_to_string(
        "mail/message.html",
        {
            "content": content,
            "entity": entity,
            "channel": channel,
            "subject": message.subject,
            "language": message.data.get("language") or entity.default_language,
        },
    )
    return _inliner().inline(page)


@cache
def _inliner() -> CSSInliner:
    """Made for the first mail: the web process, which sends none, spares itself the library."""
    from css_inline import CSSInliner

    return CSSInliner(load_remote_stylesheets=False)
