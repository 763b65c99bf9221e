"""The fold of facts: what is known of a task never becomes less certain."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.model.edition_fact import EditionReopened, Withdrawn
from runner.model.rebuild_fact import TaskFound
from runner.model.task_fact import (
    TaskAbsent,
    TaskAccepted,
    TaskCancelled,
    TaskCancelling,
    TaskConfirmed,
    TaskDoubtful,
    TaskFailed,
    TaskNotCancelled,
    TaskNotSent,
    TaskRejected,
    TaskReplaced,
    TaskResolved,
    TaskUnknown,
)
from runner.model.task_id import TaskId
from runner.planning.again import tasks_to_send_again
from runner.planning.history import FREED, IN_DOUBT, SENT, Standing, fold, listed_twice

T = TaskId(campaign="c", edition="e", name="t")
ACCEPTED = TaskAccepted(task=T, job_id=7, looked_up=False)
UNKNOWN = TaskUnknown(task=T, reason="timeout")
ABSENT = TaskAbsent(task=T, passes=2)
NOT_SENT = TaskNotSent(task=T, reason="refused")
REJECTED = TaskRejected(task=T, code="-22", reason="parameter", account=False)
REFUSED = TaskRejected(task=T, code="-1", reason="authentication", account=True)
CONFIRMED = TaskConfirmed(task=T, job_id=7, people=3)
STATED_SENT = TaskResolved(task=T, accepted=True, people=3, reason="r", by="b")
STATED_ABSENT = TaskResolved(task=T, accepted=False, people=3, reason="r", by="b")
FAILED = TaskFailed(task=T, job_id=7)
DOUBTFUL = TaskDoubtful(task=T, job_id=7, reason="short")
CANCELLING = TaskCancelling(task=T, why="replace", epoch=1)
CANCELLED = TaskCancelled(task=T, job_id=7, why="replace")
TAKEN_OUT = TaskCancelled(task=T, job_id=7, why="withdraw")
NOT_CANCELLED = TaskNotCancelled(task=T, job_id=7)
REPLACED = TaskReplaced(task=T)
PARTLY = TaskDoubtful(task=T, job_id=7, reason="1 was called", final=True)
ALL = [ACCEPTED, UNKNOWN, ABSENT, NOT_SENT, REJECTED, REFUSED, CONFIRMED, FAILED, DOUBTFUL]


@pytest.mark.parametrize(
    ("facts", "standing"),
    [
        ([], Standing.SENDING),
        ([ACCEPTED], Standing.ACCEPTED),
        ([UNKNOWN], Standing.UNKNOWN),
        ([UNKNOWN, ABSENT], Standing.ABSENT),
        ([UNKNOWN, ABSENT, ACCEPTED], Standing.ACCEPTED),
        ([ACCEPTED, CONFIRMED], Standing.CONFIRMED),
        ([ACCEPTED, FAILED], Standing.FAILED),
        ([ACCEPTED, DOUBTFUL], Standing.DOUBTFUL),
        ([ACCEPTED, DOUBTFUL, CONFIRMED], Standing.CONFIRMED),
        ([REJECTED], Standing.REJECTED),
        ([REFUSED], Standing.REFUSED),
        ([NOT_SENT], Standing.NOT_SENT),
        ([ACCEPTED, UNKNOWN], Standing.ACCEPTED),
        ([CONFIRMED, ACCEPTED], Standing.CONFIRMED),
        ([ACCEPTED, NOT_SENT], Standing.ACCEPTED),
        ([NOT_SENT, UNKNOWN], Standing.NOT_SENT),
        ([UNKNOWN, STATED_SENT], Standing.STATED_SENT),
        ([UNKNOWN, STATED_ABSENT], Standing.STATED_ABSENT),
        ([CONFIRMED, STATED_ABSENT], Standing.CONFIRMED),
        ([REJECTED, STATED_SENT], Standing.REJECTED),
        ([UNKNOWN, STATED_ABSENT, DOUBTFUL], Standing.DOUBTFUL),
        ([CONFIRMED, CANCELLING], Standing.CANCELLING),
        ([UNKNOWN, CANCELLING], Standing.UNKNOWN),
        ([CONFIRMED, CANCELLED], Standing.CONFIRMED),
        ([CONFIRMED, CANCELLING, CANCELLED], Standing.CANCELLED),
        ([CONFIRMED, CANCELLING, TAKEN_OUT], Standing.WITHDRAWN),
        ([CONFIRMED, CANCELLING, CANCELLED, REPLACED], Standing.REPLACED),
        ([CONFIRMED, CANCELLING, REPLACED], Standing.CANCELLING),
        ([CONFIRMED, CANCELLING, NOT_CANCELLED], Standing.CONFIRMED),
        ([CONFIRMED, CANCELLING, PARTLY], Standing.DOUBTFUL),
        ([CONFIRMED, CANCELLING, FAILED], Standing.FAILED),
        ([CONFIRMED, CANCELLING, DOUBTFUL], Standing.CANCELLING),
        ([CONFIRMED, CANCELLING, CONFIRMED], Standing.CANCELLING),
        ([CONFIRMED, CANCELLING, CANCELLED, CONFIRMED], Standing.CANCELLED),
        ([CONFIRMED, CANCELLING, CANCELLED, REPLACED, PARTLY], Standing.DOUBTFUL),
        ([CONFIRMED, CANCELLING, STATED_SENT], Standing.STATED_SENT),
    ],
    ids=str,
)
def test_facts_add_up_to_a_standing(book, facts, standing):
    """Each sequence of facts of one task has one reading."""
    book.sending("t")
    for fact in facts:
        book.add(fact)

    history = fold(book.entries)

    assert [task.standing for task in history.tasks] == [standing]


@given(
    st.lists(st.sampled_from(ALL), max_size=6),
    st.sampled_from([UNKNOWN, ABSENT, NOT_SENT, REJECTED, REFUSED]),
)
def test_late_ignorance_never_frees_people(make_book, before, late):
    """After the vendor was seen to have a task, no late answer makes its people callable again or less certain."""
    sending = make_book().sending("t")
    for fact in before:
        sending.add(fact)
    standing = fold(sending.entries).tasks[0].standing

    after = fold(sending.add(late).entries).tasks[0].standing

    if standing in SENT or standing is Standing.DOUBTFUL:
        assert after is standing
    if standing in IN_DOUBT and after in FREED:
        assert late in (NOT_SENT, REFUSED)


SEEN_BEFORE = [ACCEPTED, UNKNOWN, ABSENT, NOT_SENT, REJECTED, REFUSED, CONFIRMED, DOUBTFUL, NOT_CANCELLED]


@given(st.lists(st.sampled_from(SEEN_BEFORE), max_size=4), st.lists(st.sampled_from(SEEN_BEFORE), max_size=4))
def test_what_was_seen_before_a_cancel_changes_nothing_after_it(make_book, during, after):
    """Whatever a passed owner tells late, people of a task seen cancelled stay free, and their task's name is spent."""
    book = make_book().sending("t").add(CONFIRMED).add(CANCELLING)
    for fact in during:
        if fact is not NOT_CANCELLED:
            book.add(fact)
    book.add(CANCELLED)
    for fact in after:
        book.add(fact)

    history = fold(book.entries)

    assert history.tasks[0].standing is Standing.CANCELLED
    assert history.generation == 1


def test_a_withdrawn_edition_owes_nobody_anything(book):
    """What was cancelled for being sent again is withdrawn with the edition, whichever came first."""
    withdrawn = Withdrawn(campaign="c", edition="e", reason="r", by="b")
    book.sending("t").add(CONFIRMED).add(CANCELLING).add(withdrawn).add(CANCELLED)

    history = fold(book.entries)

    assert history.withdrawn == withdrawn
    assert history.tasks[0].standing is Standing.WITHDRAWN


def test_the_generation_never_falls(book):
    """A refused task that is found at the vendor after all still counts, so that no later name equals an earlier one."""
    book.sending("t").add(REFUSED)
    assert fold(book.entries).generation == 1

    book.add(ACCEPTED)

    assert fold(book.entries).tasks[0].standing is Standing.ACCEPTED
    assert fold(book.entries).generation == 1


def test_a_task_that_is_only_found_closes_its_edition_until_a_person_reopens_it(book):
    """Of a task known by its name alone anybody may be part; one that certainly calls nobody closes nothing."""
    book.add(TaskFound(task=T, people=3, job_id=7, over=False, said="waiting"))
    book.add(TaskFound(task=T, people=2, job_id=8, over=True, said="failed"))

    closed = fold(book.entries)
    book.add(EditionReopened(campaign="c", edition="e", people=3, reason="r", by="b"))
    reopened = fold(book.entries)

    assert [task.people for task in closed.closed_by] == [3]
    assert (closed.tasks, closed.names) == ((), frozenset({"t"}))
    assert reopened.closed_by == ()
    assert closed.generation == reopened.generation == 2


FIRST, SECOND, THIRD = 5, 4, 3
ANSWERS = [ACCEPTED, UNKNOWN, ABSENT, NOT_SENT, REJECTED, REFUSED]


@given(st.lists(st.lists(st.sampled_from(ANSWERS), max_size=3), min_size=1, max_size=3))
def test_people_of_an_open_attempt_are_never_free(make_book, attempts):
    """Whatever is said of later attempts, as long as none is settled the task concerns everybody of the first one."""
    book = make_book()
    for number, (people, facts) in enumerate(zip((FIRST, SECOND, THIRD), attempts, strict=False), start=1):
        book.sending("t", people=people, attempt=number)
        if number < len(attempts):
            book.add(UNKNOWN).add(ABSENT)
        for fact in facts if number == len(attempts) else ():
            book.add(fact)

    (task,) = fold(book.entries).tasks

    if len(attempts) > 1:
        assert task.people == FIRST
        assert task.standing in IN_DOUBT | SENT
        assert task.attempts[-1].block == 1


@pytest.mark.parametrize(
    ("count", "block", "people"), [(FIRST, 1, FIRST), (SECOND, 4, SECOND)], ids=["the first", "the second"]
)
def test_the_count_tells_which_attempt_was_taken(book, count, block, people):
    """Seen with the count of the first attempt all were called; with that of the second, only those in it."""
    book.sending("t", people=FIRST).add(UNKNOWN).add(ABSENT).sending("t", people=SECOND, attempt=2)
    book.add(ACCEPTED).add(TaskConfirmed(task=T, job_id=7, people=count))

    (task,) = fold(book.entries).tasks

    assert (task.standing, task.block, task.people, task.earlier) == (Standing.CONFIRMED, block, people, None)


def test_a_person_says_which_attempt_was_taken(book):
    """A statement that it was taken names the number of people, and so the attempt; one that it was not concerns all."""
    book.sending("t", people=FIRST).add(ABSENT).sending("t", people=SECOND, attempt=2).add(ABSENT)
    taken = TaskResolved(task=T, accepted=True, people=FIRST, reason="r", by="b")
    absent = TaskResolved(task=T, accepted=False, people=FIRST, reason="r", by="b")
    before = list(book.entries)

    (sent,) = fold(book.add(taken).entries).tasks
    book.entries = before
    (free,) = fold(book.add(absent).entries).tasks

    assert (sent.standing, sent.block, sent.people) == (Standing.STATED_SENT, 1, FIRST)
    assert (free.standing, free.earlier) == (Standing.STATED_ABSENT, None)


def test_a_name_that_was_taken_twice_ends_second_attempts(book):
    """Once the vendor lists two tasks of one name, no absent task is sent again under its name, even when that doubt is settled."""
    book.sending("t").add(UNKNOWN).add(ABSENT)
    assert len(tasks_to_send_again(fold(book.entries))) == 1
    other = TaskId(campaign="c", edition="e", name="other")
    book.sending("other").add(TaskDoubtful(task=other, job_id=None, reason=listed_twice(2)))
    book.add(TaskResolved(task=other, accepted=True, people=3, reason="r", by="b"))

    assert tasks_to_send_again(fold(book.entries)) == ()
