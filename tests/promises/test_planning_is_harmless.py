"""Promise 8: planning changes no entry, receipt, audience or vendor state and needs no vendor credential."""

import hashlib

import pytest

from runner.cli.main import run
from tests.promises.conftest import as_csv

ROWS = [(f"07700 900{n:03}", "Ann", "5.00", "R", "EN") for n in range(5)]


def snapshot(root):
    """Return every file below *root* with its content and mode."""
    return {
        path.relative_to(root).as_posix(): (
            hashlib.sha256(path.read_bytes()).hexdigest(),
            path.stat().st_mode,
        )
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(name="root")
def _root(make_repository, monkeypatch):
    repository = make_repository()
    repository.write("campaigns/audience.csv", as_csv(ROWS))
    monkeypatch.chdir(repository.root)
    return repository.root


def test_a_first_plan_writes_the_key_and_nothing_else(root):
    """Before there is a ledger, planning makes the hashing key, readable by its owner only and ignored by git."""
    before = snapshot(root)

    assert run(["plan"]) == 0

    added = {name: what for name, what in snapshot(root).items() if name not in before}
    assert list(added) == [".runner/.gitignore", ".runner/sandbox/ledger.key"]
    assert added[".runner/sandbox/ledger.key"][1] & 0o777 == 0o600
    assert {name: what for name, what in snapshot(root).items() if name in before} == before


def test_a_second_plan_writes_nothing(root, capsys):
    """Planning again leaves every file as it was and prints the same plan but for the minute."""
    run(["plan", "--format", "json"])
    before = snapshot(root)

    assert run(["plan"]) == 0

    assert snapshot(root) == before


def test_bad_input_leaves_nothing_behind(root):
    """Where anything is invalid, not even a key is made."""
    (root / "templates/sms.j2").write_text("{{ nobody }}")
    before = snapshot(root)

    assert run(["plan"]) == 3

    assert snapshot(root) == before


def test_planning_needs_no_credential_and_asks_nobody(root, monkeypatch):
    """In an environment without address, key and secret a plan is made all the same."""
    monkeypatch.setenv("RUNNER_ENVIRONMENT", "staging")

    assert run(["plan", "--detailed-exitcode"]) == 2
