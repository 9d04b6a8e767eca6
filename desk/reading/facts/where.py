"""Where it happened: a branch, a channel, a device (3-dialogue.md 3.3 `where`; 7-real-text.md 8)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from desk.reading.acts import read_acts
from desk.reading.facts.lexicon import Hit
from desk.reading.facts.lookups import either, table, words
from desk.reading.facts.spans import Cover, walk_left
from desk.reading.schemas import Span, Where, WhereKind

_B = table("branches")
_C = table("channels")["channels"]
_NAMES = {str(b["name"]): b for b in _B["branches"]}
_STEMS = {str(a): str(b["name"]) for b in _B["branches"] for a in b["aliases"]}
_ENDING = re.compile(either(*words("branches", "endings")))
_POINTING = re.compile(
    rf"(?:的)?{either(*words('branches', 'pointing'))}(?:支行|分行|网点|银行|ATM|取款机|机器|柜员机)?"
)
_NOT_NAMES = frozenset(words("branches", "not_names"))
_STOPS = frozenset(table("institutions")["stops"]) | frozenset("办跑回出进不没很最再哋喺")
_STOP_WORDS = tuple(words("institutions", "stop_words"))
_SOUNDS = str.maketrans(_B["homophones"])
_WINDOW = re.compile(r"(?:\d{1,2}|[一二三四五六七八九十]{1,2})号(?:窗口|柜台|窗)")
_IN = re.compile(r"(?:在|到|去|跑到|来到)[ ]?$")
_SAYS_NOTHING = re.compile(r"不知道|不清楚|忘了|不记得|记不|跳过|没有|不方便|不说")
_PRIMARY = frozenset(words("channels", "primary"))
_BANKS = frozenset(b for name, others in table("institutions")["banks"].items() for b in (name, *others))
_ONLY_USED = frozenset(words("channels", "only_when_used"))
_USED_CUE = re.compile(table("channels")["used_cue"])
_ACTED_IN = re.compile(table("channels")["acted_in"])
_VISITED = re.compile(table("channels")["visited"])
_APPS = re.compile(table("channels")["apps"])
_NOT_EVENT = re.compile(table("channels")["not_events"])
_ASKS_FOR = frozenset(("ask_human", "ask_supervisor", "ask_other_person", "ask_other_place", "ask_other_time"))
"""Who asks for a person when asked for a place has not told one: 找个真人."""
_LONGEST_NAME = 12
_SHORT_ANSWER = 16


def canonical_branch(name: str) -> str:
    """The branch meant by `name`: itself, by alias (城南), or by a typing mistake that sounds alike (成南支行)."""
    if name in _NAMES or name in _STEMS:
        return _STEMS.get(name, name)
    ending = next((e for e in words("branches", "endings") if name.endswith(e)), "")
    stem = name.removesuffix(ending)
    if stem in _STEMS:
        return _STEMS[stem]
    repaired = stem.translate(_SOUNDS)
    if repaired != stem and repaired in _STEMS:
        return _STEMS[repaired]
    inner = next((n for n in _NAMES if name.endswith(n)), None)
    return inner or name


def _where(text: str, start: int, end: int, kind: WhereKind, canonical: str) -> Where:
    return Where(text=text[start:end], start=start, end=end, kind=kind, canonical=canonical)


def _by_ending(text: str, cover: Cover) -> Iterator[Where]:
    floor = 0
    for m in _ENDING.finditer(text):
        bound = max(floor, cover.floor(m.start()))
        start = walk_left(text, m.start(), stops=_STOPS, stop_words=_STOP_WORDS, limit=_LONGEST_NAME, floor=bound)
        floor = m.end()
        stem = text[start : m.start()]
        if (
            len(stem) < 2
            or "什么" in stem
            or stem in _NOT_NAMES
            or any(stem.endswith(n) for n in ("哪家", "附近", "其他"))
        ):
            continue
        name = text[start : m.end()]
        yield _where(text, start, m.end(), "branch", canonical_branch(name))


def _by_alias(text: str, hits: Iterable[Hit], asked: bool) -> Iterator[Where]:
    for hit in hits:
        if hit.label != "branch":
            continue
        word = text[hit.start : hit.end]
        pointing = _POINTING.match(text, hit.end)
        if word in _NAMES:
            yield _where(text, hit.start, hit.end, "branch", word)
        elif pointing and (
            asked or _IN.search(text, max(0, hit.start - 5), hit.start) or pointing[0] not in ("的", "店")
        ):
            yield _where(text, hit.start, pointing.end(), "branch", hit.key)
        elif asked:
            yield _where(text, hit.start, hit.end, "branch", hit.key)


def _longer_words(hits: Iterable[Hit]) -> dict[int, int]:
    """Position → length of the title or institution that stands there: 支行 in 支行经理 and 网银 in 新网银行 are no place."""
    lengths: dict[int, int] = {}
    for hit in hits:
        if hit.label in ("title", "institution"):
            lengths.update(dict.fromkeys(range(hit.start, hit.end), len(hit)))
    return lengths


def _happened(text: str, hit: Hit) -> bool:
    """Whether something happened in this channel, rather than the channel being a thing or a mere mention."""
    near = max(0, hit.start - 10)
    if hit.key in _ONLY_USED and not _USED_CUE.search(text, near, hit.start):
        return False
    return hit.key not in ("电话", "电话客服") or not _NOT_EVENT.search(text, near, hit.start)


def _by_channel(text: str, hits: list[Hit], asked: bool) -> Iterator[Where]:
    """Channels in which something happened, each once, at its first mention."""
    seen: set[str] = set()
    longer = _longer_words(hits)
    everything = asked or len(text) <= _SHORT_ANSWER
    for hit in hits:
        if hit.label == "place" and asked:
            yield _where(text, hit.start, hit.end, "place", text[hit.start : hit.end])
        group = "电话" if hit.key == "电话客服" else hit.key
        if hit.label != "channel" or group in seen or longer.get(hit.start, 0) > len(hit):
            continue
        if everything or _happened(text, hit):
            seen.add(group)
            yield _where(text, hit.start, hit.end, _C[hit.key]["kind"], hit.key)


def _institutions(text: str, institutions: Iterable[Span]) -> Iterator[Where]:
    """在分期乐借款, 浦发app: somebody else's platform is a third-party channel, kept by its name."""
    for named in institutions:
        acted = _ACTED_IN.search(text, max(0, named.start - 4), named.start)
        app = _APPS.match(text, named.end)
        bank = named.text in _BANKS or named.text.endswith(("行", "航空"))
        if (app and (acted or "平台" not in app[0])) or (acted and not bank):
            yield _where(text, named.start, app.end() if app else named.end, "channel", named.text)


def _visited(text: str) -> Iterator[Where]:
    for m in _VISITED.finditer(text):
        yield _where(text, m.start("place"), m.end("place"), "place", m["place"])


def _windows(text: str) -> Iterator[Where]:
    for m in _WINDOW.finditer(text):
        yield _where(text, m.start(), m.end(), "place", m[0])


def _whole(text: str, cover: Cover) -> Iterator[Where]:
    """Asked where, a short answer that nothing else explains is a place."""
    answer = text.strip(" ,。.!?~")
    start = text.find(answer)
    if (
        _SAYS_NOTHING.search(answer)
        or read_acts(answer.lower()) & _ASKS_FOR
        or not cover.clear(start, start + len(answer))
    ):
        return
    if 2 <= len(answer) <= _SHORT_ANSWER:
        yield _where(text, start, start + len(answer), "place", answer)


def read_where(
    text: str, hits: list[Hit], *, asked: bool = False, taken: Iterable[Span] = (), institutions: Iterable[Span] = ()
) -> list[Where]:
    """Branches and channels in `text`, each once. `taken`: spans that cannot be part of a branch's name (times)."""
    cover = Cover(taken)
    found: list[Where] = []
    named = Cover()
    sources = (
        _by_ending(text, cover),
        _by_alias(text, hits, asked),
        _institutions(text, institutions),
        _by_channel(text, hits, asked),
        _visited(text),
    )
    for source in sources:
        for place in source:
            if named.clear(place.start, place.end):
                named.add(place.start, place.end)
                found.append(place)
    if not asked:
        found = _without_calls(found)
    if asked and not found:
        found.extend(_windows(text))
        found.extend(_whole(text, cover) if not found else ())
    return _once(found)


def _without_calls(found: list[Where]) -> list[Where]:
    """Where a branch, a device or an app is named, the telephone is only how it was talked about afterwards."""
    if not any(
        w.kind == "branch" or w.canonical in _PRIMARY or ("行" in w.text and _APPS.search(w.text)) for w in found
    ):
        return found
    return [w for w in found if w.canonical not in ("电话", "电话客服")]


def _once(found: list[Where]) -> list[Where]:
    seen: set[str] = set()
    result = []
    for place in sorted(found, key=lambda w: w.start):
        if place.text not in seen:
            seen.add(place.text)
            result.append(place)
    return result


def channel_used(hits: Iterable[Hit]) -> str | None:
    """The channel through which the business was done (JR/T 0169 axis A), in its canonical name."""
    used = words("channels", "used")
    named = [h.key for h in hits if h.label == "channel" and h.key in used]
    return min(named, key=lambda n: n in ("电话", "短信", "第三方")) if named else None
