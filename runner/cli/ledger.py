"""`runner ledger`: make it once for production, and check it."""

import typer

app = typer.Typer(help="The ledger: make it, check it.", no_args_is_help=True)


@app.command("init")
def init() -> None:
    """Make the ledger of this environment. In `production` only this makes one; elsewhere the first apply does."""
    from runner.cli.ledgers import key_of, make_ledger, reader_of  # noqa: PLC0415
    from runner.cli.output import print_lines  # noqa: PLC0415
    from runner.cli.repository import Repository  # noqa: PLC0415
    from runner.errors import LedgerError  # noqa: PLC0415

    repository = Repository.open(None)
    reader = reader_of(repository)
    if reader is not None:
        message = (
            f"{repository.settings.environment} has a ledger already, lineage {reader.identity.lineage[:8]}"
        )
        raise LedgerError(message, code="ledger-exists")
    key = key_of(repository, None)
    key.keep(repository)
    made = make_ledger(repository, key.key)
    identity = made.identity
    print_lines(
        [f"made the ledger of {identity.environment}: lineage {identity.lineage[:8]}, key {identity.key_id}"]
    )


@app.command("verify")
def verify() -> None:
    """Check every entry of the ledger and every block against its hash, and the receipts against the ledger."""
    from runner.cli.ledgers import reader_of  # noqa: PLC0415
    from runner.cli.output import print_lines  # noqa: PLC0415
    from runner.cli.repository import Repository  # noqa: PLC0415

    repository = Repository.open(None)
    reader = reader_of(repository)
    if reader is None:
        print_lines([f"{repository.settings.environment}: no ledger yet"])
        return
    print_lines([f"{repository.settings.environment}: {reader.verify():,} entries, all as they were written"])
