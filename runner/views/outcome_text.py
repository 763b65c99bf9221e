"""What an apply did, as text: numbers first, then what to do next."""

from collections.abc import Iterable

from runner.apply.outcome import ApplyOutcome, CampaignOutcome
from runner.counts import count, people, plural
from runner.errors import Exit
from runner.planning.history import IN_DOUBT, Standing
from runner.planning.review import Review
from runner.views.visible import visible

_NEXT = {
    Exit.DONE: "",
    Exit.BUG: "Somebody was left out although nothing stopped the apply: this is a bug in runner. The ledger is consistent.",
    Exit.PARTIAL: "Applied in part. Running the same command again is safe and goes on from here.",
    Exit.IN_DOUBT: "Some outcomes are unknown: see `runner status`. Running apply again looks them up and calls nobody twice.",
    Exit.UNAVAILABLE: "The vendor could not be reached. Nothing is in doubt; run the same command again later.",
    Exit.CREDENTIALS: "The vendor refused the account. Mend the credentials (`runner doctor`), then run the same command again.",
    Exit.INTERRUPTED: "Interrupted. The ledger is consistent; running the same command again is safe.",
}

_REFUSED = "Applied in part before, and refused now: mend what is said above, then run it again. Nobody is called twice."

_TO_MEND = frozenset({Exit.INVALID, Exit.REFUSED, Exit.MISMATCH, Exit.EXPECTATION})
"""What stops a campaign until a person changes something: repeating the command ends the same way."""

_STOPPED = (
    "Somebody stopped everything. What was handed over stays at the vendor. When calls may go on, remove the file HALT or "
    "run `runner stop --lift`, then run the same command again: it goes on from here."
)


def outcome_lines(outcome: ApplyOutcome) -> list[str]:
    """Return what became of each campaign, and the next step."""
    lines = [line for campaign in outcome.campaigns for line in _campaign(campaign)]
    following = [_NEXT.get(outcome.exit, "")]
    if outcome.exit is Exit.PARTIAL and any(error.exit in _TO_MEND for error in outcome.errors):
        following = [_REFUSED]
    if outcome.is_halted:
        # Of what goes wrong beside a stop only what is worse than "repeat it" is worth a second sentence.
        following = [_STOPPED, *(following if outcome.exit not in {Exit.REFUSED, Exit.PARTIAL} else [])]
    return [*lines, *(["", *following] if any(following) else [])]


def _campaign(campaign: CampaignOutcome) -> Iterable[str]:
    head = f"{campaign.name} {campaign.edition}"
    if campaign.review is not None:
        yield from (f"{head}: {line}" for line in _review(campaign.review))
    replaced = campaign.replaced
    if replaced is not None and replaced.taken_back:
        yield f"{head}: {people(replaced.taken_back)} taken back before it rang"
    if replaced is not None and replaced.left:
        yield f"{head}: {people(replaced.left)} could no longer be stopped, or it is not known: left as they were"
    sent = campaign.sent
    if sent is None:
        yield (
            f"{head}: nobody to call"
            if campaign.error is None
            else f"{head}: stopped before anything was sent"
        )
    else:
        yield f"{head}: {people(sent.accepted)} accepted"
        if sent.rejected:
            yield f"{head}: {people(sent.rejected)} rejected by the vendor"
        if sent.capped:
            yield (
                f"{head}: {people(sent.capped)} not called: another campaign called them meanwhile, and the cap is "
                f"{visible(str(campaign.caps))}"
            )
        if sent.reached:
            yield (
                f"{head}: {people(sent.reached)} not called again: since the plan was made it was confirmed that they were "
                "reached, or they came to be in doubt"
            )
        if sent.suppressed:
            yield f"{head}: {people(sent.suppressed)} not called: suppressed since the plan was made"
        if sent.not_sent:
            yield f"{head}: {people(sent.not_sent)} not sent"
        if sent.stopped is not None:
            yield f"{head}: {visible(sent.stopped.message)}"
    yield from _standings(head, campaign)
    if campaign.receipt is not None:
        yield f"{head}: receipt {visible(campaign.receipt)}"


def _standings(head: str, campaign: CampaignOutcome) -> Iterable[str]:
    if campaign.history is None:
        return
    closed = campaign.history.closed_by
    if closed:
        total = people(sum(task.people for task in closed))
        yield f"{head}: closed, since nobody knows who is in {plural(len(closed), 'task')} of {total}: see `runner status`"
    for words, kinds in (
        ("confirmed in all", {Standing.CONFIRMED}),
        ("accepted but not yet seen in the vendor's list", {Standing.ACCEPTED}),
        ("taken back and not sent again yet", {Standing.CANCELLED}),
        ("withdrawn", {Standing.WITHDRAWN}),
        ("in doubt", IN_DOUBT),
        ("in tasks that failed at the vendor, new again", {Standing.FAILED}),
    ):
        number = sum(task.people for task in campaign.history.in_standing(kinds))
        if number:
            yield f"{head}: {people(number)} {words}"


def _review(review: Review) -> Iterable[str]:
    if not review.reviewed and not review.unreviewed:
        return
    yield f"{count(review.callable)} of {people(review.reviewed)} reviewed can be called as reviewed"
    for number, words in (
        (review.sent, "of the reviewed were handed over before"),
        (review.gone, "of the reviewed are gone (opted out, removed, in doubt, at the cap or over)"),
        (review.changed, "changed since the review: not called"),
        (review.unreviewed, "were not reviewed: not called"),
    ):
        if number:
            yield f"{count(number)} {words}"
