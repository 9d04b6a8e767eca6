"""Looking up, adding, changing and loading answers."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from desk.clock import ManualClock
from desk.knowledge import index
from desk.knowledge.models import KnowledgeEntry
from desk.knowledge.schemas import Entry
from desk.knowledge.service import Loaded, get, load_folder, render, search, upsert
from desk.settings import ROOT

FOLDER = ROOT / "data" / "knowledge"

LIBRARY = Entry(
    key="life-library-card",
    intent="inquire_life_service",
    topic="life",
    questions=("借书证押金怎么退", "图书馆读者证能在银行办吗"),
    answer="读者证请到市图书馆办理，押金由图书馆原路退回，本行网点不代办。",
    as_of=date(2025, 6, 10),
    sample=True,
)


async def best(session: AsyncSession, text: str, **hints: str) -> str | None:
    hits = await search(session, text, **hints)  # type: ignore[arg-type]
    return hits[0].entry.key if hits else None


async def row(session: AsyncSession, key: str) -> KnowledgeEntry:
    return (await session.scalars(select(KnowledgeEntry).where(KnowledgeEntry.key == key))).one()


async def test_added_at_run_time_is_found_at_once(session: AsyncSession, clock: ManualClock) -> None:
    assert await search(session, "图书馆的借书证押金怎么退给我") == []
    await upsert(session, LIBRARY, clock=clock)
    assert await best(session, "图书馆的借书证押金怎么退给我") == LIBRARY.key
    assert await best(session, "圖書館讀者證可以在銀行辦嗎") == LIBRARY.key


async def test_changed_at_run_time_is_found_by_its_new_words_only(session: AsyncSession, clock: ManualClock) -> None:
    await upsert(session, LIBRARY, clock=clock)
    changed = LIBRARY.model_copy(update={"questions": ("游泳馆年票哪里买",), "answer": "游泳馆年票请到体育中心购买。"})
    await upsert(session, changed, clock=clock)
    assert await best(session, "游泳馆年票在哪里买") == LIBRARY.key
    assert await search(session, "借书证押金怎么退") == []
    assert (await row(session, LIBRARY.key)).updated_at == clock.now()


async def test_switched_off_is_not_found_but_still_there(session: AsyncSession, clock: ManualClock) -> None:
    await upsert(session, LIBRARY, clock=clock)
    await upsert(session, LIBRARY.model_copy(update={"active": False}), clock=clock)
    assert await search(session, "借书证押金怎么退") == []
    kept = await get(session, LIBRARY.key)
    assert kept is not None
    assert not kept.active


async def test_rolled_back_with_its_transaction(session: AsyncSession, clock: ManualClock) -> None:
    savepoint = await session.begin_nested()
    await upsert(session, LIBRARY, clock=clock)
    await savepoint.rollback()
    assert await search(session, "借书证押金怎么退") == []


async def test_loading_twice_changes_nothing(session: AsyncSession, clock: ManualClock) -> None:
    before = {entry.key: entry.updated_at for entry in await session.scalars(select(KnowledgeEntry))}
    indexed = await index.size(session)
    clock.advance(timedelta(days=1))
    assert await load_folder(session, FOLDER, clock=clock) == Loaded()
    after = {entry.key: entry.updated_at for entry in await session.scalars(select(KnowledgeEntry))}
    assert after == before
    assert await index.size(session) == indexed == len(before)


async def test_loading_keeps_what_the_desk_wrote(session: AsyncSession, clock: ManualClock) -> None:
    fee = await get(session, "transfer-fee")
    assert fee is not None
    ours = fee.model_copy(update={"answer": "自7月1日起资费有调整，请以网点公示为准。"})
    await upsert(session, LIBRARY, clock=clock)
    await upsert(session, ours, clock=clock)
    assert await load_folder(session, FOLDER, clock=clock) == Loaded(kept=1)
    assert await get(session, "transfer-fee") == ours
    assert await best(session, "借书证押金怎么退") == LIBRARY.key


async def test_loading_follows_the_folder(empty: AsyncSession, clock: ManualClock, tmp_path: Path) -> None:
    def write(*entries: Entry) -> None:
        content = {"entries": [entry.model_dump(mode="json") for entry in entries]}
        (tmp_path / "some.yml").write_text(yaml.safe_dump(content), encoding="utf-8")

    other = LIBRARY.model_copy(update={"key": "other", "questions": ("游泳馆年票哪里买",)})
    write(LIBRARY, other)
    assert await load_folder(empty, tmp_path, clock=clock) == Loaded(added=2)
    write(LIBRARY.model_copy(update={"questions": ("读书卡怎么办",)}))
    assert await load_folder(empty, tmp_path, clock=clock) == Loaded(changed=1, retired=1)
    assert await search(empty, "游泳馆年票哪里买") == []
    write(LIBRARY, other)
    assert await load_folder(empty, tmp_path, clock=clock) == Loaded(changed=2)
    assert await best(empty, "游泳馆年票哪里买") == "other"


async def test_a_key_standing_twice_is_refused(empty: AsyncSession, clock: ManualClock, tmp_path: Path) -> None:
    content = yaml.safe_dump({"entries": [LIBRARY.model_dump(mode="json")]})
    for name in ("a.yml", "b.yml"):
        (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(ValueError, match="life-library-card is there twice"):
        await load_folder(empty, tmp_path, clock=clock)


@pytest.mark.parametrize(
    ("text", "context_key", "expected"),
    [
        ("那几点前转当天能收到", "transfer", "transfer-arrival"),
        ("那幾點之前轉今天能到呀", "transfer-fee", "transfer-arrival"),
        ("那柜台呢", "transfer", "transfer-counter"),
        ("那柜台呢", "transfer-fee", "transfer-counter"),
        ("限额呢", "transfer-fee", "transfer-limit"),
        ("那信用卡呢", "fee-account-management", "fee-credit-annual"),
        ("那利率呢", "deposit-large-cd", "rate-large-cd"),
        ("周六呢", "branch-chengnan", "branch-chengnan"),
        ("要带什么", "fx-buy", "fx-buy"),
        ("多久有结果", "complaint-how", "complaint-deadline"),
        ("怎么申请", "cc-kinds", "cc-apply"),
        ("要多久", "progress-loan", "progress-loan"),
        ("在什么地方", "branch-gaoxin", "branch-gaoxin"),
        ("多久放款", "progress-loan", "progress-payout"),
    ],
)
async def test_a_short_question_stays_in_the_topic(
    session: AsyncSession, text: str, context_key: str, expected: str
) -> None:
    found = [hit.entry.key for hit in await search(session, text, context_key=context_key)]
    assert found[:1] == [expected], found


async def test_a_clear_question_leaves_the_topic(session: AsyncSession) -> None:
    assert await best(session, "城东分行几点关门", context_key="transfer-fee") == "branch-chengdong"
    assert await best(session, "信用卡积分会过期吗", context_key="complaint-how") == "cc-points"


@pytest.mark.parametrize(
    "text", ["谢谢", "好的知道了", "天气怎么样", "再见", "嗯嗯行", "讲个笑话吧", "好", "你真厉害", "我先忙了"]
)
async def test_context_and_intent_alone_find_nothing(session: AsyncSession, text: str) -> None:
    assert await search(session, text, intent="inquire_transfer", context_key="transfer-fee") == []


async def test_the_intent_decides_between_near_entries(session: AsyncSession) -> None:
    assert await best(session, "年费", intent="inquire_fee") in {"fee-credit-annual", "fee-account-management"}
    assert await best(session, "信用卡多久", intent="inquire_application_progress") == "progress-credit-card"


async def test_the_product_decides_between_near_entries(session: AsyncSession) -> None:
    assert await best(session, "信用卡年费多少") == "fee-credit-annual"
    assert await best(session, "储蓄卡年费多少") == "fee-account-management"


async def test_a_suspicious_contact_is_always_answered_with_caution(session: AsyncSession) -> None:
    found = await search(session, "他头像是个小狗", intent="ask_suspicious_contact")
    assert [hit.entry.key for hit in found] == ["suspicious-default"]
    assert await search(session, "他头像是个小狗") == []


@pytest.mark.parametrize(
    ("simplified", "traditional"),
    [
        ("转账手续费多少", "轉帳手續費多少"),
        ("信用卡年费怎么免", "信用咭年費點樣免"),
        ("定期存款利率", "定期存款利率"),
        ("验证码收不到", "驗證碼收不到"),
        ("城东分行几点关门", "城東分行幾點關門"),
        ("投诉多久有结果", "投訴多久有結果"),
    ],
)
async def test_traditional_finds_the_same(session: AsyncSession, simplified: str, traditional: str) -> None:
    expected = await best(session, simplified)
    assert expected is not None
    assert await best(session, traditional) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("打款到外行收不收钱", "transfer-fee"),
        ("过数要多久入账", "transfer-arrival"),
        ("死期提前拿出来", "deposit-early-withdraw"),
        ("贷记卡注销", "cc-cancel"),
        ("按揭提早还清", "repay-prepay-loan"),
    ],
)
async def test_other_words_for_the_same(session: AsyncSession, text: str, expected: str) -> None:
    assert await best(session, text) == expected


@pytest.mark.parametrize("text", ["转帐手续废多少", "手機轉帳手續費"])
async def test_slips_of_the_pen_are_understood(session: AsyncSession, text: str) -> None:
    assert await best(session, text) == "transfer-fee"


@pytest.mark.parametrize(
    "text",
    ["'; drop table knowledge_entries; --", '" OR "1', "NEAR(转账)", "a & b | !c", "key:transfer*", "转账" * 2000],
)
async def test_nothing_a_customer_writes_reaches_the_query_language(session: AsyncSession, text: str) -> None:
    await search(session, text)
    assert await get(session, "transfer-fee") is not None


async def test_limit_and_order(session: AsyncSession) -> None:
    hits = await search(session, "信用卡", intent="inquire_credit_card", limit=2)
    assert len(hits) == 2
    assert hits[0].score >= hits[1].score


def test_the_answer_says_what_it_is_and_of_when() -> None:
    assert render(LIBRARY) == f"{LIBRARY.answer}（示例资料，截至2025-06-10，以本行官网公布为准）"
    law = LIBRARY.model_copy(update={"sample": False, "source": "某办法第1条"})
    assert render(law) == f"{LIBRARY.answer}（依据某办法第1条，截至2025-06-10）"


def test_placeholders_are_filled_with_what_is_known() -> None:
    entry = LIBRARY.model_copy(update={"answer": "请打{hotline}或{antifraud}。"})
    assert render(entry, {"hotline": "95xxx"}).startswith("请打95xxx或{antifraud}。")


@pytest.mark.parametrize(
    "change",
    [
        {"key": "Not Kebab"},
        {"questions": ()},
        {"answer": ""},
        {"answer": "字" * 121},
        {"answer": "请打{phone}"},
        {"sample": False},
        {"intent": "complain_pricing_fee"},
    ],
)
def test_an_entry_that_cannot_be_stood_by_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Entry.model_validate({**LIBRARY.model_dump(), **change})


async def test_the_table_refuses_an_answer_without_ground(empty: AsyncSession, clock: ManualClock) -> None:
    fields = {**LIBRARY.model_dump(), "sample": False, "updated_at": clock.now()}
    empty.add(KnowledgeEntry(**{name: list(v) if isinstance(v, tuple) else v for name, v in fields.items()}))
    with pytest.raises(IntegrityError):
        await empty.flush()
