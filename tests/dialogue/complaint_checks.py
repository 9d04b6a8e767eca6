"""Checks of a complaint from its first sentence to its number, and of what the record then holds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from checks import ANSWER_KEYS, DATE, Check, thanks_and_apologises_first
from played import NUMBER, Played, plain
from record_checks import anonymous, case_of, cause, dates, facts, flags, one_case, recusal, remedy, traceable

from desk.phrases.lint import asks


def opening(played: Played) -> Iterator[str]:
    """G1: the first message thanks and apologises before anything else; where feelings are high it asks nothing."""
    n = played.expects["complaint"]
    first = played.first_said_at(n)
    yield from thanks_and_apologises_first(played, first, n)
    if played.expects.get("upset") and first is not None:
        asked = set(played.turn(n)["asked"]) & ANSWER_KEYS
        if asked or asks(first.text) > int(bool(first.buttons)):
            yield f"turn {n}: asks an upset customer {sorted(asked)}: {played.said_at(n)!r}"


def order(played: Played) -> Iterator[str]:
    """ORDER: gratitude, then facts, then procedure; read back before it is registered (F4)."""
    begins, number = played.expects["complaint"], played.number_turn
    first_ask = next((n for n, turn in enumerate(played.turns, 1) if set(turn["asked"]) & ANSWER_KEYS), None)
    if first_ask is not None and first_ask < begins:
        yield f"asks in turn {first_ask}, before the complaint in turn {begins}"
    if number is None:
        yield "no number was told"
        return
    if number <= begins:
        yield f"the number was told in turn {number}, straight after the complaint"
    if first_ask is not None and number <= first_ask:
        yield f"the number was told in turn {number}, before the facts of turn {first_ask}"
    after = number + 1 if played.is_repeated(number) else number
    late = [n for n, turn in enumerate(played.turns, 1) if n >= after and set(turn["asked"]) & ANSWER_KEYS]
    if late:
        yield f"asks again after the number was told, in turns {late}"
    by = played.expects.get("number_told_by")
    if by is not None and number > by:
        yield f"the number was told in turn {number}, not by turn {by}"


def read_back(played: Played) -> Iterator[str]:
    """F4: what will be registered was read back before; F1: with nothing in it that nobody told."""
    wanted = played.expects.get("read_back")
    if wanted is None:
        return
    number = played.number_turn or len(played.turns)
    turns = [n for n, turn in enumerate(played.turns, 1) if "confirm" in turn["asked"] and n <= number]
    if not turns:
        yield "nothing was read back before registering"
        return
    text = "\n".join(one.plain for one in played.said if one.turn in turns and one.phase != "procedure")
    for words in wanted:
        if not re.search(plain(words), text):
            yield f"{words!r} is missing in what was read back: {text!r}"
    told = plain(" ".join(played.customer)) + " " + " ".join(_resolved(played))
    for figure in set(re.findall(r"(?<![\d-])\d{3,}(?![\d-])", text)):
        if figure not in told:
            yield f"{figure} was read back and nobody told it: {text!r}"


def _resolved(played: Played) -> list[str]:
    return [str(fact["resolved"]) for ticket in played.tickets() for fact in ticket["facts"].values()]


def procedure_message(played: Played) -> Iterator[str]:
    """P1: number, type, owner, first answer within 24 h, decision as a date, next update, add or withdraw, remedies."""
    for ticket in played.tickets():
        said = [one for one in played.said if ticket["number"] in one.text and one.phase == "procedure"]
        if len(said) != 1:
            yield f"{ticket['number']} was told in {len(said)} registration messages"
            continue
        text, at = said[0].plain, said[0].at
        parts = {
            "type": "投诉",
            "owner": re.escape(plain(ticket["owner"])),
            "how to add": "补充",
            "how to withdraw": "撤回",
            "remedies": "核查|调解|仲裁|诉讼",
            "decision date": _date(ticket["decision_due"]),
            "first answer": _moment(ticket["answer_due"]),
            "next update": _moment(ticket["next_update_at"]),
        }
        for name, pattern in parts.items():
            if not re.search(pattern, text):
                yield f"turn {said[0].turn}: {name} is missing ({pattern}): {said[0].text!r}"
        if re.search(r"\d+个?(?:工作)?[日天]内", text) and not re.search(DATE, text):
            yield f"turn {said[0].turn}: days without a date: {said[0].text!r}"
        if ticket["next_update_at"] and datetime.fromisoformat(ticket["next_update_at"]) <= at:
            yield f"the next update is over already: {ticket['next_update_at']}"


def _date(moment: str | None) -> str:
    when = datetime.fromisoformat(moment) if moment else None
    return f"{when.month}月{when.day}日" if when else "no date in the record"


def _moment(moment: str | None) -> str:
    when = datetime.fromisoformat(moment) if moment else None
    return rf"{when.month}月{when.day}日[^\d]{{0,6}}{when:%H:%M}" if when else "no time in the record"


def promises(played: Played) -> Iterator[str]:
    """P2: answer, decision and next update of a registered complaint are promises that are watched."""
    for ticket in played.tickets():
        due = {row["due_at"] for row in played.rows("promises", ticket=ticket["number"]) if row["state"] != "voided"}
        for key in ("answer_due", "decision_due", "next_update_at"):
            if ticket["state"] != "draft" and ticket[key] not in due:
                yield f"{key} {ticket[key]} of {ticket['number']} is no promise"


def digression(played: Played) -> Iterator[str]:
    """3.13: the question in between is answered with its date, and the same open question returns."""
    n = played.expects.get("digression")
    if n is None:
        return
    before, after = set(played.turn(n - 1)["asked"]), set(played.turn(n)["asked"])
    if not before or before != after:
        yield f"asked {sorted(before)} before the digression and {sorted(after)} after: {played.said_at(n)!r}"
    answered = played.expects["answers"][n]
    if not re.search(plain(answered), played.said_at(n)):
        yield f"turn {n} does not answer ({answered}): {played.said_at(n)!r}"
    if not re.search(r"截至\d{4}-\d{2}-\d{2}", played.said_at(n)):
        yield f"turn {n} answers without an as-of date: {played.said_at(n)!r}"


def draft_waits(played: Played) -> Iterator[str]:
    """D7: leaving keeps the draft and says how to come back; coming back meets the same open question."""
    left, back = played.expects.get("cancelled"), played.expects.get("resumed")
    if left is None or back is None:
        return
    text = played.said_at(left)
    if not re.search("继续", text) or not re.search("24小时", text):
        yield f"turn {left} does not say how to come back: {text!r}"
    if "?" in text:
        yield f"turn {left} goes on asking: {text!r}"
    before = set(next((turn["asked"] for turn in reversed(played.turns[: left - 1]) if turn["asked"]), []))
    resumed = set(played.turn(back)["asked"])
    if not resumed or (before and resumed != before):
        yield f"asked {sorted(before)} before, {sorted(resumed)} after coming back: {played.said_at(back)!r}"


def help_first(played: Played) -> Iterator[str]:
    """D5: what helps right now comes before any question."""
    wanted = played.expects.get("workaround")
    if wanted is None:
        return
    text = played.said_at(played.expects["complaint"]).split("?")[0]
    if not re.search(wanted, text):
        yield f"no way round the trouble is told first: {played.said_at(played.expects['complaint'])!r}"


def appointment(played: Played) -> Iterator[str]:
    """D9: a call in the customer's slot, confirmed with weekday and date; a change of time, and no deadline moves."""
    wanted = played.expects.get("appointment")
    if wanted is None:
        return
    booked = list(played.rows("appointments", state="booked"))
    if len(booked) != 1:
        yield f"{len(booked)} appointments: {played.result['appointments']}"
        return
    if "start" in wanted and booked[0]["start"] != wanted["start"]:
        yield f"the call is at {booked[0]['start']}, should be {wanted['start']}"
    accepted = [row for row in played.rows("changes", kind="change_time") if row["answer"] == "accepted"]
    if not accepted or not any(row["executed_at"] and row["start"] == booked[0]["start"] for row in accepted):
        yield f"no change of time was carried out: {played.result['changes']}"
    last = "\n".join(one.plain for one in played.said if one.turn == len(played.turns))
    for words in wanted.get("said", [_date(booked[0]["start"]), "周"]):
        if not re.search(words, last):
            yield f"{words!r} is missing in the confirmation: {last!r}"
    ticket = case_of(played)
    if ticket and booked[0]["ticket"] != ticket["number"]:
        yield f"the call belongs to {booked[0]['ticket']}"
    if ticket and ticket["answer_due"] and ticket["answer_due"] < booked[0]["start"]:
        everything = "\n".join(one.plain for one in played.said)
        if not re.search(_moment(ticket["answer_due"]), everything):
            yield f"that the answer comes before the call ({ticket['answer_due']}) is not told: {everything!r}"


def public_place(played: Played) -> Iterator[str]:
    """D10: in public one neutral line and no plea; a private place by consent, and the conversation goes on there."""
    if "public" not in played.expects:
        return
    for one in played.said:
        if one.place != "public":
            continue
        for words in played.expects["not_in_public"]:
            if words in one.plain:
                yield f"turn {one.turn} tells {words!r} in public: {one.text!r}"
        if NUMBER.search(one.text):
            yield f"turn {one.turn} tells a number in public: {one.text!r}"
    for n in played.expects["public"]:
        if not any(one.place == "public" for one in played.said if one.turn == n):
            yield f"turn {n} is not answered where it was written"
    offered = [row for row in played.rows("changes", kind="change_place") if row["offered_at"]]
    if not any(row["answer"] == "accepted" and row["executed_at"] for row in offered):
        yield f"no private place was offered, accepted and used: {played.result['changes']}"
    last = played.said[-1]
    if last.place != played.expects["place"]:
        yield f"the last reply is {last.place}"


def corrections(played: Played) -> Iterator[str]:
    """F4: what is corrected is said back, in that very turn, and not asked for once more."""
    for n, pattern in played.expects.get("corrected", {}).items():
        if not re.search(plain(pattern), played.said_at(n)):
            yield f"turn {n} does not say back what was corrected ({pattern}): {played.said_at(n)!r}"


def silence(played: Played) -> Iterator[str]:
    """3.13: after ten silent minutes the progress is kept, and no question is put to an empty room."""
    n = played.expects.get("silent")
    if n is not None:
        text = played.said_at(n)
        if not re.search("保存|存", text) or "?" in text:
            yield f"turn {n}: the progress is not kept, or something is asked: {text!r}"


def threat_answered(played: Played) -> Iterator[str]:
    """3.5 row 13: the right is acknowledged in words, another person is offered; what is declined never comes again."""
    n = played.expects.get("right_acknowledged")
    if n is not None and not re.search("有权|权利", played.said_at(n)):
        yield f"turn {n} does not acknowledge the right: {played.said_at(n)!r}"
    declined = played.expects.get("declined")
    if declined is None:
        return
    rows = list(played.rows("changes", kind="change_person", answer="declined"))
    if not rows:
        yield f"no declined change stands in the record: {played.result['changes']}"
    for one in played.said:
        if one.turn > declined and re.search("换.{0,2}同事|主管接手|转给那位", one.plain + "".join(one.buttons)):
            yield f"turn {one.turn} offers again what was declined: {one.text!r}"


COMPLAINT: tuple[Check, ...] = (
    opening,
    order,
    read_back,
    procedure_message,
    promises,
    dates,
    one_case,
    cause,
    facts,
    traceable,
    remedy,
    recusal,
    flags,
    anonymous,
    digression,
    draft_waits,
    help_first,
    appointment,
    public_place,
    corrections,
    silence,
    threat_answered,
)
