"""The turns of a case: what the customer, a colleague, the clock and the bot do, one after the other."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag

from api.replay.cases.strict import Strict

Until = Literal["number_told", "owner_agent"]


def _is_duration(value: object) -> object:
    if not isinstance(value, str) or not re.fullmatch(r"P(?=.)(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?", value):
        raise ValueError("not an ISO duration such as PT24H")
    return value


Duration = Annotated[timedelta, BeforeValidator(_is_duration)]


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
