"""Suppressed while an apply runs: left out of every request that was not intended yet, and nobody else is touched."""

from dataclasses import replace

import polars as pl
import pytest

from runner.digest.keyed import keyed
from runner.errors import Exit
from runner.frames import PERSON
from runner.model.task import NotSent, Unknown
from runner.model.task_fact import Sending
from tests.unit.apply.test_caps import apply_while, caps, others_call, rung

ANN, BOB, CEM = "+447700900001", "+447700900002", "+447700900003"


def suppress(world, *numbers, lift=False):
    """Suppress *numbers*, or lift that."""
    people = pl.Series(PERSON, sorted(keyed("p", number) for number in numbers), dtype=pl.UInt128)
    world.ledger.suppress(people, reason="asked", by="ann", now=world.clock.now(), lift=lift)


def one_a_task(world):
    """Cut a request for each person."""
    world.campaign = replace(world.campaign, limits=replace(world.campaign.limits, per_task=1))


def test_whoever_was_suppressed_meanwhile_is_left_out(world):
    """Bob asks between plan and intent: the others are called, he is counted, and nothing is left to be done."""
    outcome = apply_while(world, lambda: suppress(world, BOB))

    assert rung(world) == [ANN, CEM]
    assert outcome.exit is Exit.DONE
    (campaign,) = outcome.campaigns
    assert (campaign.sent.accepted, campaign.sent.suppressed, campaign.sent.not_sent) == (2, 1, 0)


def test_later_requests_leave_them_out_too(world):
    """Whoever asks while the first request is made is in none of the others, though these were cut before."""
    one_a_task(world)

    outcome = apply_while(
        world, lambda: None, lambda: suppress(world, *sorted({ANN, BOB, CEM} - first(world)))
    )

    assert len(rung(world)) == 1
    assert outcome.campaigns[0].sent.suppressed == 2
    assert outcome.exit is Exit.DONE


def first(world):
    """Return whom the first request has."""
    return set(world.vendor.sent[0][1])


def test_strangers_stand_in_nobodys_way(world):
    """Somebody of no audience was suppressed: everybody is called all the same."""
    outcome = apply_while(world, lambda: suppress(world, "+447700900099"))

    assert rung(world) == [ANN, BOB, CEM]
    assert outcome.campaigns[0].sent.suppressed == 0


def test_all_suppressed_is_no_request(world):
    """Where nobody is left nothing is intended and nobody is lost."""
    outcome = apply_while(world, lambda: suppress(world, ANN, BOB, CEM))

    assert world.vendor.sent == []
    assert not [entry for entry in world.ledger.chain if isinstance(entry.fact, Sending)]
    assert outcome.campaigns[0].sent.suppressed == 3
    assert outcome.exit is Exit.DONE


def test_lifted_before_the_next_look_is_as_it_was(world):
    """A slip of the finger, suppressed and lifted within a moment, changes nobody's call."""

    def slip():
        suppress(world, BOB)
        suppress(world, BOB, lift=True)

    apply_while(world, slip)

    assert rung(world) == [ANN, BOB, CEM]


def test_a_repeated_request_leaves_them_out(world):
    """Between two tries of one request, of which the first never left, Bob asks: the second has another name, without him."""
    world.campaign = replace(world.campaign, limits=replace(world.campaign.limits, per_task=3))
    world.vendor.script = [(False, NotSent(reason="dns"))]

    apply_while(world, lambda: None, lambda: suppress(world, BOB))

    (first_name, before), (second_name, after) = world.vendor.sent
    assert (sorted(before), sorted(after)) == ([ANN, BOB, CEM], [ANN, CEM])
    assert first_name != second_name


def test_a_repeated_request_of_others_is_the_same(world):
    """Between two tries a stranger asks: the second try is the second attempt under the name of the first."""
    world.campaign = replace(world.campaign, limits=replace(world.campaign.limits, per_task=3))
    world.vendor.script = [(False, NotSent(reason="dns"))]

    apply_while(world, lambda: None, lambda: suppress(world, "+447700900099"))

    attempts = [e.fact.attempt for e in world.ledger.chain if isinstance(e.fact, Sending)]
    assert attempts == [1, 2]
    assert world.vendor.sent[0] == world.vendor.sent[1]


def test_capped_and_suppressed_are_told_apart(world):
    """Ann is at the cap by now and Bob asked: each is counted once."""
    world.campaign = replace(world.campaign, caps=caps(1))

    def both():
        others_call(world, ANN)
        suppress(world, BOB)

    outcome = apply_while(world, both)

    sent = outcome.campaigns[0].sent
    assert (sent.accepted, sent.capped, sent.suppressed, sent.not_sent) == (1, 1, 1, 0)


@pytest.mark.parametrize("asked", [(BOB,), (ANN, BOB, CEM)])
def test_a_second_attempt_leaves_them_out(world, asked):
    """What is sent once more under its name is sent without whoever asked since, and stays in doubt for them."""
    world.campaign = replace(world.campaign, limits=replace(world.campaign.limits, per_task=3))
    world.refuses_duplicates = True
    world.vendor.script = [(False, Unknown(reason="timeout"))]
    world.apply()
    before = len(world.vendor.sent)

    apply_while(world, lambda: suppress(world, *asked))

    left = [number for number in (ANN, BOB, CEM) if number not in asked]
    sent = world.vendor.sent[before:]
    assert [sorted(numbers) for _, numbers in sent] == ([left] if left else [])
    assert {name for name, _ in sent} <= {world.vendor.sent[0][0]}
