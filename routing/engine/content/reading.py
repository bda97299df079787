"""A message as the classifier reads it: the part the customer wrote now, cut into words.

Words keep their place in the text, so that the evidence can be shown as the customer spelled it.
"""

from __future__ import annotations

import re
from functools import lru_cache

from channels_app.schemas.folding import fold_words

MOST_CHARACTERS = 4000
MOST_WORDS = 600
_LONGEST_WORD = 32

_SIGNS = "🔥🚨⚡💥🚒🆘😡🤬"
_MARKS = "\u0300-\u036f\u00ad\u200b-\u200d\u2060"
_TOKEN = re.compile(rf"[^\W_][\w{_MARKS}]*(?:['’`][^\W_]+)*|[.,;:!?\n\r()]|[{_SIGNS}]")
_CLAUSE_END = frozenset(".,;:!?\n\r()")
_QUOTE = re.compile(
    r"^[ \t]*(?:>|-{2,} ?(?:original|oorspronkelijk|urspr|message d|forwarded|doorgestuurd)"
    r"|(?:op|on|am|le) [^\n]{6,80}(?:schreef|wrote|schrieb|a écrit)[^\n]{0,80}:[ \t]*$)",
    re.IGNORECASE | re.MULTILINE,
)
_CLOSING = re.compile(
    r"^[ \t]*(?:met (?:vriendelijke |hartelijke |beste )?groet\w*|(?:vriendelijke |hartelijke |beste |veel )?groet\w*"
    r"|m\.?v\.?g\.?|hoogachtend|kind regards|(?:best |warm )?regards|cheers|mit freundlichen gr\w+|viele gr\w+"
    r"|freundliche gr\w+|cordialement|bien à vous|bàv|--)[ \t,.!]*(?:$|[^\n]{0,60}$)",
    re.IGNORECASE | re.MULTILINE,
)
_AFTERTHOUGHT = re.compile(r"^[ \t]*(?:p\.?s\.?\b|naschrift)[^\n]*", re.IGNORECASE | re.MULTILINE)
_LEAST_WRITTEN = 12
_LONGEST_CLOSING = 400


def written(text: str) -> str:
    """What the customer wrote this time: without quoted mail and signature, bounded in length."""
    text = text[:MOST_CHARACTERS]
    quote = _QUOTE.search(text) if "\n" in text else None
    if quote and len(text[: quote.start()].strip()) >= _LEAST_WRITTEN:
        text = text[: quote.start()]
    if "\n" in text:
        for closing in _CLOSING.finditer(text):
            rest = text[closing.start() :]
            if closing.start() >= _LEAST_WRITTEN and len(rest) <= _LONGEST_CLOSING:
                return text[: closing.start()] + "\n".join(_AFTERTHOUGHT.findall(rest))
    return text


def tokens(text: str) -> list[str]:
    """Words and clause ends in order, as they stand in `text`."""
    return _TOKEN.findall(text)[:MOST_WORDS]


@lru_cache(maxsize=30_000)
def word_key(token: str) -> str:
    """The folded word of a token, digits as "0", elided articles left out; "" for a clause end.

    >>> word_key("L’installation"), word_key("Doesn't"), word_key("3x230V"), word_key("Éénfase")
    ('installation', "doesn't", '0x000v', 'eenfase')
    """
    if token in _CLAUSE_END:
        return ""
    if token in _SIGNS:
        return token
    pieces = re.split("['’`]", token)
    if len(pieces) > 1 and pieces[-1].lower() == "t" and pieces[0][-1:].lower() == "n":
        return f"{fold_words(pieces[0])}'t"
    word = fold_words(max(pieces, key=len)).replace(" ", "")[:_LONGEST_WORD]
    return re.sub(r"\d", "0", word)
