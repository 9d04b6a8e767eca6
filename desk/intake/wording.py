"""The sentences of the intake: what was noted, what is asked, what is read back. Only the customer's words and dates."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence

from desk.intake.plan import Kind
from desk.reading.normalise import normalise
from desk.texts.service import texts
from desk.tickets.models import TicketFact, TicketItem

VERDICTS = "态度|过分|太[差坏烂]|垃圾|骗子|投诉|客诉|无语|恶心|黑心|反映"
"""Words of judgement: heard, but not repeated to the customer's face."""


READ_BACK = ("when", "where", "who", "amount", "remedy", "new_facts")


def say_fact(fact: TicketFact) -> str:
    """A fact as it is read back: the customer's own words, a time with its date."""
    said = (fact.resolved or {}).get("said")
    return str(said or fact.value or "")


def said(key: str, fact: TicketFact) -> str:
    """A fact behind its label: after 您希望 the customer's own 希望 is not said again."""
    words = say_fact(fact)
    return re.sub("^(?:我们?|本人)?(?:就|只|还)?(?:希望|想要|要求)(?=.{3})", "", words) if key == "remedy" else words


def shorten(text: str, most: int = 40) -> str:
    """The customer's words, cut at a clause when they are long."""
    text = text.strip(" ,，。!！?？;；、\n")
    if len(text) <= most:
        return text
    cut = max(text.rfind(mark, 0, most) for mark in "，,。；; ！!？?")
    return text[: cut if cut >= most // 2 else most].strip(" ,，。；;") + "…"


def telling(text: str) -> str:
    """The clause of the customer's words that tells most: what happened, rather than what is thought of it."""
    clauses = [clause for clause in re.split(r"[,，。!！?？;；\s]+", text) if len(clause) >= 4]
    plain = [clause for clause in clauses if not re.search(VERDICTS, clause)]
    return shorten(max(plain or clauses or [text], key=_substance), 26)


def _substance(clause: str) -> int:
    """Chinese characters say more than the letters of an English word."""
    return sum(3 if "一" <= char <= "鿿" else 1 for char in clause)


def ask_sentence(kind: Kind, key: str, seed: str) -> str:
    """The question for one fact, in the wording that fits this kind of complaint."""
    special = f"facts.ask.{kind.intent}.{key}"
    return texts().say(special if texts().has(special) else f"facts.ask.{key}", seed=seed)


def ask_sentences(kind: Kind, keys: Sequence[str], seed: str) -> str:
    """One or two questions as one text."""
    asks = [ask_sentence(kind, key, seed) for key in keys]
    return asks[0] if len(asks) == 1 else texts().say("facts.two", first=asks[0], second=asks[1])


def told_apart(facts: Mapping[str, TicketFact], keys: Sequence[str]) -> list[str]:
    """Those of `keys` that are there; 电话客服 answers both where and who, and is said once."""
    place, person = (normalise(facts[key].value or "") if key in facts else "" for key in ("where", "who"))
    return [key for key in keys if key in facts and not (key == "where" and place == person)]


def noted(facts: Mapping[str, TicketFact], given: Sequence[str], story: str) -> str:
    """What was just told, said back in a few words; empty when nothing was."""
    story = shorten(story, 30)
    parts = [
        shorten(say_fact(facts[key]), 24)
        for key in told_apart(facts, ("when", "where", "who", "amount"))
        if key in given and (facts[key].value or "") and (facts[key].value or "") not in story
    ]
    parts = list(dict.fromkeys([*parts, *([story] if story else [])]))
    return texts().say("facts.noted", facts="，".join(parts)) if parts else ""


def read_back(facts: Mapping[str, TicketFact], items: Sequence[TicketItem], *, contact_refused: bool) -> str:
    """Everything, in the customer's words, before anything is registered (rule F4)."""
    say = texts().say
    lines = [say("facts.read_back.start")]
    what = facts.get("what")
    if len(items) > 1:
        lines += [say("facts.read_back.items", n=n, what=shorten(item.what, 80)) for n, item in enumerate(items, 1)]
    elif what is not None and what.value:
        lines.append(shorten(what.value, 120))
    lines += [
        say(f"facts.read_back.{key}", value=shorten(said(key, facts[key]), 60))
        for key in told_apart(facts, READ_BACK)
        if facts[key].status == "given" and facts[key].value
    ]
    lines.append(say("facts.read_back.consent"))
    lines.append(say("facts.read_back.end_no_contact" if contact_refused else "facts.read_back.end"))
    return "\n".join(lines)


def read_back_rest(facts: Mapping[str, TicketFact], before: Collection[str], *, contact_refused: bool) -> str:
    """What has been told since the last read-back: nobody wants to check the whole list a second time."""
    say = texts().say
    lines = [
        say(f"facts.read_back.{key}", value=shorten(said(key, facts[key]), 60))
        for key in told_apart(facts, READ_BACK)
        if key not in before and facts[key].status == "given" and facts[key].value
    ]
    end = say("facts.read_back.rest_no_contact" if contact_refused else "facts.read_back.rest")
    return "\n".join([*lines, end])
