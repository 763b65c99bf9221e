"""A server's socket."""

import socket

import pytest

from runner.listening import base_address, listening


def test_connections_are_taken_at_once() -> None:
    """Who is told the address may connect, before anybody serves."""
    with listening("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]

        assert base_address(listener) == f"http://127.0.0.1:{port}"
        socket.create_connection(("127.0.0.1", port), timeout=10).close()


def test_a_port_in_use() -> None:
    """It is refused, and nothing is left open."""
    with listening("127.0.0.1", 0) as first, pytest.raises(OSError, match="in use"):
        listening("127.0.0.1", first.getsockname()[1])
