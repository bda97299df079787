"""Composed training messages: a request, and around it what customers say of other departments' work.

"De factuur klopt, maar de paal doet het niet" is for support. People rarely write one thing only, and the
written corpus cannot hold every combination; a few hundred composed ones teach that a closed matter is no
request. The same seed gives the same file:

    python -m routing.training.generate
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator

from routing.training.corpus import CORPUS, DEPARTMENTS

FILE = CORPUS / "generated_nl.jsonl"
MESSAGES_PER_DEPARTMENT = 90
_SEED = 2025

# {slots} are filled from _SLOTS; [a|b] is a choice, [a|] an optional part.
_REQUESTS = {
    "support": """
        de [paal|lader|laadpaal] [doet|zegt|geeft] sinds {sinds} [niks meer|helemaal niets]
        mijn [laadpas|pasje|druppel] wordt [niet herkend|geweigerd] [bij|door] de [paal|lader]
        de {merk} [knippert|brandt] {kleur} en [start niet op|laadt niet|reageert nergens op]
        [in|via] de app kan ik [niet meer inloggen|mijn lader niet terugvinden|geen schema instellen]
        de laadsessie [stopt|breekt af] na {minuten} minuten [en begint niet opnieuw|]
        hij laadt [maar|nog maar] met {kw} kW [in plaats van elf|terwijl dat eerst veel meer was]
        de {merk} is [offline|niet verbonden] sinds [de nieuwe router|de update|{sinds}]
        [kunnen|kunt] jullie [op afstand|even] meekijken waarom hij [foutcode {code} geeft|telkens wegvalt]
        hoe [stel|zet] ik in dat hij [alleen 's nachts laadt|op zonnestroom laadt|maximaal {kw} kW trekt]
        valt [de kapotte stekker|een gebroken kabelhouder|het zwarte scherm] onder de garantie
        de load balancing [reageert niet|lijkt niet te werken], de [hoofdzekering|groep] sprong er weer uit
        ik wil een klacht indienen over de [storingsdienst|helpdesk], ik wacht al {weken} weken op antwoord
        de kabel [zit vast|laat niet los] in de [auto|lader]
        [hoe|waar] kan ik een extra [pas|laadpas] [koppelen|activeren] voor mijn {persoon}""",
    "sales": """
        [graag|kan ik] [een offerte|een prijs] voor {aantal} [laadpunten|laadpalen] [bij ons kantoor|thuis|op ons terrein]
        wat kost [het|een {merk}] [inclusief plaatsing|met installatie en al] ongeveer
        welke lader [raden jullie aan|adviseren jullie] voor een {auto}
        is er [nog|op dit moment] subsidie als ik [nu|dit jaar] een laadpaal [bestel|laat plaatsen]
        kan er iemand [vrijblijvend|een keer] [komen kijken|adviseren] wat er bij ons mogelijk is
        onze vve [wil|overweegt] {aantal} laadplekken, [wat zijn de mogelijkheden|wie maakt daar een voorstel voor]
        ik [twijfel|kan niet kiezen] tussen {merk} en een ander merk, [wat is het verschil|wat past bij mij]
        kunnen jullie de offerte aanpassen [naar {aantal} palen|met een vaste kabel], dan teken ik
        wat zou een tweede [lader|paal] erbij [ons kosten|moeten kosten]
        ik zoek een [laadoplossing|wallbox] voor {aantal} bedrijfswagens, [wie kan mij bellen|graag een voorstel]
        leveren jullie ook [losse kabels|een thuisbatterij|een paal zonder app] en wat is de prijs
        mijn {persoon} wil ook zo'n paal, [krijgen we dan korting|wat vragen jullie daarvoor]""",
    "admin": """
        [ik heb de factuur van {maand} nog niet|de factuur van {maand} is niet] [ontvangen|binnengekomen]
        op de [rekening|factuur] staat {bedrag} euro [te veel|aan voorrijkosten], [graag aanpassen|klopt dat wel]
        er is {bedrag} euro [dubbel|onterecht] afgeschreven
        de [vergoeding|verrekening] over {maand} is nog niet [uitbetaald|overgemaakt]
        mijn [rekeningnummer|iban|adres] is gewijzigd, [waar geef ik dat door|wilt u dat aanpassen]
        [graag|kunt u] de factuur op naam van [de zaak|mijn werkgever] [zetten|sturen] met btw-nummer
        ik wil het [abonnement|servicecontract] per {maand} [opzeggen|op naam van mijn {persoon} zetten]
        ik kreeg een [aanmaning|herinnering] terwijl ik op tijd betaald heb
        voor de [verzekering|leasemaatschappij] heb ik [het keuringsrapport|een certificaat van de installatie] nodig
        kunt u mijn [persoonsgegevens|gegevens] [verwijderen|toesturen] volgens de AVG
        mag ik de rekening van {bedrag} euro in [drie|twee] keer betalen
        waar blijft de creditnota van {bedrag} euro""",
    "operations": """
        [hoe laat|wanneer] komt de [monteur|ploeg] [{dag}|nu eigenlijk]
        de afspraak van {dag} [moet ik verzetten|komt niet uit|kan niet doorgaan], kan het [een week later|op een andere dag]
        [de monteur is {dag} niet gekomen|er is {dag} niemand geweest], [krijg ik een nieuwe datum|hoe nu verder]
        ik heb [{weken} weken geleden getekend|al lang akkoord gegeven] maar nog geen [datum|planning]
        de [sleuf|geul] ligt nog open en de tegels [liggen los|zijn niet teruggelegd]
        [jullie|de mannen] hebben het werk [half|niet] afgemaakt, wanneer [komt de rest|komen jullie terug]
        de monteur kan {dag} [achterom|via de buren], de [sleutel|poortcode] [ligt klaar|geef ik door]
        moet [de meterkast leeg zijn|ik thuis zijn|de auto weg] als de [monteur|ploeg] {dag} komt
        de netbeheerder is [geweest|klaar], jullie kunnen [de plaatsing inplannen|nu komen]
        kan de installatie van {dag} [in de middag|na drie uur|eerder]
        het gat in de [muur|gevel] is nog niet dichtgemaakt [door jullie monteur|sinds de plaatsing]
        kunnen jullie doorgeven wie er {dag} komt, de [portier|beveiliging] wil de namen""",
    "emergency": """
        er komt [rook|damp|een vlam] uit de [lader|paal|meterkast|stekker]
        het ruikt [sterk|heel erg] naar [verbrand plastic|brand|schroeien] bij de [meterkast|lader]
        de [stekker|kabel|lader] is [gloeiend heet|aan het smelten|zo heet dat ik hem niet kan vasthouden]
        ik kreeg [net|zojuist] een [schok|flinke tik] van de [kabel|paal|lader]
        mijn {persoon} heeft een schok gekregen [van de paal|aan de laadkabel]
        er [springen|vliegen] vonken uit de [kast|stekker|paal]
        er [hangt|ligt] een [blote|losse] draad waar [nog spanning op staat|stroom op zit]
        er is iemand tegen de paal gereden en de [draden liggen bloot|kabels hangen eruit]
        er [loopt|stroomt] water in de [meterkast|lader] en [alles staat nog aan|de stroom zit er nog op]
        sinds [de monteur weg is|jullie werk van vandaag] zit het hele huis zonder stroom en [we hebben een baby|mijn vader heeft zuurstof nodig]
        de [meterkast|groepenkast] knettert en wordt [warm|heet]
        er zit iemand vast in de lift sinds jullie de stroom [eraf haalden|hebben uitgezet]""",
}
_CLOSED = {
    "support": """
        [de storing van laatst is verholpen|de app werkt inmiddels prima]
        [de lader doet het goed|de paal werkt naar wens]
        [mijn pas werkt weer|de wifi heb ik zelf al opgelost]""",
    "sales": """
        [de offerte was duidelijk|over de prijs zijn we het eens]
        [bedankt voor het goede advies van jullie verkoper|de offerte heb ik getekend]
        [ik ben via jullie website klant geworden|jullie waren niet de goedkoopste maar wel de vriendelijkste]""",
    "admin": """
        [de factuur klopt|de factuur is betaald|de rekening heb ik voldaan]
        [de verrekening met mijn werkgever loopt goed|het contract is in orde]
        [de adreswijziging is goed verwerkt, dank|over de kosten heb ik geen vraag]""",
    "operations": """
        [de monteur was netjes op tijd|de installatie is keurig gedaan]
        [de afspraak van {dag} blijft gewoon staan|jullie ploeg heeft goed werk geleverd]
        [de plaatsing was in {maand}|het graafwerk is mooi afgewerkt]""",
}
_SLOTS = {
    "sinds": "gisteren|zondag|vannacht|een week|de storm|vanmorgen|de update|maandag",
    "merk": "Alfen|Zaptec|Easee|Peblar|wallbox|Zappi|EVBox",
    "kleur": "rood|geel|blauw|paars|oranje|groen",
    "minuten": "vijf|10|een paar|twintig|3",
    "kw": "2|3,7|vier|1,4|6",
    "code": "12|E-04|302|F7",
    "weken": "drie|2|vijf|zes|4",
    "persoon": "vrouw|man|dochter|zoon|buurman|schoonvader|collega",
    "aantal": "2|vier|zes|10|twintig|3",
    "auto": "Kia EV3|Volvo EX30|Tesla|Renault 5|Skoda Elroq|plug-in hybride",
    "maand": "januari|maart|april|juni|september|november",
    "bedrag": "45|129|1.250|83,50|310|19",
    "dag": "maandag|dinsdag|woensdag|donderdag|vrijdag|morgen|de 14e|volgende week",
}  # fmt: skip
_LINKS = ("maar", "alleen", "nu nog iets anders:", "mijn vraag:", "daar gaat het niet om,", "toch nog dit:")
_CLOSINGS = (
    "Groet, Bart",
    "Mvg, fam. Verbruggen",
    "Alvast dank!",
    "Ik hoor het graag.",
    "gr Simone",
    "Bedankt alvast, T. Aydin",
)
_SLOT = re.compile(r"\{(\w+)\}")
_CHOICE = re.compile(r"\[([^\[\]]*)\]")


def messages(seed: int = _SEED) -> Iterator[dict[str, object]]:
    """The rows of the file."""
    chance = random.Random(seed)  # noqa: S311 no secret
    seen = set()
    for department in DEPARTMENTS:
        written = 0
        while written < MESSAGES_PER_DEPARTMENT:
            template, text = _message(department, chance)
            if text in seen:
                continue
            seen.add(text)
            written += 1
            alarm = department == "emergency"
            yield {
                "text": text, "department": department, "emergency": alarm, "urgent": alarm, "lang": "nl",
                "medium": "email" if "\n" in text else "whatsapp", "origin": f"generated:{department}:{template}",
            }  # fmt: skip


def _message(department: str, chance: random.Random) -> tuple[int, str]:
    """(number of the request's template, text)."""
    templates = _lines(_REQUESTS[department])
    number = chance.randrange(len(templates))
    request = _expand(templates[number], chance)
    others = [code for code in _CLOSED if code != department]
    shape = chance.random()
    if shape < 0.25:
        text = request
    else:
        closed = _expand(chance.choice(_lines(_CLOSED[chance.choice(others)])), chance)
        if shape < 0.8:
            text = f"{closed}{chance.choice([', ', '. ', ' '])}{chance.choice(_LINKS)} {request}"
        else:
            text = f"{request}. {closed[0].upper()}{closed[1:]}"
    if chance.random() < 0.5:
        text = text[0].upper() + text[1:] + chance.choice([".", "?" if "?" not in text else ".", "!"])
    if chance.random() < 0.25:
        text = (
            f"{chance.choice(['Beste,', 'Hallo,', 'Goedemiddag,'])}\n\n{text}\n\n{chance.choice(_CLOSINGS)}"
        )
    return number, text


def _lines(block: str) -> list[str]:
    return [line.strip() for line in block.strip().splitlines()]


def _expand(template: str, chance: random.Random) -> str:
    text = _CHOICE.sub(lambda match: chance.choice(match[1].split("|")), template)
    text = _SLOT.sub(lambda match: chance.choice(_SLOTS[match[1]].split("|")), text)
    return " ".join(text.split())


def write() -> int:
    """Write the file anew; how many rows it has."""
    rows = [json.dumps(row, ensure_ascii=False) for row in messages()]
    FILE.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return len(rows)


if __name__ == "__main__":
    write()
