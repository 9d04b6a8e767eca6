"""deliveries under a lease; promises with who, when and the apology owed"""

import sqlalchemy as sa
from alembic import op

import desk.db

revision = "a_work"
down_revision = "c_ticket_life"
branch_labels = None
depends_on = None

CASE = "fk_conversations_case_number"


def upgrade() -> None:
    moment = desk.db.UtcDateTime(timezone=True)
    op.add_column("outbox", sa.Column("lease_until", moment, nullable=True))
    op.add_column("outbox", sa.Column("token", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("outbox", sa.Column("sent_at", moment, nullable=True))
    op.add_column("promises", sa.Column("kept_by", sa.String(), nullable=True))
    op.add_column("promises", sa.Column("broken_at", moment, nullable=True))
    op.add_column("promises", sa.Column("apologised_at", moment, nullable=True))
    if op.get_bind().dialect.name == "postgresql":
        # The first revision wanted it made afterwards (`use_alter`), which only SQLite did for it.
        op.create_foreign_key(CASE, "conversations", "tickets", ["case_number"], ["number"])
    op.execute("update promises set kept_at = due_at where state = 'kept' and kept_at is null")
    op.execute("update promises set broken_at = due_at where state = 'broken'")
    with op.batch_alter_table("promises") as batch:
        batch.create_check_constraint(op.f("ck_promises_kept_has_its_time"), "state <> 'kept' or kept_at is not null")
        batch.create_check_constraint(
            op.f("ck_promises_broken_has_its_time"), "state <> 'broken' or broken_at is not null"
        )


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint(CASE, "conversations", type_="foreignkey")
    with op.batch_alter_table("promises") as batch:
        batch.drop_constraint(op.f("ck_promises_broken_has_its_time"), type_="check")
        batch.drop_constraint(op.f("ck_promises_kept_has_its_time"), type_="check")
        for name in ("apologised_at", "broken_at", "kept_by"):
            batch.drop_column(name)
    with op.batch_alter_table("outbox") as batch:
        for name in ("sent_at", "token", "lease_until"):
            batch.drop_column(name)
