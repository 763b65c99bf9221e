"""`runner plan`: what apply would do now, and nothing else."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from runner.cli.finished import Finished
from runner.cli.options import Format, FormatOption, Paths

if TYPE_CHECKING:
    from runner.model.plan import Plan


def plan(
    paths: Paths = None,
    *,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", help="Save the plan for review and `apply --plan`.", metavar="FILE", show_default=False
        ),
    ] = None,
    format_: FormatOption = Format.TEXT,
    detail: Annotated[bool, typer.Option("--detail", help="Show templates and every request.")] = False,
    detailed_exitcode: Annotated[
        bool,
        typer.Option(
            "--detailed-exitcode", help="Exit with 2 where there are people to call or to take back."
        ),
    ] = False,
    expect_calls: Annotated[
        int | None,
        typer.Option(
            "--expect-calls", min=0, metavar="N", help="Exit with 11 unless exactly so many would be called."
        ),
    ] = None,
    expect_no_changes: Annotated[
        bool,
        typer.Option("--expect-no-changes", help="Exit with 11 if anybody would be called or taken back."),
    ] = False,
) -> None:
    """Show who would be called, and who not and why. Sends nothing; needs no vendor credential."""
    from runner.cli.ledgers import halt_now  # noqa: PLC0415
    from runner.cli.output import print_json, print_lines, say  # noqa: PLC0415
    from runner.cli.previews import bench  # noqa: PLC0415
    from runner.cli.repository import Repository  # noqa: PLC0415
    from runner.errors import Exit  # noqa: PLC0415
    from runner.views.halt_text import halt_lines, halt_value  # noqa: PLC0415
    from runner.views.plan_json import plan_value  # noqa: PLC0415
    from runner.views.plan_text import plan_lines  # noqa: PLC0415
    from runner.views.visible import visible  # noqa: PLC0415

    repository = Repository.open(paths)
    campaigns = repository.campaigns(paths, need_audience=True)
    arguments = ["--plan", str(out)] if out is not None else [str(path) for path in paths or ()]
    with bench(repository) as tools:
        halt = halt_now(repository, tools.reader)
        preview = tools.preview(campaigns, ledger=tools.reader)
        lines = plan_lines(preview.plan, detail=detail, arguments=arguments)
        if out is not None:
            from runner.cli.plan_file import write_plan  # noqa: PLC0415

            write_plan(out, preview, lines, key=tools.key)
    repository.progress.close()
    if format_ is Format.JSON:
        print_json({**plan_value(preview.plan), "halt": halt_value(halt)})
    else:
        print_lines([*halt_lines(halt), *lines])
    if out is not None:
        say(
            f"saved to {visible(str(out))}: have it reviewed; `runner show` shows it, `runner apply --plan` applies it"
        )
    check_expectations(
        preview.plan, calls=0 if expect_no_changes else expect_calls, changes=not expect_no_changes
    )
    if detailed_exitcode and preview.plan.has_changes:
        raise Finished(Exit.CHANGES)


def check_expectations(plan: "Plan", *, calls: int | None, changes: bool) -> None:
    """Fail where another number of people than *calls* would be called; None expects nothing.

    Without *changes* it also fails where waiting calls would be taken back.

    Raises:
        ExpectationError: with both numbers.
    """
    from runner.counts import people, were  # noqa: PLC0415
    from runner.errors import ExpectationError  # noqa: PLC0415

    if calls is not None and plan.calls != calls:
        message = f"{people(plan.calls)} would be called, {calls:,} {were(calls)} expected"
        raise ExpectationError(message, code="expected-calls")
    if plan.has_changes and not changes:
        raise ExpectationError("waiting calls would be taken back", code="expected-no-changes")
