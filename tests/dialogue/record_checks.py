"""What the record holds of a complaint: its dates, its cause, its facts, who is kept off it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from played import Played, answer_due, covers, plain

LIMITS = re.compile(r"联系不到|联系不上|没法主动|无法主动|不能主动|没办法主动")


def case_of(played: Played) -> dict[str, Any] | None:
    found = played.tickets()
    return found[0] if found else None


def dates(played: Played) -> Iterator[str]:
    """The clock starts with the first sentence; an answer within 24 hours; 15 natural days, appointment or not."""
    ticket = case_of(played)
    if ticket is None:
        return
    begins = datetime.fromisoformat(played.turn(played.expects["complaint"])["at"])
    received = datetime.fromisoformat(ticket["received_at"])
    if abs(received - begins) > timedelta(seconds=1):
        yield f"received at {received}, said at {begins}"
    if ticket["history"] and ticket["history"][0]["to"] != "draft":
        yield f"there was no draft first: {ticket['history'][0]}"
    if ticket["answer_due"] is None:
        return
    answer = datetime.fromisoformat(ticket["answer_due"])
    told = datetime.fromisoformat(played.turn(played.number_turn)["at"]) if played.number_turn else received
    wanted = answer_due(received)
    if wanted > told and abs(answer - wanted) > timedelta(minutes=1):
        yield f"first answer due {answer}, should be {wanted}"
    if not timedelta(0) < answer - received <= timedelta(hours=24):
        yield f"first answer due {answer}, {answer - received} after the first sentence"
    decision = played.expects.get("decision")
    if decision and not ticket["decision_due"].startswith(decision):
        yield f"decision due {ticket['decision_due']}, should be {decision}"


def one_case(played: Played) -> Iterator[str]:
    """One complaint is one ticket, registered, with an owner and a cause."""
    found = played.tickets()
    if len(found) != 1:
        yield f"{len(found)} complaints in the record: {[ticket['number'] for ticket in found]}"
    for ticket in found:
        if ticket["state"] not in ("registered", "assigned", "investigating"):
            yield f"{ticket['number']} is {ticket['state']}"
        if not ticket["owner"]:
            yield f"{ticket['number']} has no owner"


def cause(played: Played) -> Iterator[str]:
    """The cause, by the standard's axis and by the six causes."""
    ticket = case_of(played)
    if ticket is None or not ticket["items"]:
        yield "nothing stands in the record"
        return
    found = [key for item in ticket["items"] for key in item["cause_jrt"]]
    if "cause_jrt" in played.expects and not set(found) & set(played.expects["cause_jrt"]):
        yield f"cause {found}, should be {played.expects['cause_jrt']} ({ticket['intent']})"
    six = played.expects.get("cause_six")
    if six and six not in [item["cause_six"] for item in ticket["items"]]:
        yield f"cause {[item['cause_six'] for item in ticket['items']]} of six, should be {six}"


def facts(played: Played) -> Iterator[str]:
    """SD008: who, what, when, where and how much stand in the record as they were told (F1)."""
    ticket = case_of(played)
    if ticket is None:
        return
    has, wants = ticket["facts"], played.expects
    if not (has.get("what") or {}).get("value"):
        yield "what happened is not in the record"
    if "when" in wants:
        when = has.get("when") or {}
        if not covers(when.get("resolved"), wants["when"]["date"], wants["when"].get("time")):
            yield f"when is {when.get('value')!r} → {when.get('resolved')}, should be {wants['when']}"
    if "where" in wants and plain(wants["where"]) not in plain((has.get("where") or {}).get("value")):
        yield f"where is {(has.get('where') or {}).get('value')!r}, should be {wants['where']}"
    if "who" in wants:
        who = has.get("who") or {}
        told = plain(f"{who.get('value')} {who.get('resolved')}")
        if not any(re.search(pattern, told) for pattern in wants["who"]):
            yield f"who is {who.get('value')!r} ({who.get('status')}), should be {wants['who']}"
    if "amount" in wants:
        amount = (has.get("amount") or {}).get("resolved")
        if wants["amount"] not in ([amount] if not isinstance(amount, list) else amount):
            yield f"amount is {amount}, should be {wants['amount']}"


def traceable(played: Played) -> Iterator[str]:
    """F1: every fact comes from a message the customer wrote."""
    written = {turn.get("seq") for n, turn in enumerate(played.turns, 1) if not played.is_agent(n)}
    last = max((seq for seq in written if seq is not None), default=0)
    for ticket in played.tickets():
        for key, fact in ticket["facts"].items():
            if fact["status"] == "given" and not 0 < (fact["from_seq"] or 0) <= last:
                yield f"{key} of {ticket['number']} comes from message {fact['from_seq']}"


def remedy(played: Played) -> Iterator[str]:
    """What the customer wants, in keys and in words."""
    ticket = case_of(played)
    if ticket is None:
        return
    missing = set(played.expects.get("remedy", ())) - set(ticket["remedy"])
    if missing:
        yield f"{sorted(missing)} is not among the wishes: {ticket['remedy']}"
    said = plain(" ".join(map(str, ticket["remedy"])))
    for words in played.expects.get("remedy_words", ()):
        if words not in said:
            yield f"{words!r} of the wish is lost: {ticket['remedy']}"


def recusal(played: Played) -> Iterator[str]:
    """3.5 row 8: the people and the branch concerned are kept off the case, and the customer is told."""
    ticket = case_of(played)
    wanted = played.expects.get("exclusions")
    if ticket is None or not wanted:
        return
    missing = [name for name in wanted if name not in ticket["exclusions"]]
    if missing:
        yield f"{missing} is not kept off the case: {ticket['exclusions']}"
    branch = wanted[0]
    if played.number_turn and branch not in played.said_at(played.number_turn):
        yield f"the customer does not hear that {branch} is kept off: {played.said_at(played.number_turn)!r}"
    if ticket["owner"] in wanted:
        yield f"{ticket['owner']} owns the complaint about himself"
    if not any(8 in row["trigger_rows"] for row in played.rows("changes", kind="change_person")):
        yield "no change of person by row 8 stands in the record"


def flags(played: Played) -> Iterator[str]:
    """Priority, compliance, whom it is for."""
    ticket = case_of(played)
    if ticket is None:
        return
    if "priority" in played.expects and ticket["priority"] != played.expects["priority"]:
        yield f"priority {ticket['priority']}, should be {played.expects['priority']}"
    if played.expects.get("compliance") and not ticket["flags"]["compliance"]:
        yield "compliance does not see it"
    relation = (ticket["on_behalf"] or {}).get("relation")
    if "on_behalf" in played.expects and relation != played.expects["on_behalf"]:
        yield f"on behalf of {relation}, should be {played.expects['on_behalf']}"
    if played.expects.get("threat") and not list(played.rows("alerts", kind="threat")):
        yield f"nobody hears of the threat: {played.result['alerts']}"


def anonymous(played: Played) -> Iterator[str]:
    """A refusal is respected, its limits told once, before the number; an owner is there all the same (D6)."""
    ticket = case_of(played)
    if ticket is None or not played.expects.get("anonymous"):
        return
    contact = ticket["facts"].get("contact") or {}
    if ticket["contact_pref"] != "none" and contact.get("status") != "refused":
        yield f"contact is {contact}, preferred {ticket['contact_pref']}"
    told = [one.turn for one in played.said if LIMITS.search(one.plain)]
    if len(told) != 1:
        yield f"the limits of being anonymous are told {len(told)} times: turns {told}"
    if told and played.number_turn and told[0] > played.number_turn:
        yield "the limits are told after the number"
