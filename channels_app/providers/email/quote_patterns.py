"""How mail programs introduce the mail they quote, as patterns; no decisions (see `quoting`).

Dutch and English first, the neighbours' languages and the other common ones after them. Patterns run over
single lines of bounded length and have no nested repetition.
"""

from __future__ import annotations

import re

EMAIL = re.compile(r"[\w.+'-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+", re.UNICODE)
TIME = re.compile(r"\b\d{1,2}[:.hH]\d{2}(?::\d{2})?\b|\d{1,2}\s?[ap]\.?m\b", re.IGNORECASE)
YEAR = re.compile(r"\b(?:19|20)\d{2}(?!\d)")
_MONTHS = (
    "jan|feb|mar|mrt|mär|apr|may|mei|mai|jun|jul|aug|sep|sept|oct|okt|nov|dec|dez|déc|févr|avr|août|"
    "ene|abr|ago|dic|gen|mag|giu|lug|set|ott|янв|фев|мар|апр|мая|июн|июл|авг|сен|окт|ноя|дек|серп"
)
DATE = re.compile(
    rf"\b\d{{4}}[-/.]\d{{1,2}}[-/.]\d{{1,2}}|\b\d{{1,2}}[-/.]\d{{1,2}}[-/.]\d{{2,4}}\b|\d{{4}}年"
    rf"|\b\d{{1,2}}\.?\s+(?:de\s+)?(?:{_MONTHS})\w*|\b(?:{_MONTHS})\w*\.?\s+\d{{1,2}}\b",
    re.IGNORECASE,
)

# "... wrote" in the languages that mail programs speak.
WROTE = re.compile(
    r"\b(?:wrote|writes|schreef|geschreven|schrieb|geschrieben|a écrit|escribió|escreveu|ha scritto|scrive|"
    r"skrev|kirjoitti|napisała?|napisał\(a\)|napsala?|написала?|написал\(а\)|пишет|пише|написав|yazdı|"
    r"şunları yazdı|írta|a scris|napísala?|je napisao|pisze|έγραψε)(?!\w)"
    r"|写道|寫道|さんは書きました|のメール|님이 작성|כתב",
    re.IGNORECASE,
)
# The writer's own report of having written something: not an introduction.
WROTE_MYSELF = re.compile(
    r"\b(?:schreef|geschreven|wrote|schrieb|écrit)\s+(?:ik|wij|we|jullie|u|je|ich|wir|nous)\b"
    r"|\b(?:i|ik|we|wij|ich|wir|j'ai|you|u|jullie)\s+(?:wrote|schreef|schreven|heb|hebben|schrieb)\b",
    re.IGNORECASE,
)
INTRODUCTION_START = re.compile(
    r"^\W{0,6}(?:on|op|am|le|el|em|il|den|dne|dnia|w dniu|in data|a|på|pe|at|от|в|za|"
    r"(?:mon|tue|wed|thu|fri|sat|sun|ma|di|wo|do|vr|za|zo|mo|mi|fr|sa|so)\w{0,7}[.,])\s",
    re.IGNORECASE,
)
INTRODUCTION_END = re.compile(r"(?:[:：]|-{2,}|>)\s*$")
# Old Gmail: "2016-10-24 15:36 GMT+02:00 Name <address>:", "2013/7/20 Name <address>".
BARE_DATE_START = re.compile(
    r"^\W{0,3}(?:\d{4}[-/]\d{1,2}[-/]\d{1,2}\b|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}\b|\d{1,2}:\d{2}\s?(?:[ap]m)?\s?,"
    r"|\w{1,12}\.?,?\s\d{1,2}\.?\s\w{3,12}\.?,?\s\d{4}\b|\d{1,2}\.?\s\w{3,12}\.?\s\d{4}\b)",
    re.IGNORECASE,
)
GMAIL_STAMP = re.compile(r"^\W{0,3}\d{4}-\d{2}-\d{2} \d{1,2}:\d{2} (?:GMT|UTC)[+-]?[\d:]*\s+\S.{0,120}$")
ENDS_WITH_ADDRESS = re.compile(r"[<(\[][^<>()\[\]\s]+@[^<>()\[\]\s]+\s?[>)\]]\s*[:：]?\s*$")

_FORWARD_PHRASES = (
    r"original message|original email|forwarded message|forwarded by .{1,80}|forwarded mail|begin forwarded message|"
    r"reply message|previous message|oorspronkelijke? ?bericht|oorspronkelijke? e-?mail|origineel bericht|"
    r"oorspronkelijke mededeling|doorgestuurde? ?bericht|begin doorgestuurd bericht|"
    r"begin van doorgestuurd bericht|ursprüngliche nachricht|originalnachricht|weitergeleitete nachricht|"
    r"anfang der weitergeleiteten (?:e-?mail|nachricht)|message d['’]origine|message original|"
    r"message transféré|message transfere|début du message (?:réexpédié|transféré)|"
    r"mensaje original|mensaje reenviado|inicio del mensaje reenviado|messaggio originale|"
    r"messaggio inoltrato|inizio messaggio inoltrato|mensagem original|mensagem encaminhada|"
    r"início da mensagem (?:encaminhada|reencaminhada)|ursprungligt meddelande|vidarebefordrat meddelande|"
    r"oprindelig meddelelse|videresendt (?:meddelelse|besked|melding)|opprinnelig melding|"
    r"alkuperäinen viesti|välitetty viesti|wiadomość oryginalna|oryginalna wiadomość|"
    r"wiadomość przekazana|původní zpráva|přeposlaná zpráva|eredeti üzenet|továbbított üzenet|"
    r"mesaj original|orijinal mesaj|iletilen mesaj|исходное сообщение|пересылаемое сообщение|"
    r"пересланное сообщение|переслане повідомлення|原始邮件|转发邮件|원본 메시지"
)
FORWARD_MARKER = re.compile(
    rf"^\W{{0,4}}(?:[-_=*—–]{{2,}}\s?)(?:{_FORWARD_PHRASES})\s?:?\s?(?:[-_=*—–]{{2,}})(?P<rest>.*)$"
    rf"|^\W{{0,4}}(?:begin forwarded message|begin (?:van )?doorgestuurd bericht|forwarded message|"
    rf"anfang der weitergeleiteten (?:e-?mail|nachricht)|début du message (?:réexpédié|transféré)|"
    rf"inicio del mensaje reenviado|inizio messaggio inoltrato|oorspronkelijk bericht|original message|"
    rf"(?:vidarebefordrat brev|videresendt besked))\s?:\s*$",
    re.IGNORECASE,
)

# Labels of the header block above quoted mail, by role.
_ROLES = {
    "from": "from van von de da från fra od от lähettäjä kimden feladó отправитель nadawca mittente remitente"
    " 发件人 差出人 寄件者 expéditeur afzender absender",
    "date": "sent date verzonden datum gesendet envoyé fecha enviado data inviato skickat sendt dato datum dátum"
    " дата отправлено lähetetty wysłano odesláno gönderildi tarih elküldve 发送时间 日期 送信日時 verstuurd"
    " date_sent päivämäärä päiväys received",
    "to": "to aan an à a para pour till til do komu кому vastaanottaja kime címzett destinatario 收件人 宛先"
    " destinataire empfänger",
    "subject": "subject onderwerp betreff objet sujet asunto oggetto assunto ämne emne temat předmět тема aihe"
    " konu tárgy 主题 件名 主旨 re betreft",
    "cc": "cc kopie kopia copia copie cópia копия bilgi másolat bcc blindkopie cci cco kopio 抄送",
    "reply": "reply-to antwoord beantwoorden antwort répondre risposta responder svar",
}
_LONG_LABELS = {
    "copie à": "cc",
    "envoyé le": "date",
    "envoyée le": "date",
    "enviado el": "date",
    "enviada em": "date",
    "enviado em": "date",
    "date d'envoi": "date",
    "sent on": "date",
    "date sent": "date",
    "sent at": "date",
    "antwoord aan": "reply",
    "antwoorden aan": "reply",
    "beantwoorden aan": "reply",
    "reply to": "reply",
    "antwort an": "reply",
    "répondre à": "reply",
    "responder a": "reply",
    "verzonden op": "date",
    "datum van verzending": "date",
    "от кого": "from",
    "on behalf of": "from",
    "namens": "from",
    "posted at": "date",
    "message du": "date",
    "bericht van": "date",
    "importance": "other",
    "urgentie": "other",
    "belang": "other",
    "prioriteit": "other",
    "priority": "other",
    "attachments": "other",
    "bijlagen": "other",
    "anlagen": "other",
    "wichtigkeit": "other",
    "organization": "other",
    "newsgroups": "other",
}
HEADER_ROLES = {label: role for role, labels in _ROLES.items() for label in labels.split()} | _LONG_LABELS
HEADER_LINE = re.compile(
    r"^[\s>*_\u200e\u202a]{0,8}([^\W\d_][\w' -]{0,24}?)[\s*_]{0,3}[:：][*_]{0,2}\s?(.*)$"
)

QUOTED_LINE = re.compile(r"^\s?[>›＞]")
PIPED_LINE = re.compile(r"^\|(?:\s|$)")
INITIALS_LINE = re.compile(r"^[A-Za-z]{1,12}>(?:\s|$)")
DELIMITER_LINE = re.compile(r"^\s*(?:[-_=+~#*—–]{5,}|(?:- ){4,}-?|[-_—]{3,4})\s*$")
ANNOUNCES_INLINE = re.compile(
    r"\b(?:see below|inline|in-line|between the lines|below in \w+|zie (?:hier)?onder|hieronder|onderstaand|"
    r"tussen de (?:regels|tekst)|in (?:rood|blauw|groen)|siehe unten|ci-dessous|mijn antwoorden|my answers)\b",
    re.IGNORECASE,
)
