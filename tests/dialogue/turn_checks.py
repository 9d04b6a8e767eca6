"""What a script says of single turns, and of what the record then holds, whatever kind of conversation it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from checks import ANSWER_KEYS, Check
from played import Played, covers, plain


def heard(played: Played) -> Iterator[str]:
    """What must be said and must not, turn by turn; under `ever`, somewhere in the whole conversation."""
    everything = "\n".join(one.plain for one in played.said)
    for n, pattern in played.expects.get("heard", {}).items():
        text = everything if n == "ever" else played.said_at(n)
        if not re.search(plain(pattern), text):
            yield f"turn {n}: {pattern!r} is not said: {text!r}"
    for n, pattern in played.expects.get("unheard", {}).items():
        text = everything if n == "ever" else played.said_at(n)
        found = re.search(plain(pattern), text)
        if found:
            yield f"turn {n}: {found[0]!r} is said: {text!r}"


def recorded(played: Played) -> Iterator[str]:
    """Exactly these new cases stand in the record, by type, in these states."""
    if "records" in played.expects:
        found: dict[str, list[str]] = {}
        for ticket in played.result["tickets"]:
            if ticket["number"] not in played.given:
                found.setdefault(ticket["type"], []).append(ticket["state"])
        found = {kind: sorted(states) for kind, states in found.items()}
        if found != played.expects["records"]:
            yield f"the record holds {found}, should hold {played.expects['records']}"
    added = " ".join(str(addition["text"]) for ticket in played.result["tickets"] for addition in ticket["additions"])
    if played.expects.get("additions", "") not in plain(added):
        yield f"{played.expects['additions']!r} was not added: {added!r}"
    if "second" in played.expects:
        marked = [one["number"] for one in played.result["tickets"] if one["flags"]["second_complaint"]]
        if bool(marked) is not played.expects["second"]:
            yield f"second complaints: {marked}"


def kept(played: Played) -> Iterator[str]:
    """What a new case holds: facts as they were told, how many grievances, how to reach the customer, what is no fact."""
    wanted = {
        key: played.expects[key]
        for key in ("facts_kept", "items", "contact_pref", "vulnerable", "not_kept")
        if key in played.expects
    }
    if not wanted:
        return
    if not played.tickets():
        yield f"there is no case, {wanted} cannot be in it"
        return
    ticket = played.tickets()[0]
    for key, value in wanted.get("facts_kept", {}).items():
        fact = ticket["facts"].get(key) or {}
        if not _holds(fact, key, value):
            yield f"{key} is {fact.get('value')!r} → {fact.get('resolved')}, should be {value}"
    for key, pattern in wanted.get("not_kept", {}).items():
        said = ticket["remedy"] if key == "remedy" else (ticket["facts"].get(key) or {}).get("value")
        if re.search(pattern, plain(said)):
            yield f"{key} is {said!r}"
    if len(ticket["items"]) < wanted.get("items", 0):
        yield f"{len(ticket['items'])} grievances: {[item['what'] for item in ticket['items']]}"
    if "contact_pref" in wanted and ticket["contact_pref"] != wanted["contact_pref"]:
        yield f"to be reached by {ticket['contact_pref']}, should be {wanted['contact_pref']}"
    if wanted.get("vulnerable") and not ticket["flags"]["vulnerable"]:
        yield "nobody sees that this customer needs more care"


def _holds(fact: dict[str, Any], key: str, value: Any) -> bool:
    resolved = fact.get("resolved")
    if key == "when":
        return covers(resolved, value)
    if key == "amount":
        return value in (resolved if isinstance(resolved, list) else [resolved])
    return re.search(plain(value), plain(fact.get("value"))) is not None


def scored(played: Played) -> Iterator[str]:
    """Digits and words of a survey are stored under what was asked."""
    if played.expects["kind"] != "talk" or "answers_stored" not in played.expects:
        return
    answers = played.result["surveys"][0]["answers"] if played.result["surveys"] else {}
    for item, value in played.expects["answers_stored"].items():
        if answers.get(item) != value:
            yield f"{item} is {answers.get(item)!r}, should be {value!r}"


def joined(played: Played) -> Iterator[str]:
    """A burst is answered once, at its end."""
    for n in played.expects.get("joined", ()):
        if played.turn(n)["replies"]:
            yield f"turn {n} is answered by itself: {played.said_at(n)!r}"


def owned_by(played: Played) -> Iterator[str]:
    """Who has the conversation after a turn: the bot, the queue or a colleague."""
    for n, owner in played.expects.get("owners", {}).items():
        if played.turn(n)["owner"] != owner:
            yield f"turn {n} is the {played.turn(n)['owner']}'s, should be the {owner}'s"


def asks_only(played: Played) -> Iterator[str]:
    """In these turns exactly these facts are asked for; an empty list forbids to ask."""
    for n, keys in played.expects.get("asks_at", {}).items():
        asked = set(played.turn(n)["asked"]) & ANSWER_KEYS
        if asked != set(keys):
            yield f"turn {n} asks for {sorted(asked)}, should ask for {keys}: {played.said_at(n)!r}"


def alerted(played: Played) -> Iterator[str]:
    """Somebody is told, or nobody is."""
    kinds = {row["kind"] for row in played.result["alerts"]}
    wanted = played.expects.get("alerts")
    if wanted and not kinds & set(wanted):
        yield f"no alert of {wanted}: {sorted(kinds)}"
    if played.expects.get("no_alerts") and kinds:
        yield f"alerts of {sorted(kinds)}"


SCRIPTED: tuple[Check, ...] = (
    heard,
    recorded,
    kept,
    scored,
    joined,
    owned_by,
    asks_only,
    alerted,
)
"""What is looked at where the script says what should be seen."""
