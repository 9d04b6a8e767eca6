"""one person with several channel identities, linked by the bank's own sign-in"""

import sqlalchemy as sa
from alembic import op

import desk.db

revision = "e_people"
down_revision = "e_updates"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = desk.db.UtcDateTime(timezone=True)
    op.create_table(
        "bank_customers",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("ref_index", sa.String(), nullable=False),
        sa.Column("sealed_ref", sa.String(), nullable=False),
        sa.Column("sealed_name", sa.String(), nullable=True),
        sa.Column("tier", sa.String(), nullable=False),
        sa.Column("value_tier", sa.String(), nullable=True),
        sa.Column("manager", sa.String(), nullable=True),
        sa.Column("created_at", moment, nullable=False),
        sa.CheckConstraint("tier in ('GENERAL','BRANCH_KEY','HQ_KEY')", name=op.f("ck_bank_customers_tier_is_known")),
        sa.ForeignKeyConstraint(["manager"], ["staff.work_no"], name=op.f("fk_bank_customers_manager")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_customers")),
        sa.UniqueConstraint("ref_index", name=op.f("uq_bank_customers_ref_index")),
    )
    op.create_table(
        "link_uses",
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("expires_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_link_uses")),
    )
    # In place: a rebuilt `customers` would have to be dropped first, which rows that point to it forbid on SQLite.
    op.execute(
        "alter table customers add column bank_customer varchar"
        " constraint fk_customers_bank_customer references bank_customers (id)"
    )
    op.create_index(op.f("ix_customers_bank_customer"), "customers", ["bank_customer"])


def downgrade() -> None:
    op.drop_index(op.f("ix_customers_bank_customer"), "customers")
    op.execute("alter table customers drop column bank_customer")
    op.drop_table("link_uses")
    op.drop_table("bank_customers")
