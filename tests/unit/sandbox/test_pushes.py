"""Status reports: what is posted when, and what goes wrong with it."""

import json
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest

from runner.sandbox.outbox import Push
from runner.sandbox.server import running
from tests.unit.sandbox.conftest import Make, Vendor
from tests.unit.sandbox.test_golden import golden

URL = "http://127.0.0.1:9/push/token"
SPAN = {"strTime": "2026-11-24T10:00:00+08:00", "endTime": "2026-11-25T10:00:00+08:00"}


def taken(vendor: Vendor) -> list[dict[str, Any]]:
    """Return the reports of all pushes that are due."""
    reports: list[dict[str, Any]] = []
    while pushes := vendor.engine.due_pushes():
        for push in pushes:
            assert push.url == URL
            body = json.loads(push.body)
            body = body.get("array", body) if isinstance(body, dict) else body
            reports += body if isinstance(body, list) else [body]
            vendor.engine.push_ended(push, is_taken=True)
    return reports


@pytest.fixture
def pushed(new_vendor: type[Vendor], order: Make, people: Make) -> Make:
    """Return the vendor after it has called two hundred people, and what it posted."""

    def make(**switches: object) -> tuple[Vendor, list[dict[str, Any]]]:
        vendor = new_vendor(push_url=URL, **switches)
        vendor.call("send", order(displayNum="1008122211", numberInfoList=people(200)))
        vendor.advance(2000)
        return vendor, taken(vendor)

    return make


def test_every_call_is_reported_once(pushed: Make) -> None:
    """Two hundred calls, two hundred reports, each of the call that its record tells, and none twice."""
    vendor, reports = pushed()
    records = {
        record["voiceId"]: record
        for at in (1, 2)
        for record in vendor.call("record_query", {"current": at, "size": 100, "params": SPAN})["records"]
    }

    assert len(reports) == 200
    assert {report["voiceId"] for report in reports} == set(records)
    for report in reports:
        record = records[report["voiceId"]]
        for name in ("callee", "displayNum", "callDuration", "chargedDuration", "cost", "feedbackValue"):
            assert report[name] == record[name]
        assert report["taskId"] == 5000602
        assert "sourceTaskId" not in report
    assert vendor.engine.pushes()["delivered"] == 200
    assert taken(vendor) == []


def test_a_report_comes_when_its_call_is_over(new_vendor: type[Vendor], order: Make, people: Make) -> None:
    """No call is reported before its end, on the virtual clock."""
    vendor = new_vendor(push_url=URL)
    vendor.call("send", order(numberInfoList=people(50)))
    seen = 0
    for _ in range(40):
        vendor.advance(3)
        now_ms = (vendor.wall + (_ + 1) * 3) * 1000
        reports = taken(vendor)
        seen += len(reports)
        assert all(report["hangupTime"] <= now_ms for report in reports)

    assert seen == 50 == vendor.engine.summary()["calls_ended"]


def test_the_fields_of_the_page(pushed: Make) -> None:
    """A report of an answered call has the page's fields with the page's types; others lack the time of an answer."""
    wanted = golden("push")["request"]
    _, reports = pushed()
    answered = next(report for report in reports if report["callStatus"] == 50)
    busy = next(report for report in reports if report["callStatus"] == 10)

    assert answered.keys() == wanted.keys()
    optional = {"voiceFileId"}  # this task speaks, so it plays no file
    assert all(type(answered[name]) is type(wanted[name]) for name in wanted.keys() - optional)
    assert busy.keys() == wanted.keys() - {"answerTime"}


@pytest.mark.parametrize(
    ("switches", "expected"),
    [
        ({"termination_style": "sip"}, {"200", "486", "487", "603", "480", "404"}),
        ({"termination_style": "zero"}, {"0", "1"}),
    ],
)
def test_both_styles_of_the_end(pushed: Make, switches: dict[str, Any], expected: set[str]) -> None:
    """Success is 200 by some pages, 0 by others, in reports and records alike."""
    vendor, reports = pushed(**switches)
    records = vendor.call("record_query", {"size": 100, "params": SPAN})["records"]

    assert {report["terminationCode"] for report in reports} == expected
    assert {record["terminationCode"] for record in records} <= expected
    success = min(expected, key=lambda code: code not in ("0", "200"))
    for report in reports:
        assert (report["terminationCode"] == success) == (report["callStatus"] == 50)


def test_older_forms(pushed: Make) -> None:
    """Without status and task numbers, and with null for an answer that never came."""
    _, reports = pushed(push_call_status=False, push_task_ids=False, push_missing_times="null")

    assert not any({"callStatus", "taskId"} & report.keys() for report in reports)
    assert any(report["answerTime"] is None for report in reports)


def test_a_voicemail_may_look_like_an_answer(pushed: Make) -> None:
    """By a switch only the status tells a machine from a person."""
    _, reports = pushed(voicemail_termination="success")

    assert {report["terminationCode"] for report in reports if report["callStatus"] == 40} == {"200"}


@pytest.mark.parametrize("form", ["array", "wrapped"])
def test_batches(new_vendor: type[Vendor], order: Make, people: Make, form: str) -> None:
    """A batch is an array, bare or in an object, of at most as many reports as the switch says."""
    vendor = new_vendor(push_url=URL, push_form=form, push_batch=80)
    vendor.call("send", order(numberInfoList=people(200)))
    vendor.advance(2000)

    bodies = [json.loads(push.body) for push in vendor.engine.due_pushes()]

    arrays = bodies if form == "array" else [body["array"] for body in bodies]
    assert [len(array) for array in arrays] == [80, 80, 40]


def test_lost_reports(pushed: Make) -> None:
    """All are lost, or about as many as the switch says, the same ones every time."""
    assert pushed(push_lost=1.0)[1] == []
    vendor, reports = pushed(push_lost=0.3)

    assert len(reports) + vendor.engine.pushes()["lost"] == 200
    assert 100 < len(reports) < 180
    assert reports == pushed(push_lost=0.3)[1]


def test_reports_twice(pushed: Make) -> None:
    """Each comes twice, word for word."""
    _, reports = pushed(push_twice=1.0)

    assert len(reports) == 400
    assert len({json.dumps(report) for report in reports}) == 200


def test_late_reports_come_out_of_order(new_vendor: type[Vendor], order: Make, people: Make) -> None:
    """Late reports wait up to the switch's span, and then come after those of later calls."""
    vendor = new_vendor(push_url=URL, push_late=0.5, push_late_s=1000)
    vendor.call("send", order(numberInfoList=people(200)))
    vendor.advance(150)
    early = taken(vendor)
    vendor.advance(1000)
    late = taken(vendor)

    assert len(early) > 60
    assert len(late) > 60
    assert len(early) + len(late) == 200
    ends = [report["hangupTime"] for report in early + late]
    assert ends != sorted(ends)


def test_shuffled_reports(pushed: Make) -> None:
    """The same reports in another order."""
    plain, shuffled = pushed()[1], pushed(push_shuffled=True)[1]

    assert plain != shuffled
    assert sorted(map(json.dumps, plain)) == sorted(map(json.dumps, shuffled))


def test_forged_reports(pushed: Make) -> None:
    """False reports claim an answer and a key, some for calls that never were, some against the true report."""
    vendor, reports = pushed(push_forged=1.0)
    forged = [report for report in reports if report["feedbackValue"] == "9" and report["callDuration"] == 30]

    assert len(reports) == 400
    assert len(forged) >= 200
    unknown = [report for report in forged if vendor.code("record", path_id=report["voiceId"]) == -24]
    assert 50 < len(unknown) < 150


def test_reports_while_it_rings(pushed: Make) -> None:
    """By a switch a call is also reported before it is over, without an end."""
    _, reports = pushed(push_ringing=True)
    rings = [report for report in reports if "hangupTime" not in report]

    assert 150 < len(rings) < 200
    assert all("terminationCode" not in report and "callStatus" not in report for report in rings)


def test_recall_rounds_name_their_parent(new_vendor: type[Vendor], order: Make, people: Make) -> None:
    """A round is reported under its own number and its parent's, with another id of the call."""
    vendor = new_vendor(push_url=URL)
    flow = {"recallInterval": 1, "recallNum": 2, "recallType": 1}
    parent = vendor.call("send", order(numberInfoList=people(40), recallFlow=flow))
    vendor.advance(3000)
    vendor.advance(3000)

    reports = taken(vendor)

    rounds = {(report["taskId"], report.get("sourceTaskId"), report["outRecallCount"]) for report in reports}
    first, second = sorted(task for task, source, _ in rounds if source)
    assert rounds == {(parent, None, 0), (first, parent, 1), (second, parent, 2)}
    assert len({report["voiceId"] for report in reports}) == len(reports) > 40


def test_a_push_that_is_not_taken(new_vendor: type[Vendor], order: Make) -> None:
    """It is tried again a minute later, as often as the switch says, and then given up."""
    vendor = new_vendor(push_url=URL, push_attempts=2)
    vendor.call("send", order())
    vendor.advance(1000)
    (push,) = vendor.engine.due_pushes()
    vendor.engine.push_ended(push, is_taken=False)

    assert vendor.engine.due_pushes() == []
    vendor.advance(60)
    (again,) = vendor.engine.due_pushes()
    assert again == Push(url=URL, body=push.body, reports=1, attempts=1)
    vendor.engine.push_ended(again, is_taken=False)
    vendor.advance(600)
    assert vendor.engine.due_pushes() == []
    assert vendor.engine.pushes()["given_up"] == 1
    assert vendor.engine.pushes()["failed_requests"] == 2


def test_nothing_is_posted_without_an_address(new_vendor: type[Vendor], order: Make) -> None:
    """By default there is none; once there is, the calls so far are reported."""
    vendor = new_vendor()
    vendor.call("send", order())
    vendor.advance(1000)
    assert vendor.engine.due_pushes() == []

    vendor.engine.change_switches({"push_url": URL})

    assert len(taken(vendor)) == 1


class _Receiver(BaseHTTPRequestHandler):
    """Refuses each report the first time, and remembers all."""

    protocol_version = "HTTP/1.1"
    seen: list[tuple[str, str | None, Any]]

    def do_POST(self) -> None:
        """Remember the request."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        request = (self.path, self.headers["Content-Type"], json.loads(body))
        self.send_response(200 if request in self.seen else 503)
        self.seen.append(request)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


def test_reports_on_the_wire(new_vendor: type[Vendor], order: Make, people: Make) -> None:
    """The running sandbox posts each report to the address, and again where that was not answered with 200."""
    vendor = new_vendor(push_attempts=3)
    seen: list[tuple[str, str | None, Any]] = []
    receiver = HTTPServer(("127.0.0.1", 0), type("Receiver", (_Receiver,), {"seen": seen}))
    thread = Thread(target=receiver.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    with running(vendor.engine):
        vendor.engine.change_switches({"push_url": f"http://127.0.0.1:{receiver.server_port}/push/abc"})
        vendor.call("send", order(numberInfoList=people(10)))
        for _ in range(400):
            vendor.advance(60)
            if vendor.engine.pushes()["delivered"] == 10:
                break
            thread.join(0.02)
    receiver.shutdown()
    receiver.server_close()

    assert vendor.engine.pushes()["delivered"] == 10
    assert {(path, kind) for path, kind, _ in seen} == {("/push/abc", "application/json;charset=UTF-8")}
    assert len({report["voiceId"] for _, _, report in seen}) == 10
