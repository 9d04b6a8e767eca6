"""indexes for what is asked with every step: open due work, due work by the beginning of its key, by conversation"""

import sqlalchemy as sa
from alembic import op

revision = "e_speed"
down_revision = "e_people"
branch_labels = None
depends_on = None

OPEN = sa.text("done_at IS NULL AND cancelled IS 0")
OPEN_HERE = sa.text("done_at IS NULL AND cancelled IS false")


def upgrade() -> None:
    op.drop_index("ix_due_work_open", "due_work")
    op.create_index("ix_due_work_open", "due_work", ["due_at", "id"], sqlite_where=OPEN, postgresql_where=OPEN_HERE)
    op.create_index("ix_due_work_conversation_id", "due_work", ["conversation_id"])
    if op.get_bind().dialect.name == "postgresql":
        op.execute('alter table due_work alter column key type varchar collate "C"')


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute('alter table due_work alter column key type varchar collate "default"')
    op.drop_index("ix_due_work_conversation_id", "due_work")
    op.drop_index("ix_due_work_open", "due_work")
    op.create_index("ix_due_work_open", "due_work", ["done_at", "due_at"])
