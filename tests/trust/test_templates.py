"""Texts that staff write hold plain placeholders, and nothing in them ever runs: refused when saved, literal when
one got there by another way."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from rest_framework.test import APIClient

from channels_app.models import CommunicationTemplate, OutboxItem
from channels_app.services.rendering import VARIABLES, render, render_html, validate_placeholders
from routing.services.drain import drain_batch
from tests.admin.conftest import Staff
from tests.admin.forms import errors_of, save
from tests.admin.test_pages import address
from tests.factories import Brand, change, receive, text_message, webhook_body

NOT_PLACEHOLDERS = (
    "{{ settings }}",
    "{{settings.SECRET_KEY}}",
    "{{ customer_name.__class__.__mro__ }}",
    "{{ customer_name|safe }}",
    "{{ 7*7 }}",
    "{{ Customer_Name }}",
    "{% debug %}",
    "{% include 'admin/base.html' %}",
    "{% load static %}",
    "{# hidden #}",
    "{{\ncustomer_name\n}}",
)
VALUES = dict.fromkeys(VARIABLES, "Jan")


@pytest.mark.parametrize("text", NOT_PLACEHOLDERS)
def test_template_language_is_refused_and_stays_literal(text: str) -> None:
    with pytest.raises(ValidationError):
        validate_placeholders(f"Dag {{{{ customer_name }}}}, {text}")
    assert render(f"Dag {text}", VALUES) == f"Dag {text}"
    assert render_html(f"<p>{text}</p>", VALUES) == f"<p>{text}</p>"


def test_every_placeholder_on_offer_is_accepted_and_filled_in() -> None:
    for name in VARIABLES:
        validate_placeholders(f"{{{{ {name} }}}} {{{{{name}}}}}")
        assert render(f"x {{{{ {name} }}}}", VALUES) == "x Jan"


def test_what_a_customer_is_called_is_text_and_never_a_placeholder_or_markup() -> None:
    named = {"customer_name": "{{ signature }}<script>", "signature": "geheim"}
    assert render("Dag {{ customer_name }}", named) == "Dag {{ signature }}<script>"
    assert render_html("Dag {{ customer_name }}", named) == "Dag {{ signature }}&lt;script&gt;"


@pytest.mark.parametrize("field", ["subject", "content", "html_content"])
def test_the_form_refuses_them_in_every_text(staff: Staff, alfa: Brand, field: str) -> None:
    template = CommunicationTemplate.objects.filter(business_entity=alfa.entity).first()
    assert template is not None
    page = address(CommunicationTemplate, "change", template.pk)
    answer = save(
        staff.manager, page, "communicationtemplate_form", more={field: "{{ customer_name.__class__ }}"}
    )
    assert "__class__" in errors_of(answer)[field][0]
    template.refresh_from_db()
    assert "__class__" not in getattr(template, field)


@pytest.mark.parametrize("field", ["subject", "content", "html_content"])
def test_the_interface_refuses_them_in_every_text(staff: Staff, alfa: Brand, field: str) -> None:
    template = CommunicationTemplate.objects.filter(business_entity=alfa.entity).first()
    assert template is not None
    client = APIClient()
    client.force_authenticate(User.objects.get(username="alfa-manager"))
    answer = client.patch(f"/api/v1/templates/{template.pk}/", {field: "{% debug %}"}, format="json")
    assert answer.status_code == 400
    assert field in answer.json()


def test_one_that_got_there_by_sql_is_sent_as_it_stands(alfa: Brand) -> None:
    CommunicationTemplate.objects.filter(business_entity=alfa.entity).update(
        content="Dag {{ customer_name.__class__ }} {{ settings.SECRET_KEY }}"
    )
    receive(
        webhook_body(
            change(alfa.phone_ids["support"], messages=[text_message("hallo", sender="31600000079")])
        )
    )
    drain_batch()
    answer = OutboxItem.objects.exclude(message=None).get(
        message__thread__contact__identifiers__value="+31600000079"
    )
    assert answer.message is not None
    assert answer.message.body == "Dag {{ customer_name.__class__ }} {{ settings.SECRET_KEY }}"
