"""The socket of a server: bound and listening before its address is told, so that nobody comes too early."""

import socket

_BACKLOG = 2048


def listening(host: str, port: int) -> socket.socket:
    """Return a socket that takes connections already; to be closed, as by ``with``.

    Args:
        host: an IPv4 or IPv6 address, or a name that has an IPv4 one.
        port: 0 = a free one.

    Raises:
        OSError: the address cannot be listened at, e.g. because the port is in use.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With the protocol named, or the event loop does not switch off Nagle's algorithm.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except BaseException:
        listener.close()
        raise
    return listener


def base_address(listener: socket.socket) -> str:
    """Return where *listener* is reached: ``http://127.0.0.1:8091``, an IPv6 address in brackets."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
