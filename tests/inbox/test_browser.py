"""A day in the inbox in a real browser: by keyboard alone, without a reload, and readable by everybody."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from channels_app.models import CommunicationMessage, CommunicationThread, OutboxItem
from routing.models import StaffNotice, ThreadDraft
from tests.admin.conftest import fill
from tests.factories import Brand, make_brand, make_member
from tests.inbox.conftest import new_thread

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
PATIENCE = 30_000  # ms, for a machine that does much else

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine; set CHROMIUM to its path"),
]


@pytest.fixture(scope="module")
def chromium(django_db_setup: None) -> Iterator[Any]:
    """A browser. Playwright keeps an event loop in this thread, beside which Django would not ask the database."""
    assert CHROMIUM is not None
    options = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    with pytest.MonkeyPatch.context() as patch, sync_api.sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = playwright.chromium.launch(
            executable_path=str(Path(CHROMIUM).resolve()),
            args=[*options.split(), "--disable-component-update", "--disable-sync"],
        )
        yield browser
        browser.close()


@pytest.fixture
def brand() -> Brand:
    made = make_brand("alfa", "AlfaLaden", "ALFA", {"support": "100000000000001"})
    fill(made, "Alfa")
    CommunicationThread.objects.update(waiting_since=timezone.now(), last_inbound_at=timezone.now())
    return made


@pytest.fixture
def page(chromium: Any, site: Any, brand: Brand) -> Iterator[Any]:
    """The inbox as an agent of the brand sees it; an error in the console fails the test."""
    agent = make_member("anna", "manager", brand)
    make_member("bob", "agent", brand)
    signed_in = Client()
    signed_in.force_login(agent, backend="django.contrib.auth.backends.ModelBackend")
    context = chromium.new_context(base_url=site.url, locale="nl", viewport={"width": 1600, "height": 900})
    context.add_cookies(
        [
            {
                "name": settings.SESSION_COOKIE_NAME,
                "value": signed_in.cookies[settings.SESSION_COOKIE_NAME].value,
                "url": site.url,
            }
        ]
    )
    opened = context.new_page()
    opened.set_default_timeout(PATIENCE)
    problems: list[str] = []
    opened.on("pageerror", lambda error: problems.append(str(error)))
    opened.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    yield opened
    context.close()
    assert problems == []


def violations(page: Any) -> list[str]:
    """What axe-core calls serious or worse."""
    found = axe.Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {one['nodes'][0]['html'][:200]}"
        for one in found
        if one["impact"] in ("serious", "critical")
    ]


def test_from_the_list_to_resolved_by_keyboard_alone(page: Any, brand: Brand) -> None:
    first = new_thread(brand, 1, words="Mijn laadpaal doet niets", due=timezone.now() - timedelta(hours=2))
    page.goto(reverse("inbox"))
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_selector(f"[data-thread-open='{first.pk}']")
    assert page.url.endswith(reverse("inbox-thread", args=[first.pk]))
    assert page.evaluate("document.activeElement.id") == "ib-title"
    page.wait_for_selector(f".ib-row[data-thread='{first.pk}']:not(.is-unread)")

    page.keyboard.press("n")
    page.keyboard.type("Garantie loopt nog, @bo")
    page.wait_for_selector("[data-mention=bob]")
    page.keyboard.press("Enter")
    page.keyboard.type("kijk jij mee?")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".cc-bubble--note")
    page.wait_for_function("document.activeElement.id === 'ib-title'")
    note = CommunicationMessage.objects.get(message_type="note")
    assert note.body == "Garantie loopt nog, @bob kijk jij mee?"
    assert StaffNotice.objects.get().user.username == "bob"

    page.keyboard.press("r")
    page.keyboard.type("Dag, we sturen morgen een monteur.")
    for _look in range(PATIENCE // 200):
        if ThreadDraft.objects.filter(body="Dag, we sturen morgen een monteur.").exists():
            break
        page.wait_for_timeout(200)
    page.reload()  # a draft survives it
    page.wait_for_selector("#ib-text")
    assert page.input_value("#ib-text") == "Dag, we sturen morgen een monteur."
    page.keyboard.press("r")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".ib-toast button")
    answer = CommunicationMessage.objects.get(message_type="reply", thread=first)
    assert answer.body.startswith("Dag, we sturen morgen een monteur.")
    assert OutboxItem.objects.get(message=answer).state == "queued"
    page.wait_for_selector(f"#m-{answer.pk}")
    assert page.input_value("#ib-text") == ""
    page.wait_for_selector(f".ib-row[data-thread='{first.pk}']", state="detached")  # nobody waits any more

    page.locator("#ib-title").focus()
    page.keyboard.press("e")
    page.wait_for_selector("[data-event=resolved]")
    first.refresh_from_db()
    assert (first.status, first.assignee and first.assignee.username) == ("resolved", "anna")


def test_keys_pressed_right_after_something_was_sent_stay_in_the_text(page: Any, brand: Brand) -> None:
    thread = CommunicationThread.objects.get()
    page.goto(reverse("inbox-thread", args=[thread.pk]))
    page.keyboard.press("r")
    page.evaluate("document.dispatchEvent(new CustomEvent('inbox:changed', {detail: {action: 'reply'}}))")
    page.keyboard.type("Ze")
    page.wait_for_timeout(300)  # the focus would have been taken after 100 ms
    page.keyboard.type("e")  # a shortcut elsewhere
    assert page.input_value("#ib-text").endswith("Zee")
    assert page.evaluate("document.activeElement.id") == "ib-text"
    page.evaluate("document.dispatchEvent(new CustomEvent('inbox:changed', {detail: {action: 'reply'}}))")
    page.wait_for_function("document.activeElement.id === 'ib-title'")


def test_an_answer_that_was_sent_too_soon_comes_back(page: Any, brand: Brand) -> None:
    thread = CommunicationThread.objects.get()
    page.goto(reverse("inbox-thread", args=[thread.pk]))
    page.keyboard.press("r")
    page.keyboard.type("Oeps")
    page.keyboard.press("Control+Enter")
    page.click(".ib-toast button")
    page.wait_for_selector("[data-event=reply_undone]")
    assert page.input_value("#ib-text") == "Oeps"
    assert not CommunicationMessage.objects.filter(message_type="reply").exists()


def test_what_comes_in_appears_without_a_reload(page: Any, brand: Brand) -> None:
    thread = CommunicationThread.objects.get()
    page.goto(reverse("inbox-thread", args=[thread.pk]))
    page.fill("#ib-text", "Ik was al aan het schrijven")
    fresh = new_thread(brand, 2, words="Nieuwe vraag")
    page.wait_for_selector(f".ib-row[data-thread='{fresh.pk}']")
    assert page.title().startswith("(2)")
    now = timezone.now()
    CommunicationMessage.objects.create(
        business_entity=brand.entity, thread=thread, channel=thread.source_channel, direction="inbound",
        message_type="customer", state="received", sender="+31687654321", body="Al opgelost!", sent_at=now,
    )  # fmt: skip
    thread.last_inbound_at = thread.last_message_at = now
    thread.save()
    page.wait_for_selector("text=Al opgelost!")
    assert page.input_value("#ib-text") == "Ik was al aan het schrijven"
    # Two people do not answer past each other unknowingly: what came in between is shown before it is sent.
    page.click("[data-send].cc-button--primary")
    page.wait_for_selector("#ib-dialog[open] .ib-news")
    assert not CommunicationMessage.objects.filter(message_type="reply").exists()
    page.click("[data-send-anyway=confirmed]")
    page.wait_for_selector(".ib-toast button")
    assert CommunicationMessage.objects.filter(message_type="reply").count() == 1


def test_on_a_telephone_the_list_and_the_conversation_are_two_pages(page: Any, brand: Brand) -> None:
    thread = CommunicationThread.objects.get()
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(reverse("inbox"))
    assert not page.is_visible("#ib-pane")
    page.click(f".ib-row[data-thread='{thread.pk}'] .ib-row__link")
    page.wait_for_selector("#ib-text")
    assert not page.is_visible("#ib-list")
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= 390
    page.click("[data-back]")
    page.wait_for_selector("#ib-list", state="visible")


def test_nothing_serious_stands_in_the_way_of_a_screen_reader_or_a_keyboard(page: Any, brand: Brand) -> None:
    thread = CommunicationThread.objects.get()
    channel = brand.channel("email", "support")
    for address in (
        reverse("inbox"),
        reverse("inbox-thread", args=[thread.pk]),
        reverse("inbox-new"),
        reverse("inbox-notices"),
        reverse("admin:channels_app_businessentitychannel_change", args=[channel.pk]),
        reverse("admin:index"),
    ):
        page.goto(address)
        page.wait_for_load_state("networkidle")
        assert violations(page) == [], address
        page.emulate_media(color_scheme="dark")
        page.wait_for_timeout(200)
        assert violations(page) == [], f"{address} in the dark"
        page.emulate_media(color_scheme="light")
