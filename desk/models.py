"""All tables in one place, for migrations and tests: importing this module registers them."""

from desk.alerts.models import Alert
from desk.appointments.models import Appointment
from desk.audit.models import AuditEntry
from desk.changes.models import Change
from desk.consents.models import Consent, ConsentText
from desk.conversations.models import ChatSession, Conversation, Event, Message, SealedValue, Turn
from desk.customers.models import Customer
from desk.knowledge.models import KnowledgeEntry
from desk.omissions.models import OmissionCheck
from desk.outbox.models import Outgoing
from desk.promises.models import Promise
from desk.queue.models import QueueEntry
from desk.staff.models import Staff, StaffSession
from desk.surveys.models import Survey
from desk.tickets.models import (
    LookupTry,
    Ticket,
    TicketAddition,
    TicketCounter,
    TicketFact,
    TicketHistory,
    TicketItem,
    TicketLink,
)
from desk.work.models import DueWork

__all__ = [
    "Alert",
    "Appointment",
    "AuditEntry",
    "Change",
    "ChatSession",
    "Consent",
    "ConsentText",
    "Conversation",
    "Customer",
    "DueWork",
    "Event",
    "KnowledgeEntry",
    "LookupTry",
    "Message",
    "OmissionCheck",
    "Outgoing",
    "Promise",
    "QueueEntry",
    "SealedValue",
    "Staff",
    "StaffSession",
    "Survey",
    "Ticket",
    "TicketAddition",
    "TicketCounter",
    "TicketFact",
    "TicketHistory",
    "TicketItem",
    "TicketLink",
    "Turn",
]
