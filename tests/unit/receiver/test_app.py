"""What is stored, what is refused, and what an answer tells."""

import pytest

from runner.receiver import app
from runner.receiver.counters import Refusal
from runner.receiver.origin import Origins, networks_of
from tests.unit.receiver.conftest import OLD, TOKEN

NOTHING = (404, b"")


@pytest.mark.parametrize("token", [TOKEN, OLD])
def test_push_is_stored_as_it_came(house, token):
    """A body is stored to the byte under either of two tokens, whatever it is, and then answered."""
    body = b'{"call": "1"} \x00 \xff'

    assert house.ask({"path": f"/push/{token}", "body": body}) == [(200, b"")]
    assert house.inbox.commits == [[body]]


def test_parts_of_a_body_are_one(house):
    """A body that comes in parts is stored as one."""
    assert house.ask({"body": [b"[", b"1", b"]"]}) == [(200, b"")]
    assert house.inbox.commits == [[b"[1]"]]


def test_push_without_body_is_answered_and_not_stored(house):
    """There is nothing to lose in an empty body."""
    assert house.ask({"body": b""}) == [(200, b"")]
    assert house.inbox.commits == []


@pytest.mark.parametrize(
    "request_",
    [
        {"path": "/push/"},
        {"path": "/push"},
        {"path": "/"},
        {"path": "/push/wrong"},
        {"path": f"/push/{TOKEN}/"},
        {"path": f"/push/{TOKEN}x"},
        {"path": f"/push/{TOKEN[:-1]}"},
        {"path": f"//push/{TOKEN}"},
        {"path": f"/PUSH/{TOKEN}"},
        {"path": "/push/%6Eew-token-0123456789abcdef"},
        {"path": "/healthz"},
        {"path": "/metrics"},
        {"path": "/../push"},
        {"method": "GET"},
        {"method": "HEAD"},
        {"method": "OPTIONS"},
        {"method": "PUT"},
        {"method": "post"},
        {"headers": [(b"content-encoding", b"gzip")]},
        {"headers": [(b"content-length", b"8388609")]},
        {"body": [b"x" * 4_000_000, b"x" * 4_000_000, b"x" * 400_000]},
        {"gone": True},
    ],
)
def test_everything_else_is_not_found(house, request_):
    """Whatever is no push gets one and the same answer, and nothing is stored."""
    assert house.ask(request_) == [NOTHING]
    assert house.inbox.commits == []


def test_other_addresses_are_not_let_in(house):
    """With an allow-list a right token from elsewhere is answered like a wrong one."""
    house.origins = Origins(allow=networks_of(["203.0.113.0/24"]))

    assert house.ask({}, {"client": "203.0.113.9"}) == [NOTHING, (200, b"")]
    assert house.counters.refused[Refusal.ADDRESS] == 1


def test_store_that_fails_promises_nothing(house):
    """Where the store fails, the push is answered 503: it may come again."""
    house.inbox.is_down = True

    assert house.ask({}) == [(503, b"")]
    assert house.counters.refused[Refusal.STORE] == 1
    assert house.counters.stored == 0


def test_one_commit_answers_all_who_wait(house):
    """Pushes that come at once share commits: fifty need two at most."""
    answers = house.ask(*({"body": str(n).encode()} for n in range(50)))

    assert answers == [(200, b"")] * 50
    assert len(house.inbox.commits) <= 2
    assert sorted(int(body) for commit in house.inbox.commits for body in commit) == list(range(50))


def test_sender_over_its_rate_comes_again(house):
    """Who pushes faster than allowed is told to come again; a second later there is room."""
    house.rate = 2.0

    assert [status for status, _ in house.ask(*[{}] * 6)] == [200] * 4 + [503] * 2
    assert house.counters.refused[Refusal.RATE] == 2
    assert house.ask({}) == [(200, b"")]


def test_strangers_do_not_use_up_what_the_vendor_may_send(house, monkeypatch):
    """Behind one proxy all have one address: however many wrong requests come, pushes are taken."""
    monkeypatch.setattr(app, "STRANGERS_PER_S", 5)
    house.rate = 1.0

    assert house.ask(*[{"path": "/push/guess"}] * 30, {}) == [*[NOTHING] * 30, (200, b"")]
    assert house.aborted == 20


def test_slow_body_is_given_up(house, monkeypatch):
    """A body that does not come to its end in time is not waited for."""
    monkeypatch.setattr(app, "BODY_S", 0.05)

    assert house.ask({"body": [b"{", b""]}, {"body": []}) == [(200, b""), NOTHING]
    assert house.counters.refused[Refusal.SLOW] == 1


def test_memory_has_a_bound(house, monkeypatch):
    """More than is kept in memory at once is told to come again."""
    monkeypatch.setattr(app, "MOST_HELD", 150)

    answers = house.ask(*[{"body": b"x" * 100}] * 3)

    assert sorted(status for status, _ in answers) == [200, 503, 503]
    assert house.ask({"body": b"x" * 100}) == [(200, b"")]


def test_monitor_says_how_it_is(house):
    """Health follows the newest commit, and the counts are in Prometheus' words."""
    house.ask({}, {"path": "/push/guess"}, {"body": b"12345"})
    watch = [{"path": path, "method": "GET"} for path in ("/healthz", "/metrics")]

    health, metrics = house.ask(*watch, app="monitor")

    assert health == (200, b"ok\n")
    lines = metrics[1].decode().splitlines()
    assert "runner_receiver_requests_total 3" in lines
    assert "runner_receiver_stored_total 2" in lines
    assert "runner_receiver_stored_bytes_total 7" in lines
    assert 'runner_receiver_refused_total{reason="unknown"} 1' in lines
    assert "runner_receiver_inbox_depth 2" in lines


def test_monitor_has_nothing_else(house):
    """Another path or method of the monitor is not found, and no count tells a token."""
    asked = [{"path": "/"}, {"path": "/metrics", "method": "POST"}, {"path": f"/push/{TOKEN}"}]

    assert house.ask(*asked, app="monitor") == [NOTHING] * 3
    (metrics,) = house.ask({"path": "/metrics", "method": "GET"}, app="monitor")
    assert TOKEN.encode() not in metrics[1]


def test_depth_is_left_out_where_it_is_not_known(house):
    """A store that is down leaves a count out instead of ending the page."""
    house.inbox.is_down = True

    ((status, text),) = house.ask({"path": "/metrics", "method": "GET"}, app="monitor")

    assert status == 200
    assert b"inbox_depth" not in text


def test_inbox_is_let_go_of(house):
    """When the receiver ends, so does its connection to the store."""
    house.ask({})

    assert house.inbox.is_closed


def test_store_with_a_bug_is_tried_again(house):
    """Whatever an inbox raises is an answer 503, and the pushes after that are stored."""
    house.inbox.bug = ZeroDivisionError("a bug")
    assert house.ask({}) == [(503, b"")]
    house.inbox.bug = None

    assert house.ask({}) == [(200, b"")]
    assert house.counters.insert_failures == 1
