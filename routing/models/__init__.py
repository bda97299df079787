from routing.models.backtest import Backtest
from routing.models.desk import (
    DraftFile,
    ReadMark,
    StaffNotice,
    StaffPresence,
    StartDraft,
    ThreadDraft,
    ThreadEvent,
)
from routing.models.escalation import Escalation, EscalationStep
from routing.models.log import MessageRoutingLog
from routing.models.rating import ConversationRating, RatingRequest
from routing.models.sla import SlaTimer

__all__ = [
    "Backtest",
    "ConversationRating",
    "DraftFile",
    "Escalation",
    "EscalationStep",
    "MessageRoutingLog",
    "RatingRequest",
    "ReadMark",
    "SlaTimer",
    "StaffNotice",
    "StaffPresence",
    "StartDraft",
    "ThreadDraft",
    "ThreadEvent",
]
