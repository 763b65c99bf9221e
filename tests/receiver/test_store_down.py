"""The store goes away and comes back, and the receiver ends in order under load."""

import threading
import time

import pytest

from runner.ledger.open import create
from tests.contract.ledger.conftest import KEY_ID, LINEAGE, NOW
from tests.postgres_server import Server
from tests.receiver.conftest import CLOSED_200, GOOD_200, LATER, LONGEST_S, Start, request

pytestmark = pytest.mark.slow


@pytest.mark.postgres
def test_store_that_is_down_promises_nothing_and_loses_nothing(start: Start, postgres_server: Server) -> None:
    """While the server of the inbox is down pushes are answered 503; afterwards, without a restart, they are taken again."""
    url = postgres_server.url
    create(url, environment="sandbox", key_id=KEY_ID, lineage=LINEAGE, now=NOW).close()
    receiving = start(url)
    answers = [receiving.push(b"before")]
    postgres_server.crash()
    answers.append(receiving.push(b"while it is down"))
    health = receiving.ask(b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n", watch=True)
    postgres_server.start()
    until = time.monotonic() + LONGEST_S
    while (again := receiving.push(b"after")) != CLOSED_200:
        assert again == LATER
        assert time.monotonic() < until

    assert answers == [CLOSED_200, LATER]
    assert health.startswith(b"http/1.1 503 ")
    kept = receiving.bodies()
    assert kept[0] == b"before"
    assert kept[-1] == b"after"


def test_end_in_order_answers_what_waits(start: Start, url: str) -> None:
    """On SIGTERM under load every push that was read is answered, and what got a 200 is there."""
    receiving = start(url)
    answered: list[bytes] = []
    odd: list[bytes] = []

    def pusher(name: int) -> None:
        with receiving.connect() as line:
            for n in range(100_000):
                body = f"{name}-{n}".encode()
                try:
                    line.sendall(request(body))
                    answer = line.recv(4096)
                except ConnectionError:
                    return
                if answer not in {GOOD_200, b""} and not answer.startswith(b"HTTP/1.1 200 OK"):
                    odd.append(answer)
                if not answer.startswith(b"HTTP/1.1 200 OK"):
                    return
                answered.append(body)

    threads = [threading.Thread(target=pusher, args=(name,)) for name in range(8)]
    for thread in threads:
        thread.start()
    time.sleep(1)
    code, _, _ = receiving.stop()
    for thread in threads:
        thread.join()

    assert code == 0
    assert odd == []
    assert len(answered) > 50
    assert set(answered) <= set(receiving.bodies())
