"""The keys of this installation."""

from __future__ import annotations

from functools import lru_cache

from desk.privacy.sealing import Sealer
from desk.settings import settings


@lru_cache
def keyring() -> Sealer:
    """Sealer over the key file in the settings, made at first use with mode 600."""
    return Sealer.from_file(settings().keys)
