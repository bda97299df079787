"""Signing in: the second factor, recovery codes, lock-out, sessions, and who may reset whose."""

from __future__ import annotations

import re
import time
from datetime import datetime
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.core import mail
from django.db import connection
from django.test import Client
from django.urls import reverse
from django_otp.oath import TOTP

from channels_app.models import AuditEntry, Authenticator, Membership, RecoveryCode
from channels_app.services.staff.second_factor import factor_begin, factor_confirm
from channels_app.services.staff.sessions import SEEN_AT, STARTED_AT
from channels_app.tasks import send_password_reset
from tests.admin.conftest import Staff
from tests.factories import Brand, make_member

PASSWORD = "een lang wachtwoord"
NOW = datetime.fromisoformat("2026-11-24T10:00:00+00:00")


@pytest.fixture
def agent(alfa: Brand) -> Any:
    user = make_member("joris", "agent", alfa)
    user.set_password(PASSWORD)
    user.email = "joris@alfa.nl"
    user.save()
    return user


def code_of(authenticator: Authenticator, steps: int = 0) -> str:
    totp = TOTP(bytes.fromhex(authenticator.key))
    totp.time = time.time() + 30 * steps
    return f"{totp.token():06}"


def with_factor(user: Any) -> list[str]:
    codes = factor_confirm(user=user, code=code_of(factor_begin(user=user), -1), now=NOW)
    assert codes is not None
    return codes


def sign_in(user: Any, password: str = PASSWORD) -> Client:
    browser = Client()
    browser.post(reverse("admin:login"), {"username": user.username, "password": password})
    return browser


def actions(user: Any) -> list[str]:
    entries = AuditEntry.objects.filter(object_type="auth.user", object_id=str(user.pk))
    return list(entries.exclude(action__in=["created", "changed"]).values_list("action", flat=True))[::-1]


def test_a_password_alone_opens_nothing_to_who_has_a_second_factor(agent: Any, alfa: Brand) -> None:
    with_factor(agent)
    browser = sign_in(agent)
    wanted = reverse("admin:channels_app_contact_changelist")
    redirected = browser.get(wanted)
    assert redirected.headers["Location"].startswith(reverse("second-factor"))
    assert browser.get("/api/v1/contacts/").status_code in (401, 403)
    assert browser.get(reverse("figures-export")).status_code == 302
    assert browser.post(wanted, {"action": "x"}).status_code == 302
    page = browser.get(redirected.headers["Location"])
    assert page.status_code == 200
    wrong = browser.post(reverse("second-factor"), {"code": "000000", "next": wanted})
    assert "klopt niet" in wrong.content.decode()
    Authenticator.objects.update(throttling_failure_count=0)
    right = browser.post(
        reverse("second-factor"), {"code": code_of(Authenticator.objects.get()), "next": wanted}
    )
    assert right.headers["Location"] == wanted
    assert browser.get(wanted).status_code == 200
    assert browser.get("/api/v1/contacts/").status_code == 200
    assert actions(agent)[-2:] == ["factor_failed", "signed_in"]


def test_where_a_second_factor_is_demanded_who_has_none_adds_one_first(agent: Any, settings: Any) -> None:
    settings.REQUIRE_SECOND_FACTOR = True
    browser = sign_in(agent)
    page = browser.get(reverse("admin:index"), follow=True)
    assert page.redirect_chain[-1][0].startswith(reverse("second-factor-set-up"))
    html = page.content.decode()
    assert "<svg" in html
    authenticator = Authenticator.objects.get(user=agent, confirmed=False)
    assert authenticator.secret in html
    answer = browser.post(reverse("second-factor-set-up"), {"code": code_of(authenticator)})
    codes = answer.context["codes"]
    assert len(codes) == 10
    assert all(code in answer.content.decode() for code in codes)
    assert browser.get(reverse("admin:index")).status_code == 200


def test_the_key_and_the_recovery_codes_are_nowhere_in_clear(agent: Any) -> None:
    codes = with_factor(agent)
    key = Authenticator.objects.get(user=agent).key
    with connection.cursor() as cursor:
        cursor.execute("SELECT (SELECT string_agg(a::text, '') FROM authenticators a)"
                       " || (SELECT string_agg(c::text, '') FROM recovery_codes c)"
                       " || (SELECT string_agg(e::text, '') FROM audit_entries e)")  # fmt: skip
        everything = cursor.fetchone()[0]
    assert key not in everything
    assert not [code for code in codes if code in everything or code.replace("-", "") in everything]


def test_a_recovery_code_works_once_and_a_code_of_the_app_too(agent: Any) -> None:
    codes = with_factor(agent)
    for code, lets_in in ((codes[0], True), (codes[0].upper(), False), (codes[1].replace("-", " "), True)):
        Authenticator.objects.update(throttling_failure_count=0)
        browser = sign_in(agent)
        browser.post(reverse("second-factor"), {"code": code})
        assert (browser.get(reverse("admin:index")).status_code == 200) is lets_in, code
    assert RecoveryCode.objects.filter(used_at__isnull=True).count() == 8
    code = code_of(Authenticator.objects.get())
    for lets_in in (True, False):
        Authenticator.objects.update(throttling_failure_count=0)
        browser = sign_in(agent)
        browser.post(reverse("second-factor"), {"code": code})
        assert (browser.get(reverse("admin:index")).status_code == 200) is lets_in


def test_wrong_codes_slow_the_account_down_even_for_the_right_one(agent: Any) -> None:
    with_factor(agent)
    browser = sign_in(agent)
    for _ in range(2):
        browser.post(reverse("second-factor"), {"code": "123456"})
    Authenticator.objects.update(throttling_failure_count=8)
    answer = browser.post(reverse("second-factor"), {"code": code_of(Authenticator.objects.get())})
    assert "Te veel verkeerde codes" in answer.content.decode()
    assert browser.get(reverse("admin:index")).status_code == 302


def test_who_has_a_factor_cannot_pass_by_adding_another(agent: Any) -> None:
    with_factor(agent)
    browser = sign_in(agent)
    pending = factor_begin(user=agent)
    answer = browser.post(reverse("second-factor-set-up"), {"code": code_of(pending)})
    assert answer.headers["Location"] == reverse("second-factor")
    assert not Authenticator.objects.filter(pk=pending.pk, confirmed=True).exists()


def test_an_administrator_resets_the_factor_of_their_own_people_only(
    staff: Staff, agent: Any, beta: Brand
) -> None:
    with_factor(agent)
    browser = sign_in(agent)
    url = f"/admin/auth/user/{agent.pk}/reset-second-factor/"
    assert staff.manager.post(url).status_code == 403
    assert staff.stranger.post(url).status_code == 403
    Membership.objects.create(user=agent, business_entity=beta.entity, role="agent")
    assert staff.administrator.post(url).status_code == 403  # works for another brand as well
    Membership.objects.filter(user=agent, business_entity=beta.entity).delete()
    assert Authenticator.objects.filter(user=agent).exists()
    assert staff.administrator.post(url).status_code == 302
    assert not Authenticator.objects.filter(user=agent).exists()
    assert not RecoveryCode.objects.filter(user=agent).exists()
    assert browser.session.session_key is None or not Session.objects.filter(
        session_key=browser.session.session_key
    )
    entry = AuditEntry.objects.get(action="factor_removed")
    assert (entry.actor_name, entry.object_name) == ("alfa-administrator", "joris")
    root = User.objects.get(username="root")
    assert staff.administrator.post(f"/admin/auth/user/{root.pk}/reset-second-factor/").status_code == 403


def test_too_many_wrong_passwords_close_the_door_with_a_page_in_words(agent: Any, settings: Any) -> None:
    settings.AXES_FAILURE_LIMIT = 3
    browser = Client()
    login = reverse("admin:login")
    for _ in range(3):
        answer = browser.post(login, {"username": "joris", "password": "fout"})
    assert answer.status_code == 429
    assert "15 minuten" in answer.content.decode()
    assert browser.post(login, {"username": "joris", "password": PASSWORD}).status_code == 429
    assert actions(agent).count("sign_in_failed") >= 2
    assert "locked_out" in actions(agent)


def test_a_name_that_nobody_has_is_not_kept(agent: Any) -> None:
    Client().post(reverse("admin:login"), {"username": "mijn-geheime-wachtwoord", "password": "x"})
    entry = AuditEntry.objects.get(action="sign_in_failed")
    assert "geheime" not in f"{entry.object_name} {entry.detail} {entry.actor_name}"


def test_sessions_end_when_left_alone_and_at_the_end_of_the_day(agent: Any, settings: Any) -> None:
    for key, seconds in ((SEEN_AT, settings.SESSION_IDLE_SECONDS), (STARTED_AT, settings.SESSION_COOKIE_AGE)):
        browser = sign_in(agent)
        assert browser.get(reverse("admin:index")).status_code == 200
        session = browser.session
        session[key] = int(time.time()) - seconds - 1
        session.save()
        assert browser.get(reverse("admin:index")).status_code == 302
        assert browser.get(reverse("admin:index")).status_code == 302


def test_signing_out_everywhere_leaves_only_this_session(agent: Any, staff: Staff) -> None:
    here, there = sign_in(agent), sign_in(agent)
    assert here.post(reverse("sign-out-everywhere")).status_code == 302
    assert here.get(reverse("admin:index")).status_code == 200
    assert there.get(reverse("admin:index")).status_code == 302
    assert staff.agent.get(reverse("admin:index")).status_code == 200


def test_a_new_password_by_mail_works_once_and_ends_sessions_but_not_the_second_factor(agent: Any) -> None:
    with_factor(agent)
    elsewhere = sign_in(agent)
    browser = Client()
    known = browser.post(reverse("admin_password_reset"), {"email": "JORIS@alfa.nl"})
    unknown = browser.post(reverse("admin_password_reset"), {"email": "niemand@alfa.nl"})
    strip = re.compile(rb"nonce-?=?\S*|csrf\S*|value=\S*")
    assert strip.sub(b"", known.content) == strip.sub(b"", unknown.content)
    send_password_reset(user_id=agent.pk)
    [letter] = mail.outbox
    path = re.search(r"https?://[^/\s]+(/account/new-password/\S+)", letter.body)
    assert path is not None
    form = browser.get(path[1], follow=True)
    target = form.redirect_chain[-1][0]
    weak = browser.post(target, {"new_password1": "kort", "new_password2": "kort"})
    assert weak.status_code == 200
    new = "nog een langer wachtwoord"
    assert browser.post(target, {"new_password1": new, "new_password2": new}).status_code == 200
    assert elsewhere.get(reverse("admin:index")).headers["Location"].startswith(reverse("admin:login"))
    again = Client().get(path[1], follow=True)
    assert again.status_code == 410
    signed_in = sign_in(agent, new)
    assert signed_in.get(reverse("admin:index")).headers["Location"].startswith(reverse("second-factor"))
    assert "password_reset" in actions(agent)


def test_next_never_leads_to_another_site(agent: Any) -> None:
    with_factor(agent)
    browser = sign_in(agent)
    answer = browser.post(
        reverse("second-factor"),
        {"code": code_of(Authenticator.objects.get()), "next": "https://evil.example/"},
    )
    assert answer.headers["Location"] == reverse("admin:index")
