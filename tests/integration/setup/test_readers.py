"""The trained readers with a stand-in for their training: what makes them count, be shared, be thrown away."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from api.setup import readers
from api.setup.errors import SetupError, StepFailed
from api.setup.readers import ensure_readers, prune
from api.setup.training import KEPT
from desk.reading.trained.sources import readers_path
from desk.settings import Settings

# Takes the place of `python -m desk.reading.trained.training FOLDER`: leaves a folder as spaCy does and notes that it was called.
TRAINING = f"""#!{sys.executable}
import os, pathlib, sys, time
data = pathlib.Path(os.environ["SANBIAN_DATA_DIR"])
with (data.parent / "called").open("a") as calls:
    calls.write(" ".join(sys.argv[1:3]) + "\\n")
mode = (data.parent / "mode").read_text()
if mode == "fail":
    print("a cause without examples")
    sys.exit(1)
if mode == "slow":
    time.sleep(1)
if mode == "edit":
    (data / "reading" / "risk.yml").write_text("edited meanwhile")
folder = pathlib.Path(sys.argv[3])
folder.mkdir(parents=True)
(folder / "meta.json").write_text("weights")
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.delenv("SANBIAN_MODEL_CACHE", raising=False)
    (tmp_path / "data" / "reading").mkdir(parents=True)
    (tmp_path / "data" / "reading" / "risk.yml").write_text("a")
    (tmp_path / "mode").write_text("work")
    python = tmp_path / "python"
    python.write_text(TRAINING)
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    return settings_in(tmp_path)


def settings_in(folder: Path) -> Settings:
    return Settings(data_dir=folder / "data", models_dir=folder / "models", var_dir=folder / "var")


def calls(folder: Path) -> list[str]:
    return (folder / "called").read_text().splitlines() if (folder / "called").exists() else []


def test_nothing_is_trained_twice(here: Settings, tmp_path: Path) -> None:
    folder = ensure_readers(here)
    assert folder == readers_path(here)
    assert (folder / "meta.json").read_text() == "weights"
    assert ensure_readers(here) == folder
    assert calls(tmp_path) == ["-m desk.reading.trained.training"]
    (tmp_path / "data" / "reading" / "risk.yml").write_text("b")
    assert ensure_readers(here) != folder
    assert len(calls(tmp_path)) == 2


def test_a_training_that_failed_counts_for_nothing(here: Settings, tmp_path: Path) -> None:
    (tmp_path / "mode").write_text("fail")
    with pytest.raises(StepFailed) as failure:
        ensure_readers(here)
    assert "a cause without examples" in failure.value.log.read_text()
    assert not readers_path(here).exists()
    (tmp_path / "mode").write_text("work")
    assert ensure_readers(here).exists()


def test_data_that_changed_meanwhile_gives_no_readers(here: Settings, tmp_path: Path) -> None:
    """Kept under the old name they would be taken for what the old data gives."""
    before = readers_path(here)
    (tmp_path / "mode").write_text("edit")
    with pytest.raises(SetupError, match="changed while"):
        ensure_readers(here)
    assert not before.exists()
    assert not readers_path(here).exists()


def test_a_shared_cache_saves_the_training(here: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SANBIAN_MODEL_CACHE", str(tmp_path / "cache"))
    folder = ensure_readers(here)
    elsewhere = Settings(data_dir=here.data_dir, models_dir=tmp_path / "other" / "models", var_dir=here.var_dir)
    copied = ensure_readers(elsewhere)
    assert copied.name == folder.name
    assert (copied / "meta.json").read_text() == "weights"
    assert len(calls(tmp_path)) == 1


def test_two_that_fill_the_cache_at_once(here: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lock is the models folder's; two clones share only the cache. The second finds it filled and goes on."""
    kept = tmp_path / "cache" / readers_path(here).name
    monkeypatch.setenv("SANBIAN_MODEL_CACHE", str(tmp_path / "cache"))
    train = readers._train

    def train_while_another_does(folder: Path, settings: Settings) -> None:
        train(folder, settings)
        copy = readers.shutil.copytree

        def copy_late(*paths: Path) -> None:
            kept.mkdir(parents=True)
            (kept / "meta.json").write_text("the other's")
            copy(*paths)

        monkeypatch.setattr(readers.shutil, "copytree", copy_late)

    monkeypatch.setattr(readers, "_train", train_while_another_does)
    assert ensure_readers(here).exists()
    assert (kept / "meta.json").read_text() == "the other's"
    assert [path.name for path in kept.parent.iterdir()] == [kept.name]


def test_of_two_processes_one_trains(here: Settings, tmp_path: Path) -> None:
    (tmp_path / "mode").write_text("slow")
    root = str(Path(__file__).parents[3])
    program = (
        "import sys; from pathlib import Path; from desk.settings import Settings\n"
        "from api.setup.readers import ensure_readers\n"
        "here = Path(sys.argv[1]); sys.executable = str(here / 'python')\n"
        "ensure_readers(Settings(data_dir=here / 'data', models_dir=here / 'models', var_dir=here / 'var'))"
    )
    python = readers_python()
    command = [python, "-c", program, str(tmp_path)]
    env = {**os.environ, "PYTHONPATH": root}
    both = [subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL) for _ in range(2)]
    assert [process.wait(timeout=60) for process in both] == [0, 0]
    assert len(calls(tmp_path)) == 1
    assert readers_path(here).exists()


def readers_python() -> str:
    """The real interpreter, which the fixture has hidden behind the stand-in."""
    return TRAINING.splitlines()[0].removeprefix("#!")


def test_only_the_readers_used_last_are_kept(tmp_path: Path) -> None:
    folders = [tmp_path / f"reader-{n}" for n in range(KEPT + 2)]
    for age, folder in enumerate(folders):
        folder.mkdir()
        os.utime(folder, (time.time() - age, time.time() - age))
    oldest = folders[-1]
    (tmp_path / "sanbian-1.tar.gz").write_text("a model")
    prune(tmp_path, keep=oldest)
    left = sorted(path.name for path in tmp_path.iterdir())
    assert left == sorted(["sanbian-1.tar.gz", oldest.name, *(folder.name for folder in folders[: KEPT - 1])])
