from collections.abc import Iterator

import pytest
from conversation import Conversation
from fake_actions import FakeActions, serving
from rasa_process import Bot, rule_files, running, trained


@pytest.fixture(scope="session")
def bot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bot]:
    with running(trained(rule_files()), tmp_path_factory.mktemp("bot") / "log") as process:
        yield process


@pytest.fixture(scope="session")
def action_server() -> Iterator[FakeActions]:
    with serving(FakeActions()) as server:
        yield server


@pytest.fixture
def actions(action_server: FakeActions) -> FakeActions:
    action_server.reset()
    return action_server


@pytest.fixture
def customer(bot: Bot, actions: FakeActions) -> Conversation:
    return Conversation(bot, actions)
