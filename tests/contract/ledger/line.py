"""A line to a server that breaks where a test says."""

import contextlib
import socket
import threading
import time
from enum import Enum, auto


class Break(Enum):
    """What becomes of the message of a client at which the line breaks; the client gets no answer.

    Attributes:
        BEFORE: the server never gets it.
        AFTER: the server gets it.
        LATE: the server gets it a second later, when the client knows that its connection is gone.
    """

    BEFORE = auto()
    AFTER = auto()
    LATE = auto()


class Line:
    """Hands bytes on between clients and the server at *port* of this machine, until it is told to break."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._mark, self._how = b"", Break.BEFORE
        self._is_open = True
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listening.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def break_at(self, mark: bytes, how: Break) -> None:
        """Break once, at the next message of a client that holds *mark*."""
        self._mark, self._how = mark, how

    def has_broken(self) -> bool:
        """Return whether it broke since `break_at`."""
        return not self._mark

    def refuse(self) -> None:
        """Take no more clients."""
        self._is_open = False

    def close(self) -> None:
        """Take no more clients, and let go of the port."""
        self._is_open = False
        _close(self._listening)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                if not self._is_open:
                    client.close()
                    continue
                server = socket.create_connection(("127.0.0.1", self._port))
                threading.Thread(target=self._ask, args=(client, server), daemon=True).start()
                threading.Thread(target=self._answer, args=(client, server), daemon=True).start()

    def _ask(self, client: socket.socket, server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := client.recv(1 << 20):
                if self._mark and self._mark in data:
                    self._break(data, client, server)
                    break
                server.sendall(data)
        _close(client)
        _close(server)

    def _answer(self, client: socket.socket, server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := server.recv(1 << 20):
                client.sendall(data)
        _close(client)

    def _break(self, data: bytes, client: socket.socket, server: socket.socket) -> None:
        how, self._mark = self._how, b""
        _close(client)
        if how is Break.LATE:
            time.sleep(1)
        if how is not Break.BEFORE:
            server.sendall(data)
            time.sleep(0.2)


def _close(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()
