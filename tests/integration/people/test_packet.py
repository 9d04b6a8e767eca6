"""The hand-over packet: a colleague who opens it need not ask anything twice (3-dialogue.md 3.6)."""

from __future__ import annotations

from desk.appointments.service import book
from desk.changes.service import record
from desk.conversations.service import get_conversation, start_conversation
from desk.customers.models import Customer
from desk.queue.packet import hand_over_packet
from desk.recusal.service import keep_off
from desk.tickets.service import add_item, get_ticket, put_fact


async def test_everything_is_in_it(bank):
    await bank.hire("0101")
    conversation, number = await bank.case()
    now = bank.clock.now()
    async with bank.database.transaction() as session:
        here, ticket = await get_conversation(session, conversation, lock=True), await get_ticket(session, number)
        here.mood_levels, here.mood_score = [0, 2, 3], 2.4
        await add_item(
            session, ticket, effect="1", what="扣了两次费", intent=None, cause_six=1, cause_jrt=[], from_seq=1
        )
        await put_fact(session, number, "where", value="城南支行", status="given", from_seq=1)
        await put_fact(session, number, "amount", value=None, status="refused", from_seq=2)
        await keep_off(session, ticket, kind="branch", value="城南支行", reason="branch", now=now)
        await keep_off(session, ticket, kind="staff", value="三号窗口", reason="named", now=now, resolved=False)
        await book(
            session, policy=bank.policy, conversation_id=conversation, ticket=number, effect="a", now=now, turn_id=None,
            start=now.replace(hour=6),
        )  # fmt: skip
        # Refused in an earlier conversation about the same case.
        customer = await session.get_one(Customer, here.customer_id)
        other = await start_conversation(session, customer, channel="web", now=now)
        await record(
            session, conversation_id=other.id, ticket=number, effect="d", kind="change_place", rows=[12],
            answer="declined", now=now, mood=2,
        )  # fmt: skip
        packet = await hand_over_packet(session, here, "angry")
    assert packet["five"] == {"who": None, "what": None, "when": None, "where": "城南支行", "why": None}
    assert packet["summary"] == "扣了两次费"
    assert set(packet["do_not_ask"]) == {"where", "amount"}
    assert (packet["moods"], packet["mood"]) == ([0, 2, 3], {"score": 2.4, "trend": 3})
    assert packet["declined"] == ["change_place"]
    assert packet["exclusions"] == ["城南支行"]
    assert packet["kept_off"] == ["城南支行（被投诉网点）", "三号窗口（被投诉人，待主管确认是谁）"]
    assert packet["who_is_meant"] == ["三号窗口"]
    assert "14:00" in packet["promised"][0]
    assert packet["appointments"][0]["state"] == "booked"
