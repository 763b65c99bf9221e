"""Which columns of the audience a campaign reads, and whether the file has them."""

import difflib
from collections.abc import Sequence

from runner.errors import Problem
from runner.model.campaign import Campaign, ColumnType
from runner.planning.variants import columns_of


def types_of(campaign: Campaign, columns: Sequence[str]) -> dict[str, ColumnType]:
    """Return the type of each of the audience's *columns*, in their order."""
    return {name: campaign.audience.types.get(name, ColumnType.TEXT) for name in columns}


def kept_columns(campaign: Campaign, columns: Sequence[str], read: Sequence[str]) -> tuple[str, ...]:
    """Return the *columns* that anything after reading needs: templates (*read*), settings and `prefer`."""
    needed = {*read, *columns_of(campaign)}
    if campaign.audience.prefer is not None:
        needed.add(campaign.audience.prefer)
    return tuple(name for name in columns if name in needed)


def column_problems(campaign: Campaign, columns: Sequence[str], *, shown: str) -> list[Problem]:
    """Return a problem for each column that the campaign file names and the audience *shown* does not have."""
    audience = campaign.audience
    named = [("audience.number", audience.number)]
    named += [(f"audience.types.{name}", name) for name in audience.types]
    named += [("audience.prefer", audience.prefer)] if audience.prefer is not None else []
    named += [("voice", name) for name in columns_of(campaign)]
    return [
        Problem(
            code="missing-column",
            message=f"{shown} has no column {name!r}",
            where=campaign.where(key),
            hint=_nearest(name, columns),
        )
        for key, name in named
        if name not in columns
    ]


def _nearest(name: str, columns: Sequence[str]) -> str:
    close = difflib.get_close_matches(name, columns, n=1)
    return f"did you mean {close[0]!r}?" if close else f"its columns are {', '.join(map(repr, columns[:20]))}"
