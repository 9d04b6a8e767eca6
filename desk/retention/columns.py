"""Which columns hold what customers said or who they are, and what they are overwritten with when their time is over.

Every column of text or JSON stands in ERASED or KEPT, or in a table of DELETED; a test fails for one that stands nowhere, so that no new table
is forgotten. Figures (5-indicators.md) need only what is kept.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import case, column

GONE = "（已按保存期限删除）"

ERASED: dict[str, dict[str, Any]] = {
    "conversations": {"memory": {}, "open_question": None, "bot_state": None},
    "messages": {"text": GONE, "buttons": [], "reading": None, "meta": None, "choice": None},
    "outbox": {"text": GONE},
    "queue_entries": {"packet": {}},
    "events": {"data": {}},
    "changes": {"source": None, "target": None, "note": None, "data": {}},
    "promises": {"content": GONE},
    "appointments": {"place": None},
    "surveys": {"history": [], "reason": None, "comment": None},
    "tickets": {"summary": None, "on_behalf": None, "contact_pref": None, "code_hash": None},
    "ticket_items": {"what": GONE, "answer": None},
    "ticket_facts": {"value": None, "resolved": None},
    "ticket_additions": {"text": GONE},
    # That nothing was missing from a notice is a figure; what stood in it is not.
    "notices": {"parts": dict.fromkeys(("verification", "basis", "remedies"), GONE), "note": None},
    "rechecks": {"note": GONE},
    # A reason why no department was told takes the place of what one was told, so only what is there is overwritten.
    "feedbacks": {name: case((column(name).is_not(None), GONE)) for name in ("text", "none_because")},
    "follow_ups": {"note": GONE},
    "root_causes": {"text": GONE},
    "hand_overs": {"note": GONE, "reason": None},
    "clock_events": {"reason": GONE},
    "clock_extensions": {"reason": GONE, "answer": None},
}
"""Table → column → what stands there afterwards. A decision is emptied apart: its outcome is a figure, its text is not."""

DELETED = ("sealed_values", "exclusions")
"""Tables whose rows go altogether."""

KEPT: dict[str, set[str]] = {
    "alerts": {"key", "kind", "to", "ticket", "conversation_id"},
    "appointments": {"conversation_id", "ticket", "effect", "kind", "state", "branch", "with_staff"},
    "attempts": {"by", "result"},
    "audit": {"by", "verb", "kind", "ref", "reason"},
    "calendar_days": {"kind", "note", "source", "by"},
    "changes": {
        *("conversation_id", "ticket", "effect", "kind", "trigger_rows"),
        *("initiated_by", "offered", "answer", "result", "consent_text_version"),
    },
    "bank_customers": {"id", "ref_index", "sealed_ref", "sealed_name", "tier", "value_tier", "manager"},
    "branches": {"name", "level", "parent", "address"},
    "cause_looks": {"result", "tickets"},
    "chat_sessions": {"token_hash", "conversation_id"},
    "clock_events": {"ticket", "kind", "by", "why", "grade", "approved_by", "notice", "data"},
    "clock_extensions": {"ticket", "grade", "requested_by", "approver", "state", "answered_by"},
    "consent_texts": {"version", "purpose", "text"},
    "consents": {"conversation_id", "ticket", "effect", "purpose", "version"},
    "conversations": {
        *("id", "customer_id", "channel", "place", "owner", "agent_id", "priority", "reason"),
        *("stage", "script", "mood_levels", "case_number"),
    },
    "customers": {
        *("id", "channel", "external_id", "locale", "tier", "value_tier", "manager", "sealed_name"),
        "bank_customer",
    },
    "due_work": {"key", "kind", "to", "ticket", "conversation_id", "data"},
    "events": {"conversation_id", "kind", "actor"},
    "closings": {"ticket", "owner", "follow_up", "by"},
    "feedbacks": {"ticket", "department", "by"},
    "follow_ups": {"ticket", "result", "by"},
    "hand_overs": {"ticket", "source", "target", "by", "state", "answered_by"},
    "knowledge_entries": {
        *("id", "key", "intent", "topic", "products", "questions", "answer"),
        *("source", "follow_ups", "origin"),
    },
    "link_uses": {"token_hash"},
    "lookup_tries": {"who", "number"},
    "messages": {
        *("id", "conversation_id", "by", "kind", "sender", "external_id", "agent_id", "place"),
        *("redacted", "turn_id", "phase", "asked", "answers"),
    },
    "notices": {"ticket", "kind", "channel", "message_id", "content_hash", "by", "result"},
    "omission_checks": {"conversation_id", "ticket", "state", "by", "reason"},
    "outbox": {"key", "channel", "kind", "conversation_id", "message_id", "state"},
    "promises": {"conversation_id", "ticket", "effect", "kind", "state", "turn_id", "kept_by"},
    "queue_entries": {
        "conversation_id",
        "ticket",
        "reason",
        "priority",
        "skill",
        "accepted_by",
        "branch",
        "proposed",
        "raised_from",
    },
    "slot_bookings": {"resource"},
    "rechecks": {"ticket", "handler", "by", "result"},
    "rectifications": {"ticket", "measure", "responsible", "by"},
    "root_causes": {"ticket", "cause_jrt", "department", "by"},
    "staff": {
        *("id", "work_no", "user", "name", "role", "title", "branch", "skills", "on_duty", "password_hash"),
        *("otp_secret", "reports_to", "languages"),
    },
    "staff_sessions": {"token_hash", "staff_id", "csrf_hash"},
    "surveys": {"ticket", "conversation_id", "state", "item", "answers"},
    "ticket_additions": {"ticket", "effect", "kind", "state", "by"},
    "ticket_counters": {"day"},
    "ticket_facts": {"ticket", "key", "status"},
    "ticket_history": {"ticket", "from_state", "to_state", "by", "reason"},
    "ticket_items": {"ticket", "effect", "intent", "cause_jrt", "amount", "outcome"},
    "ticket_links": {"ticket", "kind", "number"},
    "ticket_owners": {"ticket", "owner", "by", "reason"},
    "tickets": {
        "closing",
        *("number", "type", "state", "priority", "customer_id", "conversation_id", "effect", "intent", "owner"),
        *("handler_id", "branch", "decision", "remedy", "complexity", "flags", "profile"),
    },
    "turns": {"id", "conversation_id", "state", "owner", "why", "intent"},
}
"""Keys, codes, figures and words of our own. Customers' rows are dealt with when their last conversation goes, the bank
customer's with the last of his identities."""
