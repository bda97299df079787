"""Telephone calls, as a vendor's call events tell them.

A call is one conversation item, however many events it makes and in whatever order they come:

- **Every event yields one `AccountEvent`** of kind "call", whose `reference` is the call id and whose
  `data` is what that event alone proves.
- **An event of an incoming call that says who calls** (a withheld number counts) **also yields the
  `InboundMessage`** of the call, with the same `data`; its `external_id` is the call id. The first that
  is stored makes the message, later ones are duplicates by their id. Events without a caller (hang-ups
  and recordings often have none) find the message by the call id.
- Whoever stores them folds each event's data into that of the call's message with `merge_call`, which
  gives the same result in any order and any number of repetitions. A call goes to the channel of the
  number that was called; an event that does not name it goes to the channel of the URL (at sipgate and
  Placetel one URL serves several numbers), so the message is looked for by call id in the whole medium.
- **An outgoing call** yields an `InboundMessage` with `echo=True`, its `recipients` the customer, once it
  is answered; a customer who does not pick up leaves only events.

`data`: `outcome` ("ringing", "missed", "answered", "voicemail", "blocked"), `direction` ("in", "out", ""
unknown), `duration_seconds` (None: unknown), `recording_url`, `from_anonymous`, `cause` (the vendor's
word), `assumed` (it was "answered" as far as anyone said, by a person or by a machine).

`channels_app.services.calls` does the folding and `routing.services.call_outcomes` what follows from an end.

While the outcome is "ringing" nobody has missed anything yet: no answer and no alarm goes out. A call
whose end is never told stays "ringing", open and visible, rather than being lost.
"""

from channels_app.providers.phone.calls import CallOutcome, merge_call
from channels_app.providers.phone.provider import PhoneConfig, PhoneProvider

__all__ = ["CallOutcome", "PhoneConfig", "PhoneProvider", "merge_call"]
