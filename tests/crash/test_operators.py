"""Random schedules of edits, applies, crashes, rivals, faults and rollbacks: promises 2 to 5 after each step."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from runner.engines.local import LocalRenderer
from tests.crash.machine import Operators

PARTS = 8
RUNS = 250
"""Runs of each part, so that 2,000 are made over each kind of database; each is nine steps and what follows."""

FULL_RUNS = 60


def run(
    part: int, runs: int, *, templates: Path, home_kind: str, renderer: LocalRenderer | None = None
) -> None:
    """Run *runs* schedules; *part* decides which. With *renderer* plans are made from files, as in life."""

    class These(Operators):
        """A machine of its own for this part."""

    These.templates, These.home_kind, These.renderer = templates, home_kind, renderer
    chosen = settings(
        max_examples=runs,
        stateful_step_count=9,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )
    run_state_machine_as_test(seed(part)(These), settings=chosen)


def test_a_few_schedules(templates: Path) -> None:
    """A handful of schedules, to notice early what the slow suite would find."""
    run(0, 8, templates=templates, home_kind="sqlite")


@pytest.mark.slow
@pytest.mark.parametrize("part", range(1, PARTS + 1))
def test_nobody_is_called_twice_or_lost(part: int, templates: Path, home_kind: str) -> None:
    """However operators, crashes, network, vendor and restored ledgers interleave, the promises hold."""
    run(part, RUNS, templates=templates, home_kind=home_kind)


@pytest.mark.slow
@pytest.mark.parametrize("part", [101, 102])
def test_the_same_from_files_to_words(
    part: int, templates: Path, home_kind: str, renderer: LocalRenderer
) -> None:
    """The same with the audience read from its file, and templates compiled and rendered in their process."""
    run(part, FULL_RUNS, templates=templates, home_kind=home_kind, renderer=renderer)
