"""Random schedules of edits, applies, crashes, rivals, faults and rollbacks: promises 2 to 5 after each step."""

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from runner.engines.local import LocalRenderer
from tests.crash.homes import MakeHome
from tests.crash.machine import Operators
from tests.crash.matrix import Notes

PARTS = 8
RUNS = 200
"""Runs of each part, nine steps and what follows: with those below more than 2,000 over both kinds of database."""

FULL_RUNS = 40
POSTGRESQL_RUNS = 100


def run(part: int, runs: int, *, make_home: MakeHome, renderer: LocalRenderer | None = None) -> None:
    """Run *runs* schedules; *part* decides which. With *renderer* plans are made from files, as in life."""

    class These(Operators):
        """A machine of its own for this part."""

    These.make_home, These.renderer = [make_home], renderer
    chosen = settings(
        max_examples=runs,
        stateful_step_count=9,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )
    run_state_machine_as_test(seed(part)(These), settings=chosen)


def test_a_few_schedules(sqlite_home: MakeHome) -> None:
    """A handful of schedules, to notice early what the slow suite would find."""
    run(0, 5, make_home=sqlite_home)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(1, PARTS + 1))
def test_nobody_is_called_twice_or_lost(part: int, sqlite_home: MakeHome, notes: Notes) -> None:
    """However operators, crashes, network, vendor and restored ledgers interleave, the promises hold."""
    run(part, RUNS, make_home=sqlite_home)

    notes.add("schedules", "sqlite", "by the planning core alone", "", "", RUNS)


@pytest.mark.slow
@pytest.mark.parametrize("part", [101, 102])
def test_the_same_from_files_to_words(
    part: int, sqlite_home: MakeHome, renderer: LocalRenderer, notes: Notes
) -> None:
    """The same with the audience read from its file, and templates compiled and rendered in their process."""
    run(part, FULL_RUNS, make_home=sqlite_home, renderer=renderer)

    notes.add("schedules", "sqlite", "from files to words", "", "", FULL_RUNS)


@pytest.mark.slow
@pytest.mark.postgres
@pytest.mark.parametrize("part", [201, 202, 203, 204])
def test_the_same_in_postgresql(part: int, postgresql_home: MakeHome, notes: Notes) -> None:
    """The same over the other kind of database, less often, since what differs is one file."""
    run(part, POSTGRESQL_RUNS, make_home=postgresql_home)

    notes.add("schedules", "postgresql", "by the planning core alone", "", "", POSTGRESQL_RUNS)
