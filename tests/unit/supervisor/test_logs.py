from pathlib import Path

from api.supervisor.logs import RotatingLog


def test_a_full_file_moves_away_and_the_oldest_goes(tmp_path: Path) -> None:
    log = RotatingLog(tmp_path / "log" / "api.log", limit=10, kept=2)
    for number in range(5):
        log.write(f"{number}".encode() * 10)
    log.close()
    assert (tmp_path / "log" / "api.log").read_text() == "4" * 10
    assert (tmp_path / "log" / "api.log.1").read_text() == "3" * 10
    assert (tmp_path / "log" / "api.log.2").read_text() == "2" * 10
    assert len(list((tmp_path / "log").iterdir())) == 3


def test_a_new_run_appends(tmp_path: Path) -> None:
    for text in (b"one", b"two"):
        log = RotatingLog(tmp_path / "bot.log")
        log.write(text)
        log.close()
    assert (tmp_path / "bot.log").read_bytes() == b"onetwo"
