"""The Dutch templates that a brand starts with."""

from __future__ import annotations

from channels_app.standard.texts import Text

AUTOMATIC = (
    Text(
        code="ontvangst-email",
        name="Ontvangstbevestiging per e-mail",
        situation="first_contact",
        medium="email",
        subject="We hebben je bericht ontvangen ({{ reference_number }})",
        content="""\
Hallo {{ customer_name }},

Bedankt voor je bericht. We hebben het goed ontvangen en gaan ermee aan de slag. Je krijgt binnen \
{{ expected_response_time }} antwoord van ons, gerekend in kantooruren ({{ business_hours }}).

Wil je nog iets toevoegen, bijvoorbeeld een foto? Beantwoord dan gewoon deze e-mail. Je referentienummer is \
{{ reference_number }}.

{{ escalation_info }}

{{ signature }}""",
    ),
    Text(
        code="ontvangst-whatsapp",
        name="Ontvangstbevestiging per WhatsApp",
        situation="first_contact",
        medium="whatsapp",
        content="Hallo {{ customer_name }}, bedankt voor je bericht! 👋 We lezen het en reageren binnen "
        "{{ expected_response_time }} (open: {{ business_hours }}). Je referentienummer is "
        "{{ reference_number }}.",
    ),
    Text(
        code="ontvangst-sms",
        name="Ontvangstbevestiging per sms",
        situation="first_contact",
        medium="sms",
        content="{{ entity_name }}: bedankt voor je bericht. We reageren binnen {{ expected_response_time }} "
        "(open {{ business_hours }}). Ref. {{ reference_number }}",
    ),
    Text(
        code="gesloten-email",
        name="Buiten kantooruren, per e-mail",
        situation="outside_hours",
        medium="email",
        subject="Je bericht is binnen, we zijn nu gesloten ({{ reference_number }})",
        content="""\
Hallo {{ customer_name }},

Bedankt voor je bericht. We zijn op dit moment gesloten, maar het staat voor ons klaar. We zijn \
{{ next_opening }} weer open en je krijgt dan binnen {{ expected_response_time }} antwoord.

Onze openingstijden: {{ business_hours }}
Je referentienummer: {{ reference_number }}

Ruik je een brandlucht, of zie je rook of vonken? Wacht dan niet op ons antwoord. Bel bij direct gevaar 112. \
Onze spoeddienst is dag en nacht bereikbaar: {{ emergency_contact }}.

{{ signature }}""",
    ),
    Text(
        code="gesloten-whatsapp",
        name="Buiten kantooruren, per WhatsApp",
        situation="outside_hours",
        medium="whatsapp",
        content="Bedankt voor je bericht! We zijn nu gesloten. We zijn {{ next_opening }} weer open en komen dan "
        "bij je terug. Je referentienummer is {{ reference_number }}.\n\n"
        "Gevaar, zoals rook of vonken? Bel 112, of onze spoeddienst: {{ emergency_contact }}.",
    ),
    Text(
        code="gesloten-sms",
        name="Buiten kantooruren, per sms",
        situation="outside_hours",
        medium="sms",
        content="{{ entity_name }}: bedankt, we zijn nu gesloten. We zijn {{ next_opening }} weer open en "
        "reageren dan. Spoed: {{ emergency_contact }}. Ref. {{ reference_number }}",
    ),
    Text(
        code="interesse-email",
        name="Welkom voor een nieuwe klant, per e-mail",
        situation="lead_greeting",
        medium="email",
        subject="Leuk dat je aan een laadpaal denkt ({{ reference_number }})",
        content="""\
Hallo {{ customer_name }},

Leuk dat je interesse hebt in een laadpaal van {{ entity_name }}! Binnen {{ expected_response_time }}, gerekend \
in kantooruren, hoor je van een van onze adviseurs.

Stuur je ons alvast het volgende? Dan kunnen we meteen een passende offerte maken:

- je postcode en huisnummer;
- het merk en type van je auto;
- een foto van je meterkast, met het deurtje open;
- de afstand van de meterkast tot de plek waar de laadpaal komt.

De offerte is gratis en je zit nergens aan vast. Je referentienummer is {{ reference_number }}.

{{ signature }}""",
    ),
    Text(
        code="interesse-whatsapp",
        name="Welkom voor een nieuwe klant, per WhatsApp",
        situation="lead_greeting",
        medium="whatsapp",
        content="Hallo {{ customer_name }}! ⚡ Leuk dat je aan een laadpaal denkt. Stuur je ons alvast je postcode, "
        "het type auto en een foto van je meterkast? Dan maken we snel een gratis offerte. Je referentienummer is "
        "{{ reference_number }}.",
    ),
    Text(
        code="interesse-sms",
        name="Welkom voor een nieuwe klant, per sms",
        situation="lead_greeting",
        medium="sms",
        content="{{ entity_name }}: leuk dat je aan een laadpaal denkt! Stuur ons je postcode en type auto, dan "
        "volgt snel een gratis offerte. Ref. {{ reference_number }}",
    ),
    Text(
        code="gevaar-email",
        name="Veiligheid bij gevaar, per e-mail",
        situation="emergency",
        medium="email",
        subject="Lees dit eerst: zo blijf je veilig ({{ reference_number }})",
        content="""\
Hallo {{ customer_name }},

Je bericht klinkt als gevaar. Jouw veiligheid gaat voor alles:

1. Is er brand of rook, of is er iemand gewond? Bel direct 112.
2. Raak de laadpaal, de kabel en de auto niet aan. Houd iedereen op afstand, ook kinderen en huisdieren.
3. Kun je veilig bij de meterkast? Zet dan de groep van de laadpaal uit. Kom er niet aan als je er rook of \
vonken ziet, of als de vloer nat is.
4. Blijf uit de buurt tot de brandweer of onze monteur zegt dat het veilig is.

Onze spoeddienst is gewaarschuwd en neemt zo snel mogelijk contact met je op. Zelf bellen kan dag en nacht: \
{{ emergency_contact }}.

Je referentienummer is {{ reference_number }}.

{{ signature }}""",
    ),
    Text(
        code="gevaar-whatsapp",
        name="Veiligheid bij gevaar, per WhatsApp",
        situation="emergency",
        medium="whatsapp",
        content="""\
⚠️ Jouw veiligheid gaat voor alles:

1. Brand, rook of een gewonde? Bel direct 112.
2. Raak de laadpaal, de kabel en de auto niet aan en houd iedereen op afstand.
3. Kun je veilig bij de meterkast? Zet dan de groep van de laadpaal uit.
4. Blijf uit de buurt tot de brandweer of onze monteur zegt dat het veilig is.

Onze spoeddienst is gewaarschuwd en belt je zo snel mogelijk. Zelf bellen kan dag en nacht: \
{{ emergency_contact }}. Referentie: {{ reference_number }}""",
    ),
    Text(
        code="gevaar-sms",
        name="Veiligheid bij gevaar, per sms",
        situation="emergency",
        medium="sms",
        content="{{ entity_name }} SPOED: bij brand, rook of letsel bel 112. Raak laadpaal, kabel en auto niet aan "
        "en blijf op afstand. Kan het veilig? Zet de groep uit in de meterkast. Onze spoeddienst belt je: "
        "{{ emergency_contact }}. Ref. {{ reference_number }}",
    ),
    Text(
        code="gemist-sms",
        name="Na een gemiste oproep, per sms",
        situation="missed_call",
        medium="sms",
        content="{{ entity_name }}: we konden je oproep helaas niet opnemen. We bellen je terug. Liever typen? "
        "Beantwoord dit bericht. Ref. {{ reference_number }}",
    ),
    Text(
        code="gemist-whatsapp",
        name="Na een gemiste oproep, per WhatsApp",
        situation="missed_call",
        medium="whatsapp",
        content="Hallo {{ customer_name }}, je belde {{ entity_name }}, maar we konden helaas niet opnemen. We bellen "
        "je zo snel mogelijk terug. Liever meteen typen? Vertel ons hier wat er aan de hand is. Je "
        "referentienummer is {{ reference_number }}.",
    ),
    Text(
        code="beoordeling-email",
        name="Vraag om een beoordeling, per e-mail",
        situation="rating",
        medium="email",
        subject="Hoe hebben we je geholpen? ({{ reference_number }})",
        content="""\
Hallo {{ customer_name }},

We hebben je vraag afgerond. Ben je goed geholpen? Geef ons een cijfer van 1 tot 5; het kost je één klik. Wat \
je ons vertelt, lezen we echt en gebruiken we om het beter te doen.

{{ signature }}""",
    ),
    Text(
        code="beoordeling-whatsapp",
        name="Vraag om een beoordeling, per WhatsApp",
        situation="rating",
        medium="whatsapp",
        content="Je vraag {{ reference_number }} is afgerond. Ben je goed geholpen? Geef ons een cijfer van 1 (niet "
        "goed) tot 5 (heel goed). Dank je wel! 🙏",
    ),
    Text(
        code="beoordeling-sms",
        name="Vraag om een beoordeling, per sms",
        situation="rating",
        medium="sms",
        content="{{ entity_name }}: je vraag {{ reference_number }} is afgerond. Ben je goed geholpen? Geef ons een "
        "cijfer van 1 tot 5: {{ rating_link }}",
    ),
    Text(
        code="vervolg-op-uw-vraag",
        name="Gesprek hervatten (goedgekeurd door Meta)",
        situation="reply",
        medium="whatsapp",
        content="Hallo {{ customer_name }}, we hebben een antwoord op uw vraag {{ reference_number }}. "
        "Zullen we verder praten?",
        provider_name="vervolg_op_uw_vraag",
        provider_category="UTILITY",
        provider_variables=("customer_name", "reference_number"),
    ),
)

REPLIES = (
    Text(
        code="antwoord-herstarten",
        name="Laadpaal opnieuw opstarten",
        situation="reply",
        content="""\
Hallo {{ customer_name }},

Vervelend dat je laadpaal niet werkt. Vaak helpt opnieuw opstarten:

1. Haal de stekker uit de auto.
2. Zet in de meterkast de groep van de laadpaal uit en wacht een minuut.
3. Zet de groep weer aan. Na ongeveer twee minuten is de laadpaal klaar voor gebruik.

Werkt het dan nog niet? Stuur ons een foto van het lampje of de melding op het scherm, dan kijken we verder.""",
    ),
    Text(
        code="antwoord-foto-meterkast",
        name="Foto van de meterkast vragen",
        situation="reply",
        content="""\
Hallo {{ customer_name }},

Wil je ons een foto van je meterkast sturen, met het deurtje open en alle groepen in beeld? Dan zien we of er \
ruimte is voor de laadpaal en of er iets aangepast moet worden.""",
    ),
    Text(
        code="antwoord-afspraak",
        name="Afspraak voorstellen",
        situation="reply",
        content="""\
Hallo {{ customer_name }},

We plannen graag een bezoek van onze technicus. Welke dagen en dagdelen komen jou het beste uit? De installatie \
duurt meestal een halve dag, en er moet iemand thuis zijn.""",
    ),
    Text(
        code="antwoord-factuur",
        name="Factuur opnieuw sturen",
        situation="reply",
        content="""\
Hallo {{ customer_name }},

We hebben de factuur erbij gezocht en sturen je een nieuwe kopie. Klopt er iets niet, of staat er een verkeerde \
naam op? Laat het weten, dan passen we het aan.""",
    ),
    Text(
        code="antwoord-terugbellen",
        name="Terugbelafspraak",
        situation="reply",
        content="""\
Hallo {{ customer_name }},

We bellen je hier graag even over. Op welk nummer en welk tijdstip kunnen we je het beste bereiken? We zijn open: \
{{ business_hours }}.""",
    ),
    Text(
        code="antwoord-afgerond",
        name="Afronden",
        situation="reply",
        content="""\
Hallo {{ customer_name }},

Fijn dat het is opgelost! We sluiten dit gesprek. Komt er toch nog iets op? Antwoord dan binnen een week op dit \
bericht, dan pakken we het weer op.""",
    ),
)

TEXTS = AUTOMATIC + REPLIES
