"""Short answers in figures: which of n, and a score from 1 to 5 (3-dialogue.md 3.11)."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from desk.reading.lexicon import clauses, load, union

LOWEST, HIGHEST = 1, 5

_NUMERALS = {char: value for value, chars in enumerate(("零〇", "一壹①⑴❶a", "二两②⑵❷b", "三③⑶❸c", "四④⑷❹d", "五⑤⑸❺e",
             "六⑥⑹❻", "七⑦⑺❼", "八⑧⑻❽", "九⑨⑼❾")) for char in chars}  # fmt: skip
_KEYCAP = re.compile(r"([0-9])\ufe0f?\u20e3")
_CHOICE = re.compile(
    r"(?:我|那|就|我们)?(?:就)?(?:想|要)?(?:选|选择|要|回复|回|按|用|走)? ?(?P<nth>第)?(?P<n>[0-9]|[一二两三四五六七八九①-⑨⑴-⑼❶-❾]|[a-e](?![a-z]))"
    r"(?P<unit>个|项|种|号|条|位)?(?P<rest>(?:吧|的|好了|就行|方案|选项|那个|呢|啊|了)*)(?P<end>$|[ ,.、。:;)!,?~])"
)
_PAIR = re.compile(r"[ ,、和跟及]+(?:第)?[1-9一二两三四①-⑨](?:个|项|$|都)|都(?:要|选|可以)")
_NUMBER = re.compile(r"(?<![\d.])(?P<n>\d{1,4}|十|[零一二两三四五六七八九])(?:\.\d)?(?= ?(?:分|颗?星|吧|$|[ ,。!.~]))")
_WITH_UNIT = re.compile(
    r"(?<![\d.])(?P<n>\d{1,4}|[零一二两三四五六七八九]?十|[零一二两三四五六七八九])(?:\.\d)? ?(?:分|颗?星)(?!钟|期|之|行|析|开|别|公|店|享)"
)
_STARS = re.compile(r"[⭐★🌟]")
_LONG = 40


class Score(NamedTuple):
    """A score as given. `out_of_range` for more than 5 or 0 (ten-point thinking): ask once. `contradiction` when the
    words around it say the opposite (满意,呵呵): the case counts as not solved, and is asked about."""

    value: int
    out_of_range: bool = False
    contradiction: bool = False


def _plain(text: str) -> str:
    return _KEYCAP.sub(r"\1", text.strip().lower())


def _value(numeral: str) -> int:
    if numeral.isdigit() and numeral.isascii():
        return int(numeral)
    if "十" in numeral:
        return 10
    return _NUMERALS[numeral]


def read_choice(text: str, n: int) -> int | None:
    """Which of `n` options the message picks: 1, ①, 第二个, 二, 选b, "1 别再让他管"; None when none or several."""
    plain = _plain(text)
    if re.match(r"(?:就|要|选)?(?:最后|后面)(?:那|一|的)?个?(?:一个)?(?:吧|$)", plain):
        return n if n else None
    if n == 2 and re.match(r"(?:前者|前一个|前面那个|后者|后一个)", plain):
        return 1 if plain.startswith("前") else 2
    match = _CHOICE.match(plain)
    if not match or _PAIR.match(plain, match.start("end")):
        return None
    value = _value(match["n"])
    return value if 1 <= value <= n else None


@lru_cache
def _score_words() -> tuple[tuple[int, re.Pattern[str]], ...]:
    """Worst first: 不满意 holds 满意."""
    source = load("lexicon", "answers")["score"]
    return tuple((value, union(source[str(value)])) for value in (1, 2, 5, 3, 4))


@lru_cache
def _sarcasm() -> re.Pattern[str]:
    return re.compile(load("lexicon", "answers")["contradiction"])


def tells_new_facts(text: str) -> bool:
    """Whether a reason names something that nobody knew when it was decided."""
    return bool(union(load("lexicon", "answers")["new_facts"]).search(text))


def is_comment(text: str) -> bool:
    """Whether a message says what somebody thinks of how he was served, and wants nothing done."""
    words = load("lexicon", "answers")["comment"]
    return bool(union(words["thinks"]).search(text)) and not union(words["wants"]).search(text)


def contradicts_itself(text: str) -> bool:
    """Whether praise in the message is meant as its opposite: 满意,呵呵 / 真行啊 / 好评,钱呢."""
    return bool(_sarcasm().search(text))


def _number(plain: str) -> int | None:
    stars = len(_STARS.findall(plain))
    if stars:
        return stars
    match = _WITH_UNIT.search(plain)
    if match:
        return _value(match["n"])
    first = next((clause for _, clause in clauses(plain)), "")
    match = _NUMBER.match(re.sub(r"^(?:我)?(?:给|打|评|选|就|那就|算)(?:你们?|他们?|个|了)?", "", first))
    return _value(match["n"]) if match and len(first) <= 8 else None


def read_score(text: str) -> Score | None:
    """The score a message gives: 5, 五, 5分, ⭐⭐⭐, 给个四分, 非常满意, 很差; None when it gives none."""
    plain = _plain(text)
    value = _number(plain)
    if value is None and len(plain) <= _LONG:
        value = next((value for value, words in _score_words() if words.search(plain)), None)
    if value is None:
        return None
    contradiction = value >= HIGHEST - 1 and contradicts_itself(plain)
    return Score(value, not LOWEST <= value <= HIGHEST, contradiction)
