from routing.models.backtest import Backtest
from routing.models.escalation import Escalation, EscalationStep
from routing.models.log import MessageRoutingLog
from routing.models.sla import SlaTimer

__all__ = ["Backtest", "Escalation", "EscalationStep", "MessageRoutingLog", "SlaTimer"]
