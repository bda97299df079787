from channels_app.models.attachment import Attachment
from channels_app.models.audit import AuditEntry
from channels_app.models.channel import BusinessEntityChannel
from channels_app.models.configuration import ConfigurationVersion
from channels_app.models.contact import Contact, ContactIdentifier
from channels_app.models.contact_import import ContactImport
from channels_app.models.conversation import CommunicationMessage, CommunicationThread
from channels_app.models.document import FiledDocument
from channels_app.models.entity import BusinessEntity
from channels_app.models.incident import Incident
from channels_app.models.mailbox import Mailbox, MailboxDay, MailboxFolder
from channels_app.models.outbox import OutboxItem
from channels_app.models.receipt import AccountNotice, InboundReceipt
from channels_app.models.registry import CommunicationChannel, SharedDesk
from channels_app.models.retention import RetentionPolicy
from channels_app.models.rule_use import RuleUse
from channels_app.models.search import StaleThread, ThreadSearch
from channels_app.models.sign_in import ApiToken, Authenticator, Invitation, RecoveryCode
from channels_app.models.status_event import MessageStatusEvent
from channels_app.models.team import Membership, MentionGroup, OnCallShift, StaffAccount
from channels_app.models.template import CommunicationTemplate

__all__ = [
    "AccountNotice",
    "ApiToken",
    "Attachment",
    "AuditEntry",
    "Authenticator",
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
    "FiledDocument",
    "InboundReceipt",
    "Incident",
    "Invitation",
    "Mailbox",
    "MailboxDay",
    "MailboxFolder",
    "Membership",
    "MentionGroup",
    "MessageStatusEvent",
    "OnCallShift",
    "OutboxItem",
    "RecoveryCode",
    "RetentionPolicy",
    "RuleUse",
    "SharedDesk",
    "StaffAccount",
    "StaleThread",
    "ThreadSearch",
]
