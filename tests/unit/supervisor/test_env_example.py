import re
from pathlib import Path

import pytest

from desk.settings import ROOT, Settings


def test_every_setting_is_explained_and_nothing_else() -> None:
    text = (ROOT / ".env.example").read_text()
    settings, _, others = text.partition("# --- Only for building and testing")
    documented = set(re.findall(r"^#?SANBIAN_([A-Z_]+)=", settings, re.MULTILINE))
    assert documented == {name.upper() for name in Settings.model_fields}
    assert others


def test_the_example_is_the_default() -> None:
    assert Settings(_env_file=ROOT / ".env.example") == Settings(_env_file=None)


def test_a_relative_folder_lies_in_the_project_wherever_we_are_started(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    here = Settings(_env_file=None, var_dir=Path("elsewhere"), key_file=tmp_path / "keys.json")
    assert here.var_dir == ROOT / "elsewhere"
    assert here.key_file == tmp_path / "keys.json"
