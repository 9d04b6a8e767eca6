"""The keys of this installation."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from desk.privacy.sealing import Sealer
from desk.settings import settings


def keyring() -> Sealer:
    """Sealer over the key file in the settings, made at first use with mode 600.

    Read again when the file has changed: otherwise a process that was running during `sanbian rotate-keys` could not open
    what was sealed afresh.
    """
    path = settings().keys
    if not path.exists():
        Sealer.from_file(path)
    return _read(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=4)
def _read(path: Path, _changed_ns: int) -> Sealer:
    return Sealer.from_file(path)
