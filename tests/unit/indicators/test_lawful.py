"""Whether a case was dealt with by the rules: who was kept off it when, and who approved more time."""

from datetime import UTC, datetime, timedelta

import pytest

from desk.clocks.models import ClockEvent
from desk.indicators.lawful import extended_in_order, handled_by_excluded
from desk.recusal.models import Exclusion
from desk.tickets.models import TicketHistory, TicketOwner

START = datetime(2025, 6, 11, 2, tzinfo=UTC)
BRANCHES = {"0101": "城南支行", "0102": None}


def day(n: int) -> datetime:
    return START + timedelta(days=n)


def kept_off(kind: str, value: str, on: int, *, resolved: bool = True) -> Exclusion:
    return Exclusion(ticket="T", kind=kind, value=value, resolved=resolved, reason="named", by="system", at=day(on))


def owned(who: str, since: int, until: int | None = None) -> TicketOwner:
    end = None if until is None else day(until)
    return TicketOwner(ticket="T", owner=who, from_at=day(since), until_at=end, by="bot", reason="x")


def did(who: str, on: int, state: str = "investigating") -> TicketHistory:
    return TicketHistory(ticket="T", from_state="assigned", to_state=state, by=who, at=day(on), reason="x")


@pytest.mark.parametrize(
    ("excluded", "owners", "steps", "broken"),
    [
        (kept_off("staff", "0101", 1), [owned("0101", 2)], [], True),
        (kept_off("branch", "城南支行", 1), [owned("0101", 2)], [], True),
        (kept_off("staff", "0101", 1), [], [did("0101", 2)], True),
        (kept_off("staff", "0101", 2), [owned("0101", 1, 2)], [did("0101", 1)], False),
        (kept_off("staff", "0101", 1), [owned("0101", 1, 1)], [], False),
        (kept_off("staff", "0101", 1), [owned("0102", 2)], [did("0102", 2)], False),
        (kept_off("staff", "0101", 1), [], [did("0101", 2, "reopened")], False),
        (kept_off("staff", "0101", 1, resolved=False), [owned("0101", 2)], [], False),
    ],
)
def test_handled_while_kept_off(excluded, owners, steps, broken):
    assert handled_by_excluded([excluded], owners, steps, BRANCHES) is broken


@pytest.mark.parametrize(
    ("grade", "notice", "approved_by", "fine"),
    [
        ("complex", "m1", None, True),
        ("complex", None, None, False),
        ("special", "m1", None, False),
        ("special", "m1", "0101", False),
        ("special", "m1", "0213", True),
    ],
)
def test_more_time(grade, notice, approved_by, fine):
    event = ClockEvent(ticket="T", kind="extended", by="0101", grade=grade, notice=notice, approved_by=approved_by)
    assert extended_in_order(event, None) is fine
