"""What the checks look at: a script beside the result of its replay, with the questions that one keeps asking of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property, lru_cache
from typing import Any

from opencc import OpenCC
from variants import Script

NUMBER = re.compile(r"(?:TS|ZX|JY|BY|HC)\d{8}-\d{4}")
OPENS, CLOSES = (9, 0), (18, 30)
"""The desk's hours in the default roster of the replay (docs: replay format); no day of these scripts is a holiday."""


@dataclass(frozen=True)
class Said:
    """Something the bot or the desk's own voice said."""

    turn: int
    text: str
    phase: str | None
    place: str
    at: datetime
    answers: tuple[int, ...]
    buttons: tuple[str, ...]

    @property
    def plain(self) -> str:
        """In Simplified characters, so that one pattern serves every customer."""
        return plain(self.text)


@lru_cache
def _simplifier() -> OpenCC:
    return OpenCC("t2s")


def plain(text: object) -> str:
    """Simplified and half width."""
    return _simplifier().convert(str(text or "")).translate(str.maketrans("，？！；：（）", ",?!;:()"))


@dataclass(frozen=True)
class Played:
    """A conversation that was played."""

    script: Script
    result: dict[str, Any]

    @property
    def expects(self) -> dict[str, Any]:
        """What the script says should be seen."""
        return self.script.expects

    @property
    def turns(self) -> list[dict[str, Any]]:
        """The turns of the result, in order."""
        return list(self.result["turns"])

    def turn(self, n: int) -> dict[str, Any]:
        """The n-th turn, counted from 1."""
        turn: dict[str, Any] = self.result["turns"][n - 1]
        return turn

    @cached_property
    def said(self) -> list[Said]:
        """Everything the bot said, and the lines the desk says by itself; not what colleagues wrote."""
        return [
            Said(
                n,
                reply["text"],
                reply.get("phase"),
                reply["place"],
                datetime.fromisoformat(reply["at"]),
                tuple(reply["answers"]),
                tuple(button["title"] for button in reply["buttons"]),
            )
            for n, turn in enumerate(self.turns, 1)
            for reply in turn["replies"]
            if reply["by"] != "agent"
        ]

    def said_at(self, n: int) -> str:
        """Everything said in the n-th turn, in Simplified."""
        return "\n".join(one.plain for one in self.said if one.turn == n)

    def first_said_at(self, n: int) -> Said | None:
        """The first thing said in the n-th turn."""
        return next((one for one in self.said if one.turn == n), None)

    @cached_property
    def customer(self) -> list[str]:
        """What the customer wrote, in order."""
        return [turn["in"] for n, turn in enumerate(self.turns, 1) if turn["in"] and not self.is_agent(n)]

    def is_agent(self, n: int) -> bool:
        """Whether the n-th turn is a colleague's."""
        turn = self.script.case["turns"][n - 1]
        return isinstance(turn, dict) and turn.get("as") == "agent"

    def is_repeated(self, n: int) -> bool:
        """Whether the n-th turn is said until something holds: several messages and replies in one turn."""
        turn = self.script.case["turns"][n - 1]
        return isinstance(turn, dict) and "say" in turn

    @cached_property
    def given(self) -> set[str]:
        """Numbers of the tickets that were there before."""
        return {ticket["number"] for ticket in self.script.case["context"].get("given", {}).get("tickets", [])}

    def tickets(self, kind: str = "TS", *, new: bool = True) -> list[dict[str, Any]]:
        """The customer's tickets of a type; without the given ones unless asked for."""
        return [
            ticket
            for ticket in self.result["tickets"]
            if ticket["mine"] and ticket["type"] == kind and not (new and ticket["number"] in self.given)
        ]

    def ticket(self, number: str) -> dict[str, Any]:
        """The ticket with this number."""
        return {ticket["number"]: ticket for ticket in self.result["tickets"]}[number]

    def settled_by(self, n: int) -> set[str]:
        """What the customer has told, skipped or refused up to and in the n-th turn."""
        return {key for turn, keys in self.script.tells.items() if turn <= n for key in keys}

    @cached_property
    def number_turn(self) -> int | None:
        """The turn in which a new complaint's number was told."""
        numbers = {ticket["number"] for ticket in self.tickets()}
        return next((one.turn for one in self.said if numbers & set(NUMBER.findall(one.text))), None)

    def rows(self, name: str, **values: Any) -> Iterator[dict[str, Any]]:
        """Rows of a part of the result in which all these values stand."""
        for row in self.result[name]:
            if all(row.get(key) == value for key, value in values.items()):
                yield row

    def transcript(self) -> str:
        """The conversation as one would read it, for a failure's message."""
        lines = []
        for n, turn in enumerate(self.turns, 1):
            mood = (turn.get("reading") or {}).get("mood")
            who = "A" if self.is_agent(n) else "C"
            lines.append(
                f"{n} {who}: {turn['in'] or self.script.case['turns'][n - 1]}   [mood {mood}, {turn['phase']}]"
            )
            lines += [f"    {reply['by']}: {reply['text']}" for reply in turn["replies"]]
        return "\n".join(lines)


def answer_due(received: datetime) -> datetime:
    """The last staffed moment within 24 hours of `received`, worked out here once more and by hand."""
    latest = received + timedelta(hours=24)
    closing = latest.replace(hour=CLOSES[0], minute=CLOSES[1], second=0, microsecond=0)
    if latest > closing:
        return closing
    if (latest.hour, latest.minute) >= OPENS:
        return latest
    return closing - timedelta(days=1)


def covers(resolved: str | None, day: str, clock: str | None = None) -> bool:
    """Whether a resolved time (date, moment or interval; `day` may be a month) means this day, and this hour if given."""
    if not resolved:
        return False
    start, _, end = resolved.partition("/")
    spans = bool(end) and len(day) == len("2025-06-11") and start[:10] <= day <= end[:10]
    if not (start.startswith(day) or spans):
        return False
    if clock is None:
        return True
    if end:
        return start[11:16] <= clock <= end[11:16]
    return start[11:16] == clock


def parse_day(text: str) -> date:
    """A date as scripts write it."""
    return date.fromisoformat(text)
