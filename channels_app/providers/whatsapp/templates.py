"""Message templates as Meta has them: wording, approval and quality.

https://developers.facebook.com/docs/graph-api/reference/whats-app-business-account/message_templates
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from channels_app.providers.base import Account, ProviderError, RemoteTemplate
from channels_app.providers.whatsapp.content import text_of
from channels_app.providers.whatsapp.graph import Graph

FIELDS = "id,name,language,status,category,quality_score,components,rejected_reason"
PAGE_SIZE = 100
MOST_PAGES = 60  # an account holds at most 6,000 templates


def list_templates(account: Account) -> tuple[RemoteTemplate, ...]:
    """Every template of the channel's business account, in Meta's order. Raises ProviderError."""
    graph = Graph(account)
    if not graph.config.business_account_id:
        raise ProviderError("the business account ID is missing", code="no_business_account", permanent=True)
    found: list[RemoteTemplate] = []
    after = ""
    for _ in range(MOST_PAGES):
        page = graph.get(
            graph.config.business_account_id,
            "message_templates",
            params={"fields": FIELDS, "limit": str(PAGE_SIZE), **({"after": after} if after else {})},
        )
        items = page.get("data")
        found.extend(
            _template(item) for item in (items if isinstance(items, list) else ()) if isinstance(item, dict)
        )
        after = _next_page(page)
        if not after:
            break
    prefix = graph.config.template_namespace
    return tuple(template for template in found if template.name.startswith(prefix))


def _next_page(page: Mapping[str, Any]) -> str:
    paging = page.get("paging")
    if not isinstance(paging, dict) or not paging.get("next") or not isinstance(paging.get("cursors"), dict):
        return ""
    return text_of(paging["cursors"].get("after"))


def _template(item: Mapping[str, Any]) -> RemoteTemplate:
    components = item.get("components")
    by_type = {
        text_of(component.get("type")).upper(): component
        for component in (components if isinstance(components, list) else ())
        if isinstance(component, dict)
    }
    quality = item.get("quality_score")
    return RemoteTemplate(
        external_id=text_of(item.get("id")),
        name=text_of(item.get("name")),
        language=text_of(item.get("language")),
        status=text_of(item.get("status")).lower(),
        category=text_of(item.get("category")).lower(),
        quality=text_of(quality.get("score")).lower() if isinstance(quality, dict) else "",
        header=text_of(by_type.get("HEADER", {}).get("text")),
        body=text_of(by_type.get("BODY", {}).get("text")),
        footer=text_of(by_type.get("FOOTER", {}).get("text")),
        rejected_reason="" if item.get("rejected_reason") == "NONE" else text_of(item.get("rejected_reason")),
        data=item,
    )
