"""Builders of ledger entries and campaigns for the planning tests."""

from datetime import UTC, datetime, timedelta

import pytest

from runner.model.entry import Entry
from runner.model.task_fact import Sending
from runner.model.task_id import TaskId

NOON = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


class Book:
    """A ledger's entries as a list, written by hand."""

    def __init__(self):
        self.entries = []

    def add(self, fact):
        """Append *fact*, a minute after the one before."""
        sequence = len(self.entries) + 1
        at = NOON + timedelta(minutes=sequence)
        self.entries.append(
            Entry(sequence=sequence, at=at, fact=fact, payload_sha256=None, previous="", hash=str(sequence))
        )
        return self

    def sending(self, name, *, people=3, attempt=1, settings="s", send_at=None, rings=1):
        """Append an intent."""
        return self.add(
            Sending(
                task=task(name),
                settings_digest=settings,
                people=people,
                attempt=attempt,
                generation=0,
                signed_at=NOON,
                epoch=1,
                planned_at=0,
                metadata="9",
                send_at=send_at,
                rings=rings,
            )
        )


def task(name):
    """Return the identity of a task of the one campaign."""
    return TaskId(campaign="c", edition="e", name=name)


@pytest.fixture(name="book")
def _book():
    return Book()


@pytest.fixture(name="make_book", scope="session")
def _make_book():
    return Book
