"""The shape of `data/policy/*.yml`: rules of this bank that are data, not code."""

from __future__ import annotations

from datetime import date, time
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict

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
    decision_days: dict[str, int]
    update_hours: dict[str, int]
    update_lead_minutes: int
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
    digressions: list[str]
    not_in_the_open: list[str]
    question_threshold: float
    answer_threshold: float
    fragment: str
    unfinished: str
    question: str


class Calendar(Rule):
    """`calendar.yml`: the days that differ."""

    as_of: date
    holidays: frozenset[date]
    workdays: frozenset[date]
    weekend_service: bool


class GroupRule(Rule):
    """When several complain together (令2020/3 art. 12, 29)."""

    noted: int
    major: int
    representatives: int
    same_event_days: int
    in_person: str


class Casework(Rule):
    """`casework.yml`."""

    review_days: int
    cause_look_days: list[int]
    handover_minutes: int
    unreachable_times: int
    unreachable_after_hours: int
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
    intake: dict[str, Any]
    decisions: dict[str, Any]
    casework: Casework
    retention: Retention


def load_policy(folder: Path) -> Policy:
    """Read and check the policy files; raises pydantic's ValidationError naming what is wrong."""

    def read(name: str) -> Any:
        return yaml.safe_load((folder / f"{name}.yml").read_text(encoding="utf-8"))

    names = ("service", "dialogue", "calendar", "intake", "decisions", "retention", "casework")
    return Policy(**{name: read(name) for name in names})


@lru_cache
def policy() -> Policy:
    """The rules of this installation."""
    return load_policy(settings().data_dir / "policy")
