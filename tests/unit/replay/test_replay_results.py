from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli import app
from api.replay import bots, command
from api.replay.bots import BotAddress
from api.replay.cases.parse import parse_cases
from api.replay.stored import strings, without_ids

ID = "0123456789abcdef0123456789abcdef"


def test_strings_are_found_however_deep_and_ids_are_not() -> None:
    stored = {"a": ["一", {"b": "二", "id": "0123456789ab"}], "c": 3, "d": f"web:{ID}", "choice": "要退款"}
    assert list(strings(stored)) == ["一", "二", "web:#", "要退款"]


def test_only_whole_ids_are_taken_out() -> None:
    assert without_ids(f"complaint:{ID}:3 6222021234567890128") == "complaint:#:3 6222021234567890128"


def test_a_malformed_file_ends_with_status_two_and_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "cases.json"
    file.write_text(json.dumps([{"id": "D1", "turns": [], "colour": 1}]), encoding="utf-8")
    done = CliRunner().invoke(app, ["replay", str(file), "--out", str(tmp_path / "out.json")])
    assert done.exit_code == 2
    assert done.stderr == "sanbian: case D1: unknown field colour.\n"
    assert not (tmp_path / "out.json").exists()


def test_an_id_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    file = tmp_path / "cases.json"
    file.write_text(json.dumps([{"id": "D1", "turns": []}]), encoding="utf-8")
    done = CliRunner().invoke(app, ["replay", str(file), "--out", str(tmp_path / "out.json"), "--only", "D2"])
    assert done.exit_code == 2
    assert "there is no case D2" in done.stderr


def test_only_the_wanted_case_is_played_and_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, out = tmp_path / "cases.json", tmp_path / "deep" / "out.json"
    file.write_text(json.dumps([{"id": "D1", "turns": []}, {"id": "D2", "turns": []}]), encoding="utf-8")
    monkeypatch.setattr(command, "play_loudly", lambda cases: [{"id": case.id, "error": "turn 1: x"} for case in cases])
    done = CliRunner().invoke(app, ["replay", str(file), "--out", str(out), "--only", "D2"])
    assert done.exit_code == 0
    assert [result["id"] for result in json.loads(out.read_text(encoding="utf-8"))] == ["D2"]


def test_every_case_has_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    [case] = parse_cases([{"id": "D1", "turns": []}])
    progress = command.Progress(2)
    progress.told(case, {"error": None})
    progress.told(case, {"error": "turn 2: x"})
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith("[1/2] D1 played (")
    assert lines[1].startswith("[2/2] D1 error: turn 2: x (")


async def test_no_bot_no_classification() -> None:
    assert await bots.classifier(None)("年费多扣了") == []
    assert await bots.classifier(BotAddress("http://127.0.0.1:9").url)("年费多扣了") == []
