"""How much a file of people may hold."""

from runner.errors import RefusedError, Where

MOST_CHARACTERS = 10_000
"""Longest cell."""


def too_many_rows(
    where: Where, limit_rows: int, limit_where: Where | None, *, rows: int | None = None
) -> RefusedError:
    """Return the refusal of a file with more rows than the limit; *rows* where it is known how many."""
    many = f"more than {limit_rows:,}" if rows is None else f"{rows:,}"
    return RefusedError(
        f"{where.path} has {many} rows, `[limits] rows` is {limit_rows:,}",
        where=limit_where or where,
        hint="Split the campaign, or raise the limit in a reviewed change.",
        code="too-many-rows",
    )
