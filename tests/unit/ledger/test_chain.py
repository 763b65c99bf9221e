"""The chain of hashes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.errors import LedgerError
from runner.ledger.chain import Header, entry_of, followed, header_hash, next_header
from runner.ledger.facts import stored
from runner.model.entry import EMPTY_HEAD, Head
from runner.model.ledger_fact import Bound
from runner.model.task_fact import TaskFailed
from runner.model.task_id import TaskId

AT = "2026-11-24T09:00:00.000000+00:00"
TASK = TaskId(campaign="overdue", edition="2026-11", name="one")


def chain(length: int) -> list[Header]:
    """Return a chain of *length* entries."""
    headers: list[Header] = []
    head = EMPTY_HEAD
    for number in range(length):
        header = next_header(
            head, at=AT, fact=stored(TaskFailed(task=TASK, job_id=number)), payload_sha256=None
        )
        headers.append(header)
        head = Head(sequence=header.sequence, hash=header.hash)
    return headers


def test_hash_of_an_entry_is_fixed():
    """Old ledgers verify for ever: the hash of one entry is written out here."""
    header = next_header(EMPTY_HEAD, at=AT, fact=stored(Bound(account="a")), payload_sha256=None)

    assert header == Header(
        1,
        AT,
        "bound",
        None,
        None,
        None,
        '{"account":"a","v":1}',
        None,
        "0" * 64,
        "36eb479b30edd327c54968281b23a44ca824620d2b4a95ad7106df6fee218f6c",
    )


def test_entry_says_what_its_header_says():
    """An entry is its header with the fact read."""
    entry = entry_of(chain(2)[1])

    assert (entry.sequence, entry.fact) == (2, TaskFailed(task=TASK, job_id=1))
    assert entry.previous == chain(1)[0].hash


def test_chain_is_followed_from_any_verified_head():
    """A chain is followed from its beginning, or from an entry that was verified before."""
    headers = chain(5)

    assert list(followed(headers)) == headers
    assert list(followed(headers[2:], after=Head(sequence=2, hash=headers[1].hash))) == headers[2:]


@given(st.integers(2, 5), st.data())
def test_missing_exchanged_and_repeated_entries_are_found(length, data):
    """No other order, gap or repetition of the same entries is a chain, but a shorter one."""
    headers = chain(length)
    picked = data.draw(
        st.lists(st.sampled_from(headers), min_size=1, max_size=6).filter(lambda p: p != headers[: len(p)])
    )

    with pytest.raises(LedgerError, match="entry"):
        list(followed(picked))


optional = st.none() | st.text(max_size=3)
headers = st.builds(
    Header,
    st.integers(0, 99),
    st.text(max_size=3),
    st.text(max_size=3),
    optional,
    optional,
    optional,
    st.text(max_size=3),
    optional,
    st.text(max_size=3),
    st.just(""),
)


@given(headers, headers)
def test_different_headers_have_different_hashes(one, other):
    """Nothing can move from one column to its neighbour, and no text stands for a missing one."""
    assert (header_hash(one) == header_hash(other)) == (one == other)


def test_hash_that_cannot_be_made_is_no_hash():
    """A header that UTF-8 cannot carry was not written by us."""
    header = chain(1)[0]._replace(campaign="\ud800")

    with pytest.raises(LedgerError, match="entry 1 of the ledger is not what its hash says"):
        list(followed([header]))
