"""Guards: limits with a number that a plan must respect. Each refusal names value, limit, place and what to change."""

from collections.abc import Sequence

from runner.counts import people, plural
from runner.errors import MismatchError, RefusedError
from runner.model.campaign import Campaign
from runner.model.plan import Guard


def guards_of(campaign: Campaign, *, calls: int, tasks: int) -> tuple[Guard, ...]:
    """Return the guards of a plan that would call *calls* people in *tasks* requests."""
    limits = campaign.limits
    return (
        _at_most(campaign, "calls", calls, limits.calls),
        _at_most(campaign, "tasks", tasks, limits.tasks),
    )


def check_guards(campaign: str, guards: Sequence[Guard]) -> None:
    """Refuse where a guard did not pass.

    Raises:
        RefusedError: naming the first; the plan shows all.
    """
    for guard in guards:
        if not guard.passed:
            value = guard.value
            what = (
                f"{people(value)} would be called"
                if guard.name == "calls"
                else f"{plural(value, 'vendor request')} would be made"
            )
            message = f"{campaign}: {what}, `[limits] {guard.name}` is {guard.limit:,}"
            hint = f"raise `{guard.name}` under [limits] in a reviewed change, or call fewer people"
            raise RefusedError(message, where=guard.where, hint=hint, code=f"limit-{guard.name}")


def check_keep(campaign: Campaign, *, kept: int, reviewed: int) -> None:
    """Refuse where too few of the *reviewed* people are callable as reviewed or already sent so (*kept*).

    Raises:
        MismatchError: with the numbers.
    """
    if reviewed and kept * 1000 < campaign.limits.keep * reviewed:
        message = (
            f"{campaign.name}: only {kept:,} of {plural(reviewed, 'reviewed person', 'reviewed people')} can be called as reviewed "
            f"({kept / reviewed:.0%}), `[limits] keep` is {campaign.limits.keep / 1000:.0%}; nothing was sent"
        )
        hint = "make a new plan, have it reviewed, and apply that"
        raise MismatchError(message, where=campaign.where("limits.keep"), hint=hint, code="limit-keep")


def _at_most(campaign: Campaign, name: str, value: int, limit: int) -> Guard:
    return Guard(
        name=name, value=value, limit=limit, where=campaign.where(f"limits.{name}"), passed=value <= limit
    )
