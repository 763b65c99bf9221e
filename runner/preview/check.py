"""Validation beyond the campaign files themselves: the columns of the audience, and the templates."""

from collections.abc import Sequence
from pathlib import Path

from runner.compile.program import Program, analyse
from runner.errors import InvalidError, Problem
from runner.model.campaign import Campaign
from runner.model.texts import texts_of
from runner.ports import Renderer
from runner.preview.columns import column_problems, types_of
from runner.preview.places import audience_place, sample_place
from runner.sources.audience import columns_of


def check_campaigns(campaigns: Sequence[Campaign], *, renderer: Renderer) -> None:
    """Check each campaign's columns and templates against its audience, or its sample where the audience is not at hand.

    Raises:
        InvalidError: with all problems of all campaigns.
    """
    problems: list[Problem] = []
    for campaign in campaigns:
        try:
            _check(campaign, renderer)
        except InvalidError as error:
            problems += error.problems
    if problems:
        raise InvalidError(tuple(dict.fromkeys(problems)))


def program_of(campaign: Campaign, columns: Sequence[str], renderer: Renderer) -> Program:
    """Return the program of the texts of *campaign* over the audience's *columns*.

    Raises:
        InvalidError: with all that is wrong with its templates.
    """
    return analyse(texts_of(campaign), campaign.templates, types_of(campaign, columns), renderer)


def _check(campaign: Campaign, renderer: Renderer) -> None:
    problems: list[Problem] = []
    columns: tuple[str, ...] | None = None
    for path, shown in _files(campaign):
        found = columns_of(path, display=shown, limit_rows=campaign.limits.rows)
        columns = columns or found
        problems += column_problems(campaign, found, shown=shown)
    if columns is None:
        where = campaign.where("audience")
        message = (
            "neither the audience nor a sample of it is at hand, so columns and templates cannot be checked"
        )
        problems.append(Problem(code="no-audience", message=message, where=where))
    else:
        try:
            program_of(campaign, columns, renderer)
        except InvalidError as error:
            problems += error.problems
    if problems:
        raise InvalidError(problems)


def _files(campaign: Campaign) -> list[tuple[Path, str]]:
    audience = campaign.audience
    files = [(audience.file, audience_place(campaign))] if audience.file is not None else []
    if audience.sample is not None and audience.sample != audience.file:
        files.append((audience.sample, sample_place(campaign)))
    return files
