"""What must be seen in a conversation, whatever the wording: the rules G, F, P and ORDER of 3-dialogue.md 3.2 and more.

A check reads a played conversation and yields a sentence for everything that is wrong with it. Checks know what was said to
and by the customer, and the record; they never ask the code under test what it meant.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import pairwise

from played import NUMBER, Played, Said, plain

from desk.phrases.lint import asks, check, has_apology, has_thanks

Check = Callable[[Played], Iterator[str]]
ANSWER_KEYS = frozenset({"what", "when", "where", "who", "amount", "account_tail", "remedy", "contact", "new_facts"})
SECRETS = (
    re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)"),
    re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)"),
    re.compile(r"(?<!\d)(?:\d[ -]?){15,18}\d(?!\d)"),
)
ASKING = {
    "when": "什么时候|哪一?天|哪一期|几点出现",
    "where": "在哪个网点|在哪个分行|哪台机器|哪个网点或渠道",
    "who": "是哪位|哪位、|当时是谁|报的是什么单位",
    "amount": "大概多少|多少钱|金额大概",
    "remedy": "怎么处理比较合适|希望怎么安排",
}
"""Words that ask for a fact."""
MOST_SOOTHING = 2
UPSET = 2
MOST_ASKS = 2
DATE = r"(\d{1,2})月(\d{1,2})日"
WEEKDAYS = "一二三四五六日"


def plays(played: Played) -> Iterator[str]:
    """The case could be played, and neither channel nor desk refused anything."""
    if played.result["error"]:
        yield f"not played: {played.result['error']}"
    for n, turn in enumerate(played.turns, 1):
        if "refused" in turn and n not in played.expects.get("refused", {}):
            yield f"turn {n} was refused: {turn['refused']}"


def answers_everything(played: Played) -> Iterator[str]:
    """Whoever writes to the bot hears something."""
    heard = {n for one in played.said for n in one.answers}
    for n, turn in enumerate(played.turns, 1):
        spoke = turn.get("seq") is not None and not played.is_agent(n)
        if spoke and turn["owner"] != "agent" and n not in heard and not turn["replies"]:
            yield f"turn {n} got no reply: {turn['in']!r}"


def no_banned_phrase(played: Played) -> Iterator[str]:
    """3.7: nothing that orders, blames, belittles, promises too much …; the customer's own words may be read back."""
    quoted = [
        piece for text in played.customer for piece in (text, *re.split(r"[,，。!！?？;；\s]+", text)) if len(piece) > 1
    ]
    quoted.sort(key=len, reverse=True)
    before: list[str] = []
    for one in played.said:
        for finding in check(one.text, phase=one.phase, earlier=before, quoted=quoted):
            yield f"turn {one.turn} says {finding.pattern!r} ({finding.rule}): {one.text!r}"
        before.append(one.text)


def same_script(played: Played) -> Iterator[str]:
    """A Traditional writer reads Traditional, from the first reply to the last; the others never do (3.7)."""
    hant = "Hant" in played.script.case["lang"]
    for one in played.said:
        strange = [char for char in one.text if "\u4e00" <= char <= "\u9fff" and not _writes(char, hant=hant)]
        if strange:
            yield f"turn {one.turn} is in the wrong script ({''.join(dict.fromkeys(strange))}): {one.text!r}"


def _writes(char: str, *, hant: bool) -> bool:
    try:
        char.encode("big5hkscs" if hant else "gb2312")
    except UnicodeEncodeError:
        # Not every form is in the old standards: 説 of Hong Kong is still no Simplified character, nor 镕 a Traditional one.
        return (plain(char) != char) is hant
    return True


def few_asks(played: Played) -> Iterator[str]:
    """F3: at most two questions in a message, eight in all."""
    for one in played.said:
        if asks(one.text) > MOST_ASKS:
            yield f"turn {one.turn} asks {asks(one.text)} questions: {one.text!r}"
    asked = [key for turn in played.turns for key in turn["asked"] if key in ANSWER_KEYS]
    if len(asked) > 8:
        yield f"asks {len(asked)} times in all: {asked}"
    for n, turn in enumerate(played.turns, 1):
        if len(set(turn["asked"]) & ANSWER_KEYS) > MOST_ASKS:
            yield f"turn {n} asks for {turn['asked']}"


def nothing_asked_twice(played: Played) -> Iterator[str]:
    """F3: what the customer told, skipped or refused is never asked; nor what the record says he told."""
    known = {
        (ticket["number"], key): fact["from_seq"]
        for ticket in played.tickets()
        for key, fact in ticket["facts"].items()
        if fact.get("from_seq") is not None
    }
    for n, turn in enumerate(played.turns, 1):
        asked = set(turn["asked"]) & ANSWER_KEYS
        told = asked & played.settled_by(n)
        if told:
            yield f"turn {n} asks for {sorted(told)} which the customer has settled: {played.said_at(n)!r}"
        # Of a turn that was said several times over, only the last saying has a number.
        seq = None if played.is_repeated(n) else turn.get("seq")
        noted = {key for (_, key), since in known.items() if key in asked and seq is not None and since < seq} - told
        if noted - {"who"}:
            # A role may be asked for its bearer once (3.3, `who`); everything else that stands in the record is known.
            yield f"turn {n} asks for {sorted(noted)} which stands in the record: {played.said_at(n)!r}"
    every = [key for turn in played.turns for key in turn["asked"] if key in ANSWER_KEYS]
    for key in dict.fromkeys(every):
        if every.count(key) > (3 if "digression" in played.expects or "resumed" in played.expects else 2):
            yield f"{key} is asked {every.count(key)} times"


def words_ask_nothing_known(played: Played) -> Iterator[str]:
    """F3 once more, by the words alone: a question may be put that `asked` does not own up to."""
    for one in played.said:
        known = played.settled_by(one.turn)
        if one.phase in ("enquiry", "track", "follow_up") or played.is_repeated(one.turn):
            continue
        for key, pattern in ASKING.items():
            if key in known and re.search(rf"(?:{pattern})[^。!]*\?", one.plain):
                yield f"turn {one.turn} asks for {key}, which the customer has settled: {one.text!r}"


def asked_is_what_is_asked(played: Played) -> Iterator[str]:
    """A question about a fact is in the text when `asked` says so."""
    for n, turn in enumerate(played.turns, 1):
        if set(turn["asked"]) & ANSWER_KEYS and "?" not in played.said_at(n):
            yield f"turn {n} claims to ask for {turn['asked']} but asks nothing: {played.said_at(n)!r}"


def soothing_asks_nothing(played: Played) -> Iterator[str]:
    """SD016: a message that soothes asks for no fact, nor, while feelings are high, does anything said beside it.

    Two soothing turns at most, then something must change (3.4).
    """
    soothing = list(dict.fromkeys(one.turn for one in played.said if one.phase == "soothe"))
    for one in played.said:
        if one.phase == "soothe" and asks(one.text):
            yield f"turn {one.turn} soothes and asks: {one.text!r}"
    for n in soothing:
        if (played.turn(n)["reading"]["mood"] or 0) >= UPSET and set(played.turn(n)["asked"]) & ANSWER_KEYS:
            yield f"turn {n} soothes an upset customer and asks for {played.turn(n)['asked']}: {played.said_at(n)!r}"
    alone = [n for n in soothing if not set(played.turn(n)["asked"])]
    if len(alone) > MOST_SOOTHING:
        yield f"soothes in {len(alone)} turns: {alone}"


def no_thanks_twice(played: Played) -> Iterator[str]:
    """G2: never thanks in two messages in a row, nor apologises in three."""
    bot = [one for one in played.said if one.phase is not None]
    for one, following in pairwise(bot):
        if has_thanks(one.text) and has_thanks(following.text):
            yield f"thanks twice in a row, turns {one.turn} and {following.turn}: {one.text!r} / {following.text!r}"
    # 不好意思 before a refusal is manners, not an apology for what somebody went through.
    bot = [one for one in bot if one.phase not in ("open", "enquiry")]
    for trio in zip(bot, bot[1:], bot[2:], strict=False):
        if all(has_apology(one.text) for one in trio):
            yield f"apologises three times in a row, turns {[one.turn for one in trio]}"


def agent_is_alone(played: Played) -> Iterator[str]:
    """From the moment somebody has taken over, the bot says nothing (3.13)."""
    taken = False
    for n, turn in enumerate(played.turns, 1):
        scripted = played.script.case["turns"][n - 1]
        deed = scripted.get("do") if isinstance(scripted, dict) else None
        if deed == "take":
            taken = True
        elif deed in ("return", "transfer") or turn["owner"] != "agent":
            taken = False
        if taken:
            for reply in turn["replies"]:
                if reply["by"] == "bot":
                    yield f"turn {n}: the bot speaks while an agent does: {reply['text']!r}"
    told = played.expects.get("taken_at_turn")
    if told is not None and played.turn(told)["owner"] != "agent":
        yield f"turn {told}: nobody has taken over, the owner is {played.turn(told)['owner']}"


def numbers_exist(played: Played) -> Iterator[str]:
    """A number that was told exists."""
    known = {ticket["number"] for ticket in played.result["tickets"]}
    for one in played.said:
        for number in set(NUMBER.findall(one.text)) - known:
            yield f"turn {one.turn} tells {number}, which does not exist"


def weekdays_are_right(played: Played) -> Iterator[str]:
    """A date with its weekday is a real day."""
    for one in played.said:
        for month, day, weekday in re.findall(DATE + r"\s?\(?[周星](?:期)?([一二三四五六日])", one.plain):
            real = WEEKDAYS[datetime(one.at.year, int(month), int(day)).weekday()]  # noqa: DTZ001
            if real != weekday:
                yield f"turn {one.turn}: {month}月{day}日 is 周{real}: {one.text!r}"


def dates_are_kept_watch_of(played: Played) -> Iterator[str]:
    """P2: every time told for something to come is a promise, an appointment, or a choice that is offered."""
    known = {
        datetime.fromisoformat(moment).strftime("%m-%d %H:%M")
        for moment in (
            *(row["due_at"] for row in played.result["promises"] if row["state"] != "unsent"),
            *(
                row[key]
                for rows in ("appointments", "changes")
                for row in played.result[rows]
                for key in ("start", "end")
            ),
            *(option for row in played.result["changes"] for option in row["offered"] if option[:2] == "20"),
        )
        if moment
    }
    for one in played.said:
        if one.phase not in ("procedure", "track", "escalate", "follow_up", "handoff"):
            continue
        for month, day, hour, minute in re.findall(DATE + r"[^\d,。;]{0,6}(\d{1,2}):(\d{2})", one.plain):
            told = datetime(one.at.year, int(month), int(day), int(hour), int(minute), tzinfo=one.at.tzinfo)
            if told > one.at and f"{told:%m-%d %H:%M}" not in known:
                yield f"turn {one.turn} tells {told:%m-%d %H:%M}, which nobody watches: {one.text!r}"
    for row in played.rows("promises", state="unsent"):
        yield f"a promise was never sent: {row}"


def nothing_is_due_in_the_past(played: Played) -> Iterator[str]:
    """最晚 is told of what is still to come; what was missed is owned up to."""
    for one in played.said:
        for month, day, hour, minute in re.findall(
            r"最晚[^\d,。;]{0,4}" + DATE + r"(?:[^\d,。;]{0,6}(\d{1,2}):(\d{2}))?", one.plain
        ):
            clock = (int(hour), int(minute)) if hour else (23, 59)
            told = datetime(one.at.year, int(month), int(day), *clock, tzinfo=one.at.tzinfo)
            if told <= one.at.replace(second=0, microsecond=0):
                yield f"turn {one.turn} promises {told:%m-%d %H:%M} at {one.at:%m-%d %H:%M}: {one.text!r}"


def says_nothing_twice(played: Played) -> Iterator[str]:
    """A reply does not stammer: 「电话客服，电话客服」."""
    for one in played.said:
        match = re.search(r"([\u4e00-\u9fff\w]{2,})[,、;]\1(?=[,、;」])", one.plain)
        if match:
            yield f"turn {one.turn} stammers {match[0]!r}: {one.text!r}"


def no_secret_kept(played: Played) -> Iterator[str]:
    """No telephone, identity or card number stands anywhere in the record or the logs."""
    for text in played.result["stored_text"]:
        for pattern in SECRETS:
            match = pattern.search(text)
            if match:
                yield f"stored: {match[0]!r} in {text[:120]!r}"
    for secret in played.expects.get("secrets", ()):
        if any(secret in text for text in played.result["stored_text"]):
            yield f"stored: {secret!r}"


def moods_are_felt(played: Played) -> Iterator[str]:
    """The level measured is within one of what two readers felt; and climbs where feelings climb."""
    for n, level in played.expects.get("mood", {}).items():
        measured = played.turn(n)["reading"]["mood"]
        if measured is None or abs(measured - level) > 1:
            yield f"turn {n}: mood {measured}, felt {level}: {played.turn(n)['in']!r}"
    rising = played.expects.get("rising")
    if rising:
        levels = [played.turn(n)["reading"]["mood"] or 0 for n in rising]
        if not all(one < following for one, following in pairwise(levels)):
            yield f"mood does not climb over turns {rising}: {levels}"


def no_danger_imagined(played: Played) -> Iterator[str]:
    """累死, 急死, 笑死 and a card of another bank are no danger."""
    wanted = played.expects.get("risk")
    for n, turn in enumerate(played.turns, 1):
        risk = (turn["reading"] or {}).get("risk")
        if risk and risk != wanted and not (wanted and n >= played.expects["urgent"]):
            yield f"turn {n}: {risk} was seen in {turn['in']!r}"


def thanks_and_apologises_first(played: Played, opening: Said | None, n: int) -> Iterator[str]:
    """G1: thanks and apology, both before anything else."""
    if opening is None:
        yield f"turn {n}: nothing was said to the complaint"
        return
    text = opening.plain
    thanks, sorry = re.search("谢", text), re.search("抱歉|对不起|不好意思|歉意", text)
    if not has_thanks(opening.text) or thanks is None:
        yield f"turn {n}: no thanks in the first message: {opening.text!r}"
    if not has_apology(opening.text) or sorry is None:
        yield f"turn {n}: no apology in the first message: {opening.text!r}"
    if thanks and sorry:
        first = min(thanks.start(), sorry.start())
        other = re.search(r"[?①]|编号|如果您愿意|也可以", text)
        if re.search("[。?!]", text[:first]):
            yield f"turn {n}: something is said before the thanks: {opening.text!r}"
        if other and other.start() < max(thanks.start(), sorry.start()):
            yield f"turn {n}: {other[0]!r} comes before thanks and apology: {opening.text!r}"


EVERY: tuple[Check, ...] = (
    plays,
    answers_everything,
    no_banned_phrase,
    same_script,
    few_asks,
    nothing_asked_twice,
    words_ask_nothing_known,
    asked_is_what_is_asked,
    soothing_asks_nothing,
    no_thanks_twice,
    agent_is_alone,
    numbers_exist,
    weekdays_are_right,
    dates_are_kept_watch_of,
    nothing_is_due_in_the_past,
    says_nothing_twice,
    no_secret_kept,
    moods_are_felt,
    no_danger_imagined,
)
"""What holds in every conversation."""
