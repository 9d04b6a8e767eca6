"""The trained readers in the Reader: there, fast, and not needed to read."""

import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from desk.clock import SHANGHAI
from desk.reading.service import Reader
from desk.reading.trained.examples import labelled, seen_text
from desk.reading.trained.service import _loaded, trained_readers
from desk.reading.trained.sources import readers_path
from desk.settings import ROOT, settings

NOW = datetime(2025, 6, 11, 10, tzinfo=SHANGHAI)


@pytest.fixture
def untrained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("SANBIAN_MODELS_DIR", str(tmp_path / "models"))
    settings.cache_clear()
    _loaded.cache_clear()
    yield
    _loaded.cache_clear()


@pytest.mark.usefixtures("untrained")
def test_untrained_reads_by_words_and_warns_once() -> None:
    with capture_logs() as logs:
        readings = [Reader().read(text, now=NOW) for text in ("卡丢了", "气死我了")]
    assert [reading.risk for reading in readings] == ["card_loss", None]
    assert readings[1].mood.level == 3
    assert [reading.cause_six for reading in readings] == [None, None]
    assert [entry["event"] for entry in logs] == ["reader_untrained"]


def test_loaded_once() -> None:
    assert trained_readers() is trained_readers() is not None


def test_hidden_by_no_word_list() -> None:
    """What training finds reaches the reading, with a stage nobody told."""
    reading = Reader().read("人家让我把钱挪到安全账户保管,我照做了,现在联系不上他了", now=NOW)
    assert reading.risk == "fraud"


@pytest.mark.parametrize(
    "text", ["累死了", "急死我了", "笑死", "手机死机了", "怎么防诈骗", "跳楼价的贷款利率", "1", "是的", "好的谢谢", "15号下午三点", "城南支行", "五千块"]
)  # fmt: skip
def test_plain_messages_are_no_danger(text: str) -> None:
    assert Reader().read(text, now=NOW).risk is None


@pytest.mark.parametrize(
    "text",
    [
        "机器把我的卡吞了,请尽快把卡还我",
        "柜员说系统升级先把我的卡收着,什么时候还我",
        "谢谢您,问题都解决了,这次就到这里吧",
        "麻烦转告昨天那位柜员,谢谢她送我妈出门",
        "请问下班前我到你们门口能不能取到回单",
        "感谢耐心解答,以后不用再联系我了",
        "别人可以拿我的证件替我取卡吗",
        "实在没有办法还清信用卡,想申请分期",
        "账单上有一项免盗刷服务每月扣八块,请取消",
        "我并没有申请退货,显示退货处理中",
    ],
)
def test_harmless_messages_are_no_danger(text: str) -> None:
    """Each danger wakes a colleague; thanks, a swallowed card and a fee are none."""
    assert Reader().read(text, now=NOW).risk is None


@pytest.mark.parametrize(
    "text", ["1", "是的", "好的谢谢", "15号下午三点", "城南支行", "五千块", "转人工", "请问年费多少"]
)
def test_plain_messages_are_calm(text: str) -> None:
    assert Reader().read(text, now=NOW).mood.level <= 1


@pytest.mark.parametrize(("text", "cause"), [("柜员态度恶劣还骂我", 4), ("手机银行总是闪退登不上去", 1)])
def test_cause(text: str, cause: int) -> None:
    assert Reader().read(text, now=NOW).cause_six == cause


def test_fast_and_the_same_each_time() -> None:
    readers, text = (
        trained_readers(),
        "昨天在城南支行排了三个小时的队,柜员说系统坏了让我明天再来,我请了假来的,谁赔我的损失",
    )
    assert readers is not None
    first = readers.find(text)
    start = time.process_time()
    assert {readers.find(text) for _ in range(100)} == {first}
    assert (time.process_time() - start) / 100 < 0.003


def test_numbers_names_and_width_are_not_seen() -> None:
    assert seen_text("工商银行卡1234被扣500.5元") == seen_text("建设銀行卡９被扣7元")


def test_no_sentence_is_learnt_that_is_measured_with() -> None:
    learnt = {one.text for subject in ("risk", "mood", "cause") for one in labelled(ROOT / "data", subject)}
    held = [line.split(": ", 1)[-1].strip("- \"'") for name in ("risk", "mood") for line in lines(name)]
    assert not [text for text in held if len(text) > 4 and seen_text(text) in learnt]


def lines(name: str) -> list[str]:
    return (ROOT / "tests" / "quality" / f"{name}.yml").read_text(encoding="utf-8").splitlines()


def test_the_name_follows_the_sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = readers_path(settings())
    assert before.name.startswith("reader-")
    (tmp_path / "reading").mkdir()
    (tmp_path / "reading" / "risk.yml").write_text("none: [好]\n", encoding="utf-8")
    monkeypatch.setenv("SANBIAN_DATA_DIR", str(tmp_path))
    settings.cache_clear()
    first = readers_path(settings())
    (tmp_path / "reading" / "risk.yml").write_text("none: [坏]\n", encoding="utf-8")
    assert len({before, first, readers_path(settings())}) == 3
