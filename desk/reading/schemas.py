"""What one message says, apart from its intent.

Every span is verbatim: `text == message[start:end]`. Normalisation is one-to-one by character, so a span of the
normalised text is a span of the stored text as well.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Script = Literal["hans", "hant"]
Risk = Literal["fraud", "unauthorized_txn", "card_loss", "identity_misuse", "violence", "self_harm"]
Threat = Literal["media", "regulator", "legal"]
Precision = Literal["minute", "hour", "part_of_day", "day", "week", "month", "year", "range", "habit", "vague"]
WhoKind = Literal["staff", "department", "collector", "partner", "impostor", "private_person"]
WhereKind = Literal["branch", "channel", "device", "place"]
Act = Literal[
    "affirm",
    "deny",
    "skip",
    "refuse",
    "correct",
    "cancel",
    "resume",
    "thank",
    "goodbye",
    "ask_human",
    "ask_supervisor",
    "order_machine",
    "ask_other_person",
    "ask_other_place",
    "ask_other_time",
    "decline_change",
    "busy",
    "hurry",
    "done",
]
"""Dialogue acts that code can tell without the model; a message may carry several (对,可以 / 先不弄了,再见)."""


CORRECTS = (
    "不对|[说讲打写记搞弄][错反]|错了[,， ]|更正|改[成为]|应该是|不是.{1,14}(?:而?是)|是.{1,14}(?:不是|唔系)|错咗"
)
"""Words that repair something said before; 填错一个字 in a story repairs nothing."""


class Frozen(BaseModel):
    """Readings are values: nobody edits what a customer said."""

    model_config = ConfigDict(frozen=True)


class Span(Frozen):
    """A verbatim piece of the message."""

    text: str
    start: int
    end: int


class When(Span):
    """A time, resolved against the message's own clock. `start`/`end` are aware (Asia/Shanghai); both None when vague."""

    precision: Precision
    start_at: datetime | None = None
    end_at: datetime | None = None


class Amount(Span):
    """A sum of money. `currency` is an ISO code; `assumed` when the customer gave no unit."""

    value: float
    currency: str = "CNY"
    approx: bool = False
    assumed: bool = False


class Who(Span):
    """The person or organisation complained about: a role far more often than a name (7-real-text.md, 7)."""

    kind: WhoKind = "staff"
    name: str | None = None
    badge: str | None = None
    role: str | None = None


class Where(Span):
    """A branch or a channel; `canonical` is the looked-up name (城南支行, 手机银行), else the span's text."""

    kind: WhereKind
    canonical: str


class Remedy(Span):
    """What the customer wants, with its key (refund, apology, …; list in shared/eval/README.md)."""

    key: str


class Facts(Frozen):
    """何人、何事、何时、何地、何因 (SD008) and their companions. Empty means: not said in this message."""

    who: tuple[Who, ...] = ()
    when: tuple[When, ...] = ()
    where: tuple[Where, ...] = ()
    amount: tuple[Amount, ...] = ()
    sum_in_words: Span | None = None
    """A sum told without a number (一个月的生活费)."""
    institution: tuple[Span, ...] = ()
    account_tail: Span | None = None
    what: Span | None = None
    """The clause that tells what happened; None when the message tells nothing that happened."""
    why: Span | None = None
    remedy: tuple[Remedy, ...] = ()
    wish: Span | None = None
    """The wish in the customer's words (道歉,当面), all of the answer when it was asked for; `remedy` holds what is known of it."""
    product: tuple[str, ...] = ()
    channel_used: str | None = None
    count: int | None = None
    """How often, as the customer counts: 第三次, 跑了四趟."""
    promise: Span | None = None
    contact_pref: Literal["chat", "phone", "sms", "email", "written", "none"] | None = None
    on_behalf: Literal["parent", "child", "spouse", "other"] | None = None
    avoid: tuple[Who, ...] = ()
    """People the customer does not want to see on the case again (不要再让老王管)."""
    evidence: Span | None = None


class Mood(Frozen):
    """3-dialogue.md 3.4. `score` = 0.6·level + 0.4·previous score; `trend` = level − level two turns ago."""

    level: int = Field(ge=0, le=4)
    score: float
    trend: int
    distress: bool = False
    """Worry, illness, lost work: wants warmer words, no urgency theatre (7-real-text.md, 10)."""


class MoodHistory(Frozen):
    """What the mood measure needs of the turns before: levels oldest first, and the last score."""

    levels: tuple[int, ...] = ()
    score: float = 0.0


class Reading(Frozen):
    """Everything told by one message without asking the model."""

    script: Script
    normalised: str
    """Simplified, half width, same length as the message; a leading slash is escaped."""
    mood: Mood
    risk: Risk | None = None
    risk_stage: Literal["ongoing", "past", "unclear"] | None = None
    threat: Threat | None = None
    complaint: bool = False
    """The words alone say that something went wrong and somebody minds; the model's intent is the second opinion."""
    staff_implicated: bool = False
    second_complaint: bool = False
    awaits: bool = False
    """Waits for something that was promised (不是说昨天打给我吗); a complaint when the promise is ours and overdue."""
    other_bank: bool = False
    """Tells of another bank alone (建行的卡丢了): nothing of ours is at stake, and nothing of ours is to be done."""
    public_place: bool = False
    """Others are listening: 群里, 公开, 大堂里好多人 (3.5 row 12)."""
    group_size: int | None = None
    """People complaining together, when told (3.5 row 5)."""
    cause_six: int | None = Field(default=None, ge=1, le=6)
    """Which of seed 002's six causes training reads in a complaint like this; None when it could be several."""
    acts: frozenset[Act] = frozenset()
    facts: Facts = Facts()
