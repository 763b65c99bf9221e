"""Call records."""

from typing import Any

import pytest

from tests.unit.sandbox.conftest import Make, Vendor

SPAN = {"strTime": "2026-11-24T10:00:00+08:00", "endTime": "2026-11-25T10:00:00+08:00"}


def records(vendor: Vendor, **body: Any) -> Any:
    """Return the answer of a record query of the first day."""
    return vendor.call("record_query", {"params": SPAN, **body})


@pytest.fixture
def called(vendor: Vendor, order: Make, people: Make) -> Any:
    """A task of thirty people, all called."""
    task_id = vendor.call("send", order(displayNum="1008122211", numberInfoList=people(30)))
    vendor.advance(1000)
    return task_id


def test_every_call_that_ended_has_a_record(vendor: Vendor, called: int) -> None:
    """Thirty calls, thirty records by pages, each with its own id and number."""
    first, second = records(vendor, size=20), records(vendor, current=2, size=20)

    assert (first["total"], first["pages"], len(first["records"]), len(second["records"])) == (30, 2, 20, 10)
    both = first["records"] + second["records"]
    assert len({record["voiceId"] for record in both}) == 30
    assert [record["callee"] for record in both] == [str(447700900000 + at) for at in range(30)]


def test_a_record_tells_times_duration_and_cost(vendor: Vendor, called: int) -> None:
    """Times are ISO-8601 with the vendor's offset; who was not reached has no time of answer."""
    for record in records(vendor)["records"]:
        assert record["submitTime"].startswith("2026-11-24T10:0")
        assert record["submitTime"].endswith("+08:00")
        assert record["displayNum"] == "1008122211"
        is_success = record["terminationReason"] == "success"
        assert (record["terminationCode"] == "200") == is_success
        assert not is_success or record["answerTime"]
        assert (record["callDuration"] == 0) == (record["answerTime"] is None)
        assert 0 <= record["chargedDuration"] - record["callDuration"] < 20
        assert not {"taskId", "sourceTaskId", "callStatus", "sipCode"} & record.keys()


def test_one_record_by_its_id(vendor: Vendor, called: int) -> None:
    """A record is found again by its voice id; an unknown one is -24."""
    record = records(vendor)["records"][7]

    assert vendor.call("record", path_id=record["voiceId"]) == record
    for unknown in ("1", "x", record["voiceId"][:-1] + "x", "9" * 19, "26112410000050006020000007"):
        assert vendor.code("record", path_id=unknown) == -24


def test_calls_in_progress_have_no_record(vendor: Vendor, order: Make, people: Make) -> None:
    """Only what is over is recorded."""
    vendor.call("send", order(numberInfoList=people(30)))

    vendor.advance(1.5)

    assert records(vendor)["total"] == vendor.engine.summary()["calls_ended"] < 30


def test_records_are_kept_for_two_months(vendor: Vendor, called: int) -> None:
    """After 62 days nothing is found any more."""
    record = records(vendor)["records"][0]

    vendor.advance(62 * 86400)

    assert records(vendor)["total"] == 0
    assert vendor.code("record", path_id=record["voiceId"]) == -24


@pytest.mark.parametrize(
    ("begin", "end", "code"),
    [
        ("2026-11-01T00:00:00+08:00", "2026-12-02T00:00:00+08:00", 0),
        ("2026-11-01T00:00:00+08:00", "2026-12-02T00:00:01+08:00", -22),
        ("2026-11-02T00:00:00Z", "2026-11-01T00:00:00Z", -22),
        ("2026-11-01 00:00:00", "2026-11-02 00:00:00", -22),
        ("2026-11-01T00:00:00", "2026-11-02T00:00:00", -22),
        ("2026-11-31T00:00:00Z", "2026-12-01T00:00:00Z", -22),
        (None, "2026-12-01T00:00:00Z", -22),
    ],
)
def test_a_range_of_records(vendor: Vendor, begin: str | None, end: str, code: int) -> None:
    """At most 31 days, with an offset."""
    assert vendor.code("record_query", {"params": {"strTime": begin, "endTime": end}}) == code


def test_a_range_filters_by_time(vendor: Vendor, called: int) -> None:
    """Records outside the range are not listed."""
    later = {"strTime": "2026-11-24T10:00:02+08:00", "endTime": "2026-11-24T11:00:00+08:00"}

    assert records(vendor, params=later)["total"] == 0
    assert records(vendor)["total"] == 30
