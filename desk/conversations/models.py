"""A conversation, its messages, and the lease under which the bot answers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from desk.db import Base, new_id


class Conversation(Base):
    """One customer's thread. It has exactly one owner, and a version that grows whenever the owner changes."""

    __tablename__ = "conversations"
    __table_args__ = (
        CheckConstraint("owner in ('bot','queue','agent')", name="owner_is_known"),
        CheckConstraint("(owner = 'agent') = (agent_id is not null)", name="only_an_agent_has_a_name"),
        CheckConstraint("place in ('public','private')", name="place_is_known"),
        CheckConstraint("priority in ('P0','P1','P2')", name="priority_is_known"),
        Index("ix_conversations_answer_at", "answer_at"),
        Index("ix_conversations_owner_waiting", "owner", "waiting_since"),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"), index=True)
    channel: Mapped[str]
    place: Mapped[str] = mapped_column(default="private")
    owner: Mapped[str] = mapped_column(default="bot")
    agent_id: Mapped[str | None] = mapped_column(ForeignKey("staff.id"), index=True)
    version: Mapped[int] = mapped_column(default=1)
    priority: Mapped[str] = mapped_column(default="P2")
    reason: Mapped[str | None]
    waiting_since: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]
    """When what was said here was erased (`desk.retention`)."""
    keep_until: Mapped[datetime | None]
    """Not to be erased before this, because of its cases; worked out by the daily look."""
    created_at: Mapped[datetime]
    last_at: Mapped[datetime]
    last_customer_at: Mapped[datetime | None]

    last_seq: Mapped[int] = mapped_column(default=0)
    answered_seq: Mapped[int] = mapped_column(default=0)
    """Customer messages up to here have been answered, or left to a person."""
    answer_at: Mapped[datetime | None]
    """When the bot should answer what has come in since: now for a finished sentence, later for a fragment."""
    burst_since: Mapped[datetime | None]
    """When the first piece of the present burst came; a burst is never waited for longer than the joining limit."""

    stage: Mapped[str] = mapped_column(default="open")
    script: Mapped[str | None]
    mood_levels: Mapped[list[int]] = mapped_column(default=list)
    mood_score: Mapped[float] = mapped_column(default=0.0)
    memory: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Small counters of the dialogue (`desk.conversations.memory.Memory`)."""
    open_question: Mapped[dict[str, Any] | None]
    bot_state: Mapped[dict[str, Any] | None]
    """What Rasa needs to take the next turn; opaque to us."""
    case_number: Mapped[str | None] = mapped_column(ForeignKey("tickets.number", use_alter=True))
    """The ticket this conversation is about now."""


class Message(Base):
    """Something said. Stored after redaction, never before."""

    __tablename__ = "messages"
    __table_args__ = (
        UniqueConstraint("conversation_id", "seq"),
        UniqueConstraint("sender", "external_id"),
        CheckConstraint("\"by\" in ('customer','bot','agent','system')", name="by_is_known"),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"))
    seq: Mapped[int]
    by: Mapped[str]
    text: Mapped[str]
    kind: Mapped[str] = mapped_column(default="text")
    sender: Mapped[str]
    """`channel:identity` of a customer, `staff:work_no`, or `bot:conversation`; repeats are told by (sender, external_id)."""
    external_id: Mapped[str]
    buttons: Mapped[list[Any]] = mapped_column(default=list)
    agent_id: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    place: Mapped[str] = mapped_column(default="private")
    at: Mapped[datetime]
    choice: Mapped[str | None]
    reading: Mapped[dict[str, Any] | None]
    redacted: Mapped[list[str]] = mapped_column(default=list)
    turn_id: Mapped[str | None]
    phase: Mapped[str | None]
    asked: Mapped[list[str]] = mapped_column(default=list)
    answers: Mapped[list[int]] = mapped_column(default=list)
    """For a reply: the seqs of the customer messages it answers."""
    meta: Mapped[dict[str, Any] | None]


class ChatSession(Base):
    """A customer's browser. Only a hash of its token is kept."""

    __tablename__ = "chat_sessions"

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class Turn(Base):
    """A lease: while it runs, nobody else asks the bot for this conversation. Committed before Rasa is called."""

    __tablename__ = "turns"
    __table_args__ = (
        CheckConstraint("state in ('running','done','dropped','given_up')", name="state_is_known"),
        Index(
            "uq_turns_one_running",
            "conversation_id",
            unique=True,
            sqlite_where=text("state = 'running'"),
            postgresql_where=text("state = 'running'"),
        ),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), index=True)
    attempt: Mapped[int] = mapped_column(default=0)
    state: Mapped[str] = mapped_column(default="running")
    owner: Mapped[str]
    version: Mapped[int]
    from_seq: Mapped[int]
    to_seq: Mapped[int]
    started_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    why: Mapped[str | None]
    intent: Mapped[str | None]
    """The intent on which the bot answered; figures need it (5-indicators.md: containment, recontact)."""


class SealedValue(Base):
    """A phone number or account that a token in the text stands for. Opened with consent or case need only, and audited."""

    __tablename__ = "sealed_values"

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), index=True)
    message_id: Mapped[str] = mapped_column(ForeignKey("messages.id"))
    token: Mapped[str]
    kind: Mapped[str]
    sealed: Mapped[str]
    blind_index: Mapped[str] = mapped_column(index=True)


class Event(Base):
    """What happened to a conversation, in order: owner changes, urgent calls, failures. For the desk and for audit."""

    __tablename__ = "events"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), index=True)
    kind: Mapped[str]
    actor: Mapped[str]
    at: Mapped[datetime]
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)
