"""Calls one by one: which are found, in what order, how many a page, and what a pseudonym tells."""

from dataclasses import replace
from datetime import UTC, datetime

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.frames import (
    CALL,
    CALLED,
    CERTAINTY,
    COUNTRY,
    KEY,
    OUTCOME,
    OUTCOME_SCHEMA,
    PERSON,
    SOURCE,
    SUBMITTED,
)
from runner.model.outcome import Outcome
from runner.report.browse import PAGE, Wanted, browse, listed, page_number, wanted

SUBKEY, OTHER = "1" * 64, "2" * 64
ANN, BOB = 0x0123456789ABCDEF0123456789ABCDEF, 7


def outcomes_of(*rows: dict[str, object]) -> pl.DataFrame:
    """Return outcomes; what a row leaves out is null, or the usual value where null is not allowed."""
    usual = {PERSON: ANN, CALL: "c1", OUTCOME: "answered", CERTAINTY: 2, SOURCE: "record"}
    full = [dict.fromkeys(OUTCOME_SCHEMA) | usual | row for row in rows]
    return pl.DataFrame(full, schema=OUTCOME_SCHEMA, orient="row")


CALLS = listed(
    outcomes_of(
        {CALL: "a", CALLED: 1_000, COUNTRY: "GB", KEY: "6"},
        {CALL: "b", CALLED: 3_000, COUNTRY: "IN", PERSON: BOB, OUTCOME: "busy", SOURCE: "push"},
        {CALL: "c", SUBMITTED: 2_000, OUTCOME: "no_answer"},
        {CALL: "d", OUTCOME: "answered"},
        {CALL: "d", OUTCOME: "busy", SOURCE: "push"},
    )
)


def found(asked: Wanted) -> list[Outcome]:
    """Return the outcomes of what is found."""
    return [row.outcome for row in browse(CALLS, asked, subkey=SUBKEY).rows]


def test_newest_first() -> None:
    """Calls are ordered by when they were made, or else submitted; those of no known time come last."""
    page = browse(CALLS, Wanted(), subkey=SUBKEY)

    assert [row.called_at for row in page.rows] == [
        datetime(1970, 1, 1, 0, 0, 3, tzinfo=UTC),
        datetime(1970, 1, 1, 0, 0, 2, tzinfo=UTC),
        datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC),
        None,
    ]
    assert (page.found, page.calls, page.number, page.pages) == (4, 4, 1, 1)
    assert (page.countries, page.keys) == (("GB", "IN"), ("6",))


@pytest.mark.parametrize(
    ("asked", "outcomes"),
    [
        (Wanted(outcome=Outcome.BUSY), [Outcome.BUSY]),
        (Wanted(known_by="report"), [Outcome.BUSY]),
        (Wanted(known_by="contradicted"), [Outcome.ANSWERED]),
        (Wanted(known_by="record"), [Outcome.NO_ANSWER, Outcome.ANSWERED]),
        (Wanted(country="GB"), [Outcome.ANSWERED]),
        (Wanted(key="6"), [Outcome.ANSWERED]),
        (Wanted(key="none"), [Outcome.BUSY, Outcome.NO_ANSWER, Outcome.ANSWERED]),
        (Wanted(person="zz"), []),
        (Wanted(outcome=Outcome.BUSY, country="GB"), []),
    ],
)
def test_what_is_found(asked: Wanted, outcomes: list[Outcome]) -> None:
    """Each choice narrows what is shown, and together they narrow it further."""
    assert found(asked) == outcomes


def test_a_pseudonym() -> None:
    """It stands for one person under one key, finds that person, and has nothing of the ledger's key in it."""
    page = browse(CALLS, Wanted(), subkey=SUBKEY)
    names = [row.person for row in page.rows]

    assert [name == names[0] for name in names] == [True, False, False, False]
    assert len(set(names)) == 2
    assert browse(CALLS, Wanted(person=names[0]), subkey=SUBKEY).found == 1
    assert not set(names) & {row.person for row in browse(CALLS, Wanted(), subkey=OTHER).rows}
    assert all(len(name) == 12 and name not in f"{ANN:032x}" for name in names)


def test_pages() -> None:
    """So many calls a page, each on one page; what is beyond the last is the last."""
    many = listed(outcomes_of(*({CALL: f"c{at:03}", CALLED: at * 1000} for at in range(2 * PAGE + 1))))

    pages = [browse(many, Wanted(page=number), subkey=SUBKEY) for number in (1, 2, 3, 99)]

    assert [len(page.rows) for page in pages] == [PAGE, PAGE, 1, 1]
    assert [page.number for page in pages] == [1, 2, 3, 3]
    assert {page.pages for page in pages} == {3}
    times = [row.called_at for page in pages[:3] for row in page.rows]
    assert len(set(times)) == 2 * PAGE + 1


def test_many_calls() -> None:
    """As many as are worked on by several threads are found, with a choice and without."""
    height = 300_000
    one = outcomes_of({}).drop(CALL, OUTCOME)
    calls = pl.DataFrame({CALL: pl.int_range(height, eager=True).cast(pl.String)}).with_columns(
        pl.lit("answered", dtype=OUTCOME_SCHEMA[OUTCOME]).alias(OUTCOME),
        *(pl.lit(one[name][0], dtype=one.schema[name]).alias(name) for name in one.columns),
    )
    many = listed(calls.select(*OUTCOME_SCHEMA))

    assert browse(many, Wanted(page=7), subkey=SUBKEY).found == height
    assert browse(many, Wanted(outcome=Outcome.ANSWERED), subkey=SUBKEY).found == height
    assert browse(many, Wanted(key="none", outcome=Outcome.BUSY), subkey=SUBKEY).found == 0


def test_nothing_is_known() -> None:
    """Of no calls there is one page, an empty one."""
    page = browse(listed(outcomes_of()), Wanted(page=3, person="x"), subkey=SUBKEY)

    assert (page.rows, page.found, page.number, page.pages) == ((), 0, 1, 1)


def test_questions() -> None:
    """Values become choices; what is no choice is as if it were not there."""
    asked = {
        "outcome": "busy",
        "known_by": "record",
        "country": "GB",
        "key": "none",
        "person": " ABC ",
        "page": "2",
    }

    every = wanted(asked)

    assert every == Wanted(
        outcome=Outcome.BUSY, known_by="record", country="GB", key="none", person="abc", page=2
    )
    assert wanted({**asked, "outcome": "?", "known_by": "?"}) == replace(every, outcome=None, known_by=None)


@given(
    st.dictionaries(
        st.sampled_from(["outcome", "known_by", "country", "key", "person", "page"]), st.text(max_size=64)
    )
)
def test_any_question_is_answered(asked: dict[str, str]) -> None:
    """Whatever stands behind the ``?``, a page comes back."""
    assert browse(CALLS, wanted(asked), subkey=SUBKEY).calls == 4


@pytest.mark.parametrize(
    ("text", "number"), [("2", 2), ("", 1), ("0", 1), ("-3", 1), ("²", 1), ("9" * 64, int("9" * 64))]
)
def test_page_numbers(text: str, number: int) -> None:
    """They begin with one, and what is no number is one."""
    assert page_number(text) == number
