"""Where the words of a mail end and its signature, device line or legal footer begins."""

from __future__ import annotations

import re
from collections.abc import Sequence

from channels_app.providers.email.quote_patterns import DELIMITER_LINE, EMAIL

_DELIMITER = re.compile(r"^\s{0,2}(?:--|__|—|–|\*\*)\s*$")
_DEVICES = (
    r"iphone|ipad|ipod|android|samsung|galaxy|huawei|xiaomi|nokia|blackberry|windows phone|mobile|mobiel|mobiele|"
    r"telefoon|smartphone|phone|handy|tablet|outlook|gmail|yahoo|mail|proton|mailbox|spark|edison|k-9|nine|ziggo|"
    r"kpn|xs4all|windows 1\d|surface|mac|téléphone|samsung mobile|verizon|t-mobile|vodafone|odido"
)
_DEVICE_LINE = re.compile(
    rf"^\W{{0,4}}(?:sent (?:from|via|with|using)|get outlook for|"
    rf"(?:download|haal|krijg) outlook (?:voor|for)|outlook voor \w+ (?:downloaden|ophalen)|"
    rf"(?:verzonden|verstuurd|gestuurd|verstuurt) (?:vanaf|van|vanuit|met|via|door|vanop)|"
    rf"(?:von|aus) meine[mr] \w+|gesendet (?:von|mit|über|aus)|diese nachricht wurde von|"
    rf"(?:envoyé|envoye) (?:de|depuis|à partir)|enviado (?:desde|do|a partir)|inviato da|"
    rf"skickat från|sendt fra|lähetetty|отправлено (?:с|из)|get (?:boxer|bluemail|typeapp))\b(?=.*\b(?:{_DEVICES}))"
    r"[^.,!?]{0,110}(?:<[^<>]{0,200}>|\([^()]{0,200}\))?\W{0,3}$",
    re.IGNORECASE,
)
_DEVICE_SENT_LAST = re.compile(
    rf"^\W{{0,4}}(?:von|vanaf|from) (?:meinem|mijn|my) (?:{_DEVICES})\b.{{0,30}}\b(?:gesendet|verzonden|verstuurd|sent)\W*$",
    re.IGNORECASE,
)
_SENT_FROM_MY = re.compile(
    r"^\W{0,4}(?:sent from my|(?:verzonden|verstuurd) (?:vanaf|van|met) mijn|envoyé de mon|enviado desde mi)"
    r"(?: [\w-]{1,20}){1,5}\W{0,2}$"
    r"|^\W{0,4}(?:(?:get|download|haal|krijg) outlook (?:for|voor) \w{2,10}|outlook (?:for|voor) \w{2,10} \w{5,12})"
    r"\s?(?:<[^<>]{0,200}>)?\W{0,2}$",
    re.IGNORECASE,
)
_NOT_A_DEVICE_LINE = re.compile(r"\b(?:but|because|is|was|were|maar|omdat|want)\b", re.IGNORECASE)
_FOOTER = re.compile(
    r"^\W{0,4}(?:disclaimer\b|confidentiality notice|privileged and confidential|"
    r"(?:dit|deze|de inhoud van dit|de informatie (?:verzonden )?(?:in|met) dit|de informatie in deze|"
    r"aan dit)\s?(?:e-?mail(?:bericht)?|bericht|mail)\b.{0,160}\b(?:bestemd|vertrouwelijk|geadresseerde|rechten|"
    r"aansprakelijk|openbaarmaking)|"
    r"the information (?:contained )?in this (?:e-?mail|message|transmission)|"
    r"(?:this|the) (?:e-?mail|message|communication)\b.{0,160}\b(?:confidential|intended (?:only|solely|for)|"
    r"privileged|recipient)|"
    r"diese (?:e-?mail|nachricht)\b.{0,160}\b(?:vertraulich|bestimmt)|"
    r"ce (?:message|courriel|mail)\b.{0,160}\b(?:confidentiel|destiné)|"
    r"(?:denk (?:ook )?aan het milieu|please consider the environment|think before you print|"
    r"save paper|before printing)|virusvrij\b|virus-free\b|"
    r"op (?:al )?onze (?:diensten|leveringen|offertes|aanbiedingen|overeenkomsten)\b.{0,120}\bvoorwaarden)",
    re.IGNORECASE,
)
_LIST_FOOTER = re.compile(
    r"mailing list$|^to unsubscribe\b|^you received this message because|^uitschrijven\b", re.I
)
_VALEDICTION = re.compile(
    r"^\W{0,3}(?:(?:met )?(?:vriendelijke|hartelijke|sportieve|zonnige|beste|warme|hoogachtende?|vriendelijk) "
    r"(?:groet(?:en|jes)?|dank)|m\.?v\.?g\.?r?|mvrgr|hoogachtend|groet(?:en|jes)?|gr\.?|grt|"
    r"(?:(?:kind|best|warm|many) )?regards|best wishes|sincerely(?: yours)?|yours (?:sincerely|faithfully|truly)|"
    r"cheers|thanks(?: (?:and|&) regards)?|mit (?:freundlichen|besten|herzlichen) grü(?:ß|ss)en|mfg|"
    r"(?:viele|liebe|beste) grü(?:ß|ss)e|(?:bien )?cordialement|bien à vous|med vänlig hälsning|mvh|hilsen|"
    r"(?:alvast )?(?:bedankt|dank)(?: en (?:vriendelijke )?groet(?:en)?)?)"
    r"(?:,? (?:van|from|uit)? ?[\w .'-]{1,40})?\W{0,3}$",
    re.IGNORECASE,
)
_CONTACT = re.compile(
    r"(?:\+|00)\d{2}[\d\s().-]{7,}|\b0\d{1,3}[\s-]?\d[\d\s-]{5,}|\bwww\.|https?://|"
    r"\b(?:tel(?:efoon|ephone|efon)?|t|m|mob(?:iel|ile)?|f|fax|e|e-?mail|w|web(?:site)?|kvk|k\.v\.k|btw|iban|"
    r"postbus|bezoekadres|postadres|adres|address)\s?[.:|]|\b\d{4}\s?[A-Z]{2}\b|\b[Bb]\.?[Vv]\.?(?!\w)|\bGmbH\b",
)


def without_signature(lines: Sequence[str]) -> list[str]:
    """The lines before the signature; all of them when none is recognised or nothing would be left."""
    kept = list(lines)
    # Each step may uncover the next: a device line under a footer under a "-- " block.
    for step in (_cut_footer, _cut_delimited, _cut_device_line, _cut_contact_block, _cut_device_line):
        shorter = _trimmed(step(kept))
        if shorter:
            kept = shorter
    return kept


def is_delimiter(line: str) -> bool:
    """The conventional line above a signature, "-- "."""
    return bool(_DELIMITER.match(line))


def is_device_line(line: str) -> bool:
    """ "Sent from my iPhone" and its kind; not a sentence that begins with these words."""
    text = line.strip()
    if len(text) > 240 or _NOT_A_DEVICE_LINE.search(text):
        return False
    return bool(_DEVICE_LINE.match(text) or _SENT_FROM_MY.match(text) or _DEVICE_SENT_LAST.match(text))


def _trimmed(lines: Sequence[str]) -> list[str]:
    result = list(lines)
    while result and (not result[-1].strip() or DELIMITER_LINE.match(result[-1])):
        result.pop()
    return result


def _cut_footer(lines: Sequence[str]) -> Sequence[str]:
    for number, line in enumerate(lines):
        starts_paragraph = number > 0 and (
            not lines[number - 1].strip() or DELIMITER_LINE.match(lines[number - 1])
        )
        if starts_paragraph and _FOOTER.match(" ".join(lines[number : number + 4])[:400]):
            return lines[:number]
        if number and _LIST_FOOTER.search(line.strip()) and DELIMITER_LINE.match(lines[number - 1]):
            return lines[: number - 1]
    return lines


def _cut_delimited(lines: Sequence[str]) -> Sequence[str]:
    """Cut at "-- ", or at a ruled line that has only a few short lines under it."""
    for number, line in enumerate(lines):
        if number and is_delimiter(line):
            return lines[:number]
    for number in range(len(lines) - 1, 0, -1):
        if DELIMITER_LINE.match(lines[number]):
            below = [line for line in lines[number + 1 :] if line.strip()]
            if len(below) <= 6 and all(len(line) < 80 for line in below):
                return lines[:number]
            return lines
    return lines


def _cut_device_line(lines: Sequence[str]) -> Sequence[str]:
    filled = [number for number, line in enumerate(lines) if line.strip()]
    for number in filled[-4:]:
        if is_device_line(lines[number]):
            return lines[:number]
    return lines


def _cut_contact_block(lines: Sequence[str]) -> Sequence[str]:
    """Keep the greeting and the name; drop job titles, addresses and numbers under them."""
    for number in range(len(lines) - 1, -1, -1):
        if len(lines[number]) > 60 or not _VALEDICTION.match(lines[number]):
            continue
        below = [index for index in range(number + 1, len(lines)) if lines[index].strip()]
        # A long line under the name is a sentence, such as a postscript, and no part of a signature.
        if not 2 <= len(below) <= 40 or any(len(lines[index]) > 80 for index in below):
            return lines
        if any(_CONTACT.search(lines[index][:300]) or EMAIL.search(lines[index][:300]) for index in below):
            return lines[: below[0] + 1]
        return lines
    return lines
