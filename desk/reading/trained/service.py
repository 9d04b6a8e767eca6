"""Readers that learned from labelled sentences what word lists overlook.

Promise: `trained_readers()` is the spaCy pipeline trained from the present sources, loaded once in a process, or None when
nobody trained it yet (one warning `reader_untrained`; words alone then read on). A reading is the same for the same text,
takes about a millisecond, and may be asked for by several threads.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import cast

import spacy
import structlog

from desk.reading.schemas import Risk
from desk.reading.trained import linear  # noqa: F401  # registers the component
from desk.reading.trained.cues import has_grounds, is_polite
from desk.reading.trained.examples import NO_RISK, seen_text
from desk.reading.trained.schemas import Findings
from desk.reading.trained.sources import readers_path
from desk.settings import settings

log = structlog.get_logger()


class TrainedReaders:
    """The pipeline of one folder."""

    def __init__(self, folder: Path) -> None:
        self._pipeline = spacy.load(folder)
        self._alone = Lock()  # spaCy's vocabulary grows with what it reads

    def find(self, text: str) -> Findings:
        """What `text`, as it was written, is taken for."""
        seen = seen_text(text)
        with self._alone:
            cats = self._pipeline(seen).cats
        chances: dict[str, dict[str, float]] = {}
        for key, chance in cats.items():
            subject, label = key.split("/")
            chances.setdefault(subject, {})[label] = chance
        cause = max(chances["cause"], key=lambda label: chances["cause"][label])
        calm = chances["risk"].pop(NO_RISK)
        risk = cast(Risk, max(chances["risk"], key=lambda label: chances["risk"][label]))
        return Findings(
            danger=1.0 - calm,
            risk=risk,
            grounded=has_grounds(risk, seen),
            polite=is_polite(seen),
            mood=_middle(chances["mood"]),
            cause_six=int(cause),
            cause_chance=chances["cause"][cause],
        )


def _middle(levels: dict[str, float]) -> int:
    """The median: off by the least on average."""
    so_far = 0.0
    for level in sorted(levels):
        so_far += levels[level]
        if so_far >= 0.5:
            return int(level)
    return int(max(levels))


@lru_cache(maxsize=1)
def _loaded(here: tuple[Path, Path]) -> TrainedReaders | None:
    folder = readers_path(settings())
    if not folder.exists():
        log.warning("reader_untrained", folder=str(folder), help="sanbian train")
        return None
    return TrainedReaders(folder)


def trained_readers() -> TrainedReaders | None:
    """The readers of the sources as they were when first asked for, or None."""
    return _loaded((settings().data_dir, settings().models_dir))
