"""Figures and register through the desk's API, over cases that really happened."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from api_bot import says
from api_world import World, error_of
from openpyxl import load_workbook
from sqlalchemy import event

DAYS = {"start": "2025-06-01", "end": "2025-06-30"}


def line(report: dict[str, Any], key: str) -> dict[str, Any]:
    return next(line for line in report["whole"] if line["key"] == key)


async def test_counted_from_the_record(world: World) -> None:
    boss, customer = await world.agent("0213", "supervisor"), await world.customer()
    number = await world.complain(customer)
    other = await world.customer()
    world.bot.next(says("周末也营业。"))
    await world.told(other, "周末开门吗？")
    await boss.decide(number)
    await world.tick(days=2)
    boss = await world.agent("0214", "supervisor")
    report = await boss.get("indicators", **DAYS)
    rate = line(report, "complaint_rate")
    assert rate["denominator"] >= 1
    assert rate["title"] == "服务投诉率（每10万次服务）"
    assert line(report, "decided_within_15")["value"] == 1.0
    assert line(report, "decided_within_15")["denominator"] == 1
    assert line(report, "answered_within_24h")["numerator"] == 1
    assert line(report, "omission_rate")["verdict"] == "cannot_be_judged"
    assert line(report, "first_reply_p50")["value"] is not None


@pytest.mark.parametrize("by", ["branch", "tier", "product", "channel", "month"])
async def test_split(world: World, by: str) -> None:
    boss = await world.agent("0213", "supervisor")
    await world.complain(await world.customer())
    report = await boss.get("indicators", **DAYS, by=by)
    assert report["parts"]
    registered = [
        line["denominator"] for part in report["parts"].values() for line in part if line["key"] == "chased_cases"
    ]
    assert sum(registered) == line(report, "chased_cases")["denominator"] == 1


async def test_who_may_see_and_what_makes_no_sense(world: World) -> None:
    agent, boss = await world.agent(), await world.agent("0213", "supervisor")
    error_of(await agent.client.get("/api/desk/indicators", params=DAYS), 403)
    error_of(await boss.client.get("/api/desk/indicators", params={**DAYS, "by": "mood"}), 422)
    error_of(await boss.client.get("/api/desk/indicators", params={"start": "2025-07-01", "end": "2025-06-01"}), 422)
    error_of(await boss.client.get("/api/desk/indicators", params={"start": "0001-01-01", "end": "9999-12-31"}), 422)
    await boss.get("indicators", start="2000-01-01", end="2199-12-31")


async def test_the_register_as_csv_and_as_xlsx(world: World) -> None:
    boss, customer = await world.agent("0213", "supervisor"), await world.customer()
    number = await world.complain(customer, "=1+1，城南支行的柜员态度很差，信用卡年费也乱收")
    answer = await boss.client.get("/api/desk/register.csv", params=DAYS)
    assert answer.status_code == 200
    assert answer.content.startswith(b"\xef\xbb\xbf")
    head, row = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    found = dict(zip(head, row, strict=True))
    assert found["编号"] == number
    assert found["业务类别（JR/T 0169 B）"] == "银行卡（信用卡）"
    assert found["业务类别代码"] == ""
    assert found["投诉原因（JR/T 0169 C）"]
    assert not any(value.startswith("=") for value in row)
    answer = await boss.client.get("/api/desk/register.xlsx", params=DAYS)
    sheet = load_workbook(io.BytesIO(answer.content)).active
    rows = list(sheet.iter_rows())
    assert [cell.value for cell in rows[0]] == head
    assert {cell.data_type for cell in rows[1]} <= {"s", "n", "inlineStr"}
    assert rows[1][0].value == number


async def test_the_register_asks_no_more_for_many_cases_than_for_one(world: World) -> None:
    boss, counted = await world.agent("0213", "supervisor"), 0

    def count(*_: object) -> None:
        nonlocal counted
        counted += 1

    event.listen(world.core.database.engine.sync_engine, "before_cursor_execute", count)
    asked = []
    for text in ("城南支行的柜员对我爱理不理", "城北支行的取款机吞了我的卡", "信用卡年费乱收"):
        number, counted = await world.complain(await world.customer(), text), 0
        answer = await boss.client.get("/api/desk/register.csv", params=DAYS)
        assert number in answer.text
        asked.append(counted)
    assert len(set(asked)) == 1, asked


async def test_a_register_of_nothing_has_its_head(world: World) -> None:
    boss = await world.agent("0213", "supervisor")
    answer = await boss.client.get("/api/desk/register.csv", params={"start": "2020-01-01", "end": "2020-01-02"})
    assert len(answer.content.decode("utf-8-sig").strip().splitlines()) == 1


async def test_casework_is_counted_from_its_own_rows(world: World) -> None:
    agent, second = await world.agent(), await world.agent("0102")
    boss = await world.agent("0213", "supervisor")
    number = await world.complain(await world.customer())
    await agent.done(number, "extend", days=30, reason="要调阅录像")
    await agent.done(number, "extend", days=60, reason="要等外部回函", approver="0213")
    await boss.done(number, "approve", approve=True)
    await agent.done(number, "decide", outcome="upheld", text="经核实属实，已向您致歉")
    await world.tick(seconds=1)
    error_of(await agent.deed(number, "recheck", result="passed", note="看过记录"), 403)
    report = await boss.get("indicators", **DAYS)
    assert (line(report, "extensions_in_order")["numerator"], line(report, "extensions_in_order")["denominator"]) == (
        2,
        2,
    )
    assert line(report, "notices_complete")["value"] == 1.0
    assert line(report, "rechecked")["denominator"] == 0
    await second.done(number, "recheck", result="passed", note="看过记录")
    await agent.done(number, "feedback", department="城南支行", text="柜员服务态度")
    await second.done(number, "follow-up", result="answered", note="电话回访，客户满意")
    await agent.done(number, "close")
    # Whoever is kept off only afterwards did nothing wrong while he had it.
    await boss.done(number, "exclude", kind="staff", value="0101")
    report = await boss.get("indicators", **DAYS)
    for key, share in (("rechecked", 1.0), ("fed_back", 1.0), ("notices_complete", 1.0), ("recusal_violations", 0.0)):
        assert (line(report, key)["value"], line(report, key)["denominator"]) == (share, 1), key
