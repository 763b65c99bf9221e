"""The first schema: entries, their blocks, leases and the head."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "entries",
        sa.Column("sequence", _WHOLE, primary_key=True, autoincrement=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("campaign", sa.Text()),
        sa.Column("edition", sa.Text()),
        sa.Column("task", sa.Text()),
        sa.Column("fact", sa.Text(), nullable=False),
        sa.Column("payload_sha256", sa.Text()),
        sa.Column("previous", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
    )
    op.create_index("entries_by_campaign", "entries", ["campaign", "edition", "sequence"])
    op.create_index("entries_by_kind", "entries", ["kind", "sequence"])
    op.create_table(
        "blocks",
        sa.Column(
            "sequence", _WHOLE, sa.ForeignKey("entries.sequence"), primary_key=True, autoincrement=False
        ),
        sa.Column("format", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("first", sa.LargeBinary(), nullable=False),
        sa.Column("last", sa.LargeBinary(), nullable=False),
        sa.Column("people", sa.LargeBinary(), nullable=False),
        sa.Column("contents", sa.LargeBinary(), nullable=False),
    )
    if op.get_bind().dialect.name == "postgresql":
        # Keys are noise: compressing them costs time and saves nothing. Only columns that are asked for are fetched.
        op.execute(
            "ALTER TABLE blocks ALTER people SET STORAGE EXTERNAL, ALTER contents SET STORAGE EXTERNAL"
        )
    op.create_table(
        "leases",
        sa.Column("campaign", sa.Text(), primary_key=True),
        sa.Column("epoch", _WHOLE, nullable=False),
        sa.Column(
            "held", sa.Integer(), sa.CheckConstraint("held IN (0, 1)", name="leases_held"), nullable=False
        ),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("boot", sa.Text(), nullable=False),
        sa.Column("namespace", sa.Text(), nullable=False),
        sa.Column("pid", _WHOLE, nullable=False),
        sa.Column("started", _WHOLE, nullable=False),
        sa.Column("user", sa.Text(), nullable=False),
        sa.Column("command", sa.Text(), nullable=False),
        sa.Column("term_s", sa.Integer(), nullable=False),
        sa.Column("taken_at", sa.Text(), nullable=False),
        sa.Column("taken_at_sequence", _WHOLE, nullable=False),
        sa.Column("renewed_at", sa.Text(), nullable=False),
    )
    op.create_table(
        "heads",
        sa.Column(
            "one",
            sa.Integer(),
            sa.CheckConstraint("one = 1", name="heads_one"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("sequence", _WHOLE, nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
    )
