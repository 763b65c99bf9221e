"""Killed while pushes come in, the receiver has kept what it answered."""

import random
import threading
import time

import pytest

from tests.receiver.conftest import GOOD_200, Receiving, Start, request

pytestmark = pytest.mark.slow

KILLS = 50
PUSHERS = 12


def test_nothing_that_was_answered_is_lost(start: Start, url: str) -> None:
    """Killed 50 times under load, every push that got a 200 is in the inbox, each exactly as it came."""
    chance = random.Random(9)
    answered: set[bytes] = set()
    kept: set[bytes] = set()
    for kill in range(KILLS):
        receiving = start(url)
        pushers = [_Pusher(receiving, f"{kill}-{n}") for n in range(PUSHERS)]
        for pusher in pushers:
            pusher.start()
        time.sleep(chance.uniform(0.05, 0.4))
        receiving.kill()
        for pusher in pushers:
            pusher.join()
        here = {body for pusher in pushers for body in pusher.answered}
        bodies = receiving.bodies()
        assert here <= set(bodies)
        asked = {body for pusher in pushers for body in pusher.asked}
        assert set(bodies) <= asked
        answered |= here
        kept |= set(bodies)

    assert len(answered) > 20 * KILLS
    assert len(kept - answered) > 0  # else it was never killed between a commit and its answer


class _Pusher(threading.Thread):
    """Pushes one body after the other until the line is cut."""

    def __init__(self, receiving: Receiving, name: str) -> None:
        super().__init__()
        self._receiving = receiving
        self._called = name
        self.asked: list[bytes] = []
        self.answered: list[bytes] = []

    def run(self) -> None:
        try:
            with self._receiving.connect() as line:
                while True:
                    body = f'{{"call":"{self._called}-{len(self.asked)}"}}'.encode()
                    self.asked.append(body)
                    line.sendall(request(body))
                    if line.recv(4096) != GOOD_200:
                        return
                    self.answered.append(body)
        except OSError:
            return
