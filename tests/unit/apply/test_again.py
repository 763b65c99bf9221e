"""A second attempt under the same name, where the vendor takes a name only once."""

from dataclasses import replace

import pytest

from runner.errors import Exit
from runner.model.task import Accepted, Duplicate, NotSent, Rejected, SeenTask, TaskStatus, Unknown
from runner.planning.history import Standing, fold

TIMEOUT = Unknown(reason="no answer in time")
LOST, TAKEN = (False, TIMEOUT), (True, TIMEOUT)


@pytest.fixture(autouse=True)
def absent(world):
    """Three people in one task, whose request got lost; the vendor refuses a name that it has."""
    world.campaign = replace(world.campaign, limits=replace(world.campaign.limits, per_task=3))
    world.refuses_duplicates = True
    world.vendor.script = [LOST]
    assert world.apply().exit is Exit.IN_DOUBT
    assert standings(world) == [(Standing.ABSENT, 3)]


def standings(world):
    """Return standing and people of each task in the ledger."""
    tasks = fold(world.ledger.entries(campaigns=["c"], edition="e")).tasks
    return [(task.standing, task.people) for task in tasks]


def attempts(world):
    """Return how many people each request had; all under one name."""
    assert len({name for name, _ in world.vendor.sent}) == 1
    return [len(numbers) for _, numbers in world.vendor.sent]


def arrives(world, people):
    """Let the vendor have the task with so many people, as if an earlier request had come late."""
    name, _ = world.vendor.sent[0]
    world.vendor.taken[name] = SeenTask(
        job_id=7, name=name, status=TaskStatus.WAITING, people=people, called=0
    )


def test_the_same_people_are_sent_again_under_the_name(world):
    """Nothing changed: all three are sent again, once, with the number acknowledged."""
    outcome = world.apply()

    assert outcome.exit is Exit.DONE
    assert attempts(world) == [3, 3]
    assert world.acknowledged == [3, 3]
    assert standings(world) == [(Standing.CONFIRMED, 3)]
    assert world.apply().exit is Exit.DONE
    assert attempts(world) == [3, 3]


def test_without_the_setting_nothing_is_sent_again(world):
    """An account that may take a name twice: its absent task is held for a person."""
    world.refuses_duplicates = False

    assert world.apply().exit is Exit.IN_DOUBT
    assert attempts(world) == [3]


def test_who_is_gone_is_free_when_the_second_attempt_is_seen(world):
    """One of three is gone: two are sent again. The vendor counts two, so the third was never called, and may be: exit 9."""
    gone = world.people.pop()

    assert world.apply().exit is Exit.PARTIAL
    assert attempts(world) == [3, 2]
    assert standings(world) == [(Standing.CONFIRMED, 2)]
    world.people.append(gone)
    assert world.apply().exit is Exit.DONE
    assert set(world.rung.values()) == {1}


def test_who_is_gone_was_called_when_the_first_attempt_is_seen(world):
    """The first request arrived late and the second was refused: the vendor counts three, so all three are called."""
    gone = world.people.pop()
    world.vendor.script = [(False, Duplicate(code="-20"))]
    hidden = world.vendor.tasks

    def late(**where):
        if len(world.vendor.sent) == 2:
            arrives(world, 3)
        return hidden(**where)

    world.vendor.tasks = late

    assert world.apply().exit is Exit.DONE
    assert standings(world) == [(Standing.CONFIRMED, 3)]
    world.people.append(gone)
    assert world.apply().exit is Exit.DONE
    assert attempts(world) == [3, 2]


def test_until_the_count_is_seen_the_others_stay_in_doubt(world):
    """The second attempt was accepted and is not listed yet: who is in the first one only is not called."""
    gone = world.people.pop()
    world.vendor.hidden = 1000
    assert world.apply().exit is Exit.PARTIAL
    assert standings(world) == [(Standing.ACCEPTED, 3)]
    world.people.append(gone)

    assert world.apply().exit is Exit.PARTIAL
    assert attempts(world) == [3, 2]
    world.vendor.hidden = 0
    assert world.apply().exit is Exit.PARTIAL
    assert world.apply().exit is Exit.DONE
    assert set(world.rung.values()) == {1}


def test_another_text_is_no_second_attempt(world):
    """The template was edited: nobody would hear what was sent, so nobody is sent again, and all stay in doubt."""
    template = replace(world.campaign.voice.template, source="other words")
    world.campaign = replace(world.campaign, voice=replace(world.campaign.voice, template=template))

    assert world.apply().exit is Exit.IN_DOUBT
    assert attempts(world) == [3]


@pytest.mark.parametrize(
    "answer",
    [
        NotSent(reason="connection refused"),
        Rejected(code="-10", reason="balance", account=True),
        Rejected(code="-22", reason="parameter", account=False),
    ],
    ids=["not sent", "account", "rejected"],
)
def test_a_second_attempt_that_fails_frees_nobody(world, answer):
    """Whatever is said of the second request, of the first it is as little known as before."""
    world.vendor.script = [(False, answer)] * 3

    assert world.apply().exit is Exit.IN_DOUBT
    assert standings(world) == [(Standing.ABSENT, 3)]


def test_a_lost_answer_to_the_second_attempt_is_looked_up(world):
    """Taken, and the answer lost: it is found in the list."""
    world.vendor.script = [TAKEN]

    assert world.apply().exit is Exit.DONE
    assert standings(world) == [(Standing.CONFIRMED, 3)]


def test_a_third_attempt_holds_no_more_than_the_second(world):
    """Lost twice, with one gone in between and back again: who was left out once stays out, since counts must tell."""
    gone = world.people.pop()
    world.vendor.script = [LOST]
    assert world.apply().exit is Exit.IN_DOUBT
    world.people.append(gone)

    assert world.apply().exit is Exit.PARTIAL
    assert attempts(world) == [3, 2, 2]
    assert world.apply().exit is Exit.DONE
    assert set(world.rung.values()) == {1}


def test_any_other_count_is_for_a_person(world):
    """The vendor counts one: neither attempt."""
    world.people.pop()
    world.vendor.script = [(True, Accepted(job_id=100))]
    tasks = world.vendor.tasks

    def short(**where):
        listing = tasks(**where)
        return replace(listing, tasks=tuple(replace(task, people=1) for task in listing.tasks))

    world.vendor.tasks = short

    assert world.apply().exit is Exit.IN_DOUBT
    assert standings(world) == [(Standing.DOUBTFUL, 3)]
