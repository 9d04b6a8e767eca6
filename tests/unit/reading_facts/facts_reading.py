"""Reading a sentence as the service does, with a plain normaliser for the tests."""

from __future__ import annotations

from datetime import datetime

from desk.clock import SHANGHAI
from desk.reading.facts.service import read_facts
from desk.reading.schemas import Facts

WEDNESDAY = datetime(2025, 6, 11, 10, 0, tzinfo=SHANGHAI)
_HALF = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}


def read(text: str, *asked: str) -> Facts:
    """The facts of a Simplified sentence."""
    return read_facts(text.translate(_HALF), text, WEDNESDAY, asked)
