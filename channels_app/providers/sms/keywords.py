"""Words by which a person ends or resumes SMS from a number, or asks who it is."""

from __future__ import annotations

from typing import Literal

Preference = Literal["", "stop", "start", "help"]

# Twilio's default English words, and what Dutch senders advertise. "YES", "INFO" and the like are left
# out: as an answer to a question of ours they mean something else.
_WORDS: dict[str, Preference] = {
    "stop": "stop",
    "stopall": "stop",
    "unsubscribe": "stop",
    "cancel": "stop",
    "end": "stop",
    "quit": "stop",
    "revoke": "stop",
    "optout": "stop",
    "afmelden": "stop",
    "uitschrijven": "stop",
    "stop afmelden": "stop",
    "sms stop": "stop",
    "sms uit": "stop",
    "start": "start",
    "unstop": "start",
    "aanmelden": "start",
    "sms aan": "start",
    "help": "help",
}


def preference(body: str, vendor_says: str = "") -> Preference:
    """What the message asks, "" for an ordinary one. vendor_says: Twilio's `OptOutType` goes first."""
    if vendor_says:
        return _WORDS.get(vendor_says.strip().lower(), "")
    return _WORDS.get(" ".join(body.lower().strip(" \t\r\n.!\"'").split()), "")
