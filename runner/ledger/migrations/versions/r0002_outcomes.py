"""Outcomes of calls, and in PostgreSQL the inbox of what was pushed."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "outcomes",
        sa.Column(
            "sequence", _WHOLE, sa.ForeignKey("entries.sequence"), primary_key=True, autoincrement=False
        ),
        sa.Column("format", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("people", sa.LargeBinary(), nullable=False),
        sa.Column("details", sa.LargeBinary(), nullable=False),
    )
    if op.get_bind().dialect.name == "postgresql":
        # Keys are noise and details are compressed already.
        op.execute(
            "ALTER TABLE outcomes ALTER people SET STORAGE EXTERNAL, ALTER details SET STORAGE EXTERNAL"
        )
        # A ledger in a file has its inbox in another one, so that pushes never wait for the ledger's writer.
        op.create_table(
            "inbox",
            sa.Column("id", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
            sa.Column("at", sa.Text(), nullable=False),
            sa.Column("body", sa.LargeBinary(), nullable=False),
        )
