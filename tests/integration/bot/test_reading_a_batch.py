"""`sanbian read` with the real bot, in process."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import pytest
import typer
from rasa_process import Bot

from api.core import all_intents
from api.reading.command import parse_line, parse_lines, read
from api.reading.service import Batch, read_all
from desk.policy.schemas import policy
from desk.reading.service import Reader

AT = "2025-06-11T10:00:00+08:00"
KEYS = {"id", "intent", "intents", "kind", "script", "mood", "risk", "facts", "cause", "staff_implicated"} | {
    "second_complaint",
    "threat",
    "redacted",
}
FACTS = {"who", "when", "where", "amount", "institution", "what", "why", "remedy"}


def reading(bot: Bot, *texts: str) -> list[dict[str, Any]]:
    asked = [parse_line(json.dumps({"id": str(n), "text": text, "at": AT}), "test") for n, text in enumerate(texts)]

    async def all_of_them() -> list[dict[str, Any]]:
        async with httpx.AsyncClient(base_url=bot.url.partition("/webhooks")[0], timeout=30) as client:
            batch = Batch(Reader(), policy(), all_intents(), client)
            return [line async for line in read_all(batch, asked)]

    return asyncio.run(all_of_them())


def test_a_complaint_is_read_whole(bot: Bot) -> None:
    text = "昨天下午城南支行3号窗口的柜员扣了我500元手续费，态度还特别差，我要求退费！"
    (line,) = reading(bot, text)
    assert set(line) == KEYS
    assert set(line["facts"]) == FACTS
    assert line["kind"] == "complaint"
    assert line["facts"]["amount"][0] | {"start": 0, "end": 0} == {
        "text": "500元",
        "start": 0,
        "end": 0,
        "value": 500.0,
        "currency": "CNY",
    }
    assert line["facts"]["remedy"] == ["refund"]
    assert line["cause"]["six"] in range(1, 7)
    for key in ("who", "when", "where", "amount"):
        for span in line["facts"][key]:
            assert text[span["start"] : span["end"]] == span["text"]


def test_lines_keep_their_order_and_secrets_do_not_come_out(bot: Bot) -> None:
    number = "6228480402" + "564890018"
    lines = reading(bot, f"卡号{number}被冻结了", "你好", "转人工")
    assert [line["id"] for line in lines] == ["0", "1", "2"]
    assert number not in json.dumps(lines)
    assert lines[2]["intent"] == "request_human"
    assert lines[1]["cause"] == {"six": None, "jrt": None}


def test_danger_is_urgent_whatever_the_model_says(bot: Bot) -> None:
    (line,) = reading(bot, "有个自称公安的让我把钱转到安全账户，我正在转")
    assert (line["kind"], line["risk"], line["intent"]) == ("urgent", "fraud", "report_fraud")


def test_what_the_chat_refuses_is_a_line_with_the_reason(bot: Bot) -> None:
    long, empty = reading(bot, "长" * 5000, " ")
    assert "5000" not in long["error"]
    assert set(empty) == {"id", "error"}


@pytest.mark.parametrize("line", ["[]", "{}", "nonsense", '{"id": 1, "text": "x", "at": "2025-06-11T10:00:00"}'])
def test_a_malformed_line_is_named(tmp_path: Path, line: str, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "in.jsonl"
    source.write_text(json.dumps({"id": "a", "text": "x", "at": AT}) + "\n" + line + "\n", encoding="utf-8")
    with pytest.raises(typer.Exit) as ended:
        read(source, tmp_path / "out.jsonl")
    assert ended.value.exit_code == 2
    assert "in.jsonl, line 2" in capsys.readouterr().err
    assert not (tmp_path / "out.jsonl").exists()


def test_an_empty_file_gives_an_empty_file(tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text("\n")
    read(tmp_path / "in.jsonl", tmp_path / "out.jsonl")
    assert (tmp_path / "out.jsonl").read_text() == ""
    assert list(parse_lines(tmp_path / "in.jsonl")) == []
