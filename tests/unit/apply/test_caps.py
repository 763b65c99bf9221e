"""Caps held between campaigns: whoever another campaign called since the plan is left out, and nobody else is touched."""

from dataclasses import replace
from datetime import timedelta

import polars as pl
import pytest

from runner.digest.keyed import keyed
from runner.errors import Exit, Where
from runner.frames import BLOCK_SCHEMA, PERSON
from runner.model.lease import Lease
from runner.model.policy import Caps
from runner.model.task import NotSent
from runner.model.task_fact import Sending, TaskAccepted, TaskNotSent, TaskRejected
from runner.model.task_id import TaskId
from runner.planning.history import Standing
from tests.unit.apply.conftest import OWNER

ANN, BOB, CEM = "+447700900001", "+447700900002", "+447700900003"


@pytest.fixture(autouse=True)
def _one_call_a_week(world):
    world.campaign = replace(world.campaign, caps=caps(1))


def caps(calls):
    """Return a cap on calls in seven days."""
    return Caps(calls=calls, days=7, where=Where(path="campaigns/policy.toml", line=1))


def others_call(world, *numbers, name="other.e.one", ending=TaskAccepted, days=0):
    """Let another campaign hand *numbers* over, or try to, so many days ago."""
    task = TaskId(campaign="other", edition="e", name=name)
    at = world.clock.now() - timedelta(days=days)
    people = sorted(keyed("p", number) for number in numbers)
    block = pl.DataFrame([people, people], schema=BLOCK_SCHEMA)
    lease = Lease(campaign="other", owner=OWNER, epoch=1, term_s=60, renewed_at=at)
    sending = Sending(
        task=task,
        settings_digest="s",
        people=len(people),
        attempt=1,
        generation=0,
        signed_at=at,
        epoch=1,
        planned_at=len(world.ledger.chain),
        metadata="9",
        send_at=None,
    )
    world.ledger.intend(sending, block, lease=lease, now=at)
    facts = {
        TaskAccepted: TaskAccepted(task=task, job_id=1, looked_up=False),
        TaskNotSent: TaskNotSent(task=task, reason="dns"),
        TaskRejected: TaskRejected(task=task, code="-22", reason="parameter", account=False),
    }
    if ending is not None:
        world.ledger.record(facts[ending], now=at)


def rung(world):
    """Return whom the vendor took, ascending."""
    return sorted(number for _, numbers in world.vendor.sent for number in numbers)


def apply_while(world, *moves):
    """Apply, and let each of *moves* happen before one more request is signed."""
    left = list(moves)
    sign = world.vendor.signing_time

    def signing():
        if left:
            left.pop(0)()
        return sign()

    world.vendor.signing_time = signing
    return world.apply()


def test_whom_another_campaign_called_meanwhile_is_left_out(world):
    """Bob is called by another campaign between plan and intent: the others are called, he is counted, exit 0."""
    outcome = apply_while(world, lambda: others_call(world, BOB))

    assert rung(world) == [ANN, CEM]
    assert outcome.exit is Exit.DONE
    (campaign,) = outcome.campaigns
    assert (campaign.sent.accepted, campaign.sent.capped, campaign.sent.not_sent) == (2, 1, 0)


def test_in_doubt_elsewhere_is_a_call(world):
    """A request of another campaign without an answer may ring, so it counts."""
    apply_while(world, lambda: others_call(world, BOB, ending=None))

    assert rung(world) == [ANN, CEM]


@pytest.mark.parametrize("ending", [TaskNotSent, TaskRejected])
def test_what_did_not_ring_elsewhere_is_no_call(world, ending):
    """Another campaign that tried and did not reach the vendor takes nobody's call away."""
    outcome = apply_while(world, lambda: others_call(world, BOB, ending=ending))

    assert rung(world) == [ANN, BOB, CEM]
    assert outcome.campaigns[0].sent.capped == 0


def test_calls_below_the_cap_stand_in_nobodys_way(world):
    """With two calls allowed, one elsewhere is not too many: nobody is left out."""
    world.campaign = replace(world.campaign, caps=caps(2))

    outcome = apply_while(world, lambda: others_call(world, ANN, BOB, CEM))

    assert rung(world) == [ANN, BOB, CEM]
    assert outcome.campaigns[0].sent.capped == 0


def test_it_is_counted_again_as_often_as_somebody_comes_in_between(world):
    """While the rest of a task is about to be sent, another campaign takes one more of it, and so on."""
    world.campaign = replace(world.campaign, limits=replace(world.campaign.limits, per_task=3))

    outcome = apply_while(
        world,
        lambda: others_call(world, ANN, name="other.e.one"),
        lambda: others_call(world, BOB, name="other.e.two"),
    )

    assert rung(world) == [CEM]
    assert outcome.campaigns[0].sent.capped == 2
    assert outcome.exit is Exit.DONE


def test_nobody_left_is_no_request(world):
    """Where everybody was called elsewhere nothing is sent, nothing is in doubt, and no name is used up: exit 0."""
    outcome = apply_while(world, lambda: others_call(world, ANN, BOB, CEM))

    assert world.vendor.sent == []
    assert outcome.exit is Exit.DONE
    assert outcome.campaigns[0].sent.capped == 3
    assert outcome.campaigns[0].history.tasks == ()


def test_a_repeated_request_is_counted_again(world):
    """A request that never left is made again only to those whom nobody else called meanwhile."""
    world.campaign = replace(world.campaign, limits=replace(world.campaign.limits, per_task=3))
    world.vendor.script = [(False, NotSent(reason="refused"))]

    outcome = apply_while(world, lambda: None, lambda: others_call(world, BOB))

    assert [sorted(numbers) for _, numbers in world.vendor.sent] == [[ANN, BOB, CEM], [ANN, CEM]]
    standings = [task.standing for task in outcome.campaigns[0].history.tasks]
    assert standings == [Standing.NOT_SENT, Standing.CONFIRMED]
    assert outcome.exit is Exit.DONE


def test_a_call_under_a_former_number_counts(world):
    """Who was called under the number of before is found among all that was sent, not only near today's key."""
    former, now = keyed("p", "+447700900099"), keyed("p", BOB)
    prepare, near = world.prepare, world.ledger.sent_since

    def renumbered(known):
        keys = [now if key == former else key for key in known[PERSON].to_list()]
        return known.with_columns(pl.Series(PERSON, keys, dtype=pl.UInt128))

    world.prepare = lambda one, reviewed: replace(
        prepare(one, reviewed), is_renumbered=True, present=renumbered
    )
    world.ledger.sent_since = lambda since, within=None: near(since) if within is None else ()
    others_call(world, "+447700900099", name="other.e.zero")

    apply_while(world, lambda: others_call(world, ANN, BOB, ending=TaskNotSent))

    assert rung(world) == [ANN, CEM]


def test_long_ago_is_no_call(world):
    """What another campaign sent eight days ago counts no more, whenever it was recorded."""
    outcome = apply_while(world, lambda: others_call(world, BOB, days=8))

    assert rung(world) == [ANN, BOB, CEM]
    assert outcome.campaigns[0].sent.capped == 0
