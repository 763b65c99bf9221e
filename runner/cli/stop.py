"""`runner stop`: nothing is sent from now on, by anybody who applies with this ledger."""

from typing import TYPE_CHECKING, Annotated

import typer

from runner.cli.options import checked_reason

if TYPE_CHECKING:
    from runner.cli.repository import Repository
    from runner.ledger.store import SqlLedger


def stop(
    *,
    reason: Annotated[str, typer.Option("--reason", help="Why; it is kept in the ledger, and shown.")],
    lift: Annotated[bool, typer.Option("--lift", help="End the stop instead: calls may go on.")] = False,
) -> None:
    """Stop everything: an apply that is under way, on any machine, sends nothing after its present request.

    What was handed over before stays at the vendor. The file HALT in the root does the same for who has that file.
    """
    from runner.cli.output import print_lines  # noqa: PLC0415
    from runner.cli.repository import Repository  # noqa: PLC0415
    from runner.config.halt import halt_file  # noqa: PLC0415
    from runner.ledger.owner import this_process  # noqa: PLC0415
    from runner.model.ledger_fact import Halted, Lifted  # noqa: PLC0415
    from runner.views.halt_text import halt_lines  # noqa: PLC0415

    reason = checked_reason(reason)
    repository = Repository.open(None)
    environment, now = repository.settings.environment, repository.clock.now()
    ledger = _ledger(repository)
    owner = this_process()
    by = owner.person
    before = ledger.halt()
    if not lift:
        ledger.record(Halted(reason=reason, by=by), now=now)
        lines = [f"{environment}: nothing is sent from now on", *halt_lines(ledger.halt())]
    elif before is None:
        lines = [f"{environment}: no stop is recorded in the ledger, so there was nothing to lift"]
    else:
        ledger.record(Lifted(reason=reason, by=by), now=now)
        lines = [f"{environment}: lifted; `runner apply` goes on where it was stopped"]
    if lift:
        lines += halt_lines(halt_file(repository.root))
    repository.progress.close()
    print_lines(lines)


def _ledger(repository: "Repository") -> "SqlLedger":
    """Return the ledger for writing. Nobody is hashed for a stop, so none of the checks that need the key is made."""
    from runner.cli.ledgers import key_of, reader_of, writer_of  # noqa: PLC0415
    from runner.ledger.embedded import is_missing  # noqa: PLC0415
    from runner.ledger.open import open_writer  # noqa: PLC0415

    settings = repository.settings
    url = settings.ledger_url(repository.root)
    if not is_missing(url):
        return open_writer(url, environment=settings.environment, key_id=None)
    key = key_of(repository, reader_of(repository))
    key.keep(repository)
    return writer_of(repository, key.key)
