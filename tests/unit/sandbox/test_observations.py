"""What each callee heard and read, and the findings."""

from tests.unit.sandbox.conftest import Json, Make, Vendor


def test_what_was_heard_and_read(vendor: Vendor, order: Make, sms: Json, people: Make) -> None:
    """Both texts with the callee's variables in them."""
    callees = [*people(1, text1="Ann"), {"calleeNumber": "447700900999", "text1": "Bob"}]
    vendor.call("send", order(**sms, text="Dear ${text1}", senderId="BANK", numberInfoList=callees))

    [call] = vendor.calls(number="447700900999")

    assert call["heard"] == {"source": 3, "text": "Dear Bob", "file": None, "language": "EN"}
    assert call["read"] == {
        "text": "Please settle via Bob.",
        "sender_id": "BANK",
        "sent": False,
        "triggers": [],
    }
    assert (call["state"], call["outcome"], call["task_status"], call["round"]) == ("waiting", None, 6, 0)


def test_variables_in_the_voice_text_are_a_switch(
    new_vendor: type[Vendor], order: Make, people: Make
) -> None:
    """Where only the SMS has variables, the placeholder is said aloud, and no value is needed."""
    vendor = new_vendor(tts_variables=False)

    vendor.call("send", order(text="Dear ${text1}", numberInfoList=people(1)))

    assert vendor.calls()[0]["heard"]["text"] == "Dear ${text1}"


def test_an_audio_file_is_heard_by_its_id(new_vendor: type[Vendor], order: Make) -> None:
    """What plays is a file, not a text."""
    vendor = new_vendor(accept_unknown_files=True)

    vendor.call("send", order(source=1, text=None, voiceFileId="12025.mp3"))

    assert vendor.calls()[0]["heard"] == {
        "source": 1,
        "text": None,
        "file": "12025.mp3",
        "language": "EN",
    }


def test_an_sms_is_sent_by_its_triggers(vendor: Vendor, order: Make, sms: Json, people: Make) -> None:
    """Key, success, failure and ringing each trigger it, and one call sends one SMS."""
    triggers = {
        "feedbackPush": 1,
        "feedbackValue": 6,
        "successPush": 1,
        "successPushTime": 10,
        "failedPush": 1,
        "ringPush": 1,
    }
    vendor.call("send", order(**{**sms, **triggers}, numberInfoList=people(300, text1="x")))
    vendor.advance(1000)

    seen = set()
    for call in vendor.calls():
        outcome, read = call["outcome"], call["read"]
        is_success = outcome["status"] == "connected"
        expected = []
        if outcome["key"] == "6":
            expected.append("key")
        expected.append("success" if is_success else "failed")
        if outcome["status"] != "other":
            expected.append("ring")
        assert (read["triggers"], read["sent"]) == (expected, True)
        seen.add(tuple(expected))
    assert seen == {
        ("key", "success", "ring"),
        ("success", "ring"),
        ("failed", "ring"),
        ("failed",),
    }


def test_without_a_matching_trigger_no_sms_is_sent(
    vendor: Vendor, order: Make, sms: Json, people: Make
) -> None:
    """Who was reached gets no SMS meant for those who were not."""
    vendor.call("send", order(**sms, numberInfoList=people(100, text1="x")))
    vendor.advance(1000)

    for call in vendor.calls():
        assert call["read"]["sent"] == (call["outcome"]["status"] != "connected")


def test_outcomes_respect_the_task(vendor: Vendor, order: Make, people: Make) -> None:
    """Nobody rings or talks longer than the task allows, and every kind of outcome occurs."""
    vendor.call("send", order(maxCalls=10, maxRingingTime=20, numberInfoList=people(300)))
    vendor.advance(1000)

    outcomes = [call["outcome"] for call in vendor.calls()]

    assert max(outcome["ring_s"] for outcome in outcomes) == 20
    assert max(outcome["talk_s"] for outcome in outcomes) == 10
    assert {outcome["call_status"] for outcome in outcomes} == {10, 20, 30, 40, 50, 60}
    assert all(outcome["key"] is None for outcome in outcomes if outcome["status"] != "connected")


def test_calls_are_chosen_and_limited(vendor: Vendor, order: Make, people: Make) -> None:
    """By task name or id, by number, and at most so many; the total counts all that match."""
    first = vendor.call("send", order(numberInfoList=people(3)))
    vendor.call("send", order(taskName="second", numberInfoList=people(2)))

    assert len(vendor.calls()) == 5
    assert [call["number"][-1] for call in vendor.calls(task=str(first))] == ["0", "1", "2"]
    assert len(vendor.calls(task="second")) == 2
    assert len(vendor.calls(number="447700900001")) == 2
    assert vendor.calls(number="447700900001", task="second")[0]["task_name"] == "second"
    assert vendor.calls(number="447700900009") == []
    limited = vendor.engine.calls(limit=1)
    assert (len(limited["calls"]), limited["total"]) == (1, 5)


def test_a_summary_counts(vendor: Vendor, order: Make, people: Make) -> None:
    """Tasks, callees, distinct numbers, requests and answers."""
    vendor.call("send", order(numberInfoList=people(3)))
    vendor.code("send", order())
    vendor.call("send", order(taskName="second", numberInfoList=people(2)))

    summary = vendor.engine.summary()

    assert (summary["tasks"], summary["callees"], summary["distinct_numbers"]) == (2, 5, 3)
    assert summary["tasks_by_status"] == {"submitting": 2}
    assert summary["requests"] == {"send": 3}
    assert summary["answers"] == {"send 0": 2, "send -20": 1}
    only = vendor.engine.summary(prefix="second")
    assert (only["tasks"], only["callees"], only["distinct_numbers"]) == (1, 2, 2)
    assert only["accepted_more_than_once"] == 0


def test_a_number_in_two_live_tasks_is_found(vendor: Vendor, order: Make, people: Make) -> None:
    """It counts while both can ring or have rung, and the moment of the overlap stays noted."""
    vendor.call("send", order(numberInfoList=people(2), sendTime="2026-11-25 09:00:00"))
    vendor.advance(5)
    second = vendor.call(
        "send", order(taskName="second", numberInfoList=people(1), sendTime="2026-11-25 09:00:00")
    )
    vendor.advance(5)

    assert vendor.engine.calls()["repeated"] == {"447700900000": 2}
    vendor.call("cancel", {"taskIdList": [second]})

    found = vendor.engine.calls()
    assert (found["accepted_more_than_once"], found["repeated"]) == (0, {})
    assert found["overlaps"] == [{"number": "447700900000", "task_id": 5000603, "other_task_id": 5000602}]


def test_a_task_that_was_cancelled_in_time_does_not_count(
    vendor: Vendor, new_vendor: type[Vendor], order: Make, people: Make
) -> None:
    """Nobody of a cancelled or failed task that called nobody is accepted twice by a new one."""
    failing = new_vendor(submission_fails=True)
    failing.call("send", order())
    failing.engine.change_switches({"submission_fails": False})
    first = vendor.call("send", order(sendTime="2026-11-25 09:00:00"))
    vendor.advance(5)
    vendor.call("cancel", {"taskIdList": [first]})

    for seller in (vendor, failing):
        seller.call("send", order(taskName="second"))

        assert seller.engine.summary()["overlap_count"] == 0
        assert seller.engine.summary()["accepted_more_than_once"] == 0


def test_a_cancelled_task_counts_for_whom_it_called(vendor: Vendor, order: Make, people: Make) -> None:
    """Of a task that was cancelled while calling, those dialled count, and no others."""
    first = vendor.call("send", order(numberInfoList=people(200)))
    vendor.advance(2)
    vendor.call("cancel", {"taskIdList": [first]})

    vendor.call("send", order(taskName="second", numberInfoList=people(200)))

    assert vendor.engine.summary()["accepted_more_than_once"] == 51
    assert vendor.engine.summary()["overlap_count"] == 51


def test_a_cancelled_task_counts_while_its_recall_can_ring(vendor: Vendor, order: Make) -> None:
    """As long as its flow is pending, a cancelled task can still ring everybody."""
    flow = {"recallInterval": 30, "recallNum": 1, "recallType": 1}
    first = vendor.call("send", order(sendTime="2026-11-25 09:00:00", recallFlow=flow))
    vendor.advance(5)
    vendor.call("cancel", {"taskIdList": [first]})
    vendor.call("send", order(taskName="second", sendTime="2026-11-25 09:00:00"))
    assert vendor.engine.summary()["accepted_more_than_once"] == 1

    vendor.call("recall_cancel", {"type": 2, "id": first})

    assert vendor.engine.summary()["accepted_more_than_once"] == 0


def test_a_number_twice_in_one_task_is_found(vendor: Vendor, order: Make, people: Make) -> None:
    """Nothing forbids it, so the vendor calls twice; the sandbox says so."""
    vendor.call("send", order(numberInfoList=[*people(1), *people(1)]))

    assert vendor.engine.calls()["repeated"] == {"447700900000": 2}
    assert vendor.engine.summary()["callees"] == 2


def test_a_reset_forgets_all_but_the_time(vendor: Vendor, order: Make) -> None:
    """Tasks, files, findings, faults and changed switches go; the ids begin again."""
    vendor.call("send", order())
    vendor.engine.change_switches({"send_data": "null"})
    vendor.engine.add_faults([{"endpoint": "send", "kind": "close"}])
    vendor.advance(3600)

    vendor.engine.reset()

    assert vendor.engine.summary()["tasks"] == 0
    assert vendor.engine.summary()["now"] == "2026-11-24T03:00:00+00:00"
    assert vendor.engine.add_faults(()) == ()
    assert vendor.call("send", order()) == 5000602
