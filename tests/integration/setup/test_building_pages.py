"""Building pages with the real npm of `.venv`, on a package that needs nothing from the network."""

import json
from pathlib import Path

import pytest

from api.setup.errors import StepFailed
from api.setup.web import ensure_pages

BUILD = "node -e \"const f=require('fs');f.mkdirSync('widget/dist',{recursive:true});f.appendFileSync('widget/dist/count','x')\""


def describe(build: str) -> str:
    return json.dumps({"name": "w", "version": "1.0.0", "private": True, "scripts": {"build": build}})


@pytest.fixture
def root(tmp_path: Path) -> Path:
    web = tmp_path / "web"
    (web / "widget").mkdir(parents=True)
    (web / "package.json").write_text(describe(BUILD))
    lock = {"name": "w", "version": "1.0.0", "lockfileVersion": 3, "packages": {"": {"name": "w", "version": "1.0.0"}}}
    (web / "package-lock.json").write_text(json.dumps(lock))
    # npm makes no node_modules for a package that needs none.
    (web / "node_modules").mkdir()
    return tmp_path


def test_pages_are_built_when_they_changed_and_only_then(root: Path) -> None:
    count = root / "web/widget/dist/count"
    assert ensure_pages(root, root / "var")
    assert not ensure_pages(root, root / "var")
    assert count.read_text() == "x"
    (root / "web/widget/main.ts").write_text("changed")
    assert ensure_pages(root, root / "var")
    assert count.read_text() == "xx"


def test_lost_results_are_built_again(root: Path) -> None:
    ensure_pages(root, root / "var")
    (root / "web/widget/dist/count").unlink()
    (root / "web/widget/dist").rmdir()
    assert ensure_pages(root, root / "var")


def test_a_failed_build_is_tried_again(root: Path) -> None:
    (root / "web/package.json").write_text(describe("exit 3"))
    for _ in range(2):
        with pytest.raises(StepFailed, match=r"could not be built .*web\.log"):
            ensure_pages(root, root / "var")


def test_a_repository_without_pages(tmp_path: Path) -> None:
    assert not ensure_pages(tmp_path, tmp_path / "var")
