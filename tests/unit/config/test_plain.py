"""Which ledger is meant, told without reading all settings: the same as reading them, or not told at all."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.config.plain import plain_place
from runner.config.settings import read_settings
from runner.config.variables import KNOWN
from runner.errors import InvalidError

KEY = "0123456789abcdef" * 4
VALUES = {
    "RUNNER_ENVIRONMENT": ["", "sandbox", "staging", "production", "elsewhere", "UPPER"],
    "RUNNER_LEDGER_URL": [
        "", "sqlite:///a.db", "sqlite:////tmp/b.db", "postgresql://u:p@h/d", "sqlite:///:memory:", "mysql://x", "sqlite:///a b",
    ],
    "RUNNER_LEDGER_KEY": ["", KEY, "short", KEY.upper()],
    "RUNNER_RECEIPTS": ["", "receipts", "/elsewhere"],
    "runner_ledger_url": ["", "sqlite:///c.db"],
    "RUNNER_LEDGR_URL": ["sqlite:///d.db"],
    "RUNNER_NAME": ["of a CI system"],
    "GITHUB_ACTIONS": ["true"],
    "RUNNER_SECRETS_DIR": ["", "/nowhere"],
    "RUNNER_API_URL": ["", "http://127.0.0.1:1"],
    "HOME": ["/root"],
}  # fmt: skip


@given(st.fixed_dictionaries({}, optional={name: st.sampled_from(values) for name, values in VALUES.items()}))
def test_what_is_told_is_what_the_settings_say(environ):
    """Whatever the environment is, either nothing is told, or exactly what reading all settings tells."""
    root = Path("/nowhere")
    told = plain_place(root, environ)
    try:
        read = read_settings(None, environ=environ).ledger_place
    except InvalidError:
        assert told is None
        return

    assert told is None or told == read


def test_an_ordinary_production_machine_is_plain(tmp_path):
    """Credentials and the rest do not keep the ledger from being told."""
    environ = dict.fromkeys(KNOWN - {"RUNNER_SECRETS_DIR"}, "1")
    environ |= {"RUNNER_ENVIRONMENT": "production", "RUNNER_LEDGER_URL": "postgresql://runner@db/runner"}
    environ |= {"RUNNER_LEDGER_KEY": KEY, "RUNNER_RECEIPTS": "r"}
    told = plain_place(tmp_path, environ)

    assert told is not None
    assert (told.environment, told.url(tmp_path), told.key) == (
        "production",
        "postgresql://runner@db/runner",
        KEY,
    )
    assert told.receipts_dir(tmp_path) == tmp_path / "r"
    assert KEY not in repr(told)


@pytest.mark.parametrize("name", ["RUNNER_SECRETS_DIR", "RUNNER_LEDGR_URL"])
def test_what_is_not_plain_is_left_to_the_settings(tmp_path, name):
    """Secret files and unknown names, such as a mistyped one, have to be read and warned of."""
    assert plain_place(tmp_path, {}) is not None
    assert plain_place(tmp_path, {name: "x"}) is None


def test_env_file_is_left_to_the_settings(tmp_path):
    """A `.env` may name another ledger."""
    (tmp_path / ".env").touch()

    assert plain_place(tmp_path, {}) is None
