"""The index of prefixes of person keys: derived, and empty until the next apply or `runner ledger reindex`."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "prefix_runs",
        sa.Column("run", _WHOLE, primary_key=True, autoincrement=False),
        sa.Column("format", sa.Integer(), nullable=False),
        sa.Column("people", _WHOLE, nullable=False),
        sa.Column("blocks", sa.LargeBinary(), nullable=False),
        sa.Column("counts", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
    )
    op.create_table(
        "prefixes",
        sa.Column("first_byte", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("run", _WHOLE, sa.ForeignKey("prefix_runs.run"), primary_key=True, autoincrement=False),
        sa.Column("prefixes", sa.LargeBinary(), nullable=False),
        sa.Column("positions", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
    )
    if op.get_bind().dialect.name == "postgresql":
        # Beginnings of keys are noise.
        op.execute(
            "ALTER TABLE prefixes ALTER prefixes SET STORAGE EXTERNAL, ALTER positions SET STORAGE EXTERNAL"
        )
