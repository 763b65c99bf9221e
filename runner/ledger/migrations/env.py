"""What Alembic runs: the migrations, on the connection and in the transaction that the caller opened."""

from alembic import context

from runner.ledger.schema import REVISION_TABLE, metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=REVISION_TABLE,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
