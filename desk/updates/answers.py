"""What a colleague writes to a customer may be the promised answer: when it says something (3-dialogue.md 3.8)."""

from __future__ import annotations

import re
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from desk.clocks.answering import next_update
from desk.clocks.calendar import hours_of
from desk.policy.hours import ServiceHours
from desk.policy.schemas import Policy
from desk.promises.service import keep
from desk.promises.spoken import spoken_promises
from desk.reading.lexicon import clauses, load, sentences, union
from desk.reading.normalise import normalise
from desk.staff.models import Staff
from desk.tickets.models import Ticket
from desk.tickets.service import plan_update
from desk.tickets.states import UNDER_WAY

HAN = re.compile("[一-龥]")


async def note_answer(
    session: AsyncSession, ticket: Ticket | None, agent: Staff, text: str, *, policy: Policy, now: datetime
) -> None:
    """Whoever handles the case has told the customer something about it: the first answer and the next progress are given.

    The next progress is counted anew from here, unsaid and therefore unpromised, so that nothing automatic follows on
    the heels of a person's words.
    """
    if ticket is None or ticket.handler_id != agent.id or ticket.state not in UNDER_WAY:
        return
    hours = await hours_of(session, policy)
    if not says_something(text, now, hours):
        return
    await keep(session, ticket.number, ("first_answer", "update"), now)
    ticket.next_update_at = next_update(hours, ticket.priority, now)
    await plan_update(session, ticket)


def says_something(text: str, now: datetime, hours: ServiceHours) -> bool:
    """Whether a message is more than greeting, courtesy, 稍等, a question or the promise of an answer.

    What is left must be `least_said` characters long: a few words are no substantive answer.
    """
    words = load("lexicon", "spoken")
    nothing, question = union(words["says_nothing"]), re.compile(words["question"])
    said = 0
    for _, sentence in sentences(normalise(text)):
        if question.search(sentence) or any(True for _ in spoken_promises(sentence, now, hours)):
            continue
        said += sum(len(HAN.findall(clause)) for _, clause in clauses(sentence) if not nothing.search(clause))
    return said >= int(words["least_said"])
