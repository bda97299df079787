"""What staff do with a conversation. One module per subject; every action takes the user and `now`.

An action checks the user's ability in the conversation's brand (PermissionDenied), locks the conversation,
does its work in one transaction, and writes itself into the conversation's trail. What cannot be done like
this raises `DeskRefused`, whose text is a sentence for the user in their language; two subclasses carry
more: `AnswerConflict` (somebody wrote meanwhile) and `LeakRefused` (something of another brand).

Actions that put something in the outbox say in `outgoing` which channels have something to send; the caller
rings for them (`channels_app.tasks.outgoing_waiting`), as services never enqueue tasks.
"""
