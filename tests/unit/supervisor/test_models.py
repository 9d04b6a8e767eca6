import os
from pathlib import Path

import pytest
import yaml

from api.setup.errors import SetupError
from api.setup.training import KEPT, bot_environment, model_hash, model_path, normalised_examples, prune

NLU = """\
version: "3.1"
nlu:
- intent: request_human
  examples: |
    - 轉人工
    - １２３:我要 human
- synonym: 信用卡
  examples: |
    - 信用卡片
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    files = {
        "config.yml": "a",
        "bot/domain/intents.yml": "b",
        "bot/components/metadata.py": "c",
        "bot/requirements.txt": "d",
        "data/rules/urgent.yml": "e",
        "data/nlu/acts.yml": NLU,
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_examples_are_normalised_as_live_text_is_one_by_one(root: Path) -> None:
    content = yaml.safe_load(normalised_examples(root)["acts.yml"])
    assert content["version"] == "3.1"
    assert content["nlu"][0] == {"intent": "request_human", "examples": "- 转人工\n- 123:我要 human\n"}
    assert content["nlu"][1]["synonym"] == "信用卡"


@pytest.mark.parametrize(
    "name",
    [
        "config.yml",
        "bot/domain/intents.yml",
        "bot/components/metadata.py",
        "bot/requirements.txt",
        "data/rules/urgent.yml",
    ],
)
def test_the_hash_changes_with_every_input(root: Path, name: str) -> None:
    before = model_hash(root)
    (root / name).write_text("changed")
    assert model_hash(root) != before
    assert len(before) == 12


def test_the_hash_changes_with_new_files_and_examples_and_not_with_what_is_made(root: Path) -> None:
    before = model_hash(root)
    (root / "bot/components/__pycache__").mkdir()
    (root / "bot/components/__pycache__/metadata.pyc").write_text("x")
    (root / "data/nlu/acts.yml").write_text(NLU.replace("轉人工", "转人工"))
    assert model_hash(root) == before, "the same text once normalised"
    (root / "data/nlu/more.yml").write_text(NLU)
    assert model_hash(root) != before
    assert model_path(root).parent == root / "models"


@pytest.mark.parametrize("text", ["nlu: [", "rules: []", "- a"])
def test_examples_that_cannot_be_read_are_one_clear_sentence(root: Path, text: str) -> None:
    (root / "data/nlu/acts.yml").write_text(text)
    with pytest.raises(SetupError, match=r"acts\.yml (is not YAML|has no list)"):
        normalised_examples(root)


def test_only_the_models_used_last_are_kept(tmp_path: Path) -> None:
    models = [tmp_path / f"sanbian-{number}.tar.gz" for number in range(6)]
    for age, model in enumerate(models):
        model.touch()
        os.utime(model, (1000 - age, 1000 - age))
    (tmp_path / "README.md").touch()
    prune(tmp_path, keep=models[5])
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        ["README.md", *(path.name for path in (models[0], models[1], models[5]))]
    )
    assert len([path for path in models if path.exists()]) == KEPT


def test_the_bot_is_told_none_of_our_secrets(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SANBIAN_DATABASE_URL", "postgresql://user:secret@host/db")
    environment = bot_environment(tmp_path)
    assert not [name for name in environment if name.startswith("SANBIAN_")]
    assert environment["RASA_TELEMETRY_ENABLED"] == "false"
