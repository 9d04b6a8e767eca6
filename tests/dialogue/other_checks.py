"""Checks of conversations that are no new complaint: enquiries, chasing, danger, follow-up, and what is none of our business."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime

from casework_checks import CASEWORK
from checks import ANSWER_KEYS, EVERY, Check, thanks_and_apologises_first
from complaint_checks import COMPLAINT
from played import NUMBER, Played, plain
from turn_checks import SCRIPTED

from desk.phrases.lint import has_apology

INTERNALS = re.compile(
    r"rasa|prompt|intent|slot|nlu|tracker|提示词|意图|系统设定|训练数据如下|配置文件如下", re.IGNORECASE
)
MONEY = ("fraud", "unauthorized_txn", "card_loss", "identity_misuse")
AS_OF = re.compile(r"截至\d{4}-\d{2}-\d{2}")


def answered(played: Played) -> Iterator[str]:
    """Every answer is one, and says as of when it holds (SD063)."""
    for n, pattern in played.expects.get("answers", {}).items():
        text = played.said_at(n)
        if not re.search(plain(pattern), text):
            yield f"turn {n} does not answer {played.turn(n)['in']!r} ({pattern}): {text!r}"
        if not AS_OF.search(text):
            yield f"turn {n} answers without an as-of date: {text!r}"


def no_case(played: Played) -> Iterator[str]:
    """Asking is not complaining: no draft, no apology."""
    if played.result["tickets"]:
        yield f"tickets were made: {[(one['number'], one['state']) for one in played.result['tickets']]}"
    for one in played.said:
        if has_apology(one.text):
            yield f"turn {one.turn} apologises to somebody who only asks: {one.text!r}"


def light_survey(played: Played) -> Iterator[str]:
    """3.11: at the end of an enquiry one question that a tap answers, and nothing more."""
    n = played.expects.get("light_survey")
    if n is None:
        return
    asked = [one for one in played.said if one.turn == n and re.search("帮到|有用|有帮助|满意", one.plain)]
    if not asked:
        yield f"turn {n}: nobody asks whether the answer helped: {played.said_at(n)!r}"
    elif not any(len(one.buttons) >= 2 for one in asked):
        yield f"turn {n}: there is nothing to tap"


def knows_the_case(played: Played) -> Iterator[str]:
    """3.8: a chase is answered with thanks, an apology, the last step and a time, and with no question about the known."""
    n = played.expects["opening"]
    yield from thanks_and_apologises_first(played, played.first_said_at(n), n)
    text = "\n".join(played.said_at(m) for m in range(n, n + 2))
    for words in played.expects["known"]:
        if not re.search(words, text):
            yield f"{words!r} of the case is not told: {text!r}"
    if not re.search(r"\d{1,2}月\d{1,2}日[^\d]{0,6}\d{1,2}:\d{2}|\d{1,2}点", text):
        yield f"no time is told: {text!r}"
    asked = {key for turn in played.turns for key in turn["asked"]} & ANSWER_KEYS
    if asked:
        yield f"asks for what the record holds: {sorted(asked)}"
    if played.tickets():
        yield f"a second ticket was made: {[ticket['number'] for ticket in played.tickets()]}"


def goes_to_a_person(played: Played) -> Iterator[str]:
    """3.5 rows 7 and 10: another person is offered, accepted and comes; the second time is flagged and alerted."""
    rows = [
        row for row in played.rows("changes", kind="change_person") if row["offered_at"] or 6 in row["trigger_rows"]
    ]
    if not any({7, 10, 6} & set(row["trigger_rows"]) for row in rows):
        yield f"nobody else was offered: {played.result['changes']}"
    done = [row for row in rows if row["answer"] == "accepted" and row["executed_at"]]
    if not done:
        yield f"no change of person was accepted and carried out: {rows}"
    elif done[-1]["to"] != played.expects["agent"]:
        yield f"the change went to {done[-1]['to']}"
    if not any(row["accepted_by"] == played.expects["agent"] for row in played.result["queue"]):
        yield f"nobody accepted from the queue: {played.result['queue']}"
    ticket = played.ticket(played.expects["ticket"])
    if not ticket["flags"]["second_complaint"]:
        yield "it is not flagged as a second complaint"
    if 6 not in [item["cause_six"] for item in ticket["items"]]:
        yield f"cause 6 is missing: {[item['cause_six'] for item in ticket['items']]}"
    if not list(played.rows("alerts", kind="chase")):
        yield f"nobody is alerted: {played.result['alerts']}"
    due = played.expects.get("promise_due")
    if due and not list(played.rows("promises", due_at=due)):
        yield f"what the agent promised for {due} is no promise: {[row['due_at'] for row in played.result['promises']]}"


def danger_first(played: Played) -> Iterator[str]:
    """3.9: in that very turn the P0 ticket, the call for a person, and what saves; nothing else is asked."""
    n = played.expects["urgent"]
    at, risk = played.turn(n)["at"], played.turn(n)["reading"]["risk"]
    if risk != played.expects["risk"]:
        yield f"turn {n}: risk {risk}, should be {played.expects['risk']}: {played.turn(n)['in']!r}"
        return
    tickets = [ticket for ticket in played.tickets() if ticket["priority"] == "P0"]
    if len(tickets) != 1 or tickets[0]["received_at"] != at:
        yield f"no P0 ticket of that moment: {[(one['number'], one['received_at']) for one in tickets]}"
    waits = [
        row for row in played.rows("queue", priority="P0", skill=played.expects["skill"]) if row["entered_at"] == at
    ]
    if len(waits) != 1:
        yield f"nobody was called at once: {played.result['queue']}"
    elif waits[0]["accepted_by"] != played.expects["agent"]:
        yield f"the call was accepted by {waits[0]['accepted_by']}"
    first = played.first_said_at(n)
    if first is None or first.phase != "urgent" or first.at.isoformat() != at:
        yield f"turn {n}: no safety sentence at once: {first}"
    text = "\n".join(one.plain for one in played.said if one.phase == "urgent")
    for pattern in played.expects["says"]:
        if not re.search(pattern, text):
            yield f"{pattern!r} is not said: {text!r}"
    if not list(played.rows("alerts", kind="urgent", to=played.expects["skill"])):
        yield f"nobody is alerted: {played.result['alerts']}"
    rows = [row for row in played.rows("changes", kind="change_person") if row["answer"] == "not_needed"]
    if not rows:
        yield f"no change of person without consent stands in the record: {played.result['changes']}"


def everything_else_waits(played: Played) -> Iterator[str]:
    """No form, no survey, no talk about money owed; a complaint begun before stays a draft."""
    n = played.expects["urgent"]
    # 3.9: of money in danger at most three facts; of a life in danger none.
    allowed = {"when", "amount", "account_tail"} if played.expects["risk"] in MONEY else set()
    for m, turn in enumerate(played.turns[n - 1 :], n):
        strange = set(turn["asked"]) & ANSWER_KEYS - allowed
        if strange:
            yield f"turn {m} goes on with the form: {sorted(strange)}"
    for words in played.expects.get("silent_about", ()):
        for one in played.said:
            if one.turn >= n and words in one.plain:
                yield f"turn {one.turn} speaks of {words}: {one.text!r}"
    if list(played.rows("scheduled", kind="survey")):
        yield "a survey is planned"
    others = [ticket for ticket in played.tickets() if ticket["priority"] != "P0"]
    if [ticket["state"] for ticket in others] != (["draft"] if "other_tickets" in played.expects else []):
        yield f"other tickets: {[(ticket['number'], ticket['state']) for ticket in others]}"


def danger_recorded(played: Played) -> Iterator[str]:
    """The sum at stake is kept; what somebody said about his life is for the people on duty alone."""
    urgent = [ticket for ticket in played.tickets() if ticket["priority"] == "P0"]
    if not urgent:
        return
    ticket = urgent[0]
    if "amount" in played.expects:
        amount = (ticket["facts"].get("amount") or {}).get("resolved")
        if played.expects["amount"] not in ([amount] if not isinstance(amount, list) else amount):
            yield f"amount is {amount}, should be {played.expects['amount']}"
    if played.expects.get("restricted"):
        if not ticket["flags"]["restricted"]:
            yield "the ticket is not restricted"
        kept = json.dumps([ticket["items"], ticket["facts"], ticket["additions"]], ensure_ascii=False)
        for words in played.customer:
            if len(words) > 3 and words in kept:
                yield f"the ticket quotes {words!r}"


def survey_stored(played: Played) -> Iterator[str]:
    """3.11: words and digits are read by what was asked; dissatisfied stays dissatisfied; one reason is asked, once."""
    [survey] = played.result["surveys"][:1] or [{"answers": {}, "satisfied": None}]
    for item, value in played.expects["answers_stored"].items():
        if survey["answers"].get(item) != value:
            yield f"{item} is {survey['answers'].get(item)!r}, should be {value!r}: {survey['answers']}"
    reason = played.expects.get("reason")
    if reason and reason not in plain(survey["answers"].get("reason")):
        yield f"the reason is {survey['answers'].get('reason')!r}"
    if survey["satisfied"] is not False:
        yield f"satisfied is {survey['satisfied']}"
    if not list(played.rows("alerts", kind="dissatisfied", to="supervisor")):
        yield f"the supervisor is not alerted: {played.result['alerts']}"
    asked = [key for turn in played.turns for key in turn["asked"]]
    if asked.count("reason") != 1:
        yield f"the reason is asked {asked.count('reason')} times"
    if list(played.rows("scheduled", work="survey_remind")):
        yield "a reminder is still planned"


def put_right(played: Played) -> Iterator[str]:
    """What was chosen happens: another colleague, the upper level, or mediation, with a date."""
    ticket, chosen = played.ticket(played.expects["ticket"]), played.expects["recovery"]
    last = played.said_at(len(played.turns))
    if not re.search(r"\d{1,2}月\d{1,2}日", last):
        yield f"no date is told: {last!r}"
    if chosen == "redo":
        yield from _done_again(played, ticket)
    elif chosen == "review":
        reviews = played.tickets("HC")
        if len(reviews) != 1 or {"kind": "review_of", "number": ticket["number"]} not in reviews[0]["links"]:
            yield f"no review is linked: {reviews}"
            return
        if not reviews[0]["decision_due"].startswith(played.expects["review_due"]):
            yield f"the review is due {reviews[0]['decision_due']}, should be {played.expects['review_due']}"
        if reviews[0]["number"] not in NUMBER.findall(last):
            yield f"the review's number is not told: {last!r}"
    elif not any(row["ticket"] == ticket["number"] and row["state"] == "open" for row in played.result["promises"]):
        yield f"nothing is promised about the mediation: {played.result['promises']}"


def _done_again(played: Played, ticket: dict[str, object]) -> Iterator[str]:
    flags, items, exclusions = ticket["flags"], ticket["items"], ticket["exclusions"]
    assert isinstance(flags, dict)
    assert isinstance(items, list)
    assert isinstance(exclusions, list)
    if not flags["second_complaint"] or 6 not in [item["cause_six"] for item in items]:
        yield f"no second complaint, cause 6: {flags}, {[item['cause_six'] for item in items]}"
    if ticket["state"] != "reopened":
        yield f"the ticket is {ticket['state']}"
    if ticket["priority"] != "P1":
        yield f"priority {ticket['priority']}"
    wanted = played.expects.get("excluded", [])
    if wanted and wanted[0] not in exclusions:
        yield f"{wanted} is not kept off the case: {exclusions}"
    if ticket["owner"] in exclusions:
        yield f"{ticket['owner']} owns it and is excluded"
    if not any(
        7 in row["trigger_rows"] and row["answer"] == "accepted" for row in played.rows("changes", kind="change_person")
    ):
        yield f"no change of person by row 7: {played.result['changes']}"
    due = str(ticket["decision_due"])
    if "decision" in played.expects and not due.startswith(played.expects["decision"]):
        yield f"decision due {due}, should be {played.expects['decision']} because of the new fact"
    told = datetime.fromisoformat(due)
    if f"{told.month}月{told.day}日" not in played.said_at(len(played.turns)):
        yield f"the new date is not told: {played.said_at(len(played.turns))!r}"


def nothing_happens(played: Played) -> Iterator[str]:
    """D13: no state changes, nothing internal is said, and a person is offered."""
    for part in ("tickets", "changes", "promises", "surveys", "alerts", "queue"):
        if played.result[part]:
            yield f"{part}: {played.result[part]}"
    for one in played.said:
        if INTERNALS.search(one.plain):
            yield f"turn {one.turn} speaks of itself: {one.text!r}"
    if not any("人工" in one.plain for one in played.said):
        yield "no person is offered"
    for n, pattern in played.expects["refuses"].items():
        text = played.said_at(n)
        if not re.search(pattern, text):
            yield f"turn {n} does not refuse {played.turn(n)['in']!r} ({pattern}): {text!r}"


def left_alone(played: Played) -> Iterator[str]:
    """3.1: a draft that was left is asked about once, gently, a day later; a no ends it."""
    n = played.expects["left"]
    asked = [one for one in played.said if one.turn == n and re.search("需要我们处理|还需要", one.plain)]
    if len(asked) != 1:
        yield f"turn {n}: asked {len(asked)} times about the draft: {played.said_at(n)!r}"
    later = [one for one in played.said if one.turn > n + 1]
    if later:
        yield f"writes after a no: {[one.text for one in later]}"
    if any(ticket["state"] not in ("draft", "withdrawn", "declined", "closed") for ticket in played.tickets()):
        yield f"registered without a word of consent: {played.tickets()[0]['state']}"


def decision_told(played: Played) -> Iterator[str]:
    """SD024: whatever the outcome, the customer is told in the same conversation, with what can still be done."""
    n = played.expects["decided_at_turn"]
    text = "\n".join(played.said_at(m) for m in range(n, n + 2))
    decided = played.script.case["turns"][n - 1]["args"]["text"]
    if plain(decided).rstrip("。") not in text:
        yield f"the decision is not told: {text!r}"
    if not re.search("核查|调解|仲裁|诉讼", text) or not re.search(r"\d{1,2}月\d{1,2}日", text):
        yield f"what can still be done, and until when, is not told: {text!r}"
    if played.tickets()[0]["notified_at"] is None:
        yield "the record does not say that the customer was told"


def satisfaction(played: Played) -> Iterator[str]:
    """3.11: asked a day later in decent hours, once; what was answered is stored, what was refused is never asked again."""
    n = played.expects["asked_at_turn"]
    asked = [one for one in played.said if one.turn == n and one.phase == "follow_up"]
    if len(asked) != 1 or not 9 <= asked[0].at.hour < 20:
        yield f"turn {n}: asked {len(asked)} times: {[(one.at.isoformat(), one.text) for one in asked]}"
    surveys = played.result["surveys"]
    if len(surveys) != 1:
        yield f"{len(surveys)} surveys"
        return
    for item, value in played.expects["answers_stored"].items():
        if surveys[0]["answers"].get(item) != value:
            yield f"{item} is {surveys[0]['answers'].get(item)!r}, should be {value!r}"
    if played.expects.get("declined_survey"):
        later = [one for one in played.said if one.turn > n + 1]
        if later or list(played.rows("scheduled", work="survey_remind")):
            yield f"asked again after a refusal: {[one.text for one in later]}"
        return
    if surveys[0]["satisfied"] is not True or surveys[0]["index"] != 5 / 4:
        yield f"satisfied {surveys[0]['satisfied']}, index {surveys[0]['index']}"
    if not re.search("谢", played.said[-1].plain):
        yield f"nobody says thank you: {played.said[-1].text!r}"


def withdrawal(played: Played) -> Iterator[str]:
    """令2020/3 art. 15: asked once, done the same day, without persuasion; a change of mind is respected."""
    ticket, last = played.tickets()[0], len(played.turns)
    if "confirm" not in played.turn(last - 1)["asked"]:
        yield f"not asked whether it is meant: {played.said_at(last - 1)!r}"
    wanted = "registered" if played.expects.get("kept") else "withdrawn"
    if ticket["state"] != wanted:
        yield f"{ticket['number']} is {ticket['state']}, should be {wanted}"
    open_promises = list(played.rows("promises", ticket=ticket["number"], state="open"))
    if bool(open_promises) is not bool(played.expects.get("kept")):
        yield f"promises still open: {[row['content'] for row in open_promises]}"
    if re.search("为什么|再考虑|再想想|确定不", "\n".join(played.said_at(n) for n in (last - 1, last))):
        yield f"persuades: {played.said_at(last - 1)!r}"


OF_KIND: dict[str, tuple[Check, ...]] = {
    "complaint": COMPLAINT,
    "enquiry": (answered, no_case, light_survey),
    "chase": (knows_the_case, goes_to_a_person),
    "urgent": (danger_first, everything_else_waits, danger_recorded),
    "follow_up": (survey_stored, put_right),
    "nothing": (nothing_happens,),
    "satisfied": (decision_told, satisfaction),
    "withdrawn": (withdrawal,),
    "left": (left_alone,),
    # What holds in every conversation, and what the script says of single turns.
    "talk": (),
}


def problems_of(played: Played) -> list[str]:
    """Everything wrong with a conversation: each a sentence after the name of its check."""
    found = []
    for check in (*EVERY, *SCRIPTED, *CASEWORK, *OF_KIND[played.expects["kind"]]):
        try:
            found += [f"{check.__name__}: {sentence}" for sentence in check(played)]
        except (KeyError, IndexError, TypeError, StopIteration) as error:
            # A conversation that went another way lacks what the check looks at; that is a finding too.
            found.append(f"{check.__name__}: cannot be checked, {type(error).__name__}: {error}")
    return found
