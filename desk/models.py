"""All tables in one place, for migrations and tests: importing this module registers them."""

from desk.alerts.models import Alert
from desk.appointments.models import Appointment, Attempt, SlotBooking
from desk.audit.models import AuditEntry
from desk.branches.models import Branch
from desk.causes.models import CauseLook, Rectification, RootCause
from desk.changes.models import Change
from desk.clocks.models import CalendarDay, ClockEvent, Extension
from desk.closing.models import Closing, Feedback, FollowUp, Recheck
from desk.consents.models import Consent, ConsentText
from desk.conversations.models import ChatSession, Conversation, Event, Message, SealedValue, Turn
from desk.customers.models import BankCustomer, Customer, LinkUse
from desk.handovers.models import HandOver
from desk.knowledge.models import KnowledgeEntry
from desk.notices.models import Notice
from desk.omissions.models import OmissionCheck
from desk.outbox.models import Outgoing
from desk.promises.models import Promise
from desk.queue.models import QueueEntry
from desk.recusal.models import Exclusion
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
    TicketOwner,
)
from desk.work.models import DueWork

__all__ = [
    "Alert",
    "Appointment",
    "Attempt",
    "AuditEntry",
    "BankCustomer",
    "Branch",
    "CalendarDay",
    "CauseLook",
    "Change",
    "ChatSession",
    "ClockEvent",
    "Closing",
    "Consent",
    "ConsentText",
    "Conversation",
    "Customer",
    "DueWork",
    "Event",
    "Exclusion",
    "Extension",
    "Feedback",
    "FollowUp",
    "HandOver",
    "KnowledgeEntry",
    "LinkUse",
    "LookupTry",
    "Message",
    "Notice",
    "OmissionCheck",
    "Outgoing",
    "Promise",
    "QueueEntry",
    "Recheck",
    "Rectification",
    "RootCause",
    "SealedValue",
    "SlotBooking",
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
    "TicketOwner",
    "Turn",
]
