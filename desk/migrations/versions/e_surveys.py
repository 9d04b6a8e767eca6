"""surveys: what was said in words, apart from the scores; rounds of a case and the internal date of a second complaint"""

import sqlalchemy as sa
from alembic import op

import desk.db

revision = "e_surveys"
down_revision = "a_work"
branch_labels = None
depends_on = None

SURVEYS = sa.table(
    "surveys", sa.column("id", sa.Integer), sa.column("answers", sa.JSON), sa.column("reason", sa.String)
)


def upgrade() -> None:
    op.add_column("surveys", sa.Column("short", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("surveys", sa.Column("reason", sa.String(), nullable=True))
    op.add_column("surveys", sa.Column("cause_six", sa.Integer(), nullable=True))
    op.add_column("surveys", sa.Column("comment", sa.String(), nullable=True))
    op.add_column("tickets", sa.Column("round", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("tickets", sa.Column("target_due", desk.db.UtcDateTime(timezone=True), nullable=True))
    for id, answers, _ in _rows():
        if "reason" in answers:
            _write(id, reason=answers.pop("reason"), answers=answers)


def downgrade() -> None:
    for id, answers, reason in _rows():
        if reason is not None:
            _write(id, reason=None, answers={**answers, "reason": reason})
    # In place: SQLite cannot rebuild a table that rows of others point to.
    for name in ("target_due", "round"):
        op.drop_column("tickets", name)
    with op.batch_alter_table("surveys") as batch:
        for name in ("comment", "cause_six", "reason", "short"):
            batch.drop_column(name)


def _rows() -> list[tuple[int, dict[str, object], str | None]]:
    """The reason in words stood among the scores, where erasing it would have erased them as well."""
    return [(row.id, dict(row.answers or {}), row.reason) for row in op.get_bind().execute(sa.select(SURVEYS)).all()]


def _write(id: int, **values: object) -> None:
    op.get_bind().execute(sa.update(SURVEYS).where(SURVEYS.c.id == id).values(**values))
