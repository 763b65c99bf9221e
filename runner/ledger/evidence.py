"""What anybody may append on any head: evidence, which binds nobody, and neither an intent nor a decision."""

from collections.abc import Iterable
from typing import get_args

from runner.model.fact import Decision, Fact
from runner.model.ledger_fact import Genesis
from runner.model.outcome_fact import OutcomesErased, TaskOutcomes
from runner.model.people_fact import Forgotten, Suppressed, SuppressionLifted
from runner.model.task_fact import Sending

_NO_EVIDENCE = (
    Sending,
    *get_args(Decision),
    Genesis,
    TaskOutcomes,
    OutcomesErased,
    Suppressed,
    SuppressionLifted,
    Forgotten,
)
"""Each has a method of its own, which asks for more, or begins a ledger."""


def require_evidence(facts: Iterable[Fact]) -> None:
    """Return if all *facts* are evidence.

    Raises:
        ValueError: one is an intent, a decision or the beginning of a ledger, or says something of the people of a block.
    """
    for fact in facts:
        if isinstance(fact, _NO_EVIDENCE):
            raise ValueError(f"a {type(fact).__name__} is no evidence")  # noqa: TRY004  of the right type, at the wrong door
