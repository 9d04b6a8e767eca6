"""How well people are understood. The paraphrases were written after the entries and are not to be tuned against."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from sqlalchemy.ext.asyncio import AsyncSession

from desk.knowledge.service import get, search

PARAPHRASES: list[tuple[str, str]] = [
    (question, key)
    for question, key in yaml.safe_load((Path(__file__).parent / "paraphrases.yml").read_text(encoding="utf-8"))
]

UNRELATED = [
    "今天天气怎么样",
    "天气怎么样",
    "讲个笑话",
    "帮我写一首诗",
    "招行的卡怎么挂失",
    "建设银行定期利率多少",
    "工商银行网点周六开门吗",
    "中午吃什么好",
    "附近有什么好吃的餐厅",
    "帮我订一张去北京的机票",
    "你喜欢听谁的歌",
    "昨晚的球赛谁赢了",
    "推荐一只会涨的股票",
    "我家猫不吃饭了",
    "孩子作业不会写",
    "好的谢谢",
    "嗯嗯",
    "哈哈哈",
    "气死我了",
    "再见",
    "？？？",
    "",
    "asdfgh",
    "給我講個故事",
    "今日天氣點呀",
]


@dataclass(frozen=True)
class Measured:
    first: float
    third: float
    missed: list[str]


async def measure(session: AsyncSession, *, with_intent: bool) -> Measured:
    first = third = 0
    missed = []
    for question, key in PARAPHRASES:
        meant = await get(session, key)
        assert meant is not None, key
        hits = await search(session, question, intent=meant.intent if with_intent else None)
        found = [hit.entry.key for hit in hits]
        first += found[:1] == [key]
        third += key in found
        if found[:1] != [key]:
            missed.append(f"{question}: {key} ≠ {found}")
    return Measured(first / len(PARAPHRASES), third / len(PARAPHRASES), missed)


def test_there_are_enough_paraphrases() -> None:
    assert len(PARAPHRASES) >= 60


@pytest.mark.parametrize(("with_intent", "first", "third"), [(False, 0.80, 0.93), (True, 0.88, 0.95)])
async def test_paraphrases_find_their_entry(
    session: AsyncSession, with_intent: bool, first: float, third: float
) -> None:
    measured = await measure(session, with_intent=with_intent)
    print(f"hit@1 {measured.first:.3f}, hit@3 {measured.third:.3f}", *measured.missed, sep="\n")
    assert measured.first >= first, measured.missed
    assert measured.third >= third, measured.missed


@pytest.mark.parametrize("text", UNRELATED)
async def test_unrelated_texts_find_nothing(session: AsyncSession, text: str) -> None:
    assert [(hit.entry.key, hit.score) for hit in await search(session, text)] == []
