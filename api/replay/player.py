"""Playing one case: the customer's, the colleagues' and the clock's part, turn by turn."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx
import structlog
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from api.app import make_api
from api.core import Core
from api.replay.agents import DeskSide, NotPossible
from api.replay.bots import SwitchedBot
from api.replay.cases.case import Case
from api.replay.cases.turns import AgentDoes, BotIs, Repeats, Says, Taps, Waits
from api.replay.channels import Channel, ChannelProblem, Refused, open_channel
from api.replay.clockwork import Clockwork
from api.replay.given_ticket import kind_in
from api.replay.results import Played, collect
from api.replay.seed import Seeder
from api.replay.world import World
from desk.clock import ManualClock
from desk.conversations.models import Conversation, Message
from desk.intake.plan import is_complaint
from desk.policy.schemas import policy
from desk.reading.model_text import model_text
from desk.tickets.models import Ticket
from desk.tickets.numbers import NUMBER, find_number

GAP = timedelta(seconds=20)
"""Between the last reply and what comes next, when the script does not say."""
log = structlog.get_logger()


async def play_case(world: World, case: Case) -> dict[str, Any]:
    """The result of one case, whatever happens in it; `error` says in one sentence what could not be played."""
    world.log_lines()
    core, clock, switch = world.core_for(case)
    app = make_api(core, run_worker=False)
    transport = httpx.ASGITransport(app=app)
    try:
        async with httpx.AsyncClient(transport=transport, base_url="http://replay", trust_env=False) as client:
            channel = await open_channel(core, case, client)
            desk = DeskSide(core, app, client, channel.conversation_id)
            playing = Playing(case, core, clock, switch, channel, desk)
            try:
                await playing.play(await _kinds(world, case))
            except Exception as error:
                # One case must not end the others; the type and place are enough to find it.
                log.exception("case_failed", case=case.id)
                playing.problem(f"{type(error).__name__}: {_place(error)}{_message(error)}")
            return await collect(
                core,
                case,
                channel.conversation_id,
                playing.turns,
                seeded=playing.seeded,
                understood=switch.understood,
                error="; ".join(playing.problems) or None,
                log_lines=world.log_lines(),
            )
    finally:
        await core.database.close()


async def _kinds(world: World, case: Case) -> dict[str, str]:
    """Ticket number → the kind of complaint that its first grievance is, as the bot reads it."""
    found: dict[str, str] = {}
    for ticket in case.context.given.tickets:
        if kind_in(ticket) == "TS" and ticket.items:
            readings = await world.classify(model_text(ticket.items[0].what))
            complaints = [name for name in readings if is_complaint(policy(), name)]
            if complaints:
                found[ticket.number] = complaints[0]
    return found


def _place(error: BaseException) -> str:
    trace, ours = error.__traceback__, ""
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if "site-packages" not in file:
            ours = f"{'/'.join(file.rsplit('/', 3)[-3:])}:{trace.tb_lineno} "
        trace = trace.tb_next
    return ours


def _message(error: Exception) -> str:
    # A database error quotes the whole statement with everything said in it.
    text = str(getattr(error, "orig", error)) if isinstance(error, SQLAlchemyError) else str(error)
    return text.splitlines()[0][:200] if text else ""


@dataclass
class Playing:
    """The state of one case being played."""

    case: Case
    core: Core
    clock: ManualClock
    switch: SwitchedBot
    channel: Channel
    desk: DeskSide
    turns: list[Played] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    seeded: int = 0
    """Messages up to this seq were there before the first turn."""
    customer_at: datetime | None = None
    """When the customer last said something."""
    acted_at: datetime | None = None
    """When anybody in the script last did something that takes time."""

    @property
    def time(self) -> Clockwork:
        """Time in this case."""
        return Clockwork(self.core, self.clock)

    def problem(self, sentence: str) -> None:
        """Something of the script could not be played."""
        self.problems.append(f"turn {len(self.turns)}: {sentence}" if self.turns else sentence)

    async def play(self, kinds: dict[str, str]) -> None:
        """Seed, then every turn in order, then wait for the answers still owed."""
        await self._seed(kinds)
        await self.time.run_until(self.clock.now())
        for turn in self.case.turns:
            await self._take(turn)
        await self._settle()
        await self.time.run_until(self.clock.now())
        await self._end_turn()

    async def _seed(self, kinds: dict[str, str]) -> None:
        async with self.core.database.transaction() as session:
            await Seeder(
                session=session,
                policy=self.core.policy,
                reader=self.core.reader,
                case=self.case,
                conversation_id=self.channel.conversation_id,
                now=self.clock.now(),
                intents=kinds,
            ).seed()
            self.seeded = (await session.get_one(Conversation, self.channel.conversation_id)).last_seq

    async def _take(self, turn: Says | Taps | Waits | AgentDoes | Repeats | BotIs) -> None:
        match turn:
            case Waits():
                await self._settle()
                start = await self._begin("")
                await self.time.run_until(start + turn.wait)
                self.acted_at = self.clock.now()
            case BotIs():
                await self._settle()
                await self._begin("")
                self.switch.mode = turn.bot
            case Repeats():
                await self._repeat(turn)
            case AgentDoes():
                await self._come_to(turn.after_s)
                await self._begin(str(turn.args.get("text", "")))
                await self._agent(turn)
                self.acted_at = self.clock.now()
            case Taps():
                await self._come_to(turn.after_s)
                await self._begin("")
                await self._tap(turn.choice)
            case Says():
                await self._come_to(turn.after_s)
                await self._begin(turn.text)
                await self._write(turn.text, kind=turn.kind, private=turn.place == "private")

    async def _begin(self, text: str) -> datetime:
        await self._end_turn()
        now = self.clock.now()
        self.turns.append(Played(text=text, at=now))
        return now

    async def _end_turn(self) -> None:
        """Note how things stand when a turn is over, which is when the next one begins."""
        if not self.turns:
            return
        async with self.core.database.snapshot() as session:
            conversation = await session.get_one(Conversation, self.channel.conversation_id)
            here = self.turns[-1]
            here.owner, here.stage, here.last_seq = conversation.owner, conversation.stage, conversation.last_seq

    async def _settle(self) -> None:
        await self.time.settle(self.channel.conversation_id)

    async def _come_to(self, after_s: float | None) -> None:
        """The moment of the next turn: counted from the customer's last words, or from the last reply."""
        if after_s is not None:
            start = self.customer_at or self.clock.now()
            await self.time.run_until(max(start + timedelta(seconds=after_s), self.clock.now()))
            return
        await self._settle()
        if self.acted_at is None:
            return
        async with self.core.database.snapshot() as session:
            last = (await session.get_one(Conversation, self.channel.conversation_id)).last_at
        await self.time.run_until(max(max(last, self.acted_at) + GAP, self.clock.now()))

    async def _write(self, text: str, *, kind: str = "text", private: bool = False) -> None:
        try:
            self._taken(await self.channel.write(text, kind=kind, private=private))
        except ChannelProblem as problem:
            self.problem(str(problem))

    async def _tap(self, n: int) -> None:
        try:
            self.turns[-1].text, taken = await self.channel.tap(n)
        except ChannelProblem as problem:
            self.problem(str(problem))
            return
        self._taken(taken)

    def _taken(self, taken: int | Refused) -> None:
        self.customer_at = self.acted_at = self.clock.now()
        if isinstance(taken, Refused):
            self.turns[-1].refused = taken
        else:
            self.turns[-1].seqs.append(taken)

    async def _agent(self, step: AgentDoes) -> None:
        try:
            self.turns[-1].refused = await self.desk.do(step)
        except NotPossible as problem:
            self.problem(str(problem))

    async def _repeat(self, turn: Repeats) -> None:
        said = 0
        await self._settle()
        while said < turn.max and not await self._holds(turn.until):
            await self._come_to(None)
            if said == 0:
                await self._begin(turn.say)
            await self._write(turn.say)
            await self._settle()
            said += 1
        if said == 0:
            await self._begin(turn.say)

    async def _holds(self, until: str) -> bool:
        async with self.core.database.snapshot() as session:
            if until == "owner_agent":
                return (await session.get_one(Conversation, self.channel.conversation_id)).owner == "agent"
            given = {ticket.number for ticket in self.case.context.given.tickets}
            real = set(await session.scalars(select(Ticket.number).where(Ticket.state != "draft")))
            replies = await session.scalars(
                select(Message).where(
                    Message.conversation_id == self.channel.conversation_id,
                    Message.by != "customer",
                    Message.seq > self.seeded,
                )
            )
            return any(number in real for reply in replies for number in _told(reply, given))


def _told(reply: Message, given: set[str]) -> set[str]:
    """The numbers a reply tells. One the customer knows already is told anew only by the procedure's own message."""
    numbers = {find_number(match[0]) or match[0] for match in NUMBER.finditer(reply.text)}
    return numbers if reply.phase in ("procedure", "follow_up") else numbers - given
