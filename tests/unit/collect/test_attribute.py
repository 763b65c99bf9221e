"""Which task a report is of, and when that is not said."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import polars as pl
import pytest

from runner.collect.attribute import TASK, Attributed, attribute
from runner.frames import CALL, PERSON
from runner.planning.history import Standing, TaskHistory
from tests.unit.collect.conftest import report, reports, task

HOURS = timedelta(hours=1)


def attributed(
    tasks: Sequence[TaskHistory],
    people: Mapping[int, Sequence[int]],
    *rows: dict[str, object],
    known: Mapping[int, Sequence[str]] | None = None,
    had: Mapping[int, Sequence[tuple[int, str]]] | None = None,
) -> tuple[dict[str, str], Attributed]:
    """Return the task of each call, by names, and all of it.

    *people* by block, *known* calls by index of the task, and likewise whom it *had* in which calls, by records.
    """

    def blocks(sequences: Sequence[int]) -> pl.DataFrame:
        pairs = [(person, block) for block in sequences for person in people[block]]
        return pl.DataFrame(pairs, schema={PERSON: pl.UInt128, "sequence": pl.Int64}, orient="row")

    def known_calls(index: int, calls: pl.DataFrame) -> pl.DataFrame:
        return calls.filter(pl.col(CALL).is_in(list((known or {}).get(index, ()))))

    def had_calls(index: int, asked: pl.DataFrame) -> pl.DataFrame:
        pairs = pl.DataFrame(
            list((had or {}).get(index, ())), schema={PERSON: pl.UInt128, CALL: pl.String}, orient="row"
        )
        return pairs.join(asked, on=PERSON, how="semi")

    found = attribute(reports(*rows), tasks, blocks=blocks, known=known_calls, had=had_calls)
    of = {row[0]: tasks[row[1]].task.name for row in found.rows.select(CALL, TASK).iter_rows()}
    return of, found


def test_one_task_with_the_person_explains_a_call():
    """A call to a person of exactly one task of that time is of that task; strangers are counted."""
    tasks = [task("one", 10), task("two", 11)]

    of, found = attributed(tasks, {10: [1, 2], 11: [3]}, report("a", 1), report("b", 3), report("c", 9))

    assert of == {"a": "c.e.one", "b": "c.e.two"}
    assert (found.strangers, found.elsewhere, found.ambiguous) == (1, 0, 0)


@pytest.mark.parametrize(
    ("after", "is_of_it"),
    [
        (-2 * HOURS, False),
        (timedelta(minutes=-5), True),
        (timedelta(), True),
        (70 * HOURS, True),
        (80 * HOURS, False),
    ],
)
def test_a_call_is_made_when_its_task_may_ring(after, is_of_it):
    """From ten minutes before a task's time, for clocks that differ, to three days after it."""
    of, found = attributed([task("one", 10)], {10: [1]}, report("a", 1, after=after))

    assert bool(of) == is_of_it
    assert found.elsewhere + found.strangers == (0 if is_of_it else 1)


def test_caller_and_audio_must_agree_where_both_are_known():
    """Another caller id or another audio is no call of the task; what one side does not know excludes nothing."""
    tasks = [task("one", 10, caller="100", audio="a.mp3"), task("two", 11)]
    rows = [
        report("same", 1, caller="100", audio="a.mp3"),
        report("silent", 1),
        report("caller", 1, caller="200"),
        report("audio", 1, caller="100", audio="b.mp3"),
        report("open", 2, caller="200", audio="b.mp3"),
    ]

    of, found = attributed(tasks, {10: [1], 11: [2]}, *rows)

    assert of == {"same": "c.e.one", "silent": "c.e.one", "open": "c.e.two"}
    assert found.elsewhere == 2


def test_several_explanations_are_said_and_not_guessed():
    """A call that two tasks explain is of none, however likely one of them is."""
    tasks = [task("one", 10), task("two", 11, after=24 * HOURS)]

    of, found = attributed(tasks, {10: [1, 2], 11: [1]}, report("a", 1, after=25 * HOURS), report("b", 2))

    assert of == {"b": "c.e.one"}
    assert found.ambiguous == 1


@pytest.mark.parametrize("before", ["in the same records", "in the ledger"])
def test_a_task_that_rang_somebody_as_often_as_it_may_explains_no_further_call(before):
    """Called by one task, of which there is a record, she was called by the other one when there is a second record."""
    tasks = [task("one", 10), task("two", 11, after=24 * HOURS)]
    rows = [report("b", 1)] if before == "in the same records" else []
    had = {0: [(1, "b")]} if before == "in the ledger" else {}

    of, found = attributed(
        tasks, {10: [1, 2], 11: [1, 2]}, report("a", 1, after=25 * HOURS), report("c", 2, after=25 * HOURS),
        *rows, had=had,
    )  # fmt: skip

    assert of == {"a": "c.e.two"} | ({"b": "c.e.one"} if rows else {})
    assert found.ambiguous == 1


def test_a_task_with_recall_rounds_may_ring_again():
    """As long as a task may ring somebody once more, a call is of none of two; once it had all rounds, of the other."""
    first = task("one", 10)
    recalling = replace(first, sending=replace(first.sending, rings=2))
    tasks = [recalling, task("two", 11, after=24 * HOURS)]
    row = report("a", 1, after=25 * HOURS)

    once, _ = attributed(tasks, {10: [1], 11: [1]}, row, had={0: [(1, "x")]})
    twice, _ = attributed(tasks, {10: [1], 11: [1]}, row, had={0: [(1, "x"), (1, "y")]})

    assert (once, twice) == ({}, {"a": "c.e.two"})


def test_what_is_left_over_says_nothing_of_a_doubt_nor_of_a_push():
    """That the other task rang her already leads no record to a task in doubt, nor a push anywhere; nor a call twice."""
    tasks = [
        task("one", 10),
        task("two", 11, after=24 * HOURS),
        task("doubt", 12, after=24 * HOURS, standing=Standing.UNKNOWN),
    ]
    rows = [
        report("record", 1, after=25 * HOURS),
        report("push", 2, after=25 * HOURS, source="push"),
        report("again", 3, after=25 * HOURS),
    ]
    people = {10: [1, 2, 3], 11: [2], 12: [1, 3]}

    of, found = attributed(tasks, people, *rows, had={0: [(1, "x"), (2, "y")], 2: [(3, "again")]})

    assert (of, found.ambiguous) == ({}, 3)


def test_a_task_that_was_not_taken_explains_only_what_no_other_does():
    """Who was in a refused task and then in an accepted one was called by the accepted one."""
    tasks = [task("refused", 10, standing=Standing.NOT_SENT), task("taken", 11)]

    of, _ = attributed(tasks, {10: [1, 2], 11: [1]}, report("a", 1), report("b", 2))

    assert of == {"a": "c.e.taken", "b": "c.e.refused"}


def test_doubt_and_certainty_weigh_the_same():
    """A call to a person of a task in doubt and of an accepted one proves nothing of either."""
    tasks = [task("doubt", 10, standing=Standing.ABSENT), task("taken", 11)]

    of, found = attributed(tasks, {10: [1], 11: [1]}, report("a", 1))

    assert (of, found.ambiguous) == ({}, 1)


def test_a_push_may_name_its_task():
    """The number of a task, or of the one that it repeats, decides between several; another number excludes."""
    tasks = [task("one", 10, job_id=501), task("two", 11, job_id=502)]
    rows = [
        report("own", 1, source="push", job=502),
        report("round", 1, source="push", job=900, parent=501),
        report("other", 1, source="push", job=777),
    ]

    of, found = attributed(tasks, {10: [1], 11: [1]}, *rows)

    assert of == {"own": "c.e.two", "round": "c.e.one"}
    assert found.elsewhere == 1


def test_what_was_pushed_before_decides_for_a_record_but_never_about_a_doubt():
    """A record of a call that is attributed already goes there; a push cannot lead it to a task in doubt."""
    tasks = [task("one", 10), task("two", 11), task("doubt", 12, standing=Standing.UNKNOWN)]
    people = {10: [1], 11: [1, 2], 12: [2]}

    of, found = attributed(tasks, people, report("a", 1), report("b", 2), known={1: ["a"], 2: ["b"]})

    assert of == {"a": "c.e.two"}
    assert found.ambiguous == 1


def test_a_push_without_times_is_of_any_time_and_a_record_of_none():
    """A push that does not say when is attributed by the rest; a record without a time proves nothing."""
    rows = [report("a", 1, after=None, source="push"), report("b", 1, after=None)]

    of, _ = attributed([task("one", 10)], {10: [1]}, *rows)

    assert of == {"a": "c.e.one"}


def test_nothing_is_nothing():
    """Without reports or without tasks nothing is attributed."""
    assert attributed([task("one", 10)], {10: [1]})[0] == {}
    of, found = attributed([], {}, report("a", 1))
    assert (of, found.strangers) == ({}, 1)
