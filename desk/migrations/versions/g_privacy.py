"""audit trail, consents, sealed names, retention"""

import sqlalchemy as sa
from alembic import op

import desk.db
from desk.migrations.append_only import allow_changes, forbid_changes
from desk.privacy.keyring import keyring

revision = "g_privacy"
down_revision = "0001"
branch_labels = None
depends_on = None

ONLY_GROW = ("audit", "ticket_history", "consent_texts")


def upgrade() -> None:
    moment = desk.db.UtcDateTime(timezone=True)
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("verb", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index("ix_audit_kind_ref", "audit", ["kind", "ref"])
    op.create_index(op.f("ix_audit_by"), "audit", ["by"])
    op.create_table(
        "consent_texts",
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("first_used_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_consent_texts")),
    )
    op.create_table(
        "consents",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("conversation_id", sa.String(), nullable=False),
        sa.Column("ticket", sa.String(), nullable=True),
        sa.Column("effect", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=True),
        sa.Column("withdrawn_at", moment, nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_consents_conversation_id")
        ),
        sa.ForeignKeyConstraint(["ticket"], ["tickets.number"], name=op.f("fk_consents_ticket")),
        sa.ForeignKeyConstraint(["version"], ["consent_texts.version"], name=op.f("fk_consents_version")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
        sa.UniqueConstraint("conversation_id", "effect", name=op.f("uq_consents_conversation_id_effect")),
    )
    op.create_index(op.f("ix_consents_conversation_id"), "consents", ["conversation_id"])
    op.create_index(op.f("ix_consents_ticket"), "consents", ["ticket"])
    op.add_column("conversations", sa.Column("erased_at", moment, nullable=True))
    op.add_column("conversations", sa.Column("keep_until", moment, nullable=True))
    op.add_column("customers", sa.Column("sealed_name", sa.String(), nullable=True))
    _seal_names()
    op.drop_column("customers", "name")
    for table in ONLY_GROW:
        forbid_changes(table)


def _seal_names() -> None:
    """Names stood in the clear before."""
    bind = op.get_bind()
    named = bind.execute(sa.text("SELECT id, name FROM customers WHERE name IS NOT NULL")).all()
    for id_, name in named:
        bind.execute(
            sa.text("UPDATE customers SET sealed_name = :sealed WHERE id = :id"),
            {"sealed": keyring().seal(name, f"customers.name:{id_}"), "id": id_},
        )


def downgrade() -> None:
    for table in ONLY_GROW:
        allow_changes(table)
    op.drop_column("customers", "sealed_name")
    op.add_column("customers", sa.Column("name", sa.String(), nullable=True))
    op.drop_column("conversations", "keep_until")
    op.drop_column("conversations", "erased_at")
    op.drop_table("consents")
    op.drop_table("consent_texts")
    op.drop_table("audit")
