"""What was forgotten, as plain values for JSON, format version 1."""

from dataclasses import asdict

from runner.collect.forget import Forgot


def forgotten_value(forgot: Forgot, *, environment: str) -> dict[str, object]:
    """Return what was done as one dictionary."""
    return {"format_version": 1, "environment": environment, **asdict(forgot)}
