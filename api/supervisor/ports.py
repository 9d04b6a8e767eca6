"""Ports: is one to be had, and a free one when it is not."""

from __future__ import annotations

import errno
import socket

from api.setup.errors import SetupError

LOOPBACK = "127.0.0.1"


def is_free(host: str, port: int) -> bool:
    """Whether a server could listen there now. Raises OSError when the host is not ours or the port not allowed."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return False
            raise
    return True


def free_port() -> int:
    """A loopback port nobody listens on. Somebody may be faster than us; whoever starts on it finds out."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
    return port


def own_port(wanted: int, avoid: tuple[int, ...] = ()) -> int:
    """`wanted` when it is free on loopback, else another one."""
    if wanted not in avoid and is_free(LOOPBACK, wanted):
        return wanted
    port = free_port()
    return port if port not in avoid else own_port(port, avoid)


def require_port(host: str, port: int) -> None:
    """Raise SetupError, with what to do, when the public port cannot be listened on."""
    try:
        if is_free(host, port):
            return
    except PermissionError as error:
        raise SetupError(f"Port {port} may not be used by this user; set SANBIAN_PORT to one above 1023") from error
    except OSError as error:
        raise SetupError(f"{host} is not an address of this machine; set SANBIAN_HOST to one that is") from error
    raise SetupError(f"Port {port} on {host} is in use by another program; end it or set SANBIAN_PORT to another port")
