"""Every rules file is missed by somebody: README.md names, for each, the conversation that turns red without it.

That the file's behaviour is really gone without it, and nothing else, is shown by
`tests/integration/bot/test_disabled_rules.py`, which trains a bot without each of them. Training the whole model eight
times would take too long here; the table was made by doing so once.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from variants import scripts

from desk.settings import ROOT

README = Path(__file__).with_name("README.md")
RULES = sorted(file.name for file in (ROOT / "data" / "rules").glob("*.yml"))
DISABLED = ROOT / "tests" / "integration" / "bot" / "test_disabled_rules.py"


def table() -> dict[str, list[str]]:
    """Rules file → the conversations that the table names for it."""
    rows = re.findall(r"^\| `(\w+\.yml)` \| ([^|]+) \|", README.read_text(encoding="utf-8"), re.MULTILINE)
    return {name: re.findall(r"[DK]\d\d(?:-v\d+)?", cell) for name, cell in rows}


@pytest.mark.parametrize("name", RULES)
def test_somebody_notices(name: str) -> None:
    named = table().get(name)
    assert named, f"{name} has no line in {README.name}"
    assert set(named) <= {script.id for script in scripts()}


@pytest.mark.parametrize("name", RULES)
def test_its_absence_is_trained_and_looked_at(name: str) -> None:
    assert f'"{name}"' in DISABLED.read_text(encoding="utf-8")


def test_no_line_for_a_file_that_is_gone() -> None:
    assert set(table()) == set(RULES)
