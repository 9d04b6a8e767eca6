"""What becomes of a case after its registration: its rows, what the desk refuses, and who is written to when."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from checks import Check
from played import Played

QUIET_FROM, QUIET_UNTIL = 22, 8
"""Nobody is written to in the night who has not just written himself (3-dialogue.md 3.8)."""


def stands_in_the_record(played: Played) -> Iterator[str]:
    """Each row that the script describes is there, and none of those that must not be."""
    for part, wanted in played.expects.get("rows", {}).items():
        for row in wanted:
            if not any(fits(found, row) for found in played.result[part]):
                yield f"no row of {part} is {row}: {_shortly(played.result[part], row)}"
    for part, unwanted in played.expects.get("no_rows", {}).items():
        for row in unwanted:
            if any(fits(found, row) for found in played.result[part]):
                yield f"a row of {part} is {row}"


def _shortly(rows: list[dict[str, Any]], wanted: dict[str, Any]) -> list[dict[str, Any]]:
    return [{key: row.get(key) for key in wanted} for row in rows]


def fits(found: Any, wanted: Any) -> bool:
    """Whether what was found is as described: of a row the named fields, of a list at least these, of a time its start.

    `~` begins a pattern to be found in the words.
    """
    if isinstance(wanted, dict):
        return isinstance(found, dict) and all(fits(found.get(key), value) for key, value in wanted.items())
    if isinstance(wanted, list):
        return isinstance(found, list) and all(any(fits(one, value) for one in found) for value in wanted)
    if isinstance(wanted, str) and isinstance(found, str):
        return re.search(wanted[1:], found) is not None if wanted[:1] == "~" else found.startswith(wanted)
    return bool(found == wanted)


def refused(played: Played) -> Iterator[str]:
    """The desk refuses exactly what it must, and says so by its code."""
    for n, code in played.expects.get("refused", {}).items():
        found = (played.turn(n).get("refused") or {}).get("error")
        if found != code:
            yield f"turn {n} should be refused ({code}), was {found or 'done'}"


def written_so_often(played: Played) -> Iterator[str]:
    """So many messages of ours in a turn: a reminder is one."""
    for n, count in played.expects.get("messages", {}).items():
        found = [one.text for one in played.said if one.turn == n]
        if len(found) != count:
            yield f"turn {n}: {len(found)} messages, should be {count}: {found}"


def nobody_is_woken(played: Played) -> Iterator[str]:
    """3.8: between 22:00 and 08:00 nobody hears from us unasked, danger apart."""
    if any(ticket["priority"] == "P0" for ticket in played.result["tickets"]):
        return
    for n, turn in enumerate(played.turns, 1):
        wait = isinstance(played.script.case["turns"][n - 1], dict) and "wait" in played.script.case["turns"][n - 1]
        for one in played.said:
            if wait and one.turn == n and not one.answers and not QUIET_UNTIL <= one.at.hour < QUIET_FROM:
                yield f"turn {n}: written to at {one.at:%H:%M}: {one.text!r} ({turn['at']})"


CASEWORK: tuple[Check, ...] = (stands_in_the_record, refused, written_so_often, nobody_is_woken)
"""What is looked at wherever the script says what should be seen, and the night in every conversation."""
