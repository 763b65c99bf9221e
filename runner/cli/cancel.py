"""`runner cancel`: take a campaign back before it rings."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from runner.cli.options import checked_reason

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runner.model.campaign import Campaign


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
    from runner.cli.ending import end  # noqa: PLC0415
    from runner.cli.ledgers import hold, key_of, reader_of, receipts_of, writer_of  # noqa: PLC0415
    from runner.cli.repository import Repository  # noqa: PLC0415
    from runner.cli.vendors import vendor_of  # noqa: PLC0415
    from runner.ledger.owner import this_process  # noqa: PLC0415
    from runner.views.taken_back_text import taken_back_lines  # noqa: PLC0415

    reason = checked_reason(reason)
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
    outcome = TakeBack(tools, reason, owner.person).run(campaigns)
    repository.progress.close()
    end(taken_back_lines(outcome), errors=outcome.errors, code=outcome.exit)
