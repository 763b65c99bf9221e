"""Sending over TLS: whom we speak to, and that the last piece is held back there as well."""

import socket
import ssl
from collections.abc import Callable
from pathlib import Path

from runner.laaffic.adapter import Laaffic
from runner.laaffic.client import Deadlines
from runner.model.task import Accepted, Answer, NotSent
from tests.unit.laaffic.conftest import KEY, NOW, SECRET, FakeClock, Script, quick_start_request, yes

SELF_SIGNED = Path(__file__).with_name("self_signed.pem")
"""Key and certificate of "localhost", made for these tests and trusted by nobody else."""

OK = b'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{"code":0}'


def over_tls(serve: Callable[[socket.socket, Script], None]) -> Callable[[socket.socket, Script], None]:
    """Return *serve* behind a handshake with the self-signed certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(SELF_SIGNED)

    def wrapped(connection: socket.socket, script: Script) -> None:
        with context.wrap_socket(connection, server_side=True) as secured:
            serve(secured, script)

    return wrapped


def answer_in_full(connection: socket.socket, script: Script) -> None:
    """Read the whole request and accept it."""
    script.read_whole(connection)
    connection.sendall(OK)


def send_to(
    port: int, *, trusting: bool, last_look: Callable[[], bool] = yes, host: str = "localhost"
) -> Answer:
    """Return what sending comes to, with the test's certificate trusted or not."""
    patient = Deadlines(connect_s=10, idle_s=10)
    vendor = Laaffic(f"https://{host}:{port}", KEY, SECRET, zone=None, clock=FakeClock(), deadlines=patient)
    if trusting:
        vendor._http._tls = ssl.create_default_context(cafile=SELF_SIGNED)
    return vendor.send(quick_start_request(), signed_at=NOW, last_look=last_look)


def test_a_certificate_that_nobody_vouches_for_gets_nothing() -> None:
    """Not a byte of the request, and so not the signature either."""
    with Script(over_tls(answer_in_full)) as script:
        answer = send_to(script.port, trusting=False)

    assert answer == NotSent(reason="no connection (name, address or TLS)")
    assert script.read == [b""]


def test_a_certificate_of_another_host_gets_nothing() -> None:
    """127.0.0.2 is not in the certificate, trusted or not."""
    with Script(over_tls(answer_in_full), host="127.0.0.2") as script:
        answer = send_to(script.port, trusting=True, host="127.0.0.2")

    assert answer == NotSent(reason="no connection (name, address or TLS)")
    assert script.read == [b""]


def test_a_trusted_certificate_gets_the_request() -> None:
    """The same exchange as without TLS."""
    with Script(over_tls(answer_in_full)) as script:
        answer = send_to(script.port, trusting=True)

    assert answer == Accepted(job_id=None)
    assert script.read[0].endswith(b"]}")


def test_the_last_piece_is_held_back_over_tls() -> None:
    """The library below keeps no piece to itself: what was not handed over is not there."""
    with Script(over_tls(answer_in_full)) as script:
        answer = send_to(script.port, trusting=True, last_look=lambda: False)

    assert answer == NotSent(reason="the last look before sending said no")
    assert not script.read[0].endswith(b"]}")
