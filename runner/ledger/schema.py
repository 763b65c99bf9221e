"""The tables of a ledger. Text, whole numbers and bytes only, so that every database stores the same thing.

Times are ISO 8601 text in UTC: the chain hashes text, and a database's own time type would come back spelt otherwise.
`heads` has one row. It is what writers lock, and it makes a lost tail of `entries` visible.
"""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
)

from runner.ledger.revision_number import REVISION, REVISION_TABLE

__all__ = [
    "REVISION",
    "REVISION_TABLE",
    "blocks",
    "entries",
    "heads",
    "inbox",
    "inbox_metadata",
    "leases",
    "metadata",
    "outcomes",
    "prefix_runs",
    "prefixes",
]

_WHOLE = BigInteger().with_variant(Integer(), "sqlite")

metadata = MetaData()

entries = Table(
    "entries",
    metadata,
    Column("sequence", _WHOLE, primary_key=True, autoincrement=False),
    Column("at", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("campaign", Text),
    Column("edition", Text),
    Column("task", Text),
    Column("fact", Text, nullable=False),
    Column("payload_sha256", Text),
    Column("previous", Text, nullable=False),
    Column("hash", Text, nullable=False),
    Index("entries_by_campaign", "campaign", "edition", "sequence"),
    Index("entries_by_kind", "kind", "sequence"),
)
"""The chain. `fact` is JSON without what the columns say already, so that the two cannot disagree."""

blocks = Table(
    "blocks",
    metadata,
    Column("sequence", _WHOLE, ForeignKey("entries.sequence"), primary_key=True, autoincrement=False),
    Column("format", Integer, nullable=False),
    Column("n", Integer, nullable=False),
    Column("first", LargeBinary, nullable=False),
    Column("last", LargeBinary, nullable=False),
    Column("people", LargeBinary, nullable=False),
    Column("contents", LargeBinary, nullable=False),
)
"""The people of a task or a suppression: person keys, ascending, and their content keys, 16 big-endian bytes each.

`people` stands before `contents`: a row is read from its front, and most questions are about people alone.
"""

leases = Table(
    "leases",
    metadata,
    Column("campaign", Text, primary_key=True),
    Column("epoch", _WHOLE, nullable=False),
    Column("held", Integer, CheckConstraint("held IN (0, 1)", name="leases_held"), nullable=False),
    Column("host", Text, nullable=False),
    Column("boot", Text, nullable=False),
    Column("namespace", Text, nullable=False),
    Column("pid", _WHOLE, nullable=False),
    Column("started", _WHOLE, nullable=False),
    Column("user", Text, nullable=False),
    Column("command", Text, nullable=False),
    Column("term_s", Integer, nullable=False),
    Column("taken_at", Text, nullable=False),
    Column("taken_at_sequence", _WHOLE, nullable=False),
    Column("renewed_at", Text, nullable=False),
)
"""Who holds a campaign. A row stays after its release, so that its epoch only grows.

`taken_at_sequence` is the head when the lease was taken: whatever was sent for the campaign after it, its holder sent.
"""

heads = Table(
    "heads",
    metadata,
    Column(
        "one", Integer, CheckConstraint("one = 1", name="heads_one"), primary_key=True, autoincrement=False
    ),
    Column("sequence", _WHOLE, nullable=False),
    Column("hash", Text, nullable=False),
)
"""The newest entry."""

outcomes = Table(
    "outcomes",
    metadata,
    Column("sequence", _WHOLE, ForeignKey("entries.sequence"), primary_key=True, autoincrement=False),
    Column("format", Integer, nullable=False),
    Column("n", Integer, nullable=False),
    Column("people", LargeBinary, nullable=False),
    Column("details", LargeBinary, nullable=False),
)
"""What became of calls: person keys, ascending, 16 big-endian bytes each, and the other columns as one Arrow IPC file.

Unlike `blocks` a row may be erased once an entry says so: the chain holds its digest, not its content.
"""

prefix_runs = Table(
    "prefix_runs",
    metadata,
    Column("run", _WHOLE, primary_key=True, autoincrement=False),
    Column("format", Integer, nullable=False),
    Column("people", _WHOLE, nullable=False),
    Column("blocks", LargeBinary, nullable=False),
    Column("counts", LargeBinary, nullable=False),
    Column("sha256", Text, nullable=False),
)
"""Which blocks the index of prefixes covers; see `runner.ledger.prefix_format`. Derived, like `prefixes`: no part of the chain."""

prefixes = Table(
    "prefixes",
    metadata,
    Column("first_byte", Integer, primary_key=True, autoincrement=False),
    Column("run", _WHOLE, ForeignKey("prefix_runs.run"), primary_key=True, autoincrement=False),
    Column("prefixes", LargeBinary, nullable=False),
    Column("positions", LargeBinary, nullable=False),
    Column("sha256", Text, nullable=False),
)
"""The index itself: rows of one first byte lie together, since that is how somebody is looked up."""

inbox_metadata = MetaData()
"""Apart from the ledger's: the inbox is no part of the record, and a ledger in a file has it in a file of its own."""

inbox = Table(
    "inbox",
    inbox_metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("at", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
)
"""What was pushed, as it came, until it is folded into outcomes. It holds numbers: the one table that does."""
