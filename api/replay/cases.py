"""The cases of `sanbian replay`, checked strictly: a misspelt field would otherwise measure something else, silently."""

from __future__ import annotations

import json
import re
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BeforeValidator,
    Discriminator,
    Field,
    Tag,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from api.replay.cases_life import FeedbackIn, HandOverIn, LinkIn, OnBehalfIn, RecheckIn
from api.replay.strict import Moment, Strict
from desk.clock import SHANGHAI

TicketType = Literal["TS", "ZX", "JY", "BY", "HC"]
State = Literal[
    "draft",
    "registered",
    "assigned",
    "investigating",
    "paused",
    "decided",
    "notified",
    "rechecked",
    "followed_up",
    "closed",
    "withdrawn",
    "merged",
    "declined",
    "reopened",
]
Role = Literal["agent", "supervisor", "branch", "compliance", "duty", "fraud", "quality"]
Channel = Literal["web", "wechat", "wechat_group_public"]
Until = Literal["number_told", "owner_agent"]


class MalformedCases(ValueError):
    """The file cannot be played; the message is one sentence that names the field."""


def _is_duration(value: object) -> object:
    if not isinstance(value, str) or not re.fullmatch(r"P(?=.)(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?", value):
        raise ValueError("not an ISO duration such as PT24H")
    return value


Duration = Annotated[timedelta, BeforeValidator(_is_duration)]


class Days(Strict):
    """The days that differ from Monday–Friday; takes the place of the bank's own calendar."""

    holidays: frozenset[date] = frozenset()
    workdays: frozenset[date] = frozenset()


class CustomerIn(Strict):
    """Who writes."""

    ref: str | None = None
    name: str | None = None
    tier: Literal["GENERAL", "BRANCH_KEY", "HQ_KEY"] = "GENERAL"
    value_tier: str | None = None
    verified: bool = False
    locale: Literal["zh-CN", "zh-HK", "zh-TW"] | None = None


class BranchIn(Strict):
    """A branch of the bank."""

    name: str
    level: Literal["hq", "branch", "sub_branch"] = "sub_branch"
    parent: str | None = None
    hours: Any = None
    rooms: int = Field(default=1, ge=0)
    accessible: bool = True


class StaffIn(Strict):
    """A colleague. `on_duty`: always, never, or at the desk's hours."""

    work_no: str
    name: str | None = None
    role: Role = "agent"
    title: str | None = None
    branch: str | None = None
    reports_to: str | None = None
    skills: list[str] = []
    languages: list[str] = ["zh-Hans"]
    on_duty: bool | Literal["work"] = "work"

    @property
    def duty(self) -> str:
        """As the desk keeps it."""
        return {True: "on", False: "off"}.get(self.on_duty, "work") if isinstance(self.on_duty, bool) else "work"


class ItemIn(Strict):
    """One grievance."""

    what: str
    cause_six: int | None = None
    cause_jrt: list[str] = []
    amount: dict[str, Any] | float | None = None


class StepIn(Strict):
    """One step of a ticket so far. `kind: chase` is a customer who had to ask again."""

    from_: str | None = Field(default=None, alias="from")
    to: str | None = None
    by: str = "bot"
    at: Moment | None = None
    reason: str = ""
    kind: str | None = None
    text: str | None = None

    @property
    def is_chase(self) -> bool:
        """Whether this is the customer asking again rather than a change of state."""
        return "chase" in (self.kind, self.to)


class DecisionIn(Strict):
    """What was decided."""

    outcome: str = "explained"
    text: str = ""


class TicketIn(Strict):
    """A ticket that exists already."""

    number: str = Field(min_length=1, max_length=32)
    type: TicketType | None = None
    state: State = "registered"
    priority: Literal["P0", "P1", "P2"] = "P2"
    items: list[ItemIn] = []
    facts: dict[str, str | float | bool | None] = {}
    branch: str | None = None
    owner: str | None = None
    mine: bool = True
    history: list[StepIn] | None = None
    decision: DecisionIn | None = None
    received_at: Moment | None = None
    decided_at: Moment | None = None
    notified_at: Moment | None = None
    complexity: Literal["simple", "complex", "special"] = "simple"
    flags: dict[str, Any] = {}
    on_behalf: OnBehalfIn | None = None
    exclusions: list[str] = []
    links: list[LinkIn] = []
    hand_over: HandOverIn | None = None
    recheck: RecheckIn | None = None
    feedback: FeedbackIn | None = None
    follow_up: Literal["answered", "declined", "unreachable"] = "answered"


class PromiseIn(Strict):
    """Something the customer was told with a date."""

    ticket: str | None = None
    content: str
    due_at: Moment
    state: Literal["open", "kept", "broken"] = "open"


class SurveyIn(Strict):
    """A follow-up that was sent, or stands to be answered."""

    ticket: str
    sent_at: Moment | None = None
    text: str | None = None
    item: Literal["solved", "expectation", "perception", "manner", "reason", "recovery"] | None = None
    options: list[Any] = []
    answers: dict[str, Any] = {}


class AppointmentIn(Strict):
    """A meeting that was agreed or offered."""

    ticket: str | None = None
    kind: Literal["call", "visit", "video"] = "call"
    start: Moment
    end: Moment | None = None
    state: Literal["offered", "booked", "kept", "missed_by_customer", "missed_by_us", "cancelled"] = "booked"


class Given(Strict):
    """What is in the record before the first turn."""

    branches: list[BranchIn] = []
    staff: list[StaffIn] | None = None
    tickets: list[TicketIn] = []
    promises: list[PromiseIn] = []
    surveys: list[SurveyIn] = []
    appointments: list[AppointmentIn] = []

    @model_validator(mode="after")
    def _tickets_are_given(self) -> Given:
        known = {ticket.number for ticket in self.tickets}
        for link in (link for ticket in self.tickets for link in ticket.links):
            if link.number not in known:
                raise ValueError(f"ticket {link.number} is not among given.tickets")
        rows: list[PromiseIn | SurveyIn | AppointmentIn] = [*self.promises, *self.surveys, *self.appointments]
        for row in rows:
            if row.ticket is not None and row.ticket not in known:
                raise ValueError(f"ticket {row.ticket} is not among given.tickets")
        return self


class Context(Strict):
    """The world of a case."""

    channel: Channel = "web"
    now: Moment = datetime(2025, 6, 11, 10, 0, tzinfo=SHANGHAI)
    calendar: Days | None = None
    customer: CustomerIn = CustomerIn()
    given: Given = Given()


class Says(Strict):
    """The customer writes, or sends a picture or a voice message."""

    text: str = ""
    after_s: float | None = Field(default=None, ge=0)
    kind: Literal["text", "image", "voice"] = "text"
    duration_s: float | None = Field(default=None, ge=0)
    place: Literal["private"] | None = None


class Taps(Strict):
    """The customer taps the n-th button offered last."""

    choice: int = Field(ge=1)
    after_s: float | None = Field(default=None, ge=0)


class Waits(Strict):
    """Time passes and due work runs."""

    wait: Duration


class AgentDoes(Strict):
    """A colleague does something at the desk."""

    as_: Literal["agent"] = Field(alias="as")
    work_no: str
    do: str
    args: dict[str, Any] = {}
    after_s: float | None = Field(default=None, ge=0)


class Repeats(Strict):
    """The customer says the same until something holds, `max` times at most."""

    say: str
    until: Until
    max: int = Field(default=3, ge=1, le=50)


class BotIs(Strict):
    """The bot goes away, freezes or comes back."""

    bot: Literal["down", "up", "frozen"]


KINDS = {
    "choice": "taps",
    "wait": "waits",
    "as": "agent",
    "say": "repeats",
    "bot": "bot",
    "text": "says",
    "kind": "says",
}


def _kind(value: Any) -> str | None:
    if isinstance(value, str):
        return "plain"
    if isinstance(value, dict):
        return next((kind for key, kind in KINDS.items() if key in value), None)
    return None


def _plain(value: object) -> object:
    return {"text": value} if isinstance(value, str) else value


TurnIn = Annotated[
    Annotated[Annotated[Says, BeforeValidator(_plain)], Tag("plain")]
    | Annotated[Says, Tag("says")]
    | Annotated[Taps, Tag("taps")]
    | Annotated[Waits, Tag("waits")]
    | Annotated[AgentDoes, Tag("agent")]
    | Annotated[Repeats, Tag("repeats")]
    | Annotated[BotIs, Tag("bot")],
    Discriminator(
        _kind,
        custom_error_type="no_turn",
        custom_error_message="is no turn: it needs a text, or one of choice, wait, as, say, bot",
    ),
]
TAGS = frozenset({"plain", *KINDS.values()})


class Case(Strict):
    """One scripted conversation."""

    id: str = Field(min_length=1)
    lang: str = "zh-Hans"
    context: Context = Context()
    turns: list[TurnIn]

    @property
    def locale(self) -> str:
        """What the customer's browser would say, or what the language of the case implies."""
        told = self.context.customer.locale
        if told is not None:
            return told
        lang = self.lang.lower()
        if "hk" in lang or lang.startswith("yue"):
            return "zh-HK"
        return "zh-TW" if "hant" in lang or "tw" in lang else "zh-CN"


_CASES = TypeAdapter(list[Case])


def parse_cases(raw: Any) -> list[Case]:
    """The cases in decoded JSON. Raises MalformedCases naming the case and the field."""
    if not isinstance(raw, list):
        raise MalformedCases("the file must hold a list of cases")
    try:
        cases = _CASES.validate_python(raw)
    except ValidationError as error:
        raise MalformedCases(_sentence(raw, error)) from None
    seen: set[str] = set()
    for case in cases:
        if case.id in seen:
            raise MalformedCases(f"case {case.id}: id stands twice")
        seen.add(case.id)
    return cases


def load_cases(path: Path) -> list[Case]:
    """The cases in a file. Raises MalformedCases, also when it cannot be read or is not JSON."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise MalformedCases(f"{path} cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise MalformedCases(f"{path} is not JSON: {error}") from None
    return parse_cases(raw)


def _sentence(raw: list[Any], error: ValidationError) -> str:
    problems = error.errors(include_url=False)
    unknown = [problem for problem in problems if problem["type"] == "extra_forbidden"]
    problem = next(iter(unknown), problems[0])
    number, field = int(problem["loc"][0]), _field(problem["loc"][1:])
    case = raw[number] if isinstance(raw[number], dict) else {}
    name = f"case {case.get('id', number + 1)}"
    if unknown:
        names = [_field(other["loc"][1:]) for other in unknown if other["loc"][0] == number]
        return f"{name}: unknown field{'s' * (len(names) > 1)} {', '.join(names)}"
    if problem["type"] == "missing":
        return f"{name}: {field} is missing"
    message = problem["msg"].removeprefix("Value error, ")
    if problem["type"] == "no_turn":
        return f"{name}: {field} {message}"
    return f"{name}: {field}: {message}" if field else f"{name}: {message}"


def _field(where: tuple[int | str, ...]) -> str:
    """`turns[2].after_s` – the way through the file, without the names of our own unions."""
    path = ""
    for n, part in enumerate(where):
        if isinstance(part, int):
            path += f"[{part}]"
        elif part in TAGS and n == 2 and where[0] == "turns":
            continue
        elif isinstance(part, str):
            path += f".{part}" if path else part
    return path
