"""What a column holds, guessed from its header in Dutch or English."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

# What a column can be taken for. The parts of a name and of a street are put together.
TARGETS: dict[str, object] = {
    "name": _("Name"),
    "first_name": _("First name"),
    "infix": _("Name prefix (van, de)"),
    "last_name": _("Last name"),
    "company": _("Company"),
    "kind": _("Kind"),
    "language": _("Language"),
    "emails": _("Email address"),
    "phones": _("Phone number"),
    "customer_numbers": _("Customer number"),
    "order_numbers": _("Order number"),
    "charger_serials": _("Charger serial number"),
    "street": _("Street and number"),
    "house_number": _("House number"),
    "house_number_addition": _("House number addition"),
    "postal_code": _("Postal code"),
    "city": _("City"),
    "country": _("Country"),
    "notes": _("Notes"),
}
_HEADERS = {
    "name": "naam klantnaam volledigenaam contactpersoon contact contactnaam debiteurnaam relatienaam tav "
    "name fullname customername contactname customer klant",
    "first_name": "voornaam roepnaam firstname givenname forename",
    "infix": "tussenvoegsel tussenvoegsels voorvoegsel infix",
    "last_name": "achternaam familienaam lastname surname familyname",
    "company": "bedrijf bedrijfsnaam organisatie firma company companyname organisation organization business",
    "kind": "soort type relatietype relatiesoort contacttype klanttype kind customertype",
    "language": "taal voertaal correspondentietaal language lang",
    "emails": "email emailadres mail mailadres epost emailaddress emails mailaddress",
    "phones": "telefoon telefoonnummer tel telnr telefoonnr mobiel mobielnummer mobieletelefoon mobieltelefoon "
    "gsm telefoonmobiel telefoonvast vastnummer whatsapp phone phonenumber mobile mobilephone mobilenumber "
    "cellphone cell telephone phones",
    "customer_numbers": "klantnummer klantnr klantnummers klantid debiteurnummer debiteurnr debiteur "
    "relatienummer relatienr customernumber customerno customernr customernumbers customerid accountnumber "
    "debtornumber",
    "order_numbers": "ordernummer ordernr ordernummers bestelnummer opdrachtnummer order orders ordernumber "
    "orderno orderid ordernumbers salesorder",
    "charger_serials": "serienummer serienr laadpaal laadpaalnummer laadpaalid laadstation laadpuntid "
    "serienummerlaadpaal serialnumber serial serialno charger chargerserial chargerserials chargepointid "
    "chargerid chargerserialnumber evseid",
    "street": "adres straat straatnaam straatenhuisnummer adresregel address street streetname addressline "
    "streetaddress streetandnumber",
    "house_number": "huisnummer huisnr nummer housenumber streetnumber houseno",
    "house_number_addition": "toevoeging huisnummertoevoeging huisnrtoevoeging huistoevoeging "
    "addition housenumberaddition",
    "postal_code": "postcode zip zipcode postalcode postcodes",
    "city": "plaats woonplaats plaatsnaam stad city town place",
    "country": "land landcode country countrycode",
    "notes": "opmerking opmerkingen notitie notities toelichting memo notes note remark remarks comment comments",
}
_TARGET_OF = {header: target for target, headers in _HEADERS.items() for header in headers.split()}
_MANY = {"emails", "phones", "customer_numbers", "order_numbers", "charger_serials", "notes"}


def guess_columns(headers: Sequence[str]) -> list[str]:
    """What each column holds, "" for one that is left out. Only lists and notes may have several columns."""
    guessed: list[str] = []
    for header in headers:
        target = target_of(header)
        guessed.append("" if target in guessed and target not in _MANY else target)
    return guessed


def target_of(header: str) -> str:
    """What a header says its column holds: "E-mail adres 2" is "emails"; "" when it says nothing known."""
    folded = unicodedata.normalize("NFKD", header).encode("ascii", "ignore").decode().casefold()
    word = re.sub(r"[^a-z0-9]+", "", folded)
    return _TARGET_OF.get(word) or _TARGET_OF.get(word.rstrip("0123456789"), "")
