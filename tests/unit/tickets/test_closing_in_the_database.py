"""What a ticket needs before it is closed also stands in the database: no service, no script gets around it."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from ticket_world import a_draft, a_recheck, proof

from desk.tickets.models import TicketOwner
from desk.tickets.owning import own, owners_of


async def close_by_hand(session, number, closing):
    closed = text("update tickets set state = 'closed', owner = '0101', closing = :c where number = :n")
    await session.execute(closed, {"n": number, "c": closing})


async def test_without_any_proof(database, clock):
    async with database.transaction() as session:
        number = (await a_draft(session, clock)).number

    async def write(closing):
        async with database.transaction() as session:
            await close_by_hand(session, number, closing)

    for closing in (None, number):
        with pytest.raises(IntegrityError):
            await write(closing)


@pytest.mark.parametrize("missing", ["notice_id", "recheck_id", "feedback_id", "follow_up", "owner"])
async def test_one_of_them_missing(database, clock, missing):
    async def write():
        async with database.transaction() as session:
            ticket = await a_draft(session, clock)
            row = await proof(session, ticket.number, clock.now())
            setattr(row, missing, None)
            session.add(row)

    with pytest.raises(IntegrityError):
        await write()


async def test_another_tickets_proof(database, clock):
    async def write():
        async with database.transaction() as session:
            ticket, other = await a_draft(session, clock), await a_draft(session, clock, "f")
            row = await proof(session, ticket.number, clock.now())
            strange = await proof(session, other.number, clock.now())
            row.recheck_id = strange.recheck_id
            session.add(row)

    with pytest.raises(IntegrityError):
        await write()


async def test_rechecked_by_the_handler(database, clock):
    async def write():
        async with database.transaction() as session:
            ticket = await a_draft(session, clock)
            session.add(a_recheck(ticket.number, clock.now(), by="0101", handler="0101"))

    with pytest.raises(IntegrityError):
        await write()


async def test_with_everything(database, clock):
    async with database.transaction() as session:
        ticket = await a_draft(session, clock)
        session.add(await proof(session, ticket.number, clock.now()))
        await session.flush()
        await close_by_hand(session, ticket.number, ticket.number)


async def test_two_owners_at_once(database, clock):
    async def write():
        async with database.transaction() as session:
            ticket = await a_draft(session, clock)
            for owner in ("0101", "0102"):
                session.add(TicketOwner(ticket=ticket.number, owner=owner, from_at=clock.now(), by="x", reason="y"))

    with pytest.raises(IntegrityError):
        await write()


async def test_owners_follow_each_other_without_a_gap(database, clock):
    async with database.transaction() as session:
        ticket = await a_draft(session, clock)
        for owner in ("中心", "0101", "0101", "0102"):
            await own(session, ticket, owner, by="x", now=clock.now(), reason="y")
        rows = await owners_of(session, ticket.number)
        assert [row.owner for row in rows] == ["中心", "0101", "0102"]
        assert [row.until_at for row in rows] == [rows[1].from_at, rows[2].from_at, None]
        assert ticket.owner == "0102"
