"""The typed settings of channels and brands: pure Python, no Django, no database.

Everything here is parsed once, frozen, and says in one sentence what is wrong with what it was given.
"""

from channels_app.schemas.base import ChannelCode, Settings
from channels_app.schemas.calendar import BusinessCalendar, Window
from channels_app.schemas.calendar_config import WEEKDAYS
from channels_app.schemas.departments import Language, department_name, join_words
from channels_app.schemas.escalation import EscalationConfig, EscalationStep, EscalationTarget
from channels_app.schemas.folding import fold, fold_words
from channels_app.schemas.hours import describe_hours, describe_opening
from channels_app.schemas.identity import (
    domain_within,
    email_domain,
    normalise_domain,
    normalise_email,
    normalise_phone,
)
from channels_app.schemas.rules import (
    AutoRoutingRules,
    MessageRoutingRule,
    RuleConditions,
    RuleConsequence,
    SenderPatterns,
    TimeBased,
)

__all__ = [
    "WEEKDAYS",
    "AutoRoutingRules",
    "BusinessCalendar",
    "ChannelCode",
    "EscalationConfig",
    "EscalationStep",
    "EscalationTarget",
    "Language",
    "MessageRoutingRule",
    "RuleConditions",
    "RuleConsequence",
    "SenderPatterns",
    "Settings",
    "TimeBased",
    "Window",
    "department_name",
    "describe_hours",
    "describe_opening",
    "domain_within",
    "email_domain",
    "fold",
    "fold_words",
    "join_words",
    "normalise_domain",
    "normalise_email",
    "normalise_phone",
]
