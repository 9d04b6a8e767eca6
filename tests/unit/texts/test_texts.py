"""Every sentence a customer can read: filled, polite, and free of what 3-dialogue.md 3.7 bans."""

import re
from pathlib import Path

import pytest
import yaml

from desk.phrases.lint import check
from desk.settings import ROOT
from desk.texts.service import texts

SENTENCES = texts().every()
PLACEHOLDER = re.compile(r"\{(\w+)\}")


@pytest.mark.parametrize("key", SENTENCES)
def test_no_banned_phrase(key):
    assert check(SENTENCES[key], speaker="bot") == []


def test_no_banned_phrase_in_the_bots_own_responses():
    domain = yaml.safe_load((ROOT / "bot" / "domain" / "responses.yml").read_text(encoding="utf-8"))
    said = [variant["text"] for variants in domain["responses"].values() for variant in variants]
    assert said
    assert [(text, check(text, speaker="bot")) for text in said if check(text, speaker="bot")] == []


@pytest.mark.parametrize("key", SENTENCES)
def test_customers_are_addressed_politely(key):
    assert "你" not in SENTENCES[key]


def test_gratitude_thanks_and_apologises_without_asking():
    for name, sentence in SENTENCES.items():
        if name.startswith("gratitude.feeling"):
            assert re.search("抱歉|对不起", sentence), name
        if name.startswith(("gratitude.thanks", "gratitude.feeling", "gratitude.listen", "gratitude.again")):
            assert "？" not in sentence, name


def reference_sentences() -> set[str]:
    """Sentences of the reference conversations, when the project's shared papers are at hand."""
    paper = ROOT.parent / "shared" / "domain" / "4-intents.md"
    if not paper.exists():
        return set()
    section = paper.read_text(encoding="utf-8").split("### 4.4")[1]
    said = re.findall(r"[客机機坐](?:\([^)]*\))?[::](.*)", section)
    pieces = [plain(piece) for line in said for piece in re.split(r"[。!?！？;；]", line)]
    return {piece for piece in pieces if len(piece) >= 7}


def plain(text: str) -> str:
    return re.sub(r"[\s,，.。:：、!！?？;；\"“”'‘’()（）]", "", text)


def test_no_sentence_of_the_reference_conversations_stands_in_the_project():
    reference = reference_sentences()
    if not reference:
        pytest.skip("the reference conversations are not at hand")
    found = []
    for folder in ("data", "desk", "actions", "bot"):
        for file in sorted((ROOT / folder).rglob("*")):
            if file.suffix not in (".yml", ".py", ".txt") or ".venv" in file.parts:
                continue
            text = plain(Path(file).read_text(encoding="utf-8"))
            found += [(str(file.relative_to(ROOT)), sentence) for sentence in reference if sentence in text]
    assert found == []
