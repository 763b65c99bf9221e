"""`runner validate`: every problem of every file at once, nothing read of the audience but its columns."""

from typing import TYPE_CHECKING

from runner.cli.options import Paths

if TYPE_CHECKING:
    from runner.engines.local import LocalRenderer


def validate(paths: Paths = None) -> None:
    """Check campaign files, templates and settings. Reads no audience and asks nobody."""
    from runner.engines.local import LocalRenderer  # noqa: PLC0415

    with LocalRenderer(workers=1) as renderer:
        # It takes as long to start as all that is loaded here.
        renderer.start()
        _validate(paths, renderer)


def _validate(paths: Paths, renderer: "LocalRenderer") -> None:
    from runner.cli.output import print_lines, say  # noqa: PLC0415
    from runner.cli.repository import Repository  # noqa: PLC0415
    from runner.config.identity import lint  # noqa: PLC0415
    from runner.preview.check import check_campaigns  # noqa: PLC0415
    from runner.views.problems import problem_lines  # noqa: PLC0415

    repository = Repository.open(paths)
    campaigns = repository.campaigns(paths, need_audience=False)
    check_campaigns(campaigns, renderer=renderer)
    for line in problem_lines(lint(campaigns), severity="warning"):
        say(line)
    print_lines([f"{campaign.path}: {campaign.name} {campaign.edition} is valid" for campaign in campaigns])
