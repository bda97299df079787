"""The English templates that a brand starts with; the codes are those of the Dutch ones."""

from __future__ import annotations

from channels_app.standard.texts import Text

TEXTS = (
    Text(
        language="en",
        code="ontvangst-email",
        name="Receipt by email",
        situation="first_contact",
        medium="email",
        subject="We have received your message ({{ reference_number }})",
        content="""\
Hello {{ customer_name }},

Thank you for your message. It has reached us safely and we are on it. You will hear from us within \
{{ expected_response_time }}, counted in office hours ({{ business_hours }}).

Would you like to add something, a photo perhaps? Simply reply to this email. Your reference number is \
{{ reference_number }}.

{{ signature }}""",
    ),
    Text(
        language="en",
        code="ontvangst-whatsapp",
        name="Receipt by WhatsApp",
        situation="first_contact",
        medium="whatsapp",
        content="Hello {{ customer_name }}, thank you for your message! 👋 We will get back to you within "
        "{{ expected_response_time }} (open: {{ business_hours }}). Your reference number is "
        "{{ reference_number }}.",
    ),
    Text(
        language="en",
        code="ontvangst-sms",
        name="Receipt by text message",
        situation="first_contact",
        medium="sms",
        content="{{ entity_name }}: thank you for your message. We will reply within {{ expected_response_time }} "
        "(open {{ business_hours }}). Ref. {{ reference_number }}",
    ),
    Text(
        language="en",
        code="gesloten-email",
        name="Outside office hours, by email",
        situation="outside_hours",
        medium="email",
        subject="Your message has arrived, we are closed right now ({{ reference_number }})",
        content="""\
Hello {{ customer_name }},

Thank you for your message. We are closed at the moment, but it is waiting for us. We open again \
{{ next_opening }}, and you will have our answer within {{ expected_response_time }} from then.

Our hours: {{ business_hours }}
Your reference number: {{ reference_number }}

Do you smell burning, or see smoke or sparks? Then do not wait for our reply. In immediate danger, call 112. Our \
emergency desk answers day and night: {{ emergency_contact }}.

{{ signature }}""",
    ),
    Text(
        language="en",
        code="gesloten-whatsapp",
        name="Outside office hours, by WhatsApp",
        situation="outside_hours",
        medium="whatsapp",
        content="Thank you for your message! We are closed right now. We open again {{ next_opening }} and will get "
        "back to you then. Your reference number is {{ reference_number }}.\n\n"
        "In danger, with smoke or sparks? Call 112, or our emergency desk: {{ emergency_contact }}.",
    ),
    Text(
        language="en",
        code="gesloten-sms",
        name="Outside office hours, by text message",
        situation="outside_hours",
        medium="sms",
        content="{{ entity_name }}: thank you, we are closed now. We open again {{ next_opening }} and will reply "
        "then. Emergency: {{ emergency_contact }}. Ref. {{ reference_number }}",
    ),
    Text(
        language="en",
        code="interesse-email",
        name="Welcome to a new customer, by email",
        situation="lead_greeting",
        medium="email",
        subject="Great that you are considering a charger ({{ reference_number }})",
        content="""\
Hello {{ customer_name }},

How nice that you are interested in a charger from {{ entity_name }}! One of our advisers will contact you within \
{{ expected_response_time }}, counted in office hours.

Could you already send us the following? Then we can make you a fitting quote straight away:

- your postcode and house number;
- the make and model of your car;
- a photo of your meter cupboard, with its door open;
- the distance from the meter cupboard to where the charger will be.

The quote is free and without obligation. Your reference number is {{ reference_number }}.

{{ signature }}""",
    ),
    Text(
        language="en",
        code="interesse-whatsapp",
        name="Welcome to a new customer, by WhatsApp",
        situation="lead_greeting",
        medium="whatsapp",
        content="Hello {{ customer_name }}! ⚡ Great that you are considering a charger. Could you send us your "
        "postcode, your type of car and a photo of your meter cupboard? Then we will make you a free quote. Your "
        "reference number is {{ reference_number }}.",
    ),
    Text(
        language="en",
        code="gevaar-email",
        name="Safety in danger, by email",
        situation="emergency",
        medium="email",
        subject="Read this first: how to stay safe ({{ reference_number }})",
        content="""\
Hello {{ customer_name }},

Your message sounds like danger. Your safety comes first:

1. Is there fire or smoke, or is somebody hurt? Call 112 at once.
2. Do not touch the charger, the cable or the car. Keep everybody away, children and pets too.
3. Can you reach the meter cupboard safely? Then switch off the charger's circuit breaker. Stay away from it if you see \
smoke or sparks there, or if the floor is wet.
4. Keep your distance until the fire brigade or our engineer says that it is safe.

Our emergency desk has been alerted and will contact you as soon as possible. You can call day and night: \
{{ emergency_contact }}.

Your reference number is {{ reference_number }}.

{{ signature }}""",
    ),
    Text(
        language="en",
        code="gevaar-whatsapp",
        name="Safety in danger, by WhatsApp",
        situation="emergency",
        medium="whatsapp",
        content="""\
⚠️ Your safety comes first:

1. Fire, smoke or somebody hurt? Call 112 at once.
2. Do not touch the charger, the cable or the car, and keep everybody away.
3. Can you reach the meter cupboard safely? Then switch off the charger's circuit breaker.
4. Keep your distance until the fire brigade or our engineer says that it is safe.

Our emergency desk has been alerted and will call you as soon as possible. You can call day and night: \
{{ emergency_contact }}. Reference: {{ reference_number }}""",
    ),
    Text(
        language="en",
        code="gevaar-sms",
        name="Safety in danger, by text message",
        situation="emergency",
        medium="sms",
        content="{{ entity_name }} URGENT: fire, smoke or injury? Call 112. Do not touch charger, cable or car; keep "
        "away. Only if safe: switch off its circuit breaker in the meter cupboard. Our emergency desk will call: "
        "{{ emergency_contact }}. Ref. {{ reference_number }}",
    ),
    Text(
        language="en",
        code="antwoord-herstarten",
        name="Restart the charger",
        situation="reply",
        content="""\
Hello {{ customer_name }},

Sorry to hear that your charger is not working. A restart often helps:

1. Unplug the cable from the car.
2. Switch off the charger's circuit breaker in the meter cupboard and wait a minute.
3. Switch it on again. After about two minutes the charger is ready.

Still no luck? Send us a photo of its light or of the message on its display, and we will look further.""",
    ),
    Text(
        language="en",
        code="antwoord-afspraak",
        name="Suggest an appointment",
        situation="reply",
        content="""\
Hello {{ customer_name }},

We would like to plan a visit of our engineer. Which days and times suit you best? Installation usually takes half a \
day, and somebody has to be at home.""",
    ),
    Text(
        language="en",
        code="beoordeling-email",
        name="Request for a rating, by mail",
        situation="rating",
        medium="email",
        subject="How did we help you? ({{ reference_number }})",
        content="""\
Hello {{ customer_name }},

Your question is done. Did we help you well? Give us a mark from 1 to 5; it takes one click. We read what you tell \
us, and use it to do better.

{{ signature }}""",
    ),
    Text(
        language="en",
        code="beoordeling-whatsapp",
        name="Request for a rating, by WhatsApp",
        situation="rating",
        medium="whatsapp",
        content="Your question {{ reference_number }} is done. Did we help you well? Give us a mark from 1 (bad) to 5 "
        "(very good). Thank you! 🙏",
    ),
    Text(
        language="en",
        code="beoordeling-sms",
        name="Request for a rating, by text message",
        situation="rating",
        medium="sms",
        content="{{ entity_name }}: your question {{ reference_number }} is done. Did we help you well? Give us a mark "
        "from 1 to 5: {{ rating_link }}",
    ),
)
