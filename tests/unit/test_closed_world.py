"""The suite itself: what `tests/conftest.py` promises."""

import os
import socket

import pytest


def test_no_setting_of_the_machine_reaches_a_test() -> None:
    """Whoever runs the tests may have real credentials in the environment; only `RUNNER_TEST_…` is for tests."""
    settings = [name for name in os.environ if name.startswith("RUNNER_")]

    assert [name for name in settings if not name.startswith("RUNNER_TEST_")] == []


def test_other_machines_are_out_of_reach() -> None:
    """192.0.2.1 belongs to nobody (RFC 5737); a test that connects to it fails at once."""
    with socket.socket() as connection, pytest.raises(pytest.fail.Exception, match="another machine"):
        connection.connect(("192.0.2.1", 443))
