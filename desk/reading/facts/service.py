"""All facts of one message in one call."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TypeVar

from desk.reading.acts import read_acts
from desk.reading.facts.amount import read_amounts, read_sum_in_words
from desk.reading.facts.companions import (
    read_contact,
    read_count,
    read_evidence,
    read_on_behalf,
    read_products,
    read_promise,
    read_tail,
    refused_contacts,
)
from desk.reading.facts.institution import read_institutions
from desk.reading.facts.lexicon import encodable, lexicon
from desk.reading.facts.remedy import read_remedies, read_wish, wish_around
from desk.reading.facts.spans import Cover, clauses, span
from desk.reading.facts.what import read_what, read_why
from desk.reading.facts.when import read_when
from desk.reading.facts.where import channel_used, read_where
from desk.reading.facts.who import read_people
from desk.reading.lexicon import clauses as chat_clauses
from desk.reading.schemas import Facts, Span

_AnySpan = TypeVar("_AnySpan", bound=Span)


def _verbatim(spans: Iterable[_AnySpan], original: str) -> tuple[_AnySpan, ...]:
    """The same spans with the words as the customer wrote them."""
    return tuple(s.model_copy(update={"text": original[s.start : s.end]}) for s in spans)


def _one(found: _AnySpan | None, original: str) -> _AnySpan | None:
    return None if found is None else _verbatim((found,), original)[0]


def _with_lines(normalised: str, original: str) -> str:
    """Line ends, which normalising makes blanks, end a clause."""
    if "\n" not in original:
        return normalised
    return "".join("\n" if o == "\n" else n for n, o in zip(normalised, original, strict=True))


def _clauses_of(spans: Iterable[Span], text: str) -> list[Span]:
    """The clauses in which these spans stand: 不要由李主任处理 is a wish as a whole."""
    inside = Cover(spans)
    return [span(text, start, end) for start, end in clauses(text) if not inside.clear(start, end)]


def _unknown(text: str) -> Cover:
    """The clauses that say what is not known: 哪个网点我不清楚 names no place."""
    parts = (span(text, start, start + len(part)) for start, part in chat_clauses(text))
    return Cover(part for part in parts if "skip" in read_acts(part.text.lower()))


def read_facts(normalised: str, original: str, now: datetime, asked: tuple[str, ...] = ()) -> Facts:
    """What `original` tells. `normalised` is its Simplified, half-width form of the same length; `now` is aware.

    `asked` are the slots asked last: then 戴口罩的男生 is a who and 4417 a tail. Raises ValueError when the lengths differ.
    """
    if len(normalised) != len(original):
        raise ValueError("the normalised text must be as long as the message")
    text = encodable(_with_lines(normalised, original))
    hits = lexicon().find(text)
    tail = read_tail(text, asked="account_tail" in asked)
    whens = read_when(text, now)
    taken: list[Span] = [*whens, *([tail] if tail else [])]
    amounts = read_amounts(text, asked="amount" in asked, taken=taken)
    taken.extend(amounts)
    institutions = read_institutions(text, hits, taken=taken)
    contact = read_contact(text, asked)
    wished = [*([contact[1]] if contact else []), *refused_contacts(text)]
    wish_cover = Cover(wished)
    told = [h for h in hits if h.label != "channel" or wish_cover.clear(h.start, h.end)]
    places = read_where(text, told, asked="where" in asked, taken=taken, institutions=institutions)
    unknown = _unknown(text)
    places = [place for place in places if unknown.clear(place.start, place.end)]
    besides = [*taken, *places, *wished, *read_people(text, hits)[0]]
    wishes = read_remedies(text, asked="remedy" in asked, told=besides)
    wish = read_wish(text, Cover(besides)) if "remedy" in asked else wish_around(text, wishes)
    # A demand (别再硬推) answers the question for the person as little as any other.
    people, avoided = read_people(text, hits, asked="who" in asked and not wishes)
    explained: list[Span] = [*taken, *places, *people, *avoided, *wished]
    return Facts(
        who=_verbatim(people, original),
        when=_verbatim(whens, original),
        where=_verbatim(places, original),
        amount=_verbatim(amounts, original),
        sum_in_words=_one(read_sum_in_words(text), original),
        institution=_verbatim(institutions, original),
        account_tail=_one(tail, original),
        what=_one(
            read_what(
                text,
                explained=explained,
                wishes=[*wishes, *([wish] if wish else []), *_clauses_of(avoided, text)],
                asked="what" in asked,
            ),
            original,
        ),
        why=_one(read_why(text, asked="why" in asked), original),
        remedy=_verbatim(wishes, original),
        wish=_one(wish, original),
        product=read_products(hits),
        channel_used=channel_used(told),
        count=read_count(text),
        promise=_one(read_promise(text), original),
        contact_pref=contact[0] if contact else None,
        on_behalf=read_on_behalf(text),
        avoid=_verbatim(avoided, original),
        evidence=_one(read_evidence(text), original),
    )
