import socket
from collections.abc import Iterator

import pytest

from api.setup.errors import SetupError
from api.supervisor.ports import LOOPBACK, is_free, own_port, require_port
from api.supervisor.service import choose_addresses
from desk.settings import Settings


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as server:
        server.bind((LOOPBACK, 0))
        server.listen()
        yield server.getsockname()[1]


def test_a_taken_port_is_not_free(taken: int) -> None:
    assert not is_free(LOOPBACK, taken)


def test_an_inner_port_that_is_taken_is_replaced(taken: int) -> None:
    other = own_port(taken)
    assert other != taken
    assert is_free(LOOPBACK, other)
    assert own_port(other) == other
    assert own_port(other, avoid=(other,)) != other


def test_a_taken_public_port_is_one_clear_sentence(taken: int) -> None:
    with pytest.raises(SetupError, match=rf"^Port {taken} on 127.0.0.1 is in use .* SANBIAN_PORT to another port$"):
        require_port(LOOPBACK, taken)


def test_a_host_that_is_not_ours_is_one_clear_sentence() -> None:
    with pytest.raises(SetupError, match=r"SANBIAN_HOST"):
        require_port("192.0.2.1", 8000)


def test_inner_ports_give_way_and_the_bot_of_another_machine_is_left_alone(taken: int) -> None:
    port = own_port(0 or taken)
    addresses = choose_addresses(Settings(port=port, bot_port=taken, actions_port=taken, _env_file=None))
    assert addresses.port == port
    assert len({port, taken, addresses.bot_port, addresses.actions_port}) == 4
    elsewhere = choose_addresses(Settings(port=port, bot_url="http://bot:5005/", _env_file=None))
    assert (elsewhere.bot, elsewhere.bot_port) == ("http://bot:5005", None)
