"""Mails as customers' programs write them: plain text beside HTML, a fifth of them with a small attachment."""

from __future__ import annotations

import random
from email.message import EmailMessage
from email.utils import formatdate
from html import escape
from pathlib import Path

from bench.texts import distinct_texts


def write_mails(folder: Path, count: int, *, recipient: str) -> list[Path]:
    """So many distinct mails, a file each, in the order of their names."""
    folder.mkdir(parents=True, exist_ok=True)
    chance = random.Random(8)
    paths = []
    for serial, text in enumerate(distinct_texts(count, seed=8)):
        mail = EmailMessage()
        mail["From"] = f"Klant {serial} <klant{serial}@example.org>"
        mail["To"] = recipient
        mail["Subject"] = f"Vraag {serial} over onze laadpaal"
        mail["Date"] = formatdate()  # today's, since an old mail is not answered
        mail["Message-ID"] = f"<bench-{serial}-{chance.getrandbits(48):x}@example.org>"
        mail.set_content(f"{text}\n\nMet vriendelijke groet,\nKlant {serial}\n")
        mail.add_alternative(
            f"<html><body><p>{escape(text)}</p><p>Met vriendelijke groet,<br>Klant {serial}</p></body></html>",
            subtype="html",
        )
        if serial % 5 == 0:
            mail.add_attachment(
                bytes(chance.getrandbits(8) for _ in range(2000)),
                maintype="image", subtype="jpeg", filename=f"foto-{serial}.jpg",
            )  # fmt: skip
        path = folder / f"{serial:06d}.eml"
        path.write_bytes(bytes(mail))
        paths.append(path)
    return paths
