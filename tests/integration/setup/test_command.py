"""The `sanbian` command and `make` as a person meets them when something is wrong: one sentence, exit status not 0."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from api.setup.locks import held
from desk.settings import ROOT


def sanbian(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "api.cli", *arguments]
    env = {**os.environ, "PYTHONPATH": str(ROOT), **variables}
    return subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


def assert_one_sentence(result: subprocess.CompletedProcess[str], *parts: str) -> None:
    assert result.returncode == 1
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert line.startswith("sanbian: ")
    assert line.endswith(".")
    for part in parts:
        assert part in line


def test_a_port_in_use(tmp_path: Path) -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        port = server.getsockname()[1]
        result = sanbian("run", SANBIAN_PORT=str(port), SANBIAN_VAR_DIR=str(tmp_path))
    assert_one_sentence(result, f"Port {port} on 127.0.0.1 is in use", "SANBIAN_PORT")


def test_a_second_run(tmp_path: Path) -> None:
    with held(tmp_path / "run.lock", "process 4711, port 8000"):
        result = sanbian("run", SANBIAN_VAR_DIR=str(tmp_path))
    assert_one_sentence(result, "already runs", "process 4711, port 8000")


def test_a_setting_that_makes_no_sense() -> None:
    assert_one_sentence(sanbian("model", SANBIAN_PORT="many"), "SANBIAN_PORT")


def test_a_database_that_cannot_be_reached(tmp_path: Path) -> None:
    url = "postgresql+psycopg://sanbian:topsecret@127.0.0.1:1/sanbian"
    result = sanbian("migrate", SANBIAN_DATABASE_URL=url, SANBIAN_VAR_DIR=str(tmp_path))
    assert_one_sentence(result, "postgresql+psycopg://sanbian:***@127.0.0.1:1/sanbian cannot be used")
    assert "topsecret" not in result.stderr


def test_a_machine_without_python_3_11(tmp_path: Path) -> None:
    for name in ("sh", "make"):
        (tmp_path / name).symlink_to(next(p for d in os.environ["PATH"].split(":") if (p := Path(d, name)).exists()))
    result = subprocess.run(
        [tmp_path / "make", "run"], cwd=ROOT, env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=False
    )
    assert result.returncode != 0
    assert result.stderr.startswith("sanbian: Python 3.11 is needed and was not found")
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("command", ["run", "setup", "train", "model", "migrate", "build-web"])
def test_every_command_explains_itself(command: str) -> None:
    result = sanbian(command, "--help")
    assert result.returncode == 0
    assert command in result.stdout
