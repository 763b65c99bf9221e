"""The number-bound acknowledgement: a person types how many people will be called, a machine passes it."""

import sys
from collections.abc import Callable

from runner.cli.output import print_lines, write
from runner.cli.repository import Repository
from runner.counts import people, plural, were
from runner.errors import ExpectationError, RefusedError
from runner.model.plan import Plan
from runner.views.plan_text import plan_lines


def expecting(repository: Repository, *, expected: int | None, show: bool) -> Callable[[Plan], None]:
    """Return what happens to the plan that an apply has just made.

    Args:
        repository: for its progress.
        expected: `--expect-calls`.
        show: print the plan where it would call somebody, since nobody has seen it.
    """

    def planned(plan: Plan) -> None:
        repository.progress.close()
        if show and plan.has_changes:
            print_lines(plan_lines(plan, arguments=None))
        if expected is not None and plan.calls != expected:
            message = f"{people(plan.calls)} would be called, {expected:,} were expected; nothing was sent"
            raise ExpectationError(message, code="expected-calls")

    return planned


def acknowledging(repository: Repository, *, given: int | None) -> Callable[[int, Plan], None]:
    """Return what an apply asks before it sends.

    Args:
        repository: for the environment's name in the question.
        given: `--ack-calls`.
    """

    def acknowledge(number: int, plan: Plan) -> None:
        if given is None and sys.stdin.isatty() and sys.stderr.isatty():
            _ask(repository.settings.environment, number, plan)
        else:
            _compare(number, given)

    return acknowledge


def acknowledge_taking_back(
    repository: Repository, *, number: int, campaigns: int, given: int | None
) -> None:
    """Return if it was said, or is typed now, that *number* people of so many *campaigns* are taken back.

    Args:
        repository: for the environment's name in the question.
        number: people in tasks that wait.
        campaigns: how many are withdrawn.
        given: `--ack-people`.

    Raises:
        RefusedError: it was not.
    """
    environment, what = repository.settings.environment, plural(campaigns, "campaign")
    if given is None and sys.stdin.isatty() and sys.stderr.isatty():
        question = f"{what} will be withdrawn, {people(number)} who wait taken back"
        write(sys.stderr, f"In {environment}, {question}. Type {number} to go on: ")
        if sys.stdin.readline().strip().replace(",", "") != str(number):
            raise RefusedError(f"{number} was not typed; nothing was taken back", code="not-acknowledged")
    elif given != number:
        said = "nobody acknowledged that" if given is None else f"{given:,} {were(given)} acknowledged"
        message = (
            f"{what} would be withdrawn, {people(number)} who wait taken back, and {said}; nothing was done"
        )
        raise RefusedError(message, hint=f"pass --ack-people {number}", code="not-acknowledged")


def _ask(environment: str, number: int, plan: Plan) -> None:
    calls = plan.calls
    who = (
        f"{people(calls)} will be called"
        if calls == number
        else f"{calls:,} of {people(number)} reviewed will be called"
    )
    waiting = sum(one.people for campaign in plan.campaigns for one in campaign.replaces)
    first = f", after {people(waiting)} who wait {were(waiting)} taken back" if waiting else ""
    write(sys.stderr, f"In {environment}, {who}{first}. Type {number} to go on: ")
    typed = sys.stdin.readline().strip()
    if typed.replace(",", "") != str(number):
        message = f"{number} was not typed; nothing was sent"
        raise RefusedError(message, code="not-acknowledged")


def _compare(number: int, given: int | None) -> None:
    if given is None:
        message = f"{people(number)} would be called and nobody acknowledged that; nothing was sent"
        hint = f"pass --ack-calls {number} (make apply ACK={number})"
        raise RefusedError(message, hint=hint, code="not-acknowledged")
    if given != number:
        message = f"{people(given)} {were(given)} acknowledged, the plan has {number:,}; nothing was sent"
        hint = f"look at the plan again; if it is right, pass --ack-calls {number}"
        raise RefusedError(message, hint=hint, code="not-acknowledged")
