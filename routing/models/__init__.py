from routing.models.backtest import Backtest
from routing.models.desk import DraftFile, ReadMark, StaffNotice, StaffPresence, ThreadDraft, ThreadEvent
from routing.models.escalation import Escalation, EscalationStep
from routing.models.log import MessageRoutingLog
from routing.models.sla import SlaTimer

__all__ = [
    "Backtest",
    "DraftFile",
    "Escalation",
    "EscalationStep",
    "MessageRoutingLog",
    "ReadMark",
    "SlaTimer",
    "StaffNotice",
    "StaffPresence",
    "ThreadDraft",
    "ThreadEvent",
]
