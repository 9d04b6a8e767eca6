"""The life of a ticket: owners, hand-overs, notices, recheck, feedback, follow-up, closing, causes.

Nothing that exists is rebuilt: columns are added in place, because SQLite would lose what refers to a rebuilt table.

Revision ID: c_ticket_life
Revises: d_people
"""

import sqlalchemy as sa
from alembic import op

from desk.db import UtcDateTime

revision = "c_ticket_life"
down_revision = "d_people"
branch_labels = None
depends_on = None

CLOSED = "state <> 'closed' or closing is not null"
NEW = (
    "cause_looks", "rectifications", "root_causes", "closings", "follow_ups", "feedbacks", "rechecks", "notices",
    "hand_overs", "ticket_owners",
)  # fmt: skip


def when(name: str, *, null: bool = True) -> "sa.Column[object]":
    return sa.Column(name, UtcDateTime(timezone=True), nullable=null)


def words(name: str, *, null: bool = False) -> "sa.Column[object]":
    return sa.Column(name, sa.String(), nullable=null)


def key() -> "sa.Column[object]":
    return sa.Column("id", sa.Integer(), autoincrement=True, nullable=False)


def table(name: str, *parts: sa.schema.SchemaItem) -> None:
    """A table of rows about a ticket, found by its number."""
    op.create_table(
        name,
        key(),
        words("ticket"),
        *parts,
        sa.ForeignKeyConstraint(["ticket"], ["tickets.number"], name=op.f(f"fk_{name}_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
    )
    op.create_index(op.f(f"ix_{name}_ticket"), name, ["ticket"])


def check(table_name: str, name: str, rule: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(rule, name=op.f(f"ck_{table_name}_{name}"))


def one_row(name: str, table_name: str, column: str, where: str) -> None:
    op.create_index(
        name, table_name, [column], unique=True, sqlite_where=sa.text(where), postgresql_where=sa.text(where)
    )


def upgrade() -> None:
    table("ticket_owners", words("owner"), when("from_at", null=False), when("until_at"), words("by"), words("reason"))
    one_row("uq_ticket_owners_one_now", "ticket_owners", "ticket", "until_at is null")
    op.execute(
        "insert into ticket_owners (ticket, owner, from_at, \"by\", reason)"
        " select number, owner, coalesce(registered_at, received_at), 'system', '升级时的负责人' from tickets"
        " where owner is not null"
    )
    table(
        "hand_overs",
        words("source"), words("target"), words("note"), words("by"), when("at", null=False), words("state"),
        when("answered_at"), words("answered_by", null=True), words("reason", null=True),
        check("hand_overs", "state_is_known", "state in ('offered','accepted','refused','void')"),
        check("hand_overs", "answered_has_its_time", "(state = 'offered') = (answered_at is null)"),
    )  # fmt: skip
    one_row("uq_hand_overs_one_open", "hand_overs", "ticket", "state = 'offered'")
    table(
        "notices",
        words("kind"), words("channel"), words("message_id", null=True),
        sa.Column("parts", sa.JSON(none_as_null=True), nullable=False),
        words("content_hash"), words("by"), when("created_at", null=False), when("sent_at"), words("result"),
        sa.Column("attempts", sa.Integer(), nullable=False), words("note", null=True),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_notices_message_id")),
        sa.UniqueConstraint("ticket", "id", name=op.f("uq_notices_ticket_id")),
        check(
            "notices",
            "kind_is_known",
            "kind in ('decision', 'declined', 'withdrawn', 'merged', 'reopened', 'authorisation', 'review')",
        ),
        check("notices", "result_is_known", "result in ('waiting','sent','failed')"),
        check("notices", "sent_has_its_time", "result <> 'sent' or sent_at is not null"),
    )  # fmt: skip
    one_row("uq_notices_message", "notices", "message_id", "message_id is not null")
    table(
        "rechecks",
        words("handler"), words("by"), when("at", null=False), words("result"), words("note"),
        sa.UniqueConstraint("ticket", "id", name=op.f("uq_rechecks_ticket_id")),
        check("rechecks", "result_is_known", "result in ('passed','returned')"),
        check("rechecks", "not_by_the_handler", '"by" <> handler'),
    )  # fmt: skip
    table(
        "feedbacks",
        words("department", null=True), words("text", null=True), words("none_because", null=True), words("by"),
        when("at", null=False),
        sa.UniqueConstraint("ticket", "id", name=op.f("uq_feedbacks_ticket_id")),
        check(
            "feedbacks",
            "told_or_a_reason_why_not",
            "(department is not null and text is not null and none_because is null)"
            " or (department is null and text is null and none_because is not null)",
        ),
    )  # fmt: skip
    table(
        "follow_ups",
        words("result"), words("note"), words("by"), when("at", null=False),
        check("follow_ups", "result_is_known", "result in ('answered','declined','unreachable')"),
    )  # fmt: skip
    op.create_table(
        "closings",
        words("ticket"), words("owner"),
        sa.Column("notice_id", sa.Integer(), nullable=False),
        sa.Column("recheck_id", sa.Integer(), nullable=False),
        sa.Column("feedback_id", sa.Integer(), nullable=False),
        words("follow_up"), words("by"), when("at", null=False),
        sa.ForeignKeyConstraint(["ticket"], ["tickets.number"], name=op.f("fk_closings_ticket")),
        sa.ForeignKeyConstraint(["ticket", "notice_id"], ["notices.ticket", "notices.id"], name="fk_closings_notice"),
        sa.ForeignKeyConstraint(
            ["ticket", "recheck_id"], ["rechecks.ticket", "rechecks.id"], name="fk_closings_recheck"
        ),
        sa.ForeignKeyConstraint(
            ["ticket", "feedback_id"], ["feedbacks.ticket", "feedbacks.id"], name="fk_closings_feedback"
        ),
        check(
            "closings", "follow_up_is_known", "follow_up in ('answered', 'declined', 'unreachable', 'exempt')"
        ),
        sa.PrimaryKeyConstraint("ticket", name=op.f("pk_closings")),
    )  # fmt: skip
    table(
        "root_causes",
        sa.Column("cause_six", sa.Integer(), nullable=False), words("cause_jrt"), words("department"), words("text"),
        words("by"), when("at", null=False),
        check("root_causes", "cause_is_one_of_six", "cause_six between 1 and 6"),
    )  # fmt: skip
    table(
        "rectifications",
        sa.Column("cause_id", sa.Integer(), nullable=False), words("measure"), words("responsible"), words("by"),
        when("at", null=False),
        sa.ForeignKeyConstraint(["cause_id"], ["root_causes.id"], name=op.f("fk_rectifications_cause_id")),
    )  # fmt: skip
    op.create_table(
        "cause_looks",
        key(),
        sa.Column("rectification_id", sa.Integer(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        when("due_at", null=False), when("looked_at"), words("result", null=True),
        sa.Column("tickets", sa.JSON(none_as_null=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["rectification_id"], ["rectifications.id"], name=op.f("fk_cause_looks_rectification_id")
        ),
        sa.UniqueConstraint("rectification_id", "days", name=op.f("uq_cause_looks_rectification_id_days")),
        check("cause_looks", "looked_has_a_result", "(looked_at is null) = (result is null)"),
        check("cause_looks", "result_is_known", "result in ('came_back','not_back')"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cause_looks")),
    )  # fmt: skip
    op.create_index(op.f("ix_cause_looks_rectification_id"), "cause_looks", ["rectification_id"])
    op.add_column("ticket_items", words("outcome", null=True))
    op.add_column("ticket_items", words("answer", null=True))
    # One statement: SQLite takes a column's own constraints when the column is added, and never afterwards.
    op.execute(
        "alter table tickets add column closing varchar constraint fk_tickets_closing references closings (ticket)"
        f" constraint ck_tickets_closed_means_proven check ({CLOSED})"
    )


def downgrade() -> None:
    # In place as well; the check and the reference go with their column.
    op.execute("alter table tickets drop column closing")
    op.drop_column("ticket_items", "answer")
    op.drop_column("ticket_items", "outcome")
    for name in NEW:
        op.drop_table(name)
