"""Doubts settled by a person: evidence goes first, the number binds, and nobody is called again too early."""

from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from runner.apply.desk import Desk
from runner.apply.resolve import Statement, resolve
from runner.errors import CredentialsError, Exit, InvalidError, RefusedError
from runner.model.task import Duplicate, Unknown
from runner.planning.history import Standing, fold

TIMEOUT = Unknown(reason="no answer in time")
STATED_ABSENT = Statement(accepted=False, people=2, reason="the console does not show it", by="ann@desk")
STATED_SENT = replace(STATED_ABSENT, accepted=True)


def desk(world):
    """Return what a resolve works with."""
    held = world.ledger.acquire("c", now=world.clock.now())
    world.ledger.release(held)

    @contextmanager
    def guarded():
        yield True

    return Desk(
        campaign=world.campaign,
        ledger=world.ledger,
        vendor=world.vendor,
        clock=world.clock,
        progress=None,  # type: ignore[arg-type]  # resolving tells no progress
        lease=lambda: held,
        holds_lease=lambda: True,
        guarded=guarded,
        settle_time=timedelta(seconds=120),
        at=lambda _boundary: None,
        stopping=lambda: False,
    )


@pytest.fixture(name="doubtful")
def _doubtful(world):
    """Return a world in which the first task was lost on its way."""
    world.vendor.script = [(False, TIMEOUT)]
    world.apply()
    return world


def first(world):
    """Return the first task in the ledger."""
    return fold(world.ledger.entries(campaigns=["c"], edition="e")).tasks[0]


def test_people_of_an_absent_task_are_called_under_another_name(doubtful):
    """Stated absent when it cannot arrive any more: its people are new again, and are called once."""
    doubtful.clock.sleep(3600)
    lost = first(doubtful)

    settled = resolve(desk(doubtful), lost.task.name, STATED_ABSENT)
    outcome = doubtful.apply()

    assert settled.standing is Standing.STATED_ABSENT
    assert outcome.exit is Exit.DONE
    assert set(doubtful.rung.values()) == {1}
    assert lost.task.name not in doubtful.vendor.taken


def test_people_of_a_task_stated_sent_are_never_called_again(doubtful):
    """Stated sent, the doubt is over and its people stay called."""
    settled = resolve(desk(doubtful), first(doubtful).task.name, STATED_SENT)
    outcome = doubtful.apply()

    assert settled.standing is Standing.STATED_SENT
    assert outcome.exit is Exit.DONE
    assert sorted(doubtful.rung.values()) == [0, 0, 1]


def test_a_request_that_may_still_arrive_is_not_stated_absent(doubtful):
    """Before the signature has expired, with a margin, the statement is refused."""
    with pytest.raises(RefusedError, match="may still arrive"):
        resolve(desk(doubtful), first(doubtful).task.name, STATED_ABSENT)

    assert first(doubtful).standing is Standing.ABSENT


def test_another_number_is_another_task(doubtful):
    """Who speaks of another number of people means another task, and nothing is changed."""
    doubtful.clock.sleep(3600)

    with pytest.raises(RefusedError, match="has 2 people, not 3"):
        resolve(desk(doubtful), first(doubtful).task.name, replace(STATED_ABSENT, people=3))


def test_evidence_goes_before_a_statement(world):
    """The vendor lists the task by now: it is accepted, whatever was to be stated."""
    world.vendor.script = [(True, TIMEOUT)]
    world.vendor.hidden = 40
    world.apply()
    world.vendor.hidden = 0
    world.clock.sleep(3600)

    settled = resolve(desk(world), first(world).task.name, STATED_ABSENT)

    assert settled.standing is Standing.ACCEPTED


def test_what_is_not_in_doubt_cannot_be_resolved(world):
    """A confirmed task, or none at all, is no doubt."""
    world.apply()

    with pytest.raises(InvalidError, match="not in doubt"):
        resolve(desk(world), first(world).task.name, STATED_ABSENT)
    with pytest.raises(InvalidError, match="no task"):
        resolve(desk(world), "c.e.other", STATED_ABSENT)


def test_a_foreign_task_can_be_stated(world):
    """A name that the vendor had already is settled by a person only; stated sent, nobody of it is called."""
    world.vendor.script = [(True, Duplicate(code="-20"))]
    world.apply()

    settled = resolve(desk(world), first(world).task.name, STATED_SENT)

    assert settled.standing is Standing.STATED_SENT


def test_a_task_that_comes_back_is_in_doubt_again(doubtful):
    """The vendor lists a task that was stated absent: nobody hides that its people may be called twice."""
    doubtful.clock.sleep(3600)
    lost = first(doubtful)
    resolve(desk(doubtful), lost.task.name, STATED_ABSENT)
    doubtful.apply()
    seen = next(iter(doubtful.vendor.taken.values()))
    doubtful.vendor.taken[lost.task.name] = replace(seen, name=lost.task.name, job_id=999, people=2)

    outcome = doubtful.apply()

    assert outcome.exit is Exit.IN_DOUBT
    assert "stated that it was absent" in first(doubtful).said


def test_another_account_says_nothing_about_a_task(doubtful):
    """Under the credentials of another account the task is not listed, of course: refused, and still in doubt."""
    doubtful.clock.sleep(3600)
    doubtful.vendor.account = "other"

    with pytest.raises(CredentialsError, match="belongs to vendor account"):
        resolve(desk(doubtful), first(doubtful).task.name, STATED_ABSENT)

    assert first(doubtful).standing is Standing.ABSENT
