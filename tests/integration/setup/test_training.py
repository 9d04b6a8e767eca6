"""Training with a stand-in for Rasa: what makes a model count, and what makes a new one."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from api.setup.errors import SetupError, StepFailed
from api.setup.training import ensure_model, model_path

# Takes the place of `bot/.venv/bin/python -c … train …`: writes an archive as Rasa does and notes that it was called.
RASA = f"""#!{sys.executable}
import io, pathlib, sys, tarfile, time
arguments = sys.argv[3:]
with open("called", "a") as calls:
    calls.write(" ".join(arguments) + "\\n")
mode = pathlib.Path("mode").read_text()
if mode == "edit":
    pathlib.Path("config.yml").write_text("edited meanwhile")
name = arguments[arguments.index("--fixed-model-name") + 1] + ".tar.gz"
target = pathlib.Path(arguments[arguments.index("--out") + 1], name)
if mode == "fail":
    print("a rule contradicts a story")
    sys.exit(1)
if mode == "hang":
    target.write_bytes(b"half a mod")
    time.sleep(60)
if mode == "half":
    target.write_bytes(b"half a mod")
    sys.exit(0)
with tarfile.open(target, "w:gz") as archive:
    archive.addfile(tarfile.TarInfo("metadata.json"), io.BytesIO(b""))
"""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("SANBIAN_MODEL_CACHE", raising=False)
    files = {
        "config.yml": "a",
        "mode": "work",
        "data/rules/urgent.yml": "rules: []",
        "data/nlu/acts.yml": "nlu:\n- intent: bye\n  examples: |\n    - 再見\n",
        "bot/.venv/bin/python": RASA,
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "bot/.venv/bin/python").chmod(0o755)
    return tmp_path


def calls(root: Path) -> int:
    return len((root / "called").read_text().splitlines()) if (root / "called").exists() else 0


def test_nothing_is_trained_twice(root: Path) -> None:
    model = ensure_model(root)
    assert model == model_path(root)
    assert model.exists()
    assert ensure_model(root) == model
    assert calls(root) == 1
    assert "再见" in (root / "var/training/acts.yml").read_text()
    (root / "data/rules/urgent.yml").write_text("rules: [] # changed")
    assert ensure_model(root) != model
    assert calls(root) == 2


@pytest.mark.parametrize(("mode", "error"), [("fail", "could not be trained"), ("half", "left no whole model")])
def test_a_training_that_failed_counts_for_nothing(root: Path, mode: str, error: str) -> None:
    (root / "mode").write_text(mode)
    with pytest.raises(SetupError, match=error):
        ensure_model(root)
    assert not model_path(root).exists()
    (root / "mode").write_text("work")
    assert ensure_model(root).exists()


def test_what_rasa_said_is_in_the_log(root: Path) -> None:
    (root / "mode").write_text("fail")
    with pytest.raises(StepFailed) as failure:
        ensure_model(root)
    assert "a rule contradicts a story" in failure.value.log.read_text()


def test_an_interrupted_training_counts_for_nothing(root: Path) -> None:
    (root / "mode").write_text("hang")
    program = (
        "import sys, pathlib; from api.setup.training import ensure_model; ensure_model(pathlib.Path(sys.argv[1]))"
    )
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    with subprocess.Popen([sys.executable, "-c", program, str(root)], env=env, stdout=subprocess.DEVNULL) as process:
        limit = time.monotonic() + 30
        while not list((root / "models").glob(".training/*.tar.gz")):
            assert time.monotonic() < limit, "the training never began"
            time.sleep(0.05)
        process.kill()
    assert not model_path(root).exists()
    (root / "mode").write_text("work")
    assert ensure_model(root).exists()
    assert not (root / "models/.training").exists()


def test_data_that_changes_meanwhile_is_trained_again(root: Path) -> None:
    before = model_path(root)
    (root / "mode").write_text("edit")
    model = ensure_model(root)
    assert calls(root) == 2
    assert model == model_path(root) != before
    assert not before.exists()


def test_a_shared_cache_saves_the_training(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SANBIAN_MODEL_CACHE", str(tmp_path / "cache"))
    model = ensure_model(root)
    model.unlink()
    assert ensure_model(root) == model
    assert calls(root) == 1
    (tmp_path / "cache" / model.name).write_bytes(b"half")
    model.unlink()
    ensure_model(root)
    assert calls(root) == 2


def test_a_folder_without_anything_to_train_from(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=r"config\.yml is missing"):
        ensure_model(tmp_path)
