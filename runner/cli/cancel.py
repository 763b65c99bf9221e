"""`runner cancel`: take a campaign back before it rings."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from runner.cli.finished import Finished

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runner.model.campaign import Campaign

MOST_CHARACTERS = 500


def cancel(
    paths: Annotated[
        list[Path], typer.Argument(help="Campaign files or folders; they are named here.", metavar="PATH")
    ],
    *,
    reason: Annotated[str, typer.Option("--reason", help="Why; it is kept in the ledger, and shown.")],
    ack_people: Annotated[
        int | None,
        typer.Option(
            "--ack-people",
            min=0,
            metavar="N",
            help="The number of people whose calls wait: nothing is taken back without it being said or typed.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Take campaigns back: what waits at the vendor is cancelled, and nobody of this edition is called any more.

    Who is being called cannot be stopped. A new edition calls again.
    """
    from datetime import timedelta  # noqa: PLC0415

    from runner.apply.take_back import TakeBack, TakeBackTools  # noqa: PLC0415
    from runner.cli.acknowledge import acknowledge_taking_back  # noqa: PLC0415
    from runner.cli.ledgers import hold, key_of, reader_of, receipts_of, writer_of  # noqa: PLC0415
    from runner.cli.output import print_lines, say  # noqa: PLC0415
    from runner.cli.repository import Repository  # noqa: PLC0415
    from runner.cli.vendors import vendor_of  # noqa: PLC0415
    from runner.ledger.owner import this_process  # noqa: PLC0415
    from runner.views.problems import problem_lines  # noqa: PLC0415
    from runner.views.taken_back_text import taken_back_lines  # noqa: PLC0415

    reason = reason.strip()
    if not reason or len(reason) > MOST_CHARACTERS:
        raise typer.BadParameter(f"--reason is 1 to {MOST_CHARACTERS} characters")
    repository = Repository.open(paths)
    campaigns = repository.campaigns(paths, need_audience=False)
    vendor = vendor_of(repository)
    key = key_of(repository, reader_of(repository))
    key.keep(repository)
    ledger = writer_of(repository, key.key)
    owner = this_process()

    def acknowledge(number: int, some: "Sequence[Campaign]") -> None:
        repository.progress.close()
        acknowledge_taking_back(repository, number=number, campaigns=len(some), given=ack_people)

    tools = TakeBackTools(
        ledger=ledger,
        vendor=vendor,
        receipts=receipts_of(repository),
        clock=repository.clock,
        progress=repository.progress,
        hold=lambda name: hold(ledger, name, repository.clock, note=repository.progress.note),
        acknowledge=acknowledge,
        settle_time=timedelta(seconds=repository.settings.settle_time_s),
    )
    outcome = TakeBack(tools, reason, f"{owner.user}@{owner.host}").run(campaigns)
    repository.progress.close()
    errors = {id(one.error): one.error for one in outcome.campaigns if one.error is not None}
    problems = [problem for error in errors.values() for problem in error.problems]
    if problems:
        say("\n".join(problem_lines(problems)).rstrip("\n"))
    try:
        print_lines(taken_back_lines(outcome))
    finally:
        # What became of people is told by the exit code, also where it cannot be printed.
        if outcome.exit:
            raise Finished(outcome.exit)
