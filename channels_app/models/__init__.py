from channels_app.models.channel import BusinessEntityChannel
from channels_app.models.configuration import ConfigurationVersion
from channels_app.models.contact import Contact, ContactIdentifier
from channels_app.models.contact_import import ContactImport
from channels_app.models.conversation import (
    Attachment,
    CommunicationMessage,
    CommunicationThread,
    MessageStatusEvent,
)
from channels_app.models.entity import BusinessEntity
from channels_app.models.incident import Incident
from channels_app.models.mailbox import Mailbox, MailboxDay, MailboxFolder
from channels_app.models.outbox import OutboxItem
from channels_app.models.receipt import AccountNotice, InboundReceipt
from channels_app.models.registry import CommunicationChannel
from channels_app.models.rule_use import RuleUse
from channels_app.models.search import StaleThread, ThreadSearch
from channels_app.models.team import Membership, MentionGroup, OnCallShift
from channels_app.models.template import CommunicationTemplate

__all__ = [
    "AccountNotice",
    "Attachment",
    "BusinessEntity",
    "BusinessEntityChannel",
    "CommunicationChannel",
    "CommunicationMessage",
    "CommunicationTemplate",
    "CommunicationThread",
    "ConfigurationVersion",
    "Contact",
    "ContactIdentifier",
    "ContactImport",
    "InboundReceipt",
    "Incident",
    "Mailbox",
    "MailboxDay",
    "MailboxFolder",
    "Membership",
    "MentionGroup",
    "MessageStatusEvent",
    "OnCallShift",
    "OutboxItem",
    "RuleUse",
    "StaleThread",
    "ThreadSearch",
]
