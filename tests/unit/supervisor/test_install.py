import subprocess
import sys
from pathlib import Path

import pytest

from api.setup.install import ROOT, environments, is_current, only, stamp_of, uv_settings

LOCK = """\
setuptools==70.3.0 \\
    --hash=sha256:aa \\
    --hash=sha256:bb
    # via rasa
setuptools-scm==1 \\
    --hash=sha256:cc
wheel==0.45.1 \\
    --hash=sha256:dd
"""


def test_the_installer_needs_nothing_but_the_standard_library() -> None:
    command = [sys.executable, "-S", "-c", "import api.setup.install"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr


def test_build_tools_are_taken_from_the_lock_with_their_hashes() -> None:
    tools = only(LOCK, ("setuptools", "wheel"))
    assert "aa" in tools
    assert "dd" in tools
    assert "setuptools-scm" not in tools


def test_both_locks_hold_the_build_tools() -> None:
    for environment in environments(ROOT):
        assert only(environment.lock.read_text(), ("setuptools", "wheel")).count("==") == 2


def test_no_lock_names_an_index() -> None:
    for lock in [*(one.lock for one in environments(ROOT)), ROOT / "scripts" / "installer.txt"]:
        assert "index-url" not in lock.read_text()
        assert "://" not in lock.read_text()


def test_pip_s_mirror_is_uv_s_too_and_what_is_set_already_wins() -> None:
    config = "\n".join(
        [
            ":env:.index-url='https://mirror.env/simple'",
            "global.cert='/etc/company.pem'",
            "global.index-url='https://mirror.global/simple'",
            "global.extra-index-url='https://a/simple https://b/simple'",
        ]
    )
    assert uv_settings(config, {"SSL_CERT_FILE": "/mine.pem"}) == {
        "UV_DEFAULT_INDEX": "https://mirror.env/simple",
        "UV_INDEX": "https://a/simple https://b/simple",
        "UV_INDEX_STRATEGY": "unsafe-best-match",
    }
    assert uv_settings("", {}) == {}


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    for name in ("requirements.txt", "bot/requirements.txt", "scripts/installer.txt", "pyproject.toml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    for environment in environments(tmp_path):
        environment.python.parent.mkdir(parents=True)
        environment.python.touch()
        (environment.folder / ".sanbian-stamp").write_text(stamp_of(environment, tmp_path))
    return tmp_path


@pytest.mark.parametrize(
    ("changed", "stale"),
    [
        (None, [False, False]),
        ("requirements.txt", [True, False]),
        ("bot/requirements.txt", [False, True]),
        ("pyproject.toml", [True, False]),
        ("scripts/installer.txt", [True, True]),
    ],
)
def test_an_environment_is_remade_when_its_lock_changed(
    repository: Path, changed: str | None, stale: list[bool]
) -> None:
    if changed:
        (repository / changed).write_text("changed")
    assert [not is_current(one, repository) for one in environments(repository)] == stale


def test_a_moved_repository_is_installed_anew(repository: Path) -> None:
    moved = repository.rename(repository.with_name("moved"))
    assert not any(is_current(one, moved) for one in environments(moved))
