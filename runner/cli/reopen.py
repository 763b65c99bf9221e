"""`runner ledger reopen`: let an edition be called that a rebuild closed."""

from typing import Annotated

import typer

from runner.cli.options import checked_reason


def reopen(
    campaign: Annotated[str, typer.Argument(help="Its name.")],
    edition: Annotated[str, typer.Argument(help="The edition that is closed.")],
    *,
    people: Annotated[
        int, typer.Option("--people", min=1, metavar="N", help="How many are in the tasks that closed it.")
    ],
    reason: Annotated[str, typer.Option("--reason", help="How you know; it is kept in the ledger.")],
) -> None:
    """State that an edition which a rebuild closed may be called: whoever is in its tasks is excluded by other means.

    From then on, whoever of its audience is neither known nor excluded is called: put those who were called, as the
    vendor's call records name them, into an exclusion list of the campaign before.
    """
    from runner.apply.reopen import reopen as open_again  # noqa: PLC0415
    from runner.cli.desks import desk_of  # noqa: PLC0415
    from runner.cli.output import print_lines  # noqa: PLC0415
    from runner.cli.repository import Repository  # noqa: PLC0415
    from runner.cli.resolve import campaign_of  # noqa: PLC0415
    from runner.ledger.owner import this_process  # noqa: PLC0415

    reason = checked_reason(reason)
    repository = Repository.open(None)
    owner = this_process()
    with desk_of(repository, campaign_of(repository, f"{campaign}.{edition}.")) as desk:
        tasks = open_again(desk, people=people, reason=reason, by=owner.person)
    repository.progress.close()
    print_lines(
        [f"{campaign} {edition} is open again, although nobody can tell who is in {tasks} of its tasks"]
    )
