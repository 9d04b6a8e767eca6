import itertools

import pytest
from sqlalchemy import select

from desk.conversations.service import customer_for, start_conversation
from desk.tickets.models import STATES, TicketHistory
from desk.tickets.service import open_draft
from desk.tickets.states import WAYS, IllegalTransition, move


async def a_draft(session, clock):
    customer = await customer_for(session, channel="web", external_id="a", now=clock.now())
    conversation = await start_conversation(session, customer, channel="web", now=clock.now())
    return await open_draft(
        session, conversation, kind="TS", effect="e", received_at=clock.now(), now=clock.now(), intent=None
    )


async def test_every_pair_is_either_a_step_of_the_procedure_or_refused(database, clock):
    async with database.transaction() as session:
        ticket = await a_draft(session, clock)
        ticket.owner = "消费者权益中心"
        for start, to in itertools.product(STATES, STATES):
            ticket.state = start
            if to not in WAYS[start]:
                with pytest.raises(IllegalTransition):
                    move(session, ticket, to, by="0101", now=clock.now(), reason="测试")
                assert ticket.state == start
                continue
            move(session, ticket, to, by="0101", now=clock.now(), reason="测试")
            assert ticket.state == to
            await session.flush()
            last = (await session.scalars(select(TicketHistory).order_by(TicketHistory.id.desc()))).first()
            assert (last.from_state, last.to_state, last.by) == (start, to, "0101")


def test_every_state_has_its_ways():
    assert set(WAYS) == set(STATES)
