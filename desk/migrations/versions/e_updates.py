"""notices of every update; when a customer learnt who is responsible"""

import re

import sqlalchemy as sa
from alembic import op

import desk.db

revision = "e_updates"
down_revision = "e_surveys"
branch_labels = None
depends_on = None

BEFORE = ("decision", "declined", "withdrawn", "merged", "reopened", "authorisation", "review")
NOW = (
    "decision", "declined", "withdrawn", "review", "merged", "reopened", "authorisation", "owner", "progress",
    "extended", "paused", "resumed", "restarted", "at_risk",
)  # fmt: skip


def upgrade() -> None:
    op.add_column("ticket_owners", sa.Column("told_at", desk.db.UtcDateTime(timezone=True), nullable=True))
    _allow(NOW)


def downgrade() -> None:
    marks = ",".join(f"'{kind}'" for kind in BEFORE)
    op.execute(f"delete from notices where kind not in ({marks})")
    _allow(BEFORE)
    op.drop_column("ticket_owners", "told_at")


def _allow(kinds: tuple[str, ...]) -> None:
    known = f"kind in {kinds}"
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        op.drop_constraint(op.f("ck_notices_kind_is_known"), "notices", type_="check")
        op.create_check_constraint(op.f("ck_notices_kind_is_known"), "notices", known)
        return
    # Closings refer to notices, so SQLite cannot rebuild the table; a check alone may be changed in the schema's text
    # (sqlite.org/lang_altertable.html, "making other kinds of table schema changes").
    sql = connection.scalar(sa.text("select sql from sqlite_master where type = 'table' and name = 'notices'"))
    connection.exec_driver_sql("pragma writable_schema = on")
    connection.execute(
        sa.text("update sqlite_master set sql = :sql where type = 'table' and name = 'notices'"),
        {"sql": re.sub(r"kind in \([^)]*\)", known, str(sql))},
    )
    connection.exec_driver_sql("pragma writable_schema = reset")
