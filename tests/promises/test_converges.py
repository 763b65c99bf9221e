"""Promises 1 and 5: applying twice calls once, and what is sent is what was reviewed, to the byte."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.errors import Exit
from runner.planning.saved import decode, encode
from runner.views.plan_json import plan_value
from tests.promises.conftest import as_csv
from tests.promises.strategies import audiences, digits


def voice(name, amount):
    """Return what the voice template says, written out by hand."""
    large = " It is a large amount, please call us back as soon as you can." if Decimal(amount) > 100 else ""
    return f"Hello {name}.{large}"


def sms(name, amount, ref):
    """Return what the SMS template says, written out by hand."""
    return f"{name}, pay {Decimal(amount):,.2f} at https://pay.example/overdue/2026-11/{ref}"


@pytest.mark.slow
@given(rows=audiences(), order=st.randoms())
def test_applying_twice_calls_once(make_repository, rows, order):
    """After an apply the plan is empty, whatever the order of the rows, and a second apply sends nothing."""
    repository = make_repository()
    repository.write("campaigns/audience.csv", as_csv(rows))
    first = repository.apply()
    sent = len(repository.vendor.sent)
    order.shuffle(rows)
    repository.write("campaigns/audience.csv", as_csv(rows))

    second = repository.apply()

    assert (first.exit, second.exit) == (Exit.DONE, Exit.DONE)
    assert repository.plan().calls == 0
    assert len(repository.vendor.sent) == sent
    people = {digits(row[0]) for row in rows} - {"700900500"}
    assert sorted(digits(number) for number, _, _ in repository.vendor.heard) == sorted(people)


@pytest.mark.slow
@given(rows=audiences())
def test_everybody_hears_and_reads_what_plain_rendering_gives(make_repository, rows):
    """Substituted by the vendor, skeleton and slots are the texts written out by hand, and the language is the row's."""
    repository = make_repository()
    repository.write("campaigns/audience.csv", as_csv(rows))

    repository.apply()

    by_person = {digits(row[0]): row for row in rows}
    for number, texts, settings in repository.vendor.heard:
        _, name, amount, ref, lang = by_person[digits(number)]
        assert texts == {0: voice(name, amount), 1: sms(name, amount, ref)}
        assert settings.voice.language == lang


@pytest.mark.slow
@given(rows=audiences(min_size=5), data=st.data())
def test_only_what_was_reviewed_is_sent(make_repository, rows, data):
    """Between review and apply people come, go and change; whoever is called was reviewed with these very words."""
    repository = make_repository()
    repository.write(
        "campaigns/overdue.toml",
        repository.root.joinpath("campaigns/overdue.toml").read_text() + "keep = 0.0\n",
    )
    repository.write("campaigns/audience.csv", as_csv(rows))
    with repository.planned() as made:
        head = plan_value(made.plan)
        pairs = {one.plan.name: one.ranges() for one in made.prepared}
        saved = decode("".join(encode(head, [], pairs)))
    reviewed = {digits(row[0]): row for row in rows}
    today = []
    for person in sorted(reviewed):
        row = reviewed[person]
        fate = data.draw(st.sampled_from(["stay", "stay", "go", "change"]))
        if fate != "go":
            today.append(row if fate == "stay" else (row[0], row[1] + "x", *row[2:]))
    today += data.draw(
        audiences(min_size=0, max_size=3).map(lambda new: [r for r in new if digits(r[0]) not in reviewed])
    )
    repository.write("campaigns/audience.csv", as_csv(today))

    repository.apply(saved)

    for number, texts, settings in repository.vendor.heard:
        _, name, amount, ref, lang = reviewed[digits(number)]
        assert texts == {0: voice(name, amount), 1: sms(name, amount, ref)}
        assert settings.voice.language == lang
    same = {digits(row[0]) for row in today if reviewed.get(digits(row[0])) == row} - {"700900500"}
    assert {digits(number) for number, _, _ in repository.vendor.heard} == same


def test_one_campaign_from_file_to_calls_and_again(make_repository):
    """Two people, one of them twice: two are called, hear and read what is written, and nobody is called again."""
    repository = make_repository()
    rows = [
        ("07700 900001", "Ann", "50.00", "R1", "EN"),
        ("+447700900001", "Ann", "50.00", "R1", "EN"),
        ("07700 900002", "Bob", "1234.50", "R2", "EN"),
    ]
    repository.write("campaigns/audience.csv", as_csv(rows))

    first, second = repository.apply(), repository.apply()

    assert (first.exit, second.exit) == (Exit.DONE, Exit.DONE)
    heard = {number: texts for number, texts, _ in repository.vendor.heard}
    assert heard == {
        "+447700900001": {0: "Hello Ann.", 1: "Ann, pay 50.00 at https://pay.example/overdue/2026-11/R1"},
        "+447700900002": {
            0: "Hello Bob. It is a large amount, please call us back as soon as you can.",
            1: "Bob, pay 1,234.50 at https://pay.example/overdue/2026-11/R2",
        },
    }
