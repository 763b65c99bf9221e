"""`runner ledger rebuild`: make a new ledger where the right one is lost for good."""

from typing import Annotated

import typer

from runner.errors import RefusedError


def rebuild(
    *,
    replace: Annotated[
        str | None,
        typer.Option(
            "--replace",
            metavar="LINEAGE",
            help="The ledger at hand, by 8 or more digits of its lineage: it is put aside, and what it knows is taken over.",
            show_default=False,
        ),
    ] = None,
    old: Annotated[
        str | None,
        typer.Option(
            "--old",
            metavar="URL",
            help="Another place with an old ledger to take over from, where RUNNER_LEDGER_URL names an empty one.",
            show_default=False,
        ),
    ] = None,
    people: Annotated[
        int | None,
        typer.Option(
            "--people",
            min=0,
            metavar="N",
            help="How many people are in the tasks that are found; without it they are only shown.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Make a new ledger where the right one is lost for good, from the vendor's list and the receipts.

    Whoever cannot be shown to be in no task is not called: editions with tasks that nobody can look into are closed.
    """
    from runner.cli.at_hand import KnownBefore, held, look, require_named  # noqa: PLC0415
    from runner.cli.ledgers import key_to_rebuild_with, receipts_of  # noqa: PLC0415
    from runner.cli.output import print_lines  # noqa: PLC0415
    from runner.cli.rebuilding import Rebuild  # noqa: PLC0415
    from runner.cli.repository import Repository  # noqa: PLC0415

    repository = Repository.open(None)
    campaigns = repository.campaigns(None, need_audience=False)
    receipts = receipts_of(repository).all()
    found = look(repository, old)
    require_named(found, replace)
    key = key_to_rebuild_with(repository)
    before = KnownBefore.of(found.reader, key)
    with held(repository, found, campaigns):
        work = Rebuild(repository, campaigns, receipts, found, before, key)
        recovery = work.recovered()
        repository.progress.close()
        print_lines(work.lines(recovery))
        _acknowledge(recovery.people, people)
        lines = work.write(recovery)
    print_lines(lines)


def _acknowledge(number: int, given: int | None) -> None:
    from runner.counts import people  # noqa: PLC0415

    if given is None:
        message = f"{people(number)} in tasks that were found would be taken into a new ledger, and nobody acknowledged that"
        raise RefusedError(
            message, hint=f"if this is as it should be, pass --people {number}", code="not-acknowledged"
        )
    if given != number:
        message = f"{people(given)} acknowledged, {number:,} were found; nothing was changed"
        raise RefusedError(
            message, hint=f"if this is as it should be, pass --people {number}", code="not-acknowledged"
        )
