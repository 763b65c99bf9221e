"""A stop over fakes: nothing is sent after it, evidence is kept, and it is said what was sent and what was not."""

import pytest

from runner.errors import Exit
from runner.model.halt import Halt
from runner.model.ledger_fact import Halted, Lifted
from runner.model.task import NotSent, Unknown
from runner.model.task_fact import Sending
from runner.planning.history import Standing, fold

HALTED = Halted(reason="wrong amounts", by="ann@desk")
FILE = Halt(reason="wrong amounts", by=None, since=None, lift="remove it")


def after(world, sends):
    """Return a file that is there as soon as so many requests left."""
    return lambda: FILE if len(world.vendor.sent) >= sends else None


def stop_after(world, sends):
    """Record a stop in the ledger as soon as so many requests left."""
    send = world.vendor.send

    def stopping(request, **rest):
        answer = send(request, **rest)
        if len(world.vendor.sent) == sends:
            world.ledger.record(HALTED, now=world.clock.now())
        return answer

    world.vendor.send = stopping


def test_nothing_is_sent_under_a_file(world):
    """With the file there, nobody is asked for an acknowledgement, nothing is sent, no receipt is begun: exit 6."""
    outcome = world.apply(halt_file=lambda: FILE)

    assert outcome.exit is Exit.REFUSED
    assert (world.vendor.sent, world.acknowledged, world.receipts.kept) == ([], [], {})
    (campaign,) = outcome.campaigns
    assert (campaign.sent.not_sent, campaign.sent.stopped.kind) == (3, "halted")
    assert outcome.is_halted


def test_nothing_is_sent_under_a_record(world):
    """The same where the ledger says so."""
    world.ledger.record(HALTED, now=world.clock.now())

    outcome = world.apply()

    assert outcome.exit is Exit.REFUSED
    assert world.vendor.sent == []
    assert not any(isinstance(entry.fact, Sending) for entry in world.ledger.chain)


def test_nobody_to_call_is_no_refusal(world):
    """Where everybody was called before, a stop changes nothing: exit 0."""
    world.apply()
    world.ledger.record(HALTED, now=world.clock.now())

    assert world.apply().exit is Exit.DONE


@pytest.mark.parametrize("how", ["file", "record"])
def test_an_apply_under_way_stops_before_its_next_request(world, how):
    """Stopped after the first of two requests: the second is not made, exit 9; what was sent is confirmed."""
    changes = {}
    if how == "file":
        changes["halt_file"] = after(world, 1)
    else:
        stop_after(world, 1)

    outcome = world.apply(**changes)

    assert outcome.exit is Exit.PARTIAL
    (campaign,) = outcome.campaigns
    assert (campaign.sent.accepted, campaign.sent.not_sent) == (2, 1)
    assert [task.standing for task in campaign.history.tasks] == [Standing.CONFIRMED]
    assert all(receipt.complete for receipt in world.receipts.all())


def test_a_lifted_stop_lets_apply_go_on(world):
    """After it is lifted, a repeated apply calls the others, once."""
    stop_after(world, 1)
    world.apply()
    world.ledger.record(Lifted(reason="mended", by="ann@desk"), now=world.clock.now())

    outcome = world.apply()

    assert outcome.exit is Exit.DONE
    assert set(world.rung.values()) == {1}


def test_a_request_is_not_repeated_after_a_stop(world):
    """A request that never left is not made again once everything is stopped; its people are new, exit 6."""
    world.vendor.script = [(False, NotSent(reason="refused"))]
    stop_after(world, 1)

    outcome = world.apply()

    assert outcome.exit is Exit.REFUSED
    assert len(world.vendor.sent) == 1
    assert [task.standing for task in outcome.campaigns[0].history.tasks] == [Standing.NOT_SENT]
    assert outcome.campaigns[0].sent.not_sent == 3


def test_what_is_in_doubt_is_settled_under_a_stop(world):
    """A lost answer is looked up although everything is stopped: that rings nobody."""
    world.vendor.script = [(True, Unknown(reason="no answer in time"))]
    world.vendor.hidden = 40
    world.apply()
    world.vendor.hidden = 0
    world.ledger.record(HALTED, now=world.clock.now())

    outcome = world.apply()

    tasks = fold(world.ledger.entries(campaigns=["c"], edition="e")).tasks
    assert [task.standing for task in tasks] == [Standing.CONFIRMED]
    assert (outcome.exit, len(world.vendor.sent)) == (Exit.REFUSED, 1)


def test_a_stop_that_is_lifted_at_the_question_calls_nobody_unasked(world):
    """Whoever was left out of the acknowledgement because of a stop is not called when that is lifted right after."""
    looks = iter([FILE])

    outcome = world.apply(halt_file=lambda: next(looks, None))

    assert (outcome.exit, world.vendor.sent) == (Exit.REFUSED, [])
