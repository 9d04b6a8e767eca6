"""The shape of `data/policy/*.yml`: rules of this bank that are data, not code."""

from __future__ import annotations

from datetime import date, time
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, Self
from zoneinfo import ZoneInfo

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from desk.settings import settings


class Rule(BaseModel):
    """A misspelt key in a policy file is an error at start, not a silent default."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Hotline(Rule):
    """A number of the world, with the day it was checked."""

    number: str
    name: str
    as_of: date
    note: str | None = None


class Hours(Rule):
    """When people sit at the desk (SD146), Asia/Shanghai."""

    open: time
    close: time
    as_of: date
    note: str | None = None


class Quiet(Rule):
    """When nobody is disturbed, except P0 and at the customer's own wish (3.8)."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)
    start: time
    end: time


class Clocks(Rule):
    """How long things may take."""

    answer_hours: int
    late_answer_hours: int
    update_hours: dict[str, int]
    chase_hours: dict[str, int]
    update_lead_minutes: int
    owner_told_minutes: int
    draft_follow_up_hours: int
    draft_judge_hours: int
    close_idle_hours: int


class QueueRule(Rule):
    """Waiting for a person; seconds."""

    accept_s: dict[str, int]
    handle_s: int
    offer_time_after_s: int
    say_position_every_s: int


class AppointmentRule(Rule):
    """Length and notice of a call-back; minutes."""

    length_minutes: int
    lead_minutes: int
    remind_minutes: int


class SurveyRule(Rule):
    """When the follow-up may be sent (3.11)."""

    start: time
    end: time
    remind_hours: int
    alert_hours: int
    refused_days: int
    short_channels: list[str]


class Omissions(Rule):
    """The daily look for complaints without a ticket: when, how far back, and how long a chat must have been quiet."""

    at: time
    days: int
    quiet_minutes: int


class Service(Rule):
    """`service.yml`."""

    bank: str
    bot_name: str
    unit: str
    units: dict[str, str]
    hours: Hours
    quiet: Quiet
    hotlines: dict[str, Hotline]
    app: str
    freeze: str
    clocks: Clocks
    queue: QueueRule
    appointment: AppointmentRule
    omissions: Omissions
    survey: SurveyRule


class Soothe(Rule):
    """When feelings come before facts (SD016)."""

    level: int
    score: float
    most: int


class Asks(Rule):
    """How much may be asked (rule F3)."""

    per_message: int
    most: int
    skips_in_row: int


class Fallback(Rule):
    """After how many misunderstandings a person is offered (3.5 row 17)."""

    in_row: int
    in_chat: int


class ChangeRule(Rule):
    """Limits of the three changes."""

    offers_per_message: int
    most: int


class Join(Rule):
    """How long a burst is waited for; seconds."""

    fragment_s: float
    typing_s: float
    most_s: float


class TurnRule(Rule):
    """How long the bot may take; seconds."""

    attempt_s: float
    attempts: int
    give_up_s: float


class MessageRule(Rule):
    """What fits in a message."""

    most_characters: int


class Lookup(Rule):
    """Guessing a ticket's code is cut short."""

    tries: int
    minutes: int


class LinkRule(Rule):
    """What the bank's own sign-in may say, and for how long (seconds)."""

    longest_s: int
    skew_s: int


class Dialogue(Rule):
    """`dialogue.yml`."""

    soothe: Soothe
    asks: Asks
    fallback: Fallback
    changes: ChangeRule
    join: Join
    turn: TurnRule
    message: MessageRule
    silence_minutes: int
    lookup: Lookup
    link: LinkRule
    digressions: list[str]
    not_in_the_open: list[str]
    question_threshold: float
    answer_threshold: float
    fragment: str
    unfinished: str
    question: str


class Calendar(Rule):
    """`calendar.yml`: the days that differ. `years` are taken as complete however few days they have."""

    as_of: date
    source: str
    holidays: frozenset[date]
    workdays: frozenset[date]
    weekend_service: bool
    least_holidays: int
    look_ahead_days: int
    years: frozenset[int] = frozenset()

    @model_validator(mode="after")
    def _no_day_is_both(self) -> Self:
        both = sorted(self.holidays & self.workdays)
        if both:
            raise ValueError(f"both holiday and working day: {', '.join(map(str, both))}")
        return self

    def knows(self, year: int) -> bool:
        """Whether this year's holidays have been entered; where not, Monday–Friday is all we know."""
        return year in self.years or sum(day.year == year for day in self.holidays) >= self.least_holidays


class Grade(Rule):
    """How many natural days from receipt a decision may take, and whether the upper level has to approve that."""

    days: int = Field(gt=0)
    approved: bool = False


class PauseRule(Rule):
    """Whose word it takes to stop the clock."""

    consent: Literal["none", "both"]


class ReviewRule(Rule):
    """核查 by the upper level: days to ask for it after the notice, and days to decide it."""

    ask_days: int = Field(gt=0)
    decide_days: int = Field(gt=0)


class Profile(Rule):
    """The regulatory clock of one regime. The first grade is what every complaint begins with."""

    name: str
    source: str
    as_of: date
    confidence: Literal["A", "B", "C"]
    sample: bool = False
    zone: str
    day_ends: time
    first_day_counts: bool
    grades: dict[str, Grade] = Field(min_length=1)
    pauses: dict[str, PauseRule]
    review: ReviewRule | None = None
    approvers: list[str] = Field(min_length=1)
    warn_days: int = Field(ge=0)
    tell_days: int = Field(ge=0)

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        days = [grade.days for grade in self.grades.values()]
        if days != sorted(set(days)):
            raise ValueError("each grade must be longer than the one before")
        ZoneInfo(self.zone)
        return self


class Profiles(Rule):
    """`profiles.yml`: the regimes, and the one that holds where a ticket names none."""

    default: str
    profiles: dict[str, Profile]

    @model_validator(mode="after")
    def _default_is_there(self) -> Self:
        if self.default not in self.profiles:
            raise ValueError(f"no profile {self.default!r}")
        return self


class PlaceRule(Rule):
    """One place a talk can move to."""

    kind: str
    """The appointment's kind: call, visit or video; empty for a place that needs no appointment."""
    minutes: int
    not_for: list[str] = []
    """Needs that rule it out: no phone for a customer who hears badly."""
    only_for: list[str] = []


class SlotRule(Rule):
    """Slots for a call-back."""

    soonest_hours: int
    most_missed: int
    unit_lines: int
    look_days: int


class Changes(Rule):
    """`changes.yml`: how the three changes are carried out."""

    places: dict[str, PlaceRule]
    least_places: int
    seats: dict[str, str]
    head: str
    tiers: dict[str, str]
    needs: dict[str, str]
    disaster: str
    slots: SlotRule


class GroupRule(Rule):
    """When several complain together (令2020/3 art. 12, 29; 3.5 row 5). How many people it takes."""

    noted: int
    many: int
    major: int
    representatives: int
    same_event_days: int
    in_person: str


class SecondRule(Rule):
    """Second complaints (3.11, 3.12): how near the earlier one must be, how long a case is reopened, the internal date."""

    within_days: int
    reopen_days: int
    part: float


class Casework(Rule):
    """`casework.yml`."""

    cause_look_days: list[int]
    handover_minutes: int
    unreachable_times: int
    unreachable_after_hours: int
    second: SecondRule
    group: GroupRule
    account_data: str


class KeepCases(Rule):
    """How long cases are kept after they were closed."""

    years: int


class KeepEnquiries(Rule):
    """How long conversations without a case are kept after the last word."""

    days: int


class Retention(Rule):
    """`retention.yml`."""

    as_of: date
    cases: KeepCases
    enquiries: KeepEnquiries
    at: time
    batch: int
    again_minutes: int


class Policy(Rule):
    """All rules together."""

    service: Service
    dialogue: Dialogue
    calendar: Calendar
    profiles: Profiles
    intake: dict[str, Any]
    decisions: dict[str, Any]
    changes: Changes
    casework: Casework
    retention: Retention


def load_policy(folder: Path) -> Policy:
    """Read and check the policy files; raises pydantic's ValidationError naming what is wrong."""

    def read(name: str) -> Any:
        return yaml.safe_load((folder / f"{name}.yml").read_text(encoding="utf-8"))

    return Policy(**{name: read(name) for name in Policy.model_fields})


@lru_cache
def policy() -> Policy:
    """The rules of this installation."""
    return load_policy(settings().data_dir / "policy")
