import itertools

import pytest
from sqlalchemy import select
from ticket_world import a_draft, proof

from desk.tickets.models import STATES, TicketHistory
from desk.tickets.states import HINTS, NAMES, WAYS, IllegalTransition, move

PROCEDURE = [
    "draft",
    "registered",
    "assigned",
    "investigating",
    "decided",
    "notified",
    "rechecked",
    "followed_up",
    "closed",
]
"""3-dialogue.md 3.1, from first word to last."""


async def test_every_pair_is_either_a_step_of_the_procedure_or_refused(database, clock):
    async with database.transaction() as session:
        ticket = await a_draft(session, clock)
        ticket.owner = "消费者权益中心"
        session.add(await proof(session, ticket.number, clock.now()))
        await session.flush()
        ticket.closing = ticket.number
        for start, to in itertools.product(STATES, STATES):
            ticket.state = start
            if to not in WAYS[start]:
                with pytest.raises(IllegalTransition) as refused:
                    move(session, ticket, to, by="0101", now=clock.now(), reason="测试")
                assert ticket.state == start
                assert NAMES[start] in refused.value.detail
                assert NAMES[to] in refused.value.detail
                continue
            version = ticket.version
            move(session, ticket, to, by="0101", now=clock.now(), reason="测试")
            assert ticket.state == to
            assert ticket.version == version + 1
            await session.flush()
            last = (await session.scalars(select(TicketHistory).order_by(TicketHistory.id.desc()))).first()
            assert (last.from_state, last.to_state, last.by, last.reason) == (start, to, "0101", "测试")
            assert last.at == clock.now()


def test_every_state_has_its_ways():
    assert set(WAYS) == set(STATES) == set(NAMES)
    assert set(HINTS) <= set(STATES)


def test_no_step_of_the_procedure_can_be_left_out():
    """Nobody decides what nobody looked into, nothing is rechecked that was not told, nothing closed that was not rechecked."""
    for here, following in itertools.pairwise(PROCEDURE):
        assert following in WAYS[here]
    for n, here in enumerate(PROCEDURE):
        assert not WAYS[here] & set(PROCEDURE[n + 2 :]), here


@pytest.mark.parametrize("state", ["decided", "notified", "rechecked", "followed_up", "closed", "merged", "declined"])
def test_a_decision_cannot_be_withdrawn(state):
    assert "withdrawn" not in WAYS[state]
