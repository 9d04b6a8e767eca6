import json
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.privacy.sealing import KeyFileExposed, Sealer, Tampered, UnknownKey, rotate


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "var" / "keys.json"


def test_key_file_is_made_once_and_for_its_owner_only(path: Path) -> None:
    sealed = Sealer.from_file(path).seal("一个值", "contacts.phone:1")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert Sealer.from_file(path).open_(sealed, "contacts.phone:1") == "一个值"
    assert [file.name for file in path.parent.iterdir()] == ["keys.json"]


def test_processes_that_start_together_share_one_key(path: Path) -> None:
    with ThreadPoolExecutor(16) as pool:
        sealers = list(pool.map(lambda _: Sealer.from_file(path), range(16)))
    assert len({sealer.blind_index("x", "phone") for sealer in sealers}) == 1


def test_key_file_that_others_may_read_is_refused(path: Path) -> None:
    Sealer.from_file(path)
    path.chmod(0o640)
    with pytest.raises(KeyFileExposed):
        Sealer.from_file(path)


@given(st.text())
def test_what_is_sealed_opens_again_and_never_looks_the_same(text: str) -> None:
    sealer = Sealer({"k1": b"1" * 32}, "k1", b"i")
    first, second = sealer.seal(text, "a"), sealer.seal(text, "a")
    assert sealer.open_(first, "a") == sealer.open_(second, "a") == text
    assert first != second


def test_opening_for_another_row_fails(path: Path) -> None:
    sealer = Sealer.from_file(path)
    with pytest.raises(Tampered):
        sealer.open_(sealer.seal("值", "row:1"), "row:2")


@pytest.mark.parametrize("at", [3, 8, 20, 30])
def test_altered_value_fails(path: Path, at: int) -> None:
    sealer = Sealer.from_file(path)
    sealed = list(sealer.seal("一个比较长的值", "a"))
    sealed[at] = "A" if sealed[at] != "A" else "B"
    with pytest.raises((Tampered, UnknownKey)):
        sealer.open_("".join(sealed), "a")


@pytest.mark.parametrize("text", ["", "s1.k1.", "s1.k1.!!", "hello", "s1.k1.AAAA"])
def test_what_was_never_sealed_is_refused(path: Path, text: str) -> None:
    with pytest.raises(Tampered):
        Sealer.from_file(path).open_(text, "a")


def test_rotation_keeps_old_values_readable_and_moves_them(path: Path) -> None:
    old = Sealer.from_file(path)
    sealed = old.seal("值", "a")
    assert rotate(path) == "k2"
    new = Sealer.from_file(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert new.open_(sealed, "a") == "值"
    assert new.stale(sealed)
    moved = new.reseal(sealed, "a")
    assert not new.stale(moved)
    assert new.open_(moved, "a") == "值"
    assert new.reseal(moved, "a") == moved
    with pytest.raises(UnknownKey):
        old.open_(moved, "a")


def test_relabelled_key_id_is_noticed() -> None:
    sealer = Sealer({"k1": b"1" * 32, "k2": b"1" * 32}, "k1", b"i")
    with pytest.raises(Tampered):
        sealer.open_(sealer.seal("值", "a").replace("s1.k1.", "s1.k2."), "a")


def test_blind_index_survives_rotation_and_depends_on_purpose(path: Path) -> None:
    before = Sealer.from_file(path)
    rotate(path)
    after = Sealer.from_file(path)
    assert before.blind_index("x", "phone") == after.blind_index("x", "phone")
    assert after.blind_index("x", "phone") != after.blind_index("x", "email")
    assert after.blind_index("x", "phone") != after.blind_index("y", "phone")


def test_values_are_nowhere_in_the_key_file(path: Path) -> None:
    Sealer.from_file(path).seal("绝不出现", "a")
    assert "绝不出现" not in json.dumps(json.loads(path.read_text()), ensure_ascii=False)
