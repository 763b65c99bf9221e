"""The protocol over fakes: nobody twice, nobody lost, and an exit code that says what to do."""

from contextlib import contextmanager
from dataclasses import replace

import pytest

from runner.errors import Exit, LedgerError, RefusedError
from runner.model.task import Accepted, Duplicate, NotSent, Rejected, TaskStatus, Unknown
from runner.planning.history import Standing, fold

TIMEOUT = Unknown(reason="no answer in time")


def standings(world):
    """Return the standing of each task in the ledger."""
    return [t.standing for t in fold(world.ledger.entries(campaigns=["c"], edition="e")).tasks]


def test_everybody_is_called_once_and_confirmed(world):
    """Three people in tasks of two: two requests, three accepted, all confirmed, exit 0."""
    outcome = world.apply()

    assert outcome.exit is Exit.DONE
    assert set(world.rung.values()) == {1}
    assert [len(numbers) for _, numbers in world.vendor.sent] == [2, 1]
    assert standings(world) == [Standing.CONFIRMED, Standing.CONFIRMED]
    assert world.acknowledged == [3]


def test_a_second_apply_calls_nobody(world):
    """Applying again sends nothing and asks for no acknowledgement."""
    world.apply()

    outcome = world.apply()

    assert outcome.exit is Exit.DONE
    assert len(world.vendor.sent) == 2
    assert world.acknowledged == [3]


def test_an_intent_is_durable_before_the_request(world):
    """When the request leaves, the ledger already knows the task and its people."""
    seen = []
    send = world.vendor.send

    def spy(request, **rest):
        seen.append([t.standing for t in fold(world.ledger.entries(campaigns=["c"], edition="e")).tasks][-1])
        return send(request, **rest)

    world.vendor.send = spy
    world.apply()

    assert seen == [Standing.SENDING, Standing.SENDING]


def test_a_lost_answer_is_settled_by_looking_up(world):
    """The vendor took the task and the answer was lost: found in its list, it counts as accepted, and work goes on."""
    world.vendor.script = [(True, TIMEOUT)]

    outcome = world.apply()

    assert outcome.exit is Exit.DONE
    assert set(world.rung.values()) == {1}


def test_what_cannot_be_settled_is_held_for_a_person(world):
    """The request was lost: its people stay in doubt, nothing more is sent, exit 10; nobody is called again."""
    world.vendor.script = [(False, TIMEOUT)]

    outcome = world.apply()

    assert outcome.exit is Exit.IN_DOUBT
    assert standings(world) == [Standing.ABSENT]
    assert len(world.vendor.sent) == 1


def test_a_repeated_apply_goes_on_with_the_others(world):
    """The people of the doubtful task stay out, the others are called, and the exit code stays 10."""
    world.vendor.script = [(False, TIMEOUT)]
    world.apply()

    outcome = world.apply()

    assert outcome.exit is Exit.IN_DOUBT
    assert sorted(world.rung.values()) == [0, 0, 1]
    assert standings(world) == [Standing.ABSENT, Standing.CONFIRMED]


def test_late_evidence_ends_the_doubt(world):
    """A task that became visible only after the settle time is found by the next apply, which ends with 0."""
    world.vendor.script = [(True, TIMEOUT)]
    world.vendor.hidden = 40
    first = world.apply()
    world.vendor.hidden = 0

    second = world.apply()

    assert (first.exit, second.exit) == (Exit.IN_DOUBT, Exit.DONE)
    assert set(world.rung.values()) == {1}


def test_a_crash_after_the_intent_is_read_as_unknown(world):
    """A process that died with a request under way leaves an intent; the next apply looks it up before it sends."""
    world.vendor.script = [(True, RuntimeError("killed"))]
    with pytest.raises(RuntimeError):
        world.apply()
    world.ledger.leases.clear()

    outcome = world.apply()

    assert outcome.exit is Exit.DONE
    assert set(world.rung.values()) == {1}


def test_a_rejected_task_is_not_sent_again(world):
    """The vendor refused the first task's content: exit 9, and a repeated apply does not try the same again."""
    world.vendor.script = [(False, Rejected(code="-22", reason="parameter", account=False))]
    first = world.apply()

    second = world.apply()

    assert (first.exit, second.exit) == (Exit.PARTIAL, Exit.DONE)
    assert sorted(world.rung.values()) == [0, 0, 1]


def test_a_refused_account_stops_everything_and_frees_the_people(world):
    """Wrong credentials: exit 4 after one request; when they are mended, all are called."""
    world.vendor.script = [(False, Rejected(code="-1", reason="authentication", account=True))]
    first = world.apply()
    second = world.apply()

    assert (first.exit, second.exit) == (Exit.CREDENTIALS, Exit.DONE)
    assert set(world.rung.values()) == {1}


def test_no_money_left_is_applied_in_part(world):
    """The balance ran out: exit 9, and the same command goes on after a top-up."""
    world.vendor.script = [(True, None), (False, Rejected(code="-10", reason="balance", account=True))]
    first = world.apply()
    second = world.apply()

    assert (first.exit, second.exit) == (Exit.PARTIAL, Exit.DONE)
    assert set(world.rung.values()) == {1}


@pytest.mark.parametrize(
    "answer",
    [
        Rejected(code="-10", reason="balance", account=True),
        Rejected(code="-22", reason="parameter", account=False),
        NotSent(reason="the timestamp has expired"),
    ],
    ids=["account", "task", "not sent"],
)
def test_a_refused_task_that_is_listed_was_taken(world, answer):
    """A proxy repeated the request and passed on the second answer: the list knows better, and nobody is called again."""
    world.campaign = replace(world.campaign, limits=replace(world.campaign.limits, per_task=3))
    world.vendor.script = [(True, answer), (False, answer), (False, answer)]
    world.apply()
    sent = len(world.vendor.sent)

    outcome = world.apply()

    assert outcome.exit is Exit.DONE
    assert len(world.vendor.sent) == sent
    assert standings(world) == [Standing.CONFIRMED]


def test_what_never_left_is_tried_again_under_the_same_name(world):
    """A refused connection is repeated; the name stays the same, and each try is in the ledger."""
    world.vendor.script = [(False, NotSent(reason="connection refused"))] * 2

    outcome = world.apply()

    names = [name for name, _ in world.vendor.sent]
    assert outcome.exit is Exit.DONE
    assert names[0] == names[1] == names[2]
    assert set(world.rung.values()) == {1}


def test_a_vendor_that_stays_down_leaves_nothing_in_doubt(world):
    """After three tries apply stops with 5 and nobody is in doubt."""
    world.vendor.script = [(False, NotSent(reason="connection refused"))] * 3

    outcome = world.apply()

    assert outcome.exit is Exit.UNAVAILABLE
    assert standings(world) == [Standing.NOT_SENT]


def test_a_vendor_that_does_not_list_gets_nothing(world):
    """Without the vendor's list there is no reconciling: exit 5, nothing sent."""
    world.vendor.down = True

    outcome = world.apply()

    assert outcome.exit is Exit.UNAVAILABLE
    assert not world.vendor.sent


def test_a_lost_ledger_is_refused(world, make_world):
    """The vendor has tasks that a fresh ledger does not know: exit 8, nothing sent."""
    world.apply()
    fresh = make_world()
    fresh.vendor = world.vendor

    outcome = fresh.apply()

    assert outcome.exit is Exit.LEDGER
    assert len(world.vendor.sent) == 2


@pytest.mark.parametrize("lost", [1, 2], ids=["in doubt", "unconfirmed"])
def test_an_old_ledger_is_refused_whatever_it_holds(world, make_world, lost):
    """Restored from before the last task, with one that is not confirmed or in doubt: exit 8, and not "repeating is safe"."""
    world.vendor.script = [(True, TIMEOUT), (True, None)]
    world.apply()
    old = make_world()
    old.vendor = world.vendor
    keep = next(i for i, e in enumerate(world.ledger.chain) if type(e.fact).__name__ == "TaskUnknown") + lost
    old.ledger.chain, old.ledger.bodies = world.ledger.chain[:keep], world.ledger.bodies
    old.ledger.identity = world.ledger.identity

    outcome = old.apply()

    assert outcome.exit is Exit.LEDGER
    assert len(world.vendor.sent) == 2


def test_a_name_that_exists_on_a_first_try_is_not_ours(world):
    """-20 on a first attempt means a task that this ledger never made: exit 8 and in doubt, not *accepted*."""
    world.vendor.script = [(False, Duplicate(code="-20"))]

    outcome = world.apply()

    assert outcome.exit is Exit.IN_DOUBT
    assert Exit.LEDGER in outcome.campaigns[0].exits
    assert standings(world) == [Standing.DOUBTFUL]


def test_a_foreign_name_is_never_taken_for_ours_later(world):
    """What the vendor's list says of a task that was not sent from here settles nothing: only a person can."""
    world.vendor.script = [(True, Duplicate(code="-20"))]
    world.apply()

    again = world.apply()

    assert again.exit is Exit.IN_DOUBT
    assert standings(world)[0] is Standing.DOUBTFUL


def test_an_error_while_sending_hides_nothing_that_was_sent(world):
    """Stopped by an error at the second request, the outcome still counts the people of the first."""
    world.vendor.script = [(True, None), (False, Duplicate(code="-20"))]

    outcome = world.apply()

    sent = outcome.campaigns[0].sent
    assert (sent.accepted, sent.in_doubt, sent.not_sent) == (2, 1, 0)


def test_nobody_goes_on_under_a_former_name(world, make_campaign):
    """After the campaign was applied under its new name, an old checkout is refused with 8, and nobody is called again."""
    world.apply()
    world.campaign = replace(make_campaign(per_task=2), name="new", formerly=("c",))
    renamed = world.apply()
    world.campaign = make_campaign(per_task=2)
    world.people.append("+447700900004")

    old = world.apply()

    assert (renamed.exit, old.exit) == (Exit.DONE, Exit.LEDGER)
    assert set(world.rung.values()) == {0, 1}
    assert world.rung["+447700900004"] == 0


def test_a_renamed_campaign_is_held_under_all_its_names(world, make_campaign):
    """While somebody applies it under the old name, nobody applies it under the new one."""
    world.ledger.acquire("c", now=world.clock.now())
    world.campaign = replace(make_campaign(), name="new", formerly=("c",))

    assert world.apply().exit is Exit.LEDGER


def test_the_account_is_known_by_any_campaign(world, make_campaign):
    """Under a new API key a new campaign passes where another campaign's newest task is visible with its id."""
    world.apply()
    world.vendor.account = "new-key"
    world.campaign = replace(make_campaign(), name="other")

    assert world.apply().exit is Exit.DONE


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"people": 1}, "counts 1"),
        ({"status": TaskStatus.CANCELLED}, "cancelled"),
        ({"status": TaskStatus.SUSPENDED}, "suspended"),
    ],
    ids=["short", "cancelled", "suspended"],
)
def test_a_task_that_is_not_as_it_was_sent_is_in_doubt(world, change, reason):
    """The vendor took fewer people, or somebody cancelled the task: a person must look, exit 10."""
    send = world.vendor.send

    def short(request, **rest):
        answer = send(request, **rest)
        world.vendor.see(request.name, **change)
        return answer

    world.vendor.send = short

    outcome = world.apply()

    assert outcome.exit is Exit.IN_DOUBT
    tasks = fold(world.ledger.entries(campaigns=["c"], edition="e")).tasks
    assert reason in tasks[0].said


def test_a_task_that_failed_sets_its_people_free(world):
    """Accepted, then failed at the vendor with nobody called: new again under another name, never lost."""
    world.vendor.script = [(True, Accepted(job_id=None))]
    send = world.vendor.send

    def fails_first(request, **rest):
        answer = send(request, **rest)
        if len(world.vendor.sent) == 1:
            world.vendor.see(request.name, status=TaskStatus.FAILED)
        return answer

    world.vendor.send = fails_first
    first = world.apply()
    second = world.apply()

    names = [name for name, _ in world.vendor.sent]
    assert (first.exit, second.exit) == (Exit.PARTIAL, Exit.DONE)
    assert len(set(names)) == 3
    assert standings(world) == [Standing.FAILED, Standing.CONFIRMED, Standing.CONFIRMED]


def test_a_failure_found_by_an_apply_that_sends_nothing_is_told(world):
    """Killed before it confirmed; the next apply finds the task failed and its people new again: exit 9, never 0."""
    see, tasks = world.vendor.see, world.vendor.tasks
    world.vendor.script = [(True, None), (True, None)]

    def dies(**how):
        if world.vendor.taken:
            raise SystemExit
        return tasks(**how)

    world.vendor.tasks = dies
    with pytest.raises(SystemExit):
        world.apply()
    world.vendor.tasks = tasks
    see(world.vendor.sent[0][0], status=TaskStatus.FAILED)

    outcome = world.apply()

    assert outcome.exit is Exit.PARTIAL
    assert world.apply().exit is Exit.DONE


def test_a_failure_is_told_whatever_was_called_before(world):
    """Three people were called last week; of two added today's task fails: exit 9, although more than two are called."""
    world.apply()
    world.people += ["+447700900004", "+447700900005"]
    send = world.vendor.send

    def fails(request, **rest):
        answer = send(request, **rest)
        world.vendor.see(request.name, status=TaskStatus.FAILED)
        return answer

    world.vendor.send = fails

    assert world.apply().exit is Exit.PARTIAL


def test_a_person_added_after_the_review_is_not_called(world):
    """Apply calls the intersection of the reviewed and today's people."""
    saved = world.save()
    world.people.append("+447700900004")

    outcome = world.apply(saved)

    assert outcome.exit is Exit.DONE
    assert world.rung["+447700900004"] == 0
    assert outcome.campaigns[0].review.unreviewed == 1
    assert world.acknowledged == [3]


def test_a_person_removed_after_the_review_is_not_called(world, make_campaign):
    """Somebody who paid since the review is not called; the acknowledgement is still for the reviewed number."""
    world.campaign = make_campaign(keep=500, per_task=2)
    saved = world.save()
    gone = world.people.pop()

    outcome = world.apply(saved)

    assert outcome.exit is Exit.DONE
    assert world.rung.get(gone, 0) == 0
    assert outcome.campaigns[0].review.gone == 1
    assert world.acknowledged == [3]


def test_too_few_left_of_the_reviewed_stops_with_7(world):
    """With two of three reviewed people left, `keep` = 0.8 refuses, and nothing is sent."""
    saved = world.save()
    world.people.pop()

    outcome = world.apply(saved)

    assert outcome.exit is Exit.MISMATCH
    assert not world.vendor.sent


def test_an_edited_text_stops_with_7(world, make_campaign):
    """Words that were not reviewed are not said."""
    saved = world.save()
    world.campaign = make_campaign(text="goodbye", per_task=2)

    outcome = world.apply(saved)

    assert outcome.exit is Exit.MISMATCH
    assert not world.vendor.sent


def test_a_saved_plan_stays_good_after_a_crash(world):
    """The same reviewed plan goes on where a crash left off, although most of its people are called already."""
    saved = world.save()
    world.vendor.script = [(True, RuntimeError("killed"))]
    with pytest.raises(RuntimeError):
        world.apply(saved)
    world.ledger.leases.clear()

    outcome = world.apply(saved)

    assert outcome.exit is Exit.DONE
    assert set(world.rung.values()) == {1}


def test_a_refused_acknowledgement_sends_nothing(world):
    """Without the right number nothing leaves, and no receipt is written."""

    def refuse(_number, _plan):
        message = "not acknowledged"
        raise RefusedError(message)

    outcome = world.apply(acknowledge=refuse)

    assert outcome.exit is Exit.REFUSED
    assert not world.vendor.sent
    assert not world.receipts.kept


def test_a_guard_refuses_with_6(world, make_campaign):
    """More people than `[limits] calls` are not called."""
    world.campaign = make_campaign(calls=2)

    outcome = world.apply()

    assert outcome.exit is Exit.REFUSED
    assert not world.vendor.sent


def test_an_operator_can_stop_between_two_requests(world):
    """Stopping after the first request leaves the rest for the next apply: exit 130, then 0."""
    world.stop_after = 1
    first = world.apply()
    world.stop_after = None
    second = world.apply()

    assert (first.exit, second.exit) == (Exit.INTERRUPTED, Exit.DONE)
    assert set(world.rung.values()) == {1}


def test_a_receipt_is_begun_before_the_first_request_and_completed(world):
    """A crash during the first request leaves an incomplete receipt, which the next apply completes."""
    world.vendor.script = [(True, RuntimeError("killed before the receipt was completed"))]
    write = world.receipts.write
    complete = []

    def dies_too(receipt):
        complete.append(receipt.complete)
        if receipt.complete and len(complete) == 2:
            message = "killed"
            raise RuntimeError(message)
        return write(receipt)

    world.receipts.write = dies_too
    with pytest.raises(RuntimeError):
        world.apply()
    left = [receipt.complete for receipt in world.receipts.kept.values()]
    world.ledger.leases.clear()

    world.apply()

    assert left == [False]
    assert all(receipt.complete for receipt in world.receipts.kept.values())


def test_a_ledger_of_another_account_is_refused(world):
    """A ledger belongs to the vendor account of its first apply: exit 4 under another."""
    world.apply()
    world.vendor.account = "other"
    world.vendor.taken.clear()

    outcome = world.apply()

    assert outcome.exit is Exit.CREDENTIALS


def test_a_new_key_of_the_same_account_passes(world):
    """Where the newest accepted task is visible under the new key with its id, the account is the same."""
    world.apply()
    world.vendor.account = "new-key"

    outcome = world.apply()

    assert outcome.exit is Exit.DONE
    assert world.ledger.identity.account == "new-key"


def test_a_held_campaign_is_refused_with_8(world):
    """Only one apply of a campaign runs at a time."""
    world.ledger.acquire("c", now=world.clock.now())

    outcome = world.apply()

    assert outcome.exit is Exit.LEDGER
    assert not world.vendor.sent


def test_what_the_vendor_cannot_be_told_leaves_no_intent(world):
    """A request that cannot be encoded is found before the ledger says that it is being sent: exit 3, no doubt."""
    world.vendor.unspeakable = True

    outcome = world.apply()

    assert outcome.exit is Exit.INVALID
    assert standings(world) == []


def test_a_receipt_that_cannot_be_completed_hides_nothing(world):
    """The disk is full when the receipt is completed: exit 8, and what was handed over is told all the same."""
    write = world.receipts.write

    def full(receipt):
        if receipt.complete:
            message = "the receipt cannot be written: no space left"
            raise LedgerError(message)
        return write(receipt)

    world.receipts.write = full
    outcome = world.apply()
    world.receipts.write = write

    assert outcome.exit is Exit.LEDGER
    assert outcome.campaigns[0].sent.accepted == 3
    assert world.apply().exit is Exit.DONE
    assert all(receipt.complete for receipt in world.receipts.kept.values())


class Stalled:
    """A lease in the hands of a process that was taken over between its intent and its request."""

    def __init__(self, lease):
        self.lease = lease
        self._is_held = True

    def is_held(self):
        return self._is_held

    @contextmanager
    def guarded(self):
        self._is_held = False
        yield False


def test_a_lost_lease_is_not_the_vendors_silence(world):
    """Taken over between intent and request: nothing is sent, exit 8, and nobody is told that the vendor was away."""
    hold = world.hold

    @contextmanager
    def stalled(name):
        with hold(name) as held:
            yield Stalled(held.lease)

    world.hold = stalled

    outcome = world.apply()

    (campaign,) = outcome.campaigns
    assert outcome.exit is Exit.LEDGER
    assert world.vendor.sent == []
    assert (campaign.sent.not_sent, campaign.sent.stopped.kind) == (3, "lease")
