"""From an empty database to a routed message, by what stands on the screen and nothing else."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Browser, Locator, Page, expect

from channels_app.models import CommunicationThread
from routing.services.drain import drain_batch
from tests.factories import change, signature, text_message, webhook_body

MOST_INTERACTIONS = 40
PATIENCE = 30_000  # ms, for a machine that does much else
PHONE_NUMBER_ID = "300000000000001"


class Walker:
    """A new administrator who reads what stands on the screen; every press and every field counts."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.interactions = 0

    def press(self, role: Any, name: str) -> None:
        # Icons are letters of a font: their names stand beside the words, for a script and for nobody else.
        named = re.compile(rf"^([a-z_]+\s+)?{re.escape(name)}(\s+[a-z_]+)?$")
        self._one(self.page.get_by_role(role, name=named)).click()
        self.interactions += 1

    def press_text(self, text: str) -> None:
        """A tab: it has no role of its own."""
        self._one(self.page.get_by_text(text, exact=True)).click()
        self.interactions += 1

    def fill(self, label: str, text: str) -> None:
        self._one(self._labelled(label)).fill(text)
        self.interactions += 1

    def tick(self, label: str) -> None:
        self._one(self._labelled(label)).check()
        self.interactions += 1

    def sees(self, text: str) -> None:
        expect(self.page.get_by_text(text).locator("visible=true").first).to_be_visible(timeout=PATIENCE)

    def _labelled(self, label: str) -> Locator:
        return self.page.get_by_label(re.compile(rf"^\s*{re.escape(label)}\s*\*?\s*$"))

    def _one(self, found: Locator) -> Locator:
        return found.locator("visible=true").first


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_brand_is_set_up_to_a_routed_message(site: Any, chromium: Browser) -> None:
    User.objects.create_superuser("root", password="a long pass phrase")
    context = chromium.new_context(locale="en-GB", viewport={"width": 1440, "height": 900})
    context.set_default_timeout(PATIENCE)
    problems: list[str] = []
    page = context.new_page()
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda said: problems.append(said.text) if said.type == "error" else None)
    walker = Walker(page)

    page.goto(f"{site.url}/admin/")
    walker.fill("Username", "root")
    walker.fill("Password", "a long pass phrase")
    walker.press("button", "Log in")

    walker.press("link", "Set up a brand")
    walker.fill("Name", "Zonneplein")
    walker.press("button", "Make the brand")
    walker.sees("Zonneplein is there. Now give it its channels.")

    walker.press("link", "Set up WhatsApp Support")
    walker.fill("Address", "+31612345099")
    walker.tick("Active")
    walker.press_text("Settings of WhatsApp")
    walker.fill("Phone number ID", PHONE_NUMBER_ID)
    walker.fill("Access token", "EAAG-token-of-the-walk")
    walker.press("button", "Save")

    walker.press("link", "Brands")
    walker.press("link", "Zonneplein")
    walker.press("link", "Checklist")
    walker.press("button", "Go live")
    walker.sees("Zonneplein is live: answers go out.")

    body = webhook_body(
        change(
            PHONE_NUMBER_ID,
            messages=[text_message("Mijn laadpaal is kapot, kunnen jullie helpen?", wamid="walk.1")],
        )
    )
    answer = httpx.post(
        f"{site.url}/webhooks/whatsapp/", content=body, trust_env=False,
        headers={"X-Hub-Signature-256": signature(body), "Content-Type": "application/json"},
    )  # fmt: skip
    assert answer.status_code == 200
    drain_batch()
    thread = CommunicationThread.objects.select_related("channel").get()
    assert thread.channel is not None
    assert thread.channel.channel_code == "support"
    assert thread.messages.filter(message_type="auto_response", state="queued").exists()

    walker.press("link", "Conversations")
    walker.sees(thread.reference_number)
    assert walker.interactions <= MOST_INTERACTIONS, walker.interactions
    assert problems == []
    context.close()
