"""The trained readers of the desk (`desk/reading/trained`), made beside the bot's model: `reader-<hash12>/`."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from api.setup.errors import SetupError
from api.setup.progress import run_logged
from api.setup.training import KEPT, cached, turn_to_train
from desk.reading.trained.sources import readers_path
from desk.settings import ROOT, Settings

ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
"""Sums in one order give one result, on every machine; more threads would not be faster either."""


def ensure_readers(settings: Settings) -> Path:
    """The trained readers of the present sources; trained now, with progress shown, when they are not there.

    Safe to call from several processes: one trains, the others wait. With SANBIAN_MODEL_CACHE set, that folder is looked
    into first and given what was trained. Raises SetupError when the training fails.
    """
    folder = readers_path(settings)
    with turn_to_train(folder):
        kept = cached(folder)
        if not folder.exists() and kept is not None and kept.exists():
            _copy(kept, folder)
        if not folder.exists():
            _train(folder, settings)
            if kept is not None and not kept.exists():
                _copy(folder, kept)
                prune(kept.parent, keep=kept)
    folder.touch()
    prune(folder.parent, keep=folder)
    return folder


def _train(folder: Path, settings: Settings) -> None:
    unfinished = folder.with_name(".training-readers")
    shutil.rmtree(unfinished, ignore_errors=True)
    run_logged(
        "training the readers",
        [sys.executable, "-m", "desk.reading.trained.training", str(unfinished)],
        log=settings.var_dir / "log" / "train-readers.log",
        failure="The readers could not be trained",
        cwd=ROOT,
        env=os.environ | {"SANBIAN_DATA_DIR": str(settings.data_dir), "PYTHONPATH": str(ROOT), **ONE_THREAD},
    )
    if readers_path(settings) != folder:
        raise SetupError("The training data changed while the readers were trained; try again when it is at rest")
    unfinished.replace(folder)


def prune(models: Path, keep: Path) -> None:
    """Remove all but the readers used last, at most KEPT of them, `keep` always among them."""
    others = [path for path in models.glob("reader-*") if path != keep]
    for path in sorted(others, key=lambda path: path.stat().st_mtime, reverse=True)[KEPT - 1 :]:
        shutil.rmtree(path, ignore_errors=True)


def _copy(source: Path, target: Path) -> None:
    unfinished = target.with_name(f".{target.name}.{os.getpid()}")
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copytree(source, unfinished)
    try:
        unfinished.replace(target)
    except OSError:
        # Another clone filled the cache meanwhile, with the same: the name is a hash of what they are made from.
        shutil.rmtree(unfinished, ignore_errors=True)
        if not target.exists():
            raise
