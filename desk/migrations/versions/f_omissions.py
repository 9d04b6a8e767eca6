"""complaints without a ticket, intents of turns"""

import sqlalchemy as sa
from alembic import op

import desk.db

revision = "f_omissions"
down_revision = "g_privacy"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = desk.db.UtcDateTime(timezone=True)
    op.add_column("turns", sa.Column("intent", sa.String(), nullable=True))
    op.create_table(
        "omission_checks",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("conversation_id", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("found_at", moment, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("ticket", sa.String(), nullable=True),
        sa.Column("by", sa.String(), nullable=True),
        sa.Column("judged_at", moment, nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.CheckConstraint(
            "state in ('open', 'registered', 'not_a_complaint', 'unreachable')",
            name=op.f("ck_omission_checks_state_is_known"),
        ),
        sa.CheckConstraint(
            "(state = 'open') = (by is null)", name=op.f("ck_omission_checks_judged_means_signed")
        ),
        sa.CheckConstraint(
            "state in ('open', 'registered') or reason is not null",
            name=op.f("ck_omission_checks_dropped_means_reasoned"),
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_omission_checks_conversation_id")
        ),
        sa.ForeignKeyConstraint(["ticket"], ["tickets.number"], name=op.f("fk_omission_checks_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_omission_checks")),
        sa.UniqueConstraint("conversation_id", "seq", name=op.f("uq_omission_checks_conversation_id_seq")),
    )
    op.create_index(op.f("ix_omission_checks_conversation_id"), "omission_checks", ["conversation_id"])


def downgrade() -> None:
    op.drop_table("omission_checks")
    op.drop_column("turns", "intent")
