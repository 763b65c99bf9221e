"""`runner resolve`: settle a task in doubt."""

from typing import TYPE_CHECKING, Annotated

import typer

from runner.cli.options import checked_reason

if TYPE_CHECKING:
    from runner.cli.repository import Repository
    from runner.model.campaign import Campaign


def resolve(
    task: Annotated[str, typer.Argument(help="The task's name, as `runner status` shows it.")],
    *,
    accepted: Annotated[
        bool,
        typer.Option("--accepted", help="State that the vendor took it: its people are not called again."),
    ] = False,
    absent: Annotated[
        bool,
        typer.Option(
            "--absent", help="State that it never arrived: its people are new again and may be called."
        ),
    ] = False,
    people: Annotated[
        int, typer.Option("--people", min=1, metavar="N", help="How many people the task has.")
    ],
    reason: Annotated[str, typer.Option("--reason", help="How you know; it is kept in the ledger.")],
) -> None:
    """Settle a task in doubt, by the vendor's list if that says anything, else by your statement."""
    from runner.apply.resolve import Statement  # noqa: PLC0415
    from runner.apply.resolve import resolve as settle_task  # noqa: PLC0415
    from runner.cli.desks import desk_of  # noqa: PLC0415
    from runner.cli.output import print_lines  # noqa: PLC0415
    from runner.cli.repository import Repository  # noqa: PLC0415
    from runner.ledger.owner import this_process  # noqa: PLC0415
    from runner.views.standing_text import task_line  # noqa: PLC0415
    from runner.views.visible import visible  # noqa: PLC0415

    if accepted == absent:
        raise typer.BadParameter("say either --accepted or --absent")
    reason = checked_reason(reason)
    repository = Repository.open(None)
    owner = this_process()
    statement = Statement(accepted=accepted, people=people, reason=reason, by=owner.person)
    with desk_of(repository, campaign_of(repository, task)) as desk:
        settled = settle_task(desk, task, statement)
    repository.progress.close()
    print_lines([visible(task_line(settled))])


def campaign_of(repository: "Repository", task: str) -> "Campaign":
    """Return the campaign that the name *task* belongs to, in the edition that the name says.

    Raises:
        InvalidError: no campaign of the repository has, or had, that name.
    """
    from dataclasses import replace  # noqa: PLC0415

    from runner.errors import InvalidError, Problem  # noqa: PLC0415

    name, _, rest = task.partition(".")
    edition, _, _ = rest.rpartition(".")
    for campaign in repository.campaigns(None, need_audience=False):
        if name in {campaign.name, *campaign.formerly}:
            return replace(campaign, edition=edition)
    message = f"no campaign of this repository is or was called {name!r}"
    raise InvalidError(
        [Problem(code="no-such-campaign", message=message, hint="`runner status` names the tasks")]
    )
