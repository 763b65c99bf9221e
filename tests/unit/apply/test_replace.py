"""Before it rings: what waits is cancelled and sent again, and nobody is in two tasks."""

from dataclasses import replace
from datetime import timedelta

import pytest

from runner.errors import Exit
from runner.model.campaign import Schedule
from runner.model.ledger_fact import Halted
from runner.model.task import NotSent, TaskStatus, Unknown
from runner.model.task_fact import TaskConfirmed, TaskDoubtful
from runner.planning.history import Standing, fold
from tests.unit.apply.conftest import START, campaign

TOMORROW = START + timedelta(days=1)


@pytest.fixture(autouse=True)
def handed_over(world):
    """Three people wait for tomorrow in two tasks: the first two, and the last."""
    schedule = Schedule(at=TOMORROW, timezone="UTC", windows=(), not_after=None)
    world.campaign = replace(campaign(per_task=2), schedule=schedule)
    assert world.apply().exit is Exit.DONE


def correct(world, text="hello again"):
    """Correct the text, so that everybody would hear another one."""
    template = replace(world.campaign.voice.template, source=text)
    world.campaign = replace(world.campaign, voice=replace(world.campaign.voice, template=template))


def tasks(world):
    """Return the tasks in the ledger."""
    return fold(world.ledger.entries(campaigns=["c"], edition="e")).tasks


def standings(world):
    """Return the standing of each task in the ledger."""
    return [task.standing for task in tasks(world)]


def waiting(world):
    """Return how many calls wait for each number at the vendor."""
    live = {n for n, t in world.vendor.taken.items() if t.status is TaskStatus.WAITING}
    numbers = [number for name, some in dict(world.vendor.sent).items() if name in live for number in some]
    return {number: numbers.count(number) for number in sorted(numbers)}


def test_only_what_changed_is_replaced(world):
    """Somebody of one task is gone: that task alone is cancelled, and the other of its people is sent again."""
    first, _ = (task.task.name for task in tasks(world))
    gone = world.vendor.sent[0][1][0]
    world.people.remove(gone)

    outcome = world.apply()

    assert outcome.exit is Exit.DONE
    assert world.vendor.taken[first].status is TaskStatus.CANCELLED
    assert standings(world) == [Standing.REPLACED, Standing.CONFIRMED, Standing.CONFIRMED]
    assert waiting(world) == dict.fromkeys(world.people, 1)
    assert world.acknowledged == [3, 1]
    assert world.apply().exit is Exit.DONE
    assert len(world.vendor.sent) == 3


def test_all_are_cancelled_before_anything_is_sent(world):
    """With another text for all, both tasks are seen cancelled twice before the first new one leaves."""
    seen = []
    send = world.vendor.send

    def spy(request, **rest):
        seen.append([t.status for t in world.vendor.taken.values()][:2])
        return send(request, **rest)

    world.vendor.send = spy
    before = world.clock.now()
    correct(world)

    assert world.apply().exit is Exit.DONE
    assert seen == [[TaskStatus.CANCELLED] * 2] * 2
    assert world.clock.now() - before >= timedelta(seconds=120)
    assert waiting(world) == dict.fromkeys(world.people, 1)


def test_set_back_it_is_sent_and_not_mistaken_for_the_cancelled_one(world):
    """Text A, then B, then A: the third pair of tasks has names of its own, and everybody waits once."""
    correct(world)
    assert world.apply().exit is Exit.DONE
    correct(world, "hello")

    assert world.apply().exit is Exit.DONE
    assert len({task.task.name for task in tasks(world)}) == 6
    assert waiting(world) == dict.fromkeys(world.people, 1)


def test_a_moved_start_is_followed(world):
    """The campaign begins two hours later: what waits for the old time is cancelled, and waits for the new one."""
    later = TOMORROW + timedelta(hours=2)
    world.campaign = replace(world.campaign, schedule=replace(world.campaign.schedule, at=later))

    assert world.apply().exit is Exit.DONE
    assert [task.sending.send_at for task in tasks(world) if task.standing is Standing.CONFIRMED] == [
        later
    ] * 2


def test_a_recall_flow_that_lives_on_frees_nobody(world):
    """Task cancelled, recall rounds not: they would ring, so its people stay in doubt and are not sent again."""
    first = tasks(world)[0]
    world.vendor.live_recalls.add(first.job_id)
    world.vendor.holds_on_to_recalls = True
    correct(world)

    outcome = world.apply()

    assert outcome.exit is Exit.IN_DOUBT
    assert standings(world)[:2] == [Standing.CANCELLING, Standing.REPLACED]
    assert len(world.vendor.sent) == 3
    world.vendor.live_recalls.clear()
    assert world.apply().exit is Exit.DONE
    assert waiting(world) == dict.fromkeys(world.people, 1)


def test_who_was_called_meanwhile_puts_all_in_doubt(world):
    """The vendor cancels after one call: who it was is not known, so nobody of the task is called again, ever."""
    cancel = world.vendor.cancel

    def late(job_id):
        cancel(job_id)
        name = next(n for n, t in world.vendor.taken.items() if t.job_id == job_id)
        world.vendor.see(name, called=int(job_id == 100))

    world.vendor.cancel = late
    correct(world)

    outcome = world.apply()

    assert outcome.exit is Exit.IN_DOUBT
    assert standings(world) == [Standing.DOUBTFUL, Standing.REPLACED, Standing.CONFIRMED]
    assert world.apply().exit is Exit.IN_DOUBT
    assert len(world.vendor.sent) == 3
    assert outcome.campaigns[0].sent.not_sent == 0


def test_what_rings_already_is_left(world):
    """One task is being called although it should wait: it is not asked for, and only the others are sent again."""
    world.vendor.see(tasks(world)[0].task.name, status=TaskStatus.CALLING, called=1)
    correct(world)

    outcome = world.apply()

    assert standings(world) == [Standing.CONFIRMED, Standing.REPLACED, Standing.CONFIRMED]
    assert outcome.campaigns[0].replaced.left == 2
    assert outcome.exit is Exit.PARTIAL
    assert 100 not in world.vendor.cancelled


def test_what_somebody_else_cancelled_is_for_a_person(world):
    """One task was cancelled at the vendor's console: its people are in doubt, and only the others are sent again."""
    world.vendor.see(tasks(world)[0].task.name, status=TaskStatus.CANCELLED)
    correct(world)

    assert world.apply().exit is Exit.IN_DOUBT
    assert standings(world) == [Standing.DOUBTFUL, Standing.REPLACED, Standing.CONFIRMED]
    assert world.apply().exit is Exit.IN_DOUBT
    assert len(world.vendor.sent) == 3


def test_a_vendor_that_does_not_obey_is_asked_again(world):
    """Asked in vain: in doubt, and nothing is sent. The next apply goes on, although the text is what it was again."""
    world.vendor.deaf = True
    correct(world)
    assert world.apply().exit is Exit.IN_DOUBT
    assert standings(world) == [Standing.CANCELLING] * 2
    assert len(world.vendor.sent) == 2
    world.vendor.deaf = False
    correct(world, "hello")

    assert world.apply().exit is Exit.DONE
    assert waiting(world) == dict.fromkeys(world.people, 1)


def test_asked_in_vain_it_is_called_as_it_was(world):
    """The vendor never cancels and calls them: seen finished, the task counts as called, and nobody is in doubt."""
    world.vendor.deaf = True
    correct(world)
    world.apply()
    for name in list(world.vendor.taken):
        world.vendor.see(name, status=TaskStatus.FINISHED, called=world.vendor.taken[name].people)

    assert world.apply().exit is Exit.DONE
    assert standings(world) == [Standing.CONFIRMED] * 2
    assert len(world.vendor.sent) == 2


def test_broken_off_in_between_it_is_gone_on_with(world):
    """Cancelled, and then the line was down: exit 9 or 5 says so, and the next apply sends them without a new plan."""
    correct(world)
    world.vendor.script = [(False, NotSent(reason="refused"))] * 3

    first = world.apply()

    assert first.exit is Exit.PARTIAL
    assert standings(world)[:2] == [Standing.CANCELLED] * 2
    assert world.apply().exit is Exit.DONE
    assert standings(world)[:2] == [Standing.REPLACED] * 2
    assert waiting(world) == dict.fromkeys(world.people, 1)


def test_all_paid_in_between(world):
    """Broken off after the cancel, and by then nobody is to be called: nothing is owed any more."""
    correct(world)
    world.vendor.script = [(False, NotSent(reason="refused"))] * 3
    world.apply()
    world.people = ["+447700900009"]
    world.apply()

    assert standings(world)[:2] == [Standing.REPLACED] * 2


def test_a_lost_answer_of_the_new_task_is_settled_like_any(world):
    """The answer to the new task is lost: it is looked up, and nobody is sent twice."""
    correct(world)
    world.vendor.script = [(True, Unknown(reason="timeout"))]

    assert world.apply().exit is Exit.DONE
    assert waiting(world) == dict.fromkeys(world.people, 1)


def test_what_a_passed_owner_tells_late_changes_nothing(world):
    """After the intent to cancel, what somebody saw before it makes the task neither confirmed nor doubtful."""
    world.vendor.deaf = True
    correct(world)
    world.apply()
    task = tasks(world)[0]
    world.ledger.record(TaskConfirmed(task=task.task, job_id=100, people=2), now=world.clock.now())
    world.ledger.record(TaskDoubtful(task=task.task, job_id=100, reason="cancelled"), now=world.clock.now())

    assert standings(world)[0] is Standing.CANCELLING


def test_called_after_all_is_noticed(world):
    """A task seen cancelled twice is called all the same: the next apply says so, since people may be called twice."""
    first = tasks(world)[0].task.name
    correct(world)
    world.apply()
    world.vendor.see(first, called=1)

    assert world.apply().exit is Exit.IN_DOUBT
    assert "called twice" in tasks(world)[0].said


def test_only_what_the_reviewer_saw_is_replaced(world):
    """A plan saved before the change takes nothing back; one saved after it does."""
    before = world.save()
    correct(world)
    after = world.save()

    assert world.apply(before).exit is Exit.DONE
    assert world.vendor.cancelled == []
    assert world.apply(after).exit is Exit.DONE
    assert waiting(world) == dict.fromkeys(world.people, 1)


def test_one_who_paid_since_the_review_is_dropped(world):
    """Reviewed with a new text for three, one paid since: two are sent again, and nothing is owed."""
    correct(world)
    saved = world.save()
    world.people.pop()
    world.campaign = replace(world.campaign, limits=replace(world.campaign.limits, keep=500))

    assert world.apply(saved).exit is Exit.DONE
    assert waiting(world) == dict.fromkeys(world.people, 1)


def test_without_money_nothing_is_taken_back(world):
    """What could not be sent again is not cancelled."""
    correct(world)
    world.vendor.money = "0.00"

    assert world.apply().exit is Exit.PARTIAL
    assert world.vendor.cancelled == []


def test_while_everything_is_stopped_nothing_is_taken_back(world):
    """A stop keeps waiting calls as they are: what is cancelled could not be sent again."""
    correct(world)
    world.ledger.record(Halted(reason="wrong", by="ann"), now=world.clock.now())

    world.apply()

    assert world.vendor.cancelled == []
    assert standings(world) == [Standing.CONFIRMED] * 2
