"""branches, colleagues' places and bosses, exclusions as rows, slots that cannot be taken twice"""

import json
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

import desk.db

revision = 'd_people'
down_revision = 'b_clocks'
branch_labels = None
depends_on = None

# Columns are added, renamed and dropped one by one, never by rebuilding a table: on SQLite a rebuild drops the old table,
# which foreign keys forbid as soon as there are rows.
BEFORE_BRANCHES = [
    "alter table staff add column home varchar constraint fk_staff_branch references branches (name)",
    "update staff set home = branch",
    "alter table staff drop column branch",
    "alter table staff rename column home to branch",
    "create index ix_staff_branch on staff (branch)",
    "alter table staff add column reports_to varchar constraint fk_staff_reports_to references staff (work_no)"
    " constraint ck_staff_not_their_own_boss check (reports_to is null or reports_to <> work_no)",
    "create index ix_staff_reports_to on staff (reports_to)",
    "alter table staff add column languages json default '[\"zh-Hans\"]' not null",
    "alter table staff add column max_chats integer default 5 not null",
    "alter table staff add column max_tickets integer default 50 not null"
    " constraint ck_staff_capacity_is_counted check (max_chats >= 0 and max_tickets >= 0)",
    "alter table customers add column manager varchar constraint fk_customers_manager references staff (work_no)",
    "alter table queue_entries add column branch varchar constraint fk_queue_entries_branch references branches (name)",
    "alter table queue_entries add column proposed varchar",
    "alter table queue_entries add column raised_from varchar",
    "alter table queue_entries drop column exclusions",
    "alter table appointments add column branch varchar constraint fk_appointments_branch references branches (name)"
    " constraint ck_appointments_a_room_is_somewhere check (place <> 'branch_room' or branch is not null)",
    "alter table appointments add column with_staff varchar"
    " constraint fk_appointments_with_staff references staff (work_no)",
    "alter table appointments add column own_wish boolean default false not null",
    # What was agreed before consent texts had versions says so.
    "alter table changes add column consent_text_version varchar default 'before versions'"
    " constraint ck_changes_place_only_with_consent_text"
    " check (kind <> 'change_place' or executed_at is null or consent_text_version is not null)",
    "update changes set consent_text_version = null where kind <> 'change_place' or executed_at is null",
    "alter table changes add column note varchar"
    " constraint ck_changes_initiator_is_known check (initiated_by in ('customer','system','agent'))"
    " constraint ck_changes_result_is_known"
    " check (result is null or result in ('calmed', 'same', 'worse', 'no_show', 'failed'))",
]
DEFAULTS = [("staff", "languages"), ("staff", "max_chats"), ("staff", "max_tickets"), ("appointments", "own_wish"),
            ("changes", "consent_text_version")]
PLACE_ENDINGS = ("行", "部", "处", "厅", "所", "网点", "分社")


def upgrade() -> None:
    op.create_table('branches',
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('level', sa.String(), nullable=False),
    sa.Column('parent', sa.String(), nullable=True),
    sa.Column('opens', sa.Time(), nullable=True),
    sa.Column('closes', sa.Time(), nullable=True),
    sa.Column('rooms', sa.Integer(), nullable=False),
    sa.Column('accessible', sa.Boolean(), nullable=False),
    sa.Column('address', sa.String(), nullable=True),
    sa.Column('sample', sa.Boolean(), nullable=False),
    sa.CheckConstraint("level in ('hq', 'branch', 'sub_branch')", name=op.f('ck_branches_level_is_known')),
    sa.CheckConstraint("level <> 'hq' or parent is null", name=op.f('ck_branches_nothing_is_above_hq')),
    sa.CheckConstraint("parent is null or parent <> name", name=op.f('ck_branches_not_its_own_parent')),
    sa.CheckConstraint("rooms >= 0", name=op.f('ck_branches_rooms_are_counted')),
    sa.CheckConstraint("(opens is null) = (closes is null) and (opens is null or opens < closes)", name=op.f('ck_branches_closes_later')),
    sa.ForeignKeyConstraint(['parent'], ['branches.name'], name=op.f('fk_branches_parent')),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_branches'))
    )
    op.create_index(op.f('ix_branches_parent'), 'branches', ['parent'])
    op.execute("insert into branches (name, level, rooms, accessible, sample)"
               " select distinct branch, 'sub_branch', 0, false, false from staff where branch is not null")
    op.create_table('exclusions',
    sa.Column('id', sa.Integer(), autoincrement=True, nullable=False),
    sa.Column('ticket', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('value', sa.String(), nullable=False),
    sa.Column('resolved', sa.Boolean(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('source_message', sa.String(), nullable=True),
    sa.Column('by', sa.String(), nullable=False),
    sa.Column('at', desk.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('lifted_at', desk.db.UtcDateTime(timezone=True), nullable=True),
    sa.CheckConstraint("kind in ('staff','branch')", name=op.f('ck_exclusions_kind_is_known')),
    sa.CheckConstraint("reason in ('named', 'report', 'branch', 'previous', 'asked', 'decided', 'supervisor')", name=op.f('ck_exclusions_reason_is_known')),
    sa.ForeignKeyConstraint(['ticket'], ['tickets.number'], name=op.f('fk_exclusions_ticket')),
    sa.ForeignKeyConstraint(['source_message'], ['messages.id'], name=op.f('fk_exclusions_source_message')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_exclusions'))
    )
    op.create_index(op.f('ix_exclusions_ticket'), 'exclusions', ['ticket'])
    op.create_index('uq_exclusions_one_standing', 'exclusions', ['ticket', 'kind', 'value'], unique=True,
                    sqlite_where=sa.text('lifted_at is null'), postgresql_where=sa.text('lifted_at is null'))
    _lists_to_rows()
    op.execute("alter table tickets drop column exclusions")
    for statement in BEFORE_BRANCHES:
        op.execute(statement)
    if op.get_bind().dialect.name != 'sqlite':
        for table, column in DEFAULTS:
            op.alter_column(table, column, server_default=None)
    op.create_table('slot_bookings',
    sa.Column('resource', sa.String(), nullable=False),
    sa.Column('cell', desk.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('appointment_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['appointment_id'], ['appointments.id'], name=op.f('fk_slot_bookings_appointment_id')),
    sa.PrimaryKeyConstraint('resource', 'cell', name=op.f('pk_slot_bookings'))
    )
    op.create_index(op.f('ix_slot_bookings_appointment_id'), 'slot_bookings', ['appointment_id'])
    op.create_table('attempts',
    sa.Column('id', sa.Integer(), autoincrement=True, nullable=False),
    sa.Column('appointment_id', sa.Integer(), nullable=False),
    sa.Column('at', desk.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('by', sa.String(), nullable=False),
    sa.Column('result', sa.String(), nullable=False),
    sa.CheckConstraint("result in ('reached', 'no_answer', 'wrong_number')", name=op.f('ck_attempts_result_is_known')),
    sa.ForeignKeyConstraint(['appointment_id'], ['appointments.id'], name=op.f('fk_attempts_appointment_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_attempts'))
    )
    op.create_index(op.f('ix_attempts_appointment_id'), 'attempts', ['appointment_id'])


def _lists_to_rows() -> None:
    """What stood as a list on a ticket; reasons were not kept, so the widest one is told."""
    connection = op.get_bind()
    numbers = {row[0] for row in connection.execute(sa.text("select work_no from staff"))}
    places = {row[0] for row in connection.execute(sa.text("select name from branches"))}
    now = datetime.now(UTC)  # clock: the moment of the migration itself
    exclusions = sa.table(
        'exclusions', *(sa.column(name) for name in ('ticket', 'kind', 'value', 'reason', 'by')),
        sa.column('resolved', sa.Boolean()), sa.column('at', desk.db.UtcDateTime()),
    )
    for number, told in connection.execute(sa.text("select number, exclusions from tickets")).all():
        for value in dict.fromkeys(json.loads(told) if isinstance(told, str) else told or []):
            place = value in places or (value not in numbers and str(value).endswith(PLACE_ENDINGS))
            connection.execute(exclusions.insert().values(
                ticket=number, kind='branch' if place else 'staff', value=value, by='system', at=now,
                resolved=place or value in numbers or str(value).isdigit(), reason='branch' if place else 'named',
            ))


# Each one's check and reference go with it; indexes have to go before.
BACK = [
    "alter table changes drop column note",
    "alter table changes drop column consent_text_version",
    "alter table appointments drop column own_wish",
    "alter table appointments drop column with_staff",
    "alter table appointments drop column branch",
    "alter table queue_entries drop column raised_from",
    "alter table queue_entries drop column proposed",
    "alter table queue_entries drop column branch",
    "alter table queue_entries add column exclusions json default '[]' not null",
    "alter table customers drop column manager",
    "alter table staff drop column max_tickets",
    "alter table staff drop column max_chats",
    "alter table staff drop column languages",
    "drop index ix_staff_reports_to",
    "alter table staff drop column reports_to",
    "drop index ix_staff_branch",
    "alter table staff add column home varchar",
    "update staff set home = branch",
    "alter table staff drop column branch",
    "alter table staff rename column home to branch",
    "alter table tickets add column exclusions json default '[]' not null",
]
BACK_DEFAULTS = [("queue_entries", "exclusions"), ("tickets", "exclusions")]


def downgrade() -> None:
    """Exclusions become lists again, without reason and source; bosses, languages, bookings, attempts and branches are lost."""
    for statement in BACK:
        op.execute(statement)
    if op.get_bind().dialect.name != 'sqlite':
        for table, column in BACK_DEFAULTS:
            op.alter_column(table, column, server_default=None)
        for check in ('ck_changes_initiator_is_known', 'ck_changes_result_is_known'):
            # They came with the column `note` and do not speak of it.
            op.drop_constraint(check, 'changes')
    _rows_to_lists()
    for table in ('attempts', 'slot_bookings', 'exclusions', 'branches'):
        op.drop_table(table)


def _rows_to_lists() -> None:
    connection = op.get_bind()
    lists: dict[str, list[str]] = {}
    standing = sa.text("select ticket, value from exclusions where lifted_at is null order by id")
    for number, value in connection.execute(standing):
        lists.setdefault(number, []).append(value)
    tickets = sa.table('tickets', sa.column('number'), sa.column('exclusions', sa.JSON()))
    for number, values in lists.items():
        connection.execute(tickets.update().where(tickets.c.number == number).values(exclusions=values))
