"""Options of the sockets that requests leave by."""

import socket
import struct
import sys

Option = tuple[int, int, int] | tuple[int, int, bytes]


def socket_options(patience_s: float) -> list[Option]:
    """Return options by which nothing of a request is delivered after it was given up.

    TCP_USER_TIMEOUT bounds how long written bytes may stay unacknowledged (the default is some 15 minutes), and closing with
    a linger of 0 resets the connection and drops what the kernel still holds, also when the process is killed. What has
    reached the other side's kernel already is out of reach; that is what the last piece is held back for.
    """
    options: list[Option] = [(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)]
    if sys.platform != "win32":
        options.append((socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)))
    user_timeout = getattr(socket, "TCP_USER_TIMEOUT", None)  # Linux only
    if isinstance(user_timeout, int):
        options.append((socket.IPPROTO_TCP, user_timeout, int(patience_s * 1000)))
    return options
