"""Asking for call records: pages, stretches, and when a list may be believed."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from runner.errors import UnavailableError
from runner.frames import CALL, OUTCOME
from runner.laaffic.adapter import Laaffic
from runner.model.report import Refusal
from tests.unit.laaffic.conftest import NOW, FakeClock, Routes, code, golden, page, vendor_with

RECORD: dict[str, Any] = golden("record")["answer"]["data"]
SINCE, UNTIL = datetime(2026, 11, 20, tzinfo=UTC), datetime(2026, 11, 24, 8, 30, tzinfo=UTC)


def many(count: int) -> list[dict[str, Any]]:
    """Return *count* records of different calls."""
    return [RECORD | {"voiceId": f"{at:019d}"} for at in range(count)]


def asked(handler: Any, clock: FakeClock) -> tuple[Laaffic, Routes]:
    """Return the adapter over a vendor whose record query is answered by *handler*, and what it was asked."""
    routes = Routes(recordGroupQuery=handler)
    return vendor_with(routes, clock), routes


def test_all_pages_are_read(clock: FakeClock) -> None:
    """Two hundred and fifty records in pages of a hundred, each once, and complete."""
    vendor, routes = asked(lambda fields: page(many(250), fields), clock)

    recorded = vendor.records(since=SINCE, until=UNTIL)

    assert recorded.reports.frame[CALL].n_unique() == recorded.reports.frame.height == 250
    assert recorded.complete
    assert recorded.since == SINCE
    assert [fields["current"] for _, fields in routes.asked] == [1, 2, 3]
    assert routes.asked[0] == (
        "/v3/voice/recordGroupQuery",
        {
            "current": 1,
            "size": 100,
            "params": {"strTime": "2026-11-20T08:00:00+08:00", "endTime": "2026-11-24T16:30:00+08:00"},
        },
    )


def test_the_form_of_the_page(clock: FakeClock) -> None:
    """A request has the fields of the page's sample and no others."""
    vendor, routes = asked(lambda fields: page([], fields), clock)
    vendor.records(since=SINCE, until=UNTIL)

    wanted = golden("record")["query_request"]
    _, fields = routes.asked[0]
    assert fields.keys() == wanted.keys()
    assert fields["params"].keys() == wanted["params"].keys()


def test_a_long_stretch_is_asked_for_in_parts(clock: FakeClock) -> None:
    """At most 31 days a question; what the vendor has forgotten is not asked for, and that is told."""
    vendor, routes = asked(lambda fields: page(many(1), fields), clock)

    recorded = vendor.records(since=NOW - timedelta(days=100), until=NOW)

    spans = [
        datetime.fromisoformat(fields["params"]["endTime"])
        - datetime.fromisoformat(fields["params"]["strTime"])
        for _, fields in routes.asked
    ]
    assert spans == [timedelta(days=31), timedelta(days=28)]
    assert recorded.since == NOW - timedelta(days=59)
    assert recorded.reports.frame.height == 1


def test_nothing_is_asked_for_an_empty_stretch(clock: FakeClock) -> None:
    """A stretch that the vendor has forgotten as a whole has no records, and no question."""
    vendor, routes = asked(lambda fields: page(many(1), fields), clock)

    recorded = vendor.records(since=NOW - timedelta(days=100), until=NOW - timedelta(days=90))

    assert recorded.reports.frame.height == 0
    assert routes.asked == []


def test_a_list_that_grows_is_read_again(clock: FakeClock) -> None:
    """Where the total changes while reading, another pass follows; what any pass saw is kept."""
    sizes = iter([101, 102, 102, 102])
    vendor, routes = asked(lambda fields: page(many(next(sizes)), fields), clock)

    recorded = vendor.records(since=SINCE, until=UNTIL)

    assert recorded.complete
    assert recorded.reports.frame.height == 102
    assert len(routes.asked) == 4


@pytest.mark.parametrize(
    "records",
    [
        [*many(3), RECORD | {"voiceId": f"{0:019d}"}],
        [*many(3), RECORD | {"voiceId": f"{1:019d}", "cost": "9"}],
    ],
    ids=["twice", "contradicting"],
)
def test_a_list_with_one_call_twice_is_not_complete(records: list[dict[str, Any]], clock: FakeClock) -> None:
    """After three passes what was read is returned, and not believed to be all."""
    vendor, routes = asked(lambda fields: page(records, fields), clock)

    recorded = vendor.records(since=SINCE, until=UNTIL)

    assert not recorded.complete
    assert recorded.reports.frame[CALL].n_unique() == 3
    assert len(routes.asked) == 3


def test_records_that_cannot_be_read_are_counted(clock: FakeClock) -> None:
    """A record without its id is refused, once, however often the list was read."""
    records = [*many(2), {**RECORD, "voiceId": None}]
    vendor, _ = asked(lambda fields: page(records, fields), clock)

    recorded = vendor.records(since=SINCE, until=UNTIL)

    assert recorded.reports.refused == {Refusal.NO_CALL: 1}
    assert recorded.reports.frame.height == 2


def test_a_vendor_that_refuses(clock: FakeClock) -> None:
    """A refused question is an error, not an empty list."""
    vendor, _ = asked(lambda _: code(-22), clock)

    with pytest.raises(UnavailableError, match="its call records: code -22"):
        vendor.records(since=SINCE, until=UNTIL)


def one(answer: Any, clock: FakeClock, call: str = "2203031113381000002") -> tuple[Any, list[str]]:
    """Return what the adapter makes of *answer* to the question for one record, and the paths asked."""
    paths: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        paths.append(f"{request.method} {request.url.path}")
        return answer if isinstance(answer, httpx.Response) else httpx.Response(200, json=answer)

    return vendor_with(handler, clock).record(call), paths


def test_one_record(clock: FakeClock) -> None:
    """The page's answer is read."""
    reports, paths = one(golden("record")["answer"], clock)

    assert paths == ["GET /v3/voice/recordGroup/2203031113381000002"]
    assert reports.frame.select(CALL, OUTCOME).row(0) == ("2203031113381000002", "answered")


@pytest.mark.parametrize("answer", [code(-24), {"status": "0", "reason": "success", "data": None}])
def test_no_such_record(answer: Any, clock: FakeClock) -> None:
    """Both ways of saying that there is none are none."""
    assert one(answer, clock)[0] is None


@pytest.mark.parametrize("call", ["", "../getBalance", "1/2", "1?x", "1\n", "x" * 65, "%2e%2e"])
def test_an_id_that_would_steer_the_path_is_not_asked_for(call: str, clock: FakeClock) -> None:
    """An id comes out of a push, so anybody may have written it."""
    assert one(golden("record")["answer"], clock, call) == (None, [])


@pytest.mark.parametrize("answer", [code(-22), {"status": "0", "reason": "success", "data": [1]}])
def test_an_answer_that_is_no_record(answer: Any, clock: FakeClock) -> None:
    """Neither a record nor a plain "none" is an error."""
    with pytest.raises(UnavailableError, match="a call record"):
        one(answer, clock)
