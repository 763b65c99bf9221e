"""`runner ledger`: make it once for production, check it, move it forward or to another place, and make it anew."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from runner.cli.rebuild import rebuild
from runner.cli.reopen import reopen

if TYPE_CHECKING:
    from runner.cli.repository import Repository
    from runner.ledger.reader import SqlReader

app = typer.Typer(
    help="The ledger: make it, check it, move it to a newer schema or another place.", no_args_is_help=True
)


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
    print_lines([f"{repository.settings.environment}: {_entries(reader.verify())}, each as it was written"])


@app.command("migrate")
def migrate() -> None:
    """Move the ledger forward to the schema of this version. Nothing else does, and nothing moves it back."""
    from runner.cli.output import print_lines  # noqa: PLC0415
    from runner.cli.repository import Repository  # noqa: PLC0415
    from runner.ledger.migration import migrate as move  # noqa: PLC0415

    repository = Repository.open(None)
    before, after = move(repository.settings.ledger_url(repository.root))
    environment = repository.settings.environment
    if before == after:
        print_lines([f"{environment}: the ledger has schema {after} already"])
    else:
        print_lines([f"{environment}: moved the ledger from schema {before} to {after}"])


@app.command("reindex")
def reindex() -> None:
    """Write the index that `runner who` is quick by anew. It is derived: without it, who was called is found all the same."""
    from runner.cli.output import print_lines  # noqa: PLC0415
    from runner.cli.repository import Repository  # noqa: PLC0415
    from runner.counts import plural  # noqa: PLC0415
    from runner.ledger.open import open_writer  # noqa: PLC0415

    repository = Repository.open(None)
    _existing(repository).close()
    environment = repository.settings.environment
    url = repository.settings.ledger_url(repository.root)

    def note(done: int, total: int) -> None:
        repository.progress.step("rows of the index written", done=done, total=total)

    with open_writer(url, environment=environment, key_id=None) as ledger:
        rows = ledger.index_people(anew=True, note=note)
    repository.progress.close()
    # Not people: somebody may be in several tasks, and in none.
    counted = (
        "one for each person of each task, and of each entry that `runner suppress` or `runner forget` made"
    )
    print_lines([f"{environment}: {plural(rows, 'row')} in the index: {counted}"])


app.command("rebuild")(rebuild)
app.command("reopen")(reopen)


@app.command("export")
def export(
    to: Annotated[Path, typer.Argument(help="A file, or with --parquet a folder, that does not exist yet.")],
    *,
    parquet: Annotated[bool, typer.Option("--parquet", help="For analysis; cannot be imported.")] = False,
) -> None:
    """Write the whole ledger into a file that `runner ledger import` makes the same ledger from, in any database."""
    from runner.cli.output import print_lines, say  # noqa: PLC0415
    from runner.cli.repository import Repository  # noqa: PLC0415
    from runner.ledger.export import export_lines, export_parquet  # noqa: PLC0415

    repository = Repository.open(None)
    reader = _existing(repository)
    for lease in reader.holders():
        say(f"campaign {lease.campaign} is being applied: what is appended from here on is not in the export")
    head = (export_parquet if parquet else export_lines)(reader, to)
    identity = reader.identity
    print_lines(
        [
            f"{identity.environment}: {_entries(head.sequence)} to {to}",
            f"lineage {identity.lineage}, head {head.hash}, key {identity.key_id} (the key itself is not in it)",
        ]
    )


@app.command("import")
def import_(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="What `runner ledger export` wrote.")],
) -> None:
    """Make the ledger of this environment from an export: same lineage, same entries, same hashes.

    RUNNER_LEDGER_URL names the new place, where there must be no ledger yet. Apply with only one of the two from then on.
    """
    from runner.cli.ledgers import receipts_of  # noqa: PLC0415
    from runner.cli.output import print_lines  # noqa: PLC0415
    from runner.cli.repository import Repository  # noqa: PLC0415
    from runner.ledger.imports import import_lines  # noqa: PLC0415
    from runner.ledger.key import ledger_key  # noqa: PLC0415
    from runner.planning.receipts import check_receipts  # noqa: PLC0415

    repository = Repository.open(None)
    settings = repository.settings
    url = settings.ledger_url(repository.root)
    setting = settings.ledger_key.get_secret_value() if settings.ledger_key else None
    key = ledger_key(url, setting=setting, may_make=False, make=str)
    with import_lines(
        url, path, environment=settings.environment, key_id=key.key_id, now=repository.clock.now()
    ) as ledger:
        check_receipts(receipts_of(repository).heads(), ledger)
        head, identity = ledger.head(), ledger.identity
        print_lines(
            [
                f"{identity.environment}: {_entries(head.sequence)} from {path}, each as it was written",
                f"lineage {identity.lineage}, head {head.hash}, now at {ledger.place}",
                "Put the ledger that it was exported from out of use: who applies with both calls people twice.",
            ]
        )


def _entries(number: int) -> str:
    from runner.counts import plural  # noqa: PLC0415

    return plural(number, "entry", "entries")


def _existing(repository: "Repository") -> "SqlReader":
    from runner.cli.ledgers import receipts_of  # noqa: PLC0415
    from runner.errors import LedgerError  # noqa: PLC0415
    from runner.ledger.open import open_reader  # noqa: PLC0415
    from runner.planning.receipts import check_receipts  # noqa: PLC0415

    settings = repository.settings
    reader = open_reader(settings.ledger_url(repository.root), environment=settings.environment, key_id=None)
    check_receipts(receipts_of(repository).heads(), reader)
    if reader is None:
        raise LedgerError(f"{settings.environment} has no ledger yet", code="no-ledger")
    return reader
