"""Callees of a task: numbers, variables, the cap and the silent cut."""

from typing import Any

import pytest

from tests.unit.sandbox.conftest import Json, Make, Vendor


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("4477009", 0),
        ("447700900000123", 0),
        ("447700", -21),
        ("4477009000001234", -21),
        ("+447700900001", -21),
        ("44 7700 900001", -21),
        ("٤٤٧٧٠٠٩٠٠٠٠١", -21),
        ("447700900001\n", -21),
        (447700900001, -22),
        (None, -22),
    ],
)
def test_a_number_is_7_to_15_digits(vendor: Vendor, order: Make, number: Any, code: int) -> None:
    """Digits with the country code, as text."""
    assert vendor.code("send", order(numberInfoList=[{"calleeNumber": number}])) == code


@pytest.mark.parametrize(
    ("entries", "code"), [(None, -22), ([], -22), ({}, -22), (["447700900001"], -22), ([None], -22)]
)
def test_callees_are_required(vendor: Vendor, order: Make, entries: Any, code: int) -> None:
    """Without callees, or with something else in their place, the request is refused."""
    assert vendor.code("send", order(numberInfoList=entries)) == code


def test_one_bad_number_refuses_all(vendor: Vendor, order: Make, people: Make) -> None:
    """Nobody of a request with one bad number is called."""
    assert vendor.code("send", order(numberInfoList=[*people(2), {"calleeNumber": "1"}])) == -21
    assert vendor.engine.summary()["callees"] == 0


def test_the_cap_is_a_switch(new_vendor: type[Vendor], order: Make, people: Make) -> None:
    """One callee over the cap is -23."""
    vendor = new_vendor(callee_cap=3)

    assert vendor.code("send", order(numberInfoList=people(4))) == -23
    assert vendor.code("send", order(numberInfoList=people(3))) == 0


def test_the_default_cap_is_a_hundred_thousand(vendor: Vendor, order: Make) -> None:
    """100,000 callees are accepted, one more is not."""
    entries = [{"calleeNumber": str(447_700_900_000 + at)} for at in range(100_001)]

    assert vendor.code("send", order(numberInfoList=entries)) == -23
    assert vendor.code("send", order(numberInfoList=entries[:-1])) == 0


def test_the_old_form_has_numbers_alone(vendor: Vendor, order: Make) -> None:
    """NumberList is an array, or texts separated by commas."""
    old = {"numberInfoList": None}

    vendor.call("send", order(**old, numberList=["447700900001", "447700900002"]))
    vendor.call("send", order(**old, taskName="another", numberList="447700900003,447700900004"))

    numbers = [call["number"] for call in vendor.calls()]
    assert numbers == ["447700900001", "447700900002", "447700900003", "447700900004"]


def test_a_variable_that_the_text_uses_must_not_be_null(vendor: Vendor, order: Make, people: Make) -> None:
    """A missing, null or blank value of a used variable is -22; of an unused one it does not matter."""
    text = "Dear ${text2}"
    for callee in ({}, {"text2": None}, {"text2": " "}):
        assert vendor.code("send", order(text=text, numberInfoList=people(2, **callee))) == -22

    assert vendor.code("send", order(text=text, numberInfoList=people(2, text1=None, text2="Ann"))) == 0


def test_blank_values_by_a_switch(new_vendor: type[Vendor], order: Make, people: Make) -> None:
    """Where blanks are no nulls, a blank is said as it is."""
    vendor = new_vendor(refuse_blank_texts=False)

    vendor.call("send", order(text="Dear ${text2}!", numberInfoList=people(1, text2="")))

    assert vendor.calls()[0]["heard"]["text"] == "Dear !"


def test_a_variable_is_text(vendor: Vendor, order: Make, people: Make) -> None:
    """A number in place of a text is refused, even where no text uses it."""
    assert vendor.code("send", order(numberInfoList=people(1, text3=5))) == -22


def test_a_placeholder_in_the_sms_needs_its_variable_too(
    vendor: Vendor, order: Make, sms: Json, people: Make
) -> None:
    """The rule holds for every text of the task."""
    assert vendor.code("send", order(**sms, numberInfoList=people(1))) == -22
    assert vendor.code("send", order(**sms, numberInfoList=people(1, text1="link"))) == 0


def test_a_long_variable_is_cut_and_noted(vendor: Vendor, order: Make, sms: Json, people: Make) -> None:
    """The vendor says nothing of the cut; the sandbox notes whose, which and how long it was."""
    link = "https://itniotech.cn/api/voice/callSend/"
    task_id = vendor.call("send", order(**sms, numberInfoList=people(2, text1=link, text4="x" * 30)))

    assert vendor.calls()[1]["read"]["text"] == "Please settle via https://itniotech.cn/api/voice."
    found = vendor.engine.calls()
    assert found["truncation_count"] == 2
    assert found["truncations"][1] == {
        "task_id": task_id,
        "task_name": "reminder.2026-11.1",
        "number": "447700900001",
        "slot": 1,
        "sent_units": 40,
    }


def test_without_the_cut_nothing_is_noted(new_vendor: type[Vendor], order: Make, people: Make) -> None:
    """A limit of 0 leaves every value as it is."""
    vendor = new_vendor(text_limit=0)

    vendor.call("send", order(text="${text1}", numberInfoList=people(1, text1="x" * 50)))

    assert vendor.calls()[0]["heard"]["text"] == "x" * 50
    assert vendor.engine.summary()["truncation_count"] == 0


def test_a_refused_request_notes_no_cut(vendor: Vendor, order: Make, people: Make) -> None:
    """Only what was accepted was cut."""
    vendor.call("send", order())

    assert vendor.code("send", order(numberInfoList=people(1, text1="x" * 50))) == -20
    assert vendor.engine.summary()["truncation_count"] == 0


def test_texts_that_grow_too_long_are_noted(vendor: Vendor, order: Make, people: Make) -> None:
    """A template within 1000 characters whose expansion is not is accepted, and counted by callee."""
    callees = [*people(1, text1="x" * 20), *people(1, text1="x" * 10)]

    vendor.call("send", order(text="y" * 985 + "${text1}", numberInfoList=callees))

    assert vendor.engine.summary()["overlong_texts"] == 1
