"""Recusal in the database: no owner, handler or agent is written who is excluded, whatever code tries it.

The service checks first and says why in words; these triggers are for the race between two transactions, for the code that
forgot to ask, and for whoever writes SQL by hand.
"""

from __future__ import annotations

from sqlalchemy import Connection, inspect

CONCERNS = """e.resolved and e.lifted_at is null
  and ((e.kind = 'staff' and e.value = s.work_no) or (e.kind = 'branch' and e.value = s.branch))"""
TICKET = f"""exists (select 1 from exclusions e join staff s on s.id = NEW.handler_id or s.work_no = NEW.owner
  where e.ticket = NEW.number and {CONCERNS})
  or exists (select 1 from exclusions e where e.ticket = NEW.number and e.resolved and e.lifted_at is null
  and e.value = NEW.owner)"""  # noqa: S608 – no value of anybody's is put in
AGENT = f"""exists (select 1 from exclusions e join staff s on s.id = NEW.agent_id
  where e.ticket = NEW.case_number and {CONCERNS})"""  # noqa: S608
GUARDS = {
    "tickets": ("excluded_may_not_handle", "owner, handler_id", TICKET),
    "conversations": ("excluded_may_not_speak", "agent_id", AGENT),
}
"""Table → trigger, the columns whose writing it watches, and when it refuses."""


def drop(connection: Connection) -> None:
    """Take them away, as migrations must: SQLite rebuilds tables by dropping them, and refuses while a trigger reads them."""
    there = inspect(connection).get_table_names()
    for table, (name, _, _) in GUARDS.items():
        if table not in there:
            continue
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql(f"drop trigger if exists {name}")
        else:
            connection.exec_driver_sql(f"drop trigger if exists {name} on {table}")


def install(connection: Connection) -> None:
    """Put them in place once the tables are there."""
    if "exclusions" not in inspect(connection).get_table_names():
        return
    for table, (name, columns, refuses) in GUARDS.items():
        for statement in (_sqlite if connection.dialect.name == "sqlite" else _postgresql)(
            table, name, columns, refuses
        ):
            connection.exec_driver_sql(statement)


def _changed(columns: str, differs: str) -> str:
    return " or ".join(f"NEW.{column} {differs} OLD.{column}" for column in columns.split(", "))


def _sqlite(table: str, name: str, columns: str, refuses: str) -> list[str]:
    return [
        f"create trigger {name} before update of {columns} on {table}"
        f" when ({_changed(columns, 'is not')}) and ({refuses})"
        f" begin select raise(abort, '{name}'); end"
    ]


def _postgresql(table: str, name: str, columns: str, refuses: str) -> list[str]:
    return [
        f"create or replace function {name}() returns trigger language plpgsql as $$ begin"
        f" if ({_changed(columns, 'is distinct from')}) and ({refuses}) then"
        f" raise exception '{name}' using errcode = 'integrity_constraint_violation'; end if; return NEW; end $$",
        f"create trigger {name} before update of {columns} on {table} for each row execute function {name}()",
    ]
