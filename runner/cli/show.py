"""`runner show`: a saved plan, its digest checked."""

from pathlib import Path
from typing import Annotated

import typer

from runner.cli.options import Format, FormatOption


def show(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A plan saved by `runner plan --out FILE`.")],
    *,
    format_: FormatOption = Format.TEXT,
) -> None:
    """Show a saved plan as it was printed when it was made. Reads nothing else."""
    from runner.cli.output import print_json, print_lines  # noqa: PLC0415
    from runner.cli.plan_file import read_plan  # noqa: PLC0415
    from runner.views.saved_text import saved_lines  # noqa: PLC0415

    saved = read_plan(file)
    if format_ is Format.JSON:
        print_json(saved.head)
    else:
        print_lines(saved_lines(saved))
