"""Every form around signing in, sent by a real browser: what it adds to a request (its origin, its cookies) is what
decides whether the form is taken for ours."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_otp.oath import TOTP

from channels_app.models import ApiToken, Authenticator, Invitation, Membership
from channels_app.services.staff.invitations import invitation_token
from channels_app.tasks import send_password_reset
from tests.factories import Brand, make_brand, make_member

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

PASSWORD = "een lang wachtwoord"
FIELDS = (
    "form:has(input[name=csrfmiddlewaretoken]) input:is([type=text], [type=email], [type=password]):visible"
)


@pytest.fixture
def brand(db: None) -> Brand:
    return make_brand("alfa", "AlfaLaden", "ALFA", {"support": "100000000000001"})


@pytest.fixture
def joris(brand: Brand) -> Any:
    user = make_member("joris", "administrator", brand)
    user.set_password(PASSWORD)
    user.email = "joris@alfa.nl"
    user.save()
    return user


@pytest.fixture
def tab(chromium: Any, site: Any) -> Iterator[Any]:
    context = chromium.new_context(base_url=site.url, locale="nl")
    yield context.new_page()
    context.close()


def sign_in(tab: Any) -> None:
    tab.goto(reverse("admin:login"))
    tab.fill("input[name=username]", "joris")
    tab.fill("input[name=password]", PASSWORD)
    send(tab)


def send(tab: Any) -> None:
    with tab.expect_navigation():
        tab.locator(FIELDS).last.press("Enter")


def code_of(user: Any, steps: int = 0) -> str:
    totp = TOTP(bytes.fromhex(Authenticator.objects.get(user=user).key))
    totp.time = time.time() + 30 * steps
    return f"{totp.token():06}"


def test_a_second_factor_is_added_and_asked_for(tab: Any, joris: Any) -> None:
    sign_in(tab)
    tab.goto(reverse("second-factor-set-up"))
    assert tab.locator(".cc-qr svg").is_visible()
    tab.fill("input[name=code]", code_of(joris, -1))
    send(tab)
    codes = tab.locator("main, body").first.inner_text()
    assert "Herstelcodes" in codes

    tab.context.clear_cookies()
    sign_in(tab)
    assert reverse("second-factor") in tab.url
    tab.fill("input[name=code]", code_of(joris))
    send(tab)
    assert tab.url.endswith(reverse("admin:index"))


def test_a_token_is_made(tab: Any, joris: Any) -> None:
    sign_in(tab)
    tab.goto(reverse("api-tokens"))
    tab.fill("input[name=name]", "Koppeling")
    send(tab)
    assert ApiToken.objects.get(user=joris).name == "Koppeling"


def test_an_invitation_is_accepted(tab: Any, joris: Any, brand: Brand) -> None:
    invited = Invitation.objects.create(
        business_entity=brand.entity, email="noor@alfa.nl", role="agent", first_name="Noor", last_name="Bakker",
        invited_by=joris, expires_at=timezone.now() + timedelta(days=7),
    )  # fmt: skip
    tab.goto(reverse("invitation", args=[invitation_token(invited)]))
    for box in tab.locator("input[type=password]").all():
        box.fill("nog een lang wachtwoord")
    send(tab)
    assert Membership.objects.get(user__email="noor@alfa.nl").role == "agent"


def test_a_forgotten_password_is_set_anew(tab: Any, joris: Any) -> None:
    tab.goto(reverse("admin_password_reset"))
    tab.fill("input[name=email]", "joris@alfa.nl")
    send(tab)
    assert "Kijk in je mail" in tab.title() or "mail" in tab.inner_text("body")

    mail.outbox.clear()
    send_password_reset(user_id=joris.pk)
    (link,) = [line.strip() for line in mail.outbox[0].body.splitlines() if "/account/new-password/" in line]
    tab.goto("/account/new-password/" + link.partition("/account/new-password/")[2])
    for box in tab.locator("input[type=password]").all():
        box.fill("een ander lang wachtwoord")
    send(tab)
    assert User.objects.get(pk=joris.pk).check_password("een ander lang wachtwoord")


def test_a_form_that_is_not_ours_is_refused_in_words(brand: Brand) -> None:
    answer = Client(enforce_csrf_checks=True).post(
        reverse("admin_password_reset"), {"email": "joris@alfa.nl"}
    )
    assert answer.status_code == 403
    assert "laad hem opnieuw" in answer.content.decode()
