"""Dialogue acts told by words alone, and short answers read by what was asked (3-dialogue.md 3.11, 3.13).

Only what needs no model stands here: it must work with the bot gone, and "2" can only be told by the open question.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal, NamedTuple, cast, get_args

from desk.reading.lexicon import load, union
from desk.reading.schemas import Act

Solved = Literal["solved", "partly", "no"]

# Marks are flattened first, so that the lists need only one comma and one full stop.
_MARKS = str.maketrans({",": ",", ",": ",", "。": "。", "!": "!", "?": "?", "～": "~"})
_LONG = 24
"""Longer messages tell a story; 对 or 不 somewhere in it answers nothing."""
_SHORT_ONLY = ("affirm", "deny", "skip", "thank", "goodbye", "hurry", "resume")


class Score(NamedTuple):
    """A score as given. `out_of_range`: not 1–5, ask once; `contradiction`: praise with a sting (满意,呵呵,钱呢)."""

    value: int
    out_of_range: bool = False
    contradiction: bool = False


@lru_cache
def _patterns() -> dict[Act, re.Pattern[str]]:
    source = load("lexicon", "acts")
    unknown = set(source) - set(get_args(Act))
    if unknown:
        raise ValueError(f"acts.yml: no such act: {sorted(unknown)}")
    return {cast(Act, name): union(patterns) for name, patterns in source.items()}


def read_acts(normalised: str) -> frozenset[Act]:
    """The acts in a normalised message. 对 or 不 counts in short messages and at the start of a longer one."""
    text = normalised.strip().lower().translate(_MARKS)
    found: set[Act] = set()
    for act, pattern in _patterns().items():
        match = pattern.search(text)
        if match and (act not in _SHORT_ONLY or len(text) <= _LONG or match.start() == 0):
            found.add(act)
    return frozenset(_settled(found, text))


def _settled(found: set[Act], text: str) -> set[Act]:
    """Where two acts are read from the same words, the more particular one stays."""
    if "correct" in found:
        found -= {"affirm", "deny"}
    if "deny" in found and re.match(r"不|没|唔|冇|no|否|错|先不", text):
        found.discard("affirm")
    if found & {"cancel", "refuse", "decline_change"}:
        found -= {"affirm"}
    if "decline_change" in found:
        found -= {"ask_human", "ask_supervisor", "ask_other_person", "ask_other_place", "ask_other_time", "deny"}
    if re.search(r"(?:别|不要|不用|唔使)(?:再)?(?:给我)?(?:打|来)电话", text):
        found.discard("ask_other_place")
    if "ask_human" in found:
        found.discard("ask_other_person")
    if "busy" in found:
        found.discard("cancel")
    return found


_DIGITS = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10}
_CIRCLED = {chr(0x2460 + n): n + 1 for n in range(9)}
_NUMBER = re.compile(r"(10|\d)(?!\d)|([一二两三四五六七八九十])|([①-⑨])")


def _number(match: re.Match[str]) -> int:
    if match[1]:
        return int(match[1])
    return _DIGITS[match[2]] if match[2] else _CIRCLED[match[3]]


_CHOICE = re.compile(r"^\s*(?:我?(?:选|要|选择)?\s*第?\s*)(?:(\d)(?!\d)|([一二两三四五六七八九])|([①-⑨]))\s*(?:个|项|号|吧|$|[\s,。.、!:])")


def read_choice(text: str, n: int) -> int | None:
    """Which of `n` numbered options is meant (1, ①, 第二个, 选二, "1 不要再让老王管"), or None."""
    match = _CHOICE.match(text.strip().translate(_MARKS))
    if match is None:
        return None
    chosen = _number(match)
    return chosen if 1 <= chosen <= n else None


_WORD_SCORES = (
    (r"(?:非常|特别|十分|很|超级|挺)不满意|很差|太差|差劲|极差|糟透|垃圾|跟没处理一样|一塌糊涂", 1),
    (r"不(?:太|怎么|大|是很)?满意|比较差|不好|差(?!不多)|失望", 2),
    (r"(?:非常|特别|十分|超级|很|太|挺|相当)(?:满意|好)(?!不)|完美|五星|满分", 5),
    (r"一般|还行|凑合|马马虎虎|普通|中等|麻麻", 3),
    (r"满意|不错|还可以|蛮好|挺好", 4),
)
_STING = re.compile(r"呵呵|嘿嘿|钱呢|才怪|个屁|个鬼|你信吗|讽刺|反话|[??]$|(?:还是|根本|照样)没")
_STARS = re.compile(r"[⭐★🌟]️?")


def read_score(text: str) -> Score | None:
    """A score 1–5 from digits, Chinese numerals, stars or words; the caller knows that a score was asked."""
    plain = text.strip().translate(_MARKS)
    stars = len(_STARS.findall(plain))
    if stars:
        return Score(stars, out_of_range=stars > 5)
    sting = bool(_STING.search(plain))
    for pattern, value in _WORD_SCORES:
        if re.search(pattern, plain):
            return Score(value, contradiction=sting and value >= 3)
    match = re.search(r"(?<![\d.])(\d{1,3})(?![\d.年月日号点元块])|(?:^|给|打|评|个)([零一二两三四五六七八九十])(?:分|星|$|吧|[\s,。!])", plain)
    if match is None or len(plain) > 30:
        return None
    value = int(match[1]) if match[1] else _DIGITS.get(match[2], 0)
    return Score(value, out_of_range=not 1 <= value <= 5, contradiction=sting and value >= 3)


_YES = re.compile(
    r"^(?:对|嗯|恩|是(?!不)|好|行(?!不)|可以|要(?!不)|需要|愿意|同意|确认|没问题|没错|成|中|ok|yes|系|得|啱|快点|赶紧|马上|转吧|换吧|约吧|来吧|那就|撤)"
)
_NO = re.compile(r"^(?:不|没(?!问题|错)|别|否|no|唔|冇|先不|算了|免了|拒绝|无需|甭)")


def read_yes_no(text: str) -> bool | None:
    """Yes, no, or neither, for a short answer to a yes/no question."""
    plain = text.strip().lower().translate(_MARKS).lstrip(",。!~ ")
    if len(plain) > _LONG:
        return None
    if _NO.match(plain):
        return False
    return True if _YES.match(plain) else None


def read_solved(text: str) -> Solved | None:
    """已解决 / 部分 / 没有, in whatever words; praise with a sting counts as not solved."""
    plain = text.strip().translate(_MARKS)
    if re.search(r"部分|一半|有的|还差|没完全|不完全|没全|差不多", plain):
        return "partly"
    if re.search(r"(?:没有?|未|还没|并没|根本没|冇|不算|不能算)(?:有)?(?:被)?(?:真正)?(?:解决|处理|搞定|退|到账)?|没用|等于没|没影", plain) and not re.search(r"没(?:有)?(?:问题|事)了", plain):
        return "no"
    if _STING.search(plain) and re.search(r"满意|解决|好", plain):
        return "no"
    if re.search(r"解决|搞定|处理好|弄好|收到|退了|好了|可以了|没(?:有)?(?:问题|事)了|满意|^(?:是|对|嗯|有)", plain):
        return "solved"
    return None
