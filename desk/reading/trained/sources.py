"""What the trained readers are made from, and so where they are kept."""

from __future__ import annotations

from pathlib import Path

from desk.digest import digest_of
from desk.settings import ROOT, Settings

_DATA = ("reading", "nlu", "lookup", "lexicon/risk.yml", "lexicon/mood.yml", "lexicon/cues.yml", "lexicon/model.yml")
_CODE = ("trained", "risk.py", "mood.py", "model_text.py", "normalise.py", "lexicon.py", "facts/lookups.py")


def readers_path(settings: Settings) -> Path:
    """The folder of the readers of the present sources; it is there once they are trained."""
    code = digest_of(ROOT / "desk" / "reading", _CODE).encode()
    return settings.models_dir / f"reader-{digest_of(settings.data_dir, _DATA, code)[:12]}"
