"""Who it was about: a role far more often than a name (7-real-text.md 7; 4-intents.md 4.2, `staff`)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import cast

from desk.reading.facts.lexicon import Hit, boundaries
from desk.reading.facts.lookups import either, table, words
from desk.reading.facts.spans import Cover, clauses
from desk.reading.lexicon import clauses as chat_clauses
from desk.reading.schemas import Span, Who, WhoKind

_S = table("staff")
_SURNAME = rf"(?:{either(*words('staff', 'compound_surnames'))}|[{_S['surnames']}])"
_BEFORE_TITLE = re.compile(rf"(?:姓(?P<xing>{_SURNAME})的(?:那?个)?|(?P<name>{_SURNAME}))$")
_NICKNAME = re.compile(rf"(?P<name>[老小]{_SURNAME})(?![一-鿿]?(?:程序|时候))")
_SURNAMED = re.compile(rf"姓(?P<name>{_SURNAME})的?(?:人)?(?![一-鿿]?名)")
_HONOUR = re.compile(rf"(?P<name>{_SURNAME})(?P<role>{either(*words('staff', 'honorifics'))})(?![一-鿿]?司)")
_BADGE = re.compile(
    r"(?:工号|员工号|工牌号?|坐席号?|编号)(?:是|为|叫|:|尾号)?[ ]?(?P<badge>[A-Za-z]{0,2}\d{3,8})(?!\d)"
)
_WINDOW = re.compile(r"(?:\d{1,2}|[一二三四五六七八九十]{1,2})号(?:窗口|柜台|窗|柜员|柜)")
_CLAIMED = re.compile(rf"(?:自称|冒充|假冒|假扮)(?:是|为)?(?P<role>[^,。!?;\n ]{{1,12}}?{_S['claimed_role']})的?")
_DONE = re.compile(_S["done_before"])
_BETWEEN = re.compile(_S["between"])
_FRAUD = re.compile(_S["fraud_cues"])
_OURS = re.compile(r"(?:你们|贵行|银行|我行|本行|你行|官方)(?:的|那个|这个)?$")
_LOOKS = re.compile(either(*words("staff", "looks")))
_NOT_NICKNAMES = tuple(words("staff", "not_nicknames"))
_NO_ANSWER = re.compile(either(*words("staff", "no_answer")))
_AVOID = re.compile(
    r"(?:不要|别|不能|不许|不准|不想|不希望|不愿意?|唔好|勿)(?:再|由|让|叫|找|见到?|看到|跟|和|接触|是|给|安排|派|同|俾){1,4}[^,。!?;\n]{0,3}$"
    r"|(?:换掉|换走|撤掉|避开|排除)(?:那个|这个|你们的?)?$"
)
_EVENT = re.compile(re.sub(r"\s+", "", table("story")["what"]["event"]))
_POINTED = re.compile(
    r"的?(?:那个?|那位|这个|是个|一个)?(?:[^,。!?;的]{0,4}的)?(?:女|男)(?:的|生|孩|士|柜员|职员|客服|经理|员工|同志|(?=[,。 ]|$))"
)
_BEARER = re.compile(r"[ 的]?(?:那个|那位)?(?:女|男|柜员|工作人员|小姐|大姐|人)")
_THAT_ONE = re.compile(r"[ 的]?(?:那个|那位)[^,。!?;]{0,5}[^,。!?;的]的?")
_DESCRIBED = re.compile(r"(?:是)?(?:一?个)?(?:女|男)(?:的|生|士)(?:[,。 ]|$)|(?:戴|带)(?:着)?眼镜|[长短卷白]头?发")
_NEXT = re.compile(r"(?:办|经办|接待)?的?[, ]")
_POINTS = re.compile(r"(?:的|那个|那位|一个|人|员)$")
_SHORT_ANSWER = 24
_SHORT_LOOK = 8


def _who(text: str, start: int, end: int, kind: str, **known: str | None) -> Who:
    return Who(text=text[start:end], start=start, end=end, kind=cast(WhoKind, kind), **known)


def _kind(text: str, hit: Hit, fraud: bool) -> str:
    """The 客服 of a fake-loan fraud is not our staff (7-real-text.md 6)."""
    if fraud and hit.key == "staff" and not _OURS.search(text, max(0, hit.start - 5), hit.start):
        return "impostor"
    return hit.key


def _titled(text: str, hits: Iterable[Hit], edges: frozenset[int]) -> Iterator[Who]:
    fraud = _FRAUD.search(text) is not None
    for hit in hits:
        if text[hit.start : hit.end] == "催收" and _DONE.search(text, max(0, hit.start - 5), hit.start):
            continue
        role, start, name = text[hit.start : hit.end], hit.start, None
        before = _BEFORE_TITLE.search(text, max(0, start - 6), start)
        if before and hit.key == "staff" and "客服" not in role and before.start() in edges:
            start, name = before.start(), before["xing"] or before["name"]
        yield _who(text, start, hit.end, _kind(text, hit, fraud), name=name, role=role)


def _named(text: str, edges: frozenset[int], blocked: Cover) -> Iterator[Who]:
    for pattern in (_NICKNAME, _SURNAMED, _HONOUR):
        for m in pattern.finditer(text):
            whole = pattern is _HONOUR or m.end("name") in edges or m.end("name") == m.end()
            if not blocked.clear(m.start(), m.end()) or m.start() not in edges or not whole:
                continue
            if text.startswith(_NOT_NICKNAMES, m.start()):
                continue
            role = m["role"] if "role" in m.re.groupindex else None
            yield _who(text, m.start(), m.end(), "staff", name=m["name"], role=role)


def _badges(text: str) -> Iterator[Who]:
    for m in _BADGE.finditer(text):
        if m[0].startswith("编号") and re.match(r"(?:TS|ZX|JY|BY|HC)", m["badge"]):
            continue
        yield _who(text, m.start(), m.end(), "staff", badge=m["badge"])


def _with_badge(text: str, people: list[Who], badges: list[Who]) -> list[Who]:
    """工号8812的柜员 and 柜员,工号8812 are one person."""
    for badge in badges:
        partner = next((p for p in people if _adjacent(text, p, badge) and p.kind == "staff" and not p.badge), None)
        if partner is None:
            people.append(badge)
            continue
        start, end = min(partner.start, badge.start), max(partner.end, badge.end)
        people[people.index(partner)] = _who(
            text, start, end, "staff", name=partner.name, role=partner.role, badge=badge.badge
        )
    return people


def _adjacent(text: str, one: Span, other: Span) -> bool:
    first, second = sorted((one, other), key=lambda s: s.start)
    return bool(re.fullmatch(r"[的,(: ]{0,2}", text[first.end : second.start]))


def _claimed(text: str) -> Iterator[Who]:
    for m in _CLAIMED.finditer(text):
        yield _who(text, m.start(), m.end(), "impostor", role=m["role"].removesuffix("的"))


def _windows(text: str, asked: bool) -> Iterator[Who]:
    """A window stands for whoever sits there: asked for the person, told with one or his looks, or told alone."""
    alone = {start: text[start:end].removesuffix("的") for start, end in clauses(text)}
    for m in _WINDOW.finditer(text):
        that_one = _THAT_ONE.match(text, m.end())
        seen = that_one is not None and _LOOKS.search(that_one[0]) is not None
        if asked or seen or alone.get(m.start()) == m[0] or _BEARER.match(text, m.end()) or _looks_next(text, m.end()):
            yield _who(text, m.start(), m.end(), "staff", role=m[0])


def _pointed_end(text: str, at: int) -> int:
    """Where 那个女的 or 那个戴眼镜的 ends, which stands right after a window or a role."""
    seen = _THAT_ONE.match(text, at)
    if seen and seen[0].endswith("的") and _LOOKS.search(seen[0]):
        return seen.end()
    pointed = _POINTED.match(text, at)
    return pointed.end() if pointed else at


def _with_looks(text: str, people: list[Who]) -> list[Who]:
    """3号窗口那个女的,戴眼镜: what somebody looks like, told right after him, belongs to him."""
    parts = [(start, start + len(part)) for start, part in chat_clauses(text)]
    longer = []
    for person in people:
        end = _pointed_end(text, person.end) if person.kind == "staff" else person.end
        for start, stop in parts if person.kind == "staff" else ():
            if end < start and _NEXT.fullmatch(text, end, start) and looks_like_somebody(text[start:stop]):
                end = stop
        longer.append(person.model_copy(update={"end": end, "text": text[person.start : end]}))
    return longer


def _looks_next(text: str, at: int) -> bool:
    """Whether the next clause says what somebody looks like: 7号窗口办的,女的,戴眼镜."""
    following = next((text[start:end] for start, end in clauses(text) if start > at), "")
    return looks_like_somebody(following)


def _answer(text: str, people: list[Who]) -> list[Who]:
    """Asked for the person: looks (短发的女生) or any short answer that is no refusal."""
    answer = text.strip(" ,。.!~")
    start = text.find(answer)
    if not answer or len(answer) > _SHORT_ANSWER or answer.endswith(("吗", "?")):
        return people
    if _LOOKS.search(answer) and not _NO_ANSWER.search(answer):
        first = people[0] if people else None
        whole = _who(
            text, start, start + len(answer), first.kind if first else "staff",
            name=first.name if first else None, badge=first.badge if first else None,
            role=first.role if first else None,
        )  # fmt: skip
        return [whole]
    if people or _NO_ANSWER.search(answer) or len(answer) < 2 or _tells(answer):
        return people
    return [_who(text, start, start + len(answer), "staff")]


def _describes(text: str, people: list[Who]) -> bool:
    """Whether a short message only points somebody out, asked or not: 5号窗口,短头发的女的, or just 女的,戴眼镜."""
    known = Cover(people)
    return (
        (bool(people) or _DESCRIBED.match(text) is not None)
        and len(text) <= _SHORT_ANSWER
        and all(_only_somebody(text, start, end, known) for start, end in clauses(text))
    )


def looks_like_somebody(clause: str) -> bool:
    """Whether a clause says no more than what somebody looks like: 短头发, 戴眼镜的女的."""
    return len(clause) <= _SHORT_LOOK and _LOOKS.search(clause) is not None


def _only_somebody(text: str, start: int, end: int, known: Cover) -> bool:
    besides = sum(known.clear(at, at + 1) for at in range(start, end))
    return besides <= 1 or looks_like_somebody(text[start:end])


def _tells(answer: str) -> bool:
    """A sentence about something that happened is no person; 打电话的那个 is."""
    return _EVENT.search(answer) is not None and _POINTS.search(answer) is None


def _of_institution(text: str, people: list[Who], hits: list[Hit]) -> list[Who]:
    """招行客服, 民生银行委外机构: the institution before a role belongs to it."""
    ends = {h.end: h.start for h in sorted(hits, key=lambda h: -h.start) if h.label == "institution" and len(h) > 1}
    inner = {i: h.start for h in hits if h.label == "institution" for i in range(h.start, h.end)}
    longer = []
    for person in people:
        floor = max(0, person.start - 12)
        near = (e for e in range(person.start, floor, -1) if e in ends)
        start = next((ends[e] for e in near if _BETWEEN.fullmatch(text, e, person.start)), person.start)
        start = min(start, inner.get(person.start, start))
        longer.append(person.model_copy(update={"start": start, "text": text[start : person.end]}))
    return longer


def _once(people: list[Who]) -> list[Who]:
    """Each person in the fullest wording: 催收 and 催收人员 are one."""
    kept: list[Who] = []
    cover, seen = Cover(), set[str]()
    for person in sorted(people, key=lambda p: (p.start, -p.end)):
        if cover.clear(person.start, person.end) and person.text not in seen:
            kept.append(person)
            cover.add(person.start, person.end)
            seen.add(person.text)
    return [p for p in kept if not any(p.text != o.text and p.text in o.text for o in kept)]


def read_people(text: str, hits: list[Hit], *, asked: bool = False) -> tuple[list[Who], list[Who]]:
    """(complained about, not wanted on the case any more: 别让老赵再跟), each wording once."""
    edges = boundaries(text)
    titles = _titles(hits)
    blocked = Cover()
    for h in hits:
        if h.label in ("title", "institution", "branch", "product"):
            blocked.add(h.start, h.end)
    people = [*_claimed(text), *_titled(text, titles, edges), *_named(text, edges, blocked)]
    people = _with_badge(text, people, list(_badges(text)))
    people.extend(_windows(text, asked))
    people = _once(_with_looks(text, _of_institution(text, people, hits)))
    avoided = [p for p in people if _AVOID.search(text, max(0, p.start - 14), p.start)]
    if asked or _describes(text, people):
        people = _answer(text, people)
    return [p for p in people if p not in avoided], avoided


def _titles(hits: list[Hit]) -> list[Hit]:
    """Titles that are not part of a longer channel word: 柜员 in 柜员机."""
    channels = {i: h for h in hits if h.label == "channel" for i in range(h.start, h.end)}
    titles = []
    for hit in (h for h in hits if h.label == "title"):
        outer = channels.get(hit.start)
        if outer is None or hit.end > outer.end or len(outer) <= len(hit):
            titles.append(hit)
    return titles
