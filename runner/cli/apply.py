"""`runner apply`: call the people of a plan, once."""

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from runner.cli.options import Paths

if TYPE_CHECKING:
    from runner.cli.repository import Repository
    from runner.model.campaign import Campaign
    from runner.planning.saved import SavedPlan


def apply(
    paths: Paths = None,
    *,
    plan: Annotated[
        Path | None,
        typer.Option(
            "--plan",
            help="The reviewed plan; only its people are called.",
            metavar="FILE",
            show_default=False,
        ),
    ] = None,
    ack_calls: Annotated[
        int | None,
        typer.Option(
            "--ack-calls",
            min=0,
            metavar="N",
            help="The number of people in the reviewed plan: nobody is called without it being said or typed.",
            show_default=False,
        ),
    ] = None,
    expect_calls: Annotated[
        int | None,
        typer.Option(
            "--expect-calls", min=0, metavar="N", help="Exit with 11 unless exactly so many would be called."
        ),
    ] = None,
) -> None:
    """Hand people over to the vendor, each at most once. Running it again goes on, or does nothing."""
    from runner.apply.run import Apply, Tools, check_origin  # noqa: PLC0415
    from runner.cli.acknowledge import acknowledging, expecting  # noqa: PLC0415
    from runner.cli.ending import end  # noqa: PLC0415
    from runner.cli.interrupt import Interrupt  # noqa: PLC0415
    from runner.cli.ledgers import hold, receipts_of, writer_of  # noqa: PLC0415
    from runner.cli.plan_file import read_plan  # noqa: PLC0415
    from runner.cli.planner import Planner  # noqa: PLC0415
    from runner.cli.previews import bench  # noqa: PLC0415
    from runner.cli.repository import Repository  # noqa: PLC0415
    from runner.cli.vendors import vendor_of  # noqa: PLC0415
    from runner.config.halt import halt_file  # noqa: PLC0415
    from runner.engines import git  # noqa: PLC0415
    from runner.planning.saved import check_age, check_seal  # noqa: PLC0415
    from runner.views.outcome_text import outcome_lines  # noqa: PLC0415

    repository = Repository.open(paths)
    saved = read_plan(plan) if plan is not None else None
    campaigns = selected(repository, paths, saved)
    vendor = vendor_of(repository)
    check_committed(repository)
    with bench(repository) as tools, Interrupt() as interrupt:
        if saved is not None:
            check_origin(saved, environment=repository.settings.environment, key_id=tools.key.key_id)
            check_seal(saved, tools.key)
            check_age(saved, now=repository.clock.now())
        planner = Planner(tools, campaigns, saved)
        ledger = writer_of(repository, tools.key)
        ports = Tools(
            ledger=ledger,
            vendor=vendor,
            receipts=receipts_of(repository),
            clock=repository.clock,
            progress=repository.progress,
            hold=lambda name: hold(ledger, name, repository.clock, note=repository.progress.note),
            plan_again=lambda some, reviewed: planner.plan(some, reviewed, ledger),
            planned=expecting(repository, expected=expect_calls, show=saved is None),
            acknowledge=acknowledging(repository, given=ack_calls),
            settle_time=timedelta(seconds=repository.settings.settle_time_s),
            stopping=interrupt.is_requested,
            while_sending=interrupt.graceful,
            halt_file=lambda: halt_file(repository.root),
        )
        outcome = Apply(ports, saved, git.commit_of(repository.root)).run(campaigns)
    repository.progress.close()
    end(outcome_lines(outcome), errors=outcome.errors, code=outcome.exit)


def selected(
    repository: "Repository", paths: list[Path] | None, saved: "SavedPlan | None"
) -> "tuple[Campaign, ...]":
    """Return the campaigns to apply: those of *paths*, else those of the reviewed plan, else all.

    Raises:
        MismatchError: a campaign of the reviewed plan is not in the repository.
    """
    from runner.errors import MismatchError  # noqa: PLC0415

    campaigns = repository.campaigns(paths, need_audience=True)
    if saved is None or paths:
        return campaigns
    by_name = {(campaign.name, campaign.edition): campaign for campaign in campaigns}
    missing = [c for c in saved.campaigns if (c.name, c.edition) not in by_name]
    if missing:
        message = f"{missing[0].name} {missing[0].edition} of the reviewed plan is not in this repository"
        raise MismatchError(message, hint="apply from the commit that was planned", code="not-here")
    return tuple(by_name[c.name, c.edition] for c in saved.campaigns)


def check_committed(repository: "Repository") -> None:
    """Refuse, in ``production``, campaign, template and policy files that differ from their commit.

    Raises:
        RefusedError: naming the first of them.
    """
    from runner.counts import plural  # noqa: PLC0415
    from runner.engines import git  # noqa: PLC0415
    from runner.errors import RefusedError  # noqa: PLC0415

    if repository.settings.environment != "production":
        return
    if not git.is_repository(repository.root):
        message = "production is applied from a git repository, so that what was reviewed can be told"
        raise RefusedError(message, code="not-committed")
    changed = git.changed_files(repository.root, ("campaigns", "templates"))
    if changed is None:
        message = "git does not say which files differ from their commit"
        raise RefusedError(message, hint="run `git status` here and mend what it says", code="not-committed")
    reviewed = [file for file in changed if is_reviewed(file)]
    if reviewed:
        message = f"{plural(len(reviewed), 'file')} not as committed, such as {reviewed[0]}"
        raise RefusedError(message, hint="commit them and have that reviewed", code="not-committed")


def is_reviewed(file: str) -> bool:
    """Tell whether *file*, relative to the root, is one that a review must have seen: campaigns, policies, templates."""
    if file.startswith("campaigns/receipts/"):
        return False
    return file.startswith("templates/") or file.endswith(".toml")
