"""A whole day in a real browser: customers write over each medium, staff work, a customer rates."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from channels_app.models import BusinessEntity, CommunicationMessage, CommunicationThread
from routing.models import ConversationRating
from routing.services.ratings.asking import ratings_ask
from tests.demo.conftest import demo_settings
from tests.sandbox.customer import Page, channel, page, visitors, wait_until, work
from tests.walks.conftest import chromium

__all__ = ["chromium", "demo_settings", "page", "visitors"]

PATIENCE = 30_000  # ms, for a machine that does much else
MAIL_ADDRESS = "robin@klant.example"


@pytest.fixture
def visit(chromium: Any, site: Any) -> Iterator[Callable[[str], Any]]:
    """Opens a browser of its own, signed in as a member of staff unless the name is ""; errors are failures."""
    problems: list[str] = []
    contexts = []

    def opened(username: str) -> Any:
        context = chromium.new_context(
            base_url=site.url, locale="en-GB", viewport={"width": 1440, "height": 900}
        )
        contexts.append(context)
        if username:
            signed_in = Client()
            signed_in.force_login(
                User.objects.get(username=username), backend="django.contrib.auth.backends.ModelBackend"
            )
            value = signed_in.cookies[settings.SESSION_COOKIE_NAME].value
            context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": value, "url": site.url}])
        tab = context.new_page()
        tab.set_default_timeout(PATIENCE)
        tab.on("pageerror", lambda error: problems.append(str(error)))
        tab.on("console", lambda said: problems.append(said.text) if said.type == "error" else None)
        return tab

    yield opened
    for context in contexts:
        context.close()
    assert problems == []


def button(tab: Any, name: str) -> Any:
    """The button that is read as this; icons are letters of a font, which stand before the words."""
    return tab.get_by_role("button", name=re.compile(rf"^([a-z_]+\s*)?{re.escape(name)}$"))


def open_menu(tab: Any, summary: str) -> Any:
    """A menu of the conversation's toolbar, opened."""
    menu = tab.locator(".ib-actions details").filter(has=tab.locator(f"summary:has-text('{summary}')"))
    menu.locator("summary").click()
    return menu


def open_thread(tab: Any, thread: CommunicationThread) -> None:
    tab.locator(f".ib-row[data-thread='{thread.pk}'] .ib-row__link").click()
    tab.wait_for_selector(f"[data-thread-open='{thread.pk}']")


def answer(tab: Any, words: str) -> None:
    tab.locator("#ib-text").fill(words)


def reply_of(thread: CommunicationThread) -> CommunicationMessage:
    return CommunicationMessage.objects.get(thread=thread, message_type="reply")


def deliver(message: CommunicationMessage) -> None:
    """Send it as the courier does: a mailbox has a pace, so its next mail may have to wait for a moment."""

    def left() -> bool:
        call_command("deliver_outbox")
        return (
            CommunicationMessage.objects.filter(pk=message.pk)
            .exclude(state__in=("queued", "sending"))
            .exists()
        )

    wait_until(left)


@pytest.mark.browser
@pytest.mark.slow
def test_a_day_from_the_first_word_over_each_medium_to_the_rating(
    page: Page, visit: Callable[[str], Any], settings: Any
) -> None:
    settings.REPLY_UNDO_SECONDS = 0
    BusinessEntity.objects.update(rating_delay_minutes=0)
    staff = visit("cc-agent")
    staff.goto(reverse("inbox"))
    staff.wait_for_selector("#ib-list")
    staff.evaluate("window.stillTheSamePage = true")

    # Customers write over each medium; and somebody writes to the other brand.
    lines = {
        medium: channel("chargecars", medium, code)
        for medium, code in (
            ("whatsapp", "support"),
            ("email", "sales"),
            ("sms", "support"),
            ("phone", "support"),
        )
    }
    whatsapp, mail, sms, phone = lines.values()
    page.send(whatsapp, "Mijn laadpaal is kapot, het lampje knippert rood", address="+31655900001")
    page.send(
        mail,
        "Graag een offerte voor een laadpaal",
        name="Sanne Visser",
        address=MAIL_ADDRESS,
        subject="Offerte",
    )
    page.send(sms, "Mijn laadpaal werkt niet", name="Daan Mulder", address="+31655900003")
    page.send(phone, "", name="Emma Bakker", address="+31655900004")
    page.send(
        channel("laderthuis", "whatsapp", "support"),
        "Mijn lader is kapot",
        name="Tim Bos",
        address="+31655900005",
    )
    work()
    own = CommunicationThread.objects.filter(business_entity__entity_code="chargecars")
    threads = {thread.medium: thread for thread in own}
    assert set(threads) == set(lines)
    other = CommunicationThread.objects.exclude(business_entity__entity_code="chargecars").get()

    # They appear in the open inbox, and the other brand's does not.
    for thread in threads.values():
        staff.wait_for_selector(f".ib-row[data-thread='{thread.pk}']")
    assert staff.evaluate("window.stillTheSamePage")
    assert staff.locator(f"[data-thread='{other.pk}']").count() == 0
    assert "Tim Bos" not in staff.content()
    colleague = visit("lt-agent")
    colleague.goto(reverse("inbox"))
    colleague.wait_for_selector(f".ib-row[data-thread='{other.pk}']")
    assert colleague.locator(".ib-row").count() == 1

    # One is answered, over the medium on which the customer wrote.
    open_thread(staff, threads["whatsapp"])
    answer(staff, "Dag Robin, morgen komt er een monteur.")
    button(staff, "Send").click()
    staff.wait_for_selector(".ib-toast")
    deliver(reply_of(threads["whatsapp"]))
    assert "morgen komt er een monteur" in page.chat(whatsapp)
    wait_until(lambda: reply_of(threads["whatsapp"]).state == "read")
    staff.wait_for_selector(f"#m-{reply_of(threads['whatsapp']).pk} .cc-tick--read")

    # One is for another department, and the reason goes with it.
    open_thread(staff, threads["sms"])
    menu = open_menu(staff, "Move")
    menu.get_by_label("Reason").fill("Gaat over de prijs")
    menu.locator("button[value=sales]").click()
    staff.wait_for_selector("#ib-timeline :text('Gaat over de prijs')")
    threads["sms"].refresh_from_db()
    assert threads["sms"].channel is not None
    assert threads["sms"].channel.channel_code == "sales"

    # One needs help now.
    open_thread(staff, threads["phone"])
    menu = staff.locator(".ib-actions details").last
    menu.locator("summary").click()
    menu.get_by_label("Escalate, because").fill("Belt voor de derde keer")
    menu.get_by_role("button", name="Call for help").click()
    staff.wait_for_selector("[data-event=escalated] :text('Belt voor de derde keer')")

    # One is answered and done.
    open_thread(staff, threads["email"])
    answer(staff, "De offerte staat klaar.")
    staff.locator("#ib-composer").get_by_label("Other ways to send").click()
    button(staff, "Send and resolve").click()
    staff.wait_for_selector("[data-message=outbound] :text('De offerte staat klaar.')")
    wait_until(lambda: own.get(pk=threads["email"].pk).status == "resolved")
    deliver(reply_of(threads["email"]))
    assert "De offerte staat klaar." in page.chat(mail, MAIL_ADDRESS)
    assert reply_of(threads["email"]).state == "sent"

    # The customer is asked, and rates on the page behind the link in the mail.
    assert ratings_ask(now=timezone.now()).sent == 1
    asked = CommunicationMessage.objects.get(message_type="rating_request")
    assert asked.thread_id == threads["email"].pk
    deliver(asked)
    link = re.search(r"https?://\S+/rate/[^\s?]+", asked.body)
    assert link is not None
    customer = visit("")
    customer.goto(link[0])
    customer.locator("label.mark").filter(has_text="4").click()
    customer.get_by_role("textbox").fill("Vlot geholpen")
    customer.locator("button[type=submit]").click()
    customer.wait_for_selector("[role=status]")
    rating = ConversationRating.objects.get()
    assert (rating.thread_id, rating.score, rating.comment) == (threads["email"].pk, 4, "Vlot geholpen")

    # The agent, who still has the conversation open, reads it there.
    staff.wait_for_selector("[data-rating='4'] :text('Vlot geholpen')")
    assert staff.evaluate("window.stillTheSamePage")
