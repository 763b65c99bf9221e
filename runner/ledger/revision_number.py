"""Which schema this version of the ledger needs; told without the library of databases."""

REVISION = "0004"
"""The migration that the tables of `runner.ledger.schema` are the result of; a ledger at another one is not opened."""

REVISION_TABLE = "alembic_version"
