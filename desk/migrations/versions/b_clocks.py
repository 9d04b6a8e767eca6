"""clock events, requests for more time, the desk's calendar, a ticket's policy profile"""

import sqlalchemy as sa
from alembic import op
import desk.db
from desk.migrations.append_only import allow_changes, forbid_changes


revision = 'b_clocks'
down_revision = "f_omissions"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('calendar_days',
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('note', sa.String(), nullable=True),
    sa.Column('source', sa.String(), nullable=False),
    sa.Column('as_of', sa.Date(), nullable=False),
    sa.Column('by', sa.String(), nullable=False),
    sa.CheckConstraint("kind in ('holiday', 'workday', 'ordinary')", name=op.f('ck_calendar_days_kind_is_known')),
    sa.PrimaryKeyConstraint('day', name=op.f('pk_calendar_days'))
    )
    op.create_table('clock_events',
    sa.Column('id', sa.Integer(), autoincrement=True, nullable=False),
    sa.Column('ticket', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('at', desk.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('recorded_at', desk.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('by', sa.String(), nullable=False),
    sa.Column('why', sa.String(), nullable=True),
    sa.Column('grade', sa.String(), nullable=True),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('approved_by', sa.String(), nullable=True),
    sa.Column('notice', sa.String(), nullable=True),
    sa.Column('data', sa.JSON(none_as_null=True), nullable=False),
    sa.CheckConstraint("kind in ('extended', 'paused', 'resumed', 'restarted')", name=op.f('ck_clock_events_kind_is_known')),
    sa.CheckConstraint("(kind = 'extended') = (grade is not null)", name=op.f('ck_clock_events_an_extension_has_its_grade')),
    sa.CheckConstraint("kind not in ('extended','paused') or notice is not null", name=op.f('ck_clock_events_the_customer_was_told')),
    sa.CheckConstraint("kind in ('extended','resumed') or why is not null", name=op.f('ck_clock_events_it_has_its_ground')),
    sa.CheckConstraint('approved_by is null or approved_by <> "by"', name=op.f('ck_clock_events_nobody_approves_his_own')),
    sa.CheckConstraint("at <= recorded_at", name=op.f('ck_clock_events_it_has_happened')),
    sa.ForeignKeyConstraint(['ticket'], ['tickets.number'], name=op.f('fk_clock_events_ticket')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_clock_events'))
    )
    op.create_index(op.f('ix_clock_events_ticket'), 'clock_events', ['ticket'], unique=False)
    op.create_table('clock_extensions',
    sa.Column('id', sa.Integer(), autoincrement=True, nullable=False),
    sa.Column('ticket', sa.String(), nullable=False),
    sa.Column('grade', sa.String(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('requested_by', sa.String(), nullable=False),
    sa.Column('requested_at', desk.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('approver', sa.String(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('answered_by', sa.String(), nullable=True),
    sa.Column('answered_at', desk.db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('answer', sa.String(), nullable=True),
    sa.CheckConstraint("state in ('requested','approved','refused','voided')", name=op.f('ck_clock_extensions_state_is_known')),
    sa.CheckConstraint("(state = 'requested') = (answered_at is null)", name=op.f('ck_clock_extensions_answered_has_its_time')),
    sa.CheckConstraint("answered_by is null or answered_by <> requested_by", name=op.f('ck_clock_extensions_nobody_approves_his_own')),
    sa.ForeignKeyConstraint(['ticket'], ['tickets.number'], name=op.f('fk_clock_extensions_ticket')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_clock_extensions'))
    )
    op.create_index(op.f('ix_clock_extensions_ticket'), 'clock_extensions', ['ticket'], unique=False)
    op.create_index('one_request_waits', 'clock_extensions', ['ticket'], unique=True, sqlite_where=sa.text("state = 'requested'"), postgresql_where=sa.text("state = 'requested'"))
    op.add_column('tickets', sa.Column('profile', sa.String(), nullable=True))
    # The date of a decision follows from these: whoever could change them could change the past. Only the words may be
    # erased, when their time is over (desk/retention).
    forbid_changes('clock_events', 'id', 'ticket', 'kind', 'at', 'recorded_at', 'by', 'why', 'grade', 'approved_by', 'notice', 'data')


def downgrade() -> None:
    allow_changes('clock_events')
    # In place: SQLite cannot rebuild a table that rows of others point to.
    op.execute("alter table tickets drop column profile")
    op.drop_table('clock_extensions')
    op.drop_table('clock_events')
    op.drop_table('calendar_days')
