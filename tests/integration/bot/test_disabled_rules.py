"""Without one file of data/rules exactly its behaviour is gone, and the rest still trains and works."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from conversation import CONFIRM, FACTS, OPEN, REGISTERED, SOOTHE
from fake_actions import FakeActions
from rasa_process import BOT_PYTHON, ENVIRONMENT, REPO, model_of, rule_files

# name: state, intent, mood
PROBES: dict[str, tuple[Any, str, str]] = {
    "calm complaint": (OPEN, "complain_marketing", "calm"),
    "upset complaint": (OPEN, "complain_marketing", "upset"),
    "soothing": (SOOTHE, "express_emotion", "upset"),
    "next fact": (FACTS, "inform", "calm"),
    "resumed": (OPEN, "resume_flow", "calm"),
    "confirmed": (CONFIRM, "affirm", "calm"),
    "status": (REGISTERED, "query_ticket_status", "calm"),
    "human": (OPEN, "request_human", "calm"),
    "human in the facts": (FACTS, "request_human", "calm"),
    "score": (REGISTERED, "give_score", "calm"),
    "enquiry": (OPEN, "inquire_fee", "calm"),
    "fraud": (OPEN, "report_fraud", "upset"),
    "fraud in the facts": (FACTS, "report_fraud", "upset"),
}

# What each probe does without the file; every other probe does what it always does.
FORM = ["validate_facts_form", "action_ask_facts_form_when"]
CHANGED: dict[str, dict[str, list[str]]] = {
    "gratitude.yml": {"calm complaint": FORM, "upset complaint": FORM, "soothing": FORM},
    "facts.yml": {"calm complaint": ["action_thank_and_apologise"], "resumed": []},
    "procedure.yml": {"confirmed": ["validate_confirm_form"], "status": []},
    "changes.yml": {"human": [], "human in the facts": ["validate_facts_form"]},
    "follow_up.yml": {"score": []},
    "enquiries.yml": {"enquiry": []},
    "urgent.yml": {"fraud": [], "fraud in the facts": ["validate_facts_form"]},
}


@pytest.fixture(scope="module")
def results(
    action_server: FakeActions, tmp_path_factory: pytest.TempPathFactory
) -> dict[str | None, dict[str, list[str]]]:
    """Actions of every probe, for every set of rules. One process trains and asks all of them."""
    action_server.reset()
    out = tmp_path_factory.mktemp("disabled") / "results.json"
    left_out = [None, *CHANGED]
    job = {
        "actions_url": action_server.url,
        "out": str(out),
        "probes": PROBES,
        "models": [[str(model_of(rule_files(name))), list(map(str, rule_files(name)))] for name in left_out],
    }
    result = subprocess.run(
        [str(BOT_PYTHON), str(Path(__file__).with_name("ask_models.py"))],
        input=json.dumps(job),
        cwd=REPO,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert result.returncode == 0, result.stderr[-3000:]
    return dict(zip(left_out, json.loads(out.read_text()), strict=True))


def test_every_rules_file_is_tested() -> None:
    assert {path.name for path in rule_files()} == set(CHANGED)


@pytest.mark.parametrize("name", CHANGED)
def test_only_its_own_behaviour_is_gone(results: dict[str | None, dict[str, list[str]]], name: str) -> None:
    assert results[name] == {**results[None], **CHANGED[name]}


@pytest.mark.parametrize("name", CHANGED)
def test_its_behaviour_is_there_with_the_file(results: dict[str | None, dict[str, list[str]]], name: str) -> None:
    for probe, without in CHANGED[name].items():
        assert results[None][probe] != without
