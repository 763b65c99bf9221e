"""People and a program in, expanded texts out, in columns.

A **rendered** frame has, for each row of the *people* frame in the same order: all its columns of ours (those that begin
with ``@``), `runner.frames.text` of each text, and for each unit of the program the columns of `batches.schema_of`, null on
rows that do not reach it. Selectors of branches are UInt16.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial

import polars as pl

from runner.compile.batches import (
    Failure,
    failures_of,
    is_lost,
    render_each,
    render_rows,
    schema_of,
    spread,
    text_column,
)
from runner.compile.printed import Notes, Printed
from runner.compile.program import Branch, Literal, Part, Program, ProgramText, Unit, Value
from runner.compile.replies import Reply
from runner.errors import InvalidError, Problem
from runner.frames import OWN_PREFIX, ROW, text
from runner.ports import Lost, Renderer

SHOWN_ROWS = 20
PLAIN_BATCH = 500


def render(
    people: pl.DataFrame, program: Program, renderer: Renderer, *, printed: Printed | None = None
) -> pl.DataFrame:
    """Return the *rendered* frame of *people*: what plain Jinja2 prints, for every row, to the character.

    Args:
        people: frame of `runner.frames`; columns of the audience as canonical text (``12.50``, ``2026-11-25``, ``true``).
        program: of the templates.
        renderer: renders what is not known yet.
        printed: what is known of other people of the same *program*; these are added.

    Raises:
        InvalidError: renderings that fail, by the template's line, with row numbers and without values.
    """
    rendering = _Rendering(people, program, renderer, Printed() if printed is None else printed)
    for one in program.texts:
        rendering.reach(one.parts, None)
        for unit in one.checks:
            rendering.want(unit, None)
    rendering.finish()
    if rendering.failures:
        raise InvalidError(_problems(rendering.failures, people, program, renderer))
    frame = pl.concat([people.select(pl.col(f"^{OWN_PREFIX}.*$")), *rendering.results()], how="horizontal")
    return with_texts(frame, program)


def with_texts(rendered: pl.DataFrame, program: Program) -> pl.DataFrame:
    """Return *rendered*, a *rendered* frame that may lack its texts, with them."""
    return rendered.with_columns(expression_of(one.parts).alias(text(one.index)) for one in program.texts)


def expression_of(parts: Iterable[Part]) -> pl.Expr:
    """Return the expression for the text of *parts* over a *rendered* frame."""
    pieces = [_piece(part) for part in parts]
    return pl.concat_str(pieces) if pieces else pl.lit("")


def _piece(part: Part) -> pl.Expr:
    match part:
        case Literal():
            return pl.lit(part.text)
        case Value():
            return pl.col(text_column(part.unit))
        case Branch():
            selector = pl.col(text_column(part.selector))
            return pl.coalesce(
                pl.when(selector == number).then(expression_of(arm)) for number, arm in enumerate(part.arms)
            )


class _Rendering:
    """Units with the rows that they have been rendered for.

    Branches are followed at once, since which rows reach an arm is known only then; what the arms print is rendered at
    the end, once per unit for all rows that reach it from anywhere.
    """

    def __init__(self, people: pl.DataFrame, program: Program, renderer: Renderer, printed: Printed) -> None:
        self._people = people
        self._program = program
        self._renderer = renderer
        self._printed = printed
        self._combinations: dict[tuple[str, ...], tuple[Notes, pl.Series | None]] = {}
        self._certain = {
            number
            for one in program.texts
            for number in (*_units_at_top(one.parts), *one.checks)
            if not program.units[number].is_column
        }
        self._cells = people.select(ROW, *(pl.col(column).cast(pl.String) for column in program.columns_read))
        self._wanted: dict[int, pl.Series | None] = {}
        self._made: dict[int, pl.DataFrame] = {}
        self._selectors: dict[int, pl.Series] = {}
        self.failures: dict[int, list[Failure]] = {}

    def want(self, unit: int, rows: pl.Series | None) -> None:
        """Remember that *rows* (a Boolean series; None = all) need *unit*."""
        if unit not in self._wanted:
            self._wanted[unit] = rows
            return
        known = self._wanted[unit]
        self._wanted[unit] = None if known is None or rows is None else known | rows

    def reach(self, parts: Iterable[Part], rows: pl.Series | None) -> None:
        """Want what *parts* need for *rows*, and decide their branches."""
        for part in parts:
            if isinstance(part, Value):
                self.want(part.unit, rows)
            elif isinstance(part, Branch):
                chosen = self._select(part.selector, rows)
                for number, arm in enumerate(part.arms):
                    if arm:
                        taken = (chosen == number).fill_null(value=False)
                        self.reach(arm, taken if rows is None else taken & rows)

    def _select(self, unit: int, rows: pl.Series | None) -> pl.Series:
        """Return which arm each of *rows* takes; what was decided before is not decided again."""
        known = self._selectors.get(unit)
        if known is not None:
            missing = known.is_null() if rows is None else known.is_null() & rows
            if not missing.any():
                return known
            rows = missing
        made = self._render(unit, rows)[text_column(unit)].cast(pl.UInt16)
        self._selectors[unit] = made if known is None else known.zip_with(known.is_not_null(), made)
        return self._selectors[unit]

    def finish(self) -> None:
        """Render everything that is wanted."""
        for unit, rows in self._wanted.items():
            self._made[unit] = self._render(unit, rows)

    def results(self) -> Iterable[pl.DataFrame]:
        """Yield the columns of all units."""
        yield from self._made.values()
        for number, selector in self._selectors.items():
            yield selector.alias(text_column(number)).to_frame()
        for unit in self._program.units:
            if unit.number not in self._made and unit.number not in self._selectors:
                yield pl.DataFrame(schema=schema_of(unit)).clear(self._people.height)

    def _render(self, number: int, rows: pl.Series | None) -> pl.DataFrame:
        unit = self._program.units[number]
        if rows is None or rows.all():
            return self._rendered(self._cells, unit, self._numbers(unit))
        numbers = self._numbers(unit)
        made = self._rendered(
            self._cells.filter(rows), unit, None if numbers is None else numbers.filter(rows)
        )
        at = rows.to_frame("is_taken").select(pl.when("is_taken").then(pl.col("is_taken").cum_sum() - 1))
        return made.select(pl.all().gather(at.to_series()))

    def _numbers(self, unit: Unit) -> pl.Series | None:
        """Return, for each row, the number of the combination of columns that *unit* reads; None where it has none."""
        if unit.is_column or not unit.columns or not self._cells.height:
            return None
        if unit.columns not in self._combinations:
            notes = self._printed.of(unit.columns)
            self._combinations[unit.columns] = (notes, notes.numbers(self._cells))
        return self._combinations[unit.columns][1]

    def _rendered(self, cells: pl.DataFrame, unit: Unit, numbers: pl.Series | None) -> pl.DataFrame:
        if numbers is None:
            made, failures = render_rows(cells, unit, self._program, self._renderer)
        else:
            notes, _ = self._combinations[unit.columns]
            # Who asks for all rows asks for other units of these columns too: values are sent and read once for all of them.
            units = [unit, *self._companions(unit)] if cells.height == self._cells.height else [unit]
            made, failed = notes.printed(units, cells, numbers, partial(self._render_each, units))
            failures = spread(failed, cells, numbers)
        if failures:
            self.failures.setdefault(unit.number, []).extend(failures)
        return made

    def _render_each(
        self, units: Sequence[Unit], keys: pl.DataFrame
    ) -> list[tuple[pl.DataFrame, list[Failure]]]:
        return render_each(keys, units, self._program, self._renderer)

    def _companions(self, unit: Unit) -> Iterator[Unit]:
        """Yield the other units of the same columns that all rows need, as far as they are not rendered yet."""
        for number in self._certain:
            other = self._program.units[number]
            alike = other.columns == unit.columns and other.is_structured == unit.is_structured
            if alike and number not in {unit.number, *self._made, *self._selectors}:
                yield other


def render_plain(people: pl.DataFrame, program: Program, renderer: Renderer) -> dict[int, list[str]]:
    """Return the texts of *people* by number, rendered row by row with the stock code generator, for proof.

    Raises:
        InvalidError: renderings that fail.
    """
    texts: dict[int, list[str]] = {}
    problems: list[Problem] = []
    for one in program.texts:
        made, failures = _plain(people, one, program, renderer)
        texts[one.index] = [line or "" for line in made]
        if failures:
            problems += _grouped({failure: [one.title] for failure in failures}, program)
    if problems:
        raise InvalidError(problems)
    return texts


def _plain(
    people: pl.DataFrame, one: ProgramText, program: Program, renderer: Renderer
) -> tuple[list[str | None], list[Failure]]:
    read = set(program.columns_read)
    cells = people.select(
        (pl.col(column).cast(pl.String) if column in read else pl.lit(None, pl.String)).alias(column)
        for column in program.columns
    )
    texts: list[str | None] = []
    failures: list[Failure] = []
    rows = people[ROW].to_list()
    starts = range(0, cells.height, PLAIN_BATCH)
    requests = (
        {
            "op": "plain",
            "text": one.index,
            "rows": batch.height,
            "columns": [batch[column].to_list() for column in program.columns],
        }
        for batch in (cells[start : start + PLAIN_BATCH] for start in starts)
    )
    for start, answer in zip(starts, renderer.answers(program.message, requests), strict=True):
        height = min(PLAIN_BATCH, cells.height - start)
        if isinstance(answer, Lost):
            row = rows[start + answer.note] if isinstance(answer.note, int) else None
            lost = "plain Jinja2 does not end in time or memory"
            name = dict.fromkeys([unit.template for unit in program.units])
            failures.append(
                Failure(row=row, code="render-time", message=lost, template=next(iter(name), ""), line=1)
            )
            texts += [None] * height
            continue
        reply = Reply(answer)
        made = reply.optional_strings("texts")
        reply.expect(len(made) == height)
        texts += made
        failures += (replace(failure, row=rows[start + (failure.row or 0)]) for failure in failures_of(reply))
    return texts, failures


def _problems(
    failed: dict[int, list[Failure]], people: pl.DataFrame, program: Program, renderer: Renderer
) -> list[Problem]:
    """Return the problems of units that failed, as plain Jinja2 names them where it can be asked.

    The rows are rendered once more, singly and by the stock generator; if that succeeded the columns would be wrong.
    """
    titles: dict[int, list[str]] = {}
    for one in program.texts:
        for unit in (*units_of(one.parts), *one.checks):
            titles.setdefault(unit, []).append(one.title)
    by_failure: dict[Failure, list[str]] = {}
    for unit, failures in failed.items():
        for failure in failures:
            by_failure.setdefault(failure, []).extend(titles.get(unit, []))
    suspects = sorted({failure.row for failure in by_failure if failure.row is not None})[:SHOWN_ROWS]
    if suspects and not any(is_lost(failure) for failure in by_failure):
        rows = people.filter(pl.col(ROW).is_in(suspects))
        if not any(_plain(rows, one, program, renderer)[1] for one in program.texts):
            message = "columns and plain Jinja2 disagree about a failure; this is a bug"
            raise AssertionError(message)
    return _grouped(by_failure, program)


def _grouped(by_failure: dict[Failure, list[str]], program: Program) -> list[Problem]:
    groups: dict[tuple[str, int, str, str], tuple[set[int], list[str]]] = {}
    for failure, titles in by_failure.items():
        rows, names = groups.setdefault(
            (failure.template, failure.line, failure.code, failure.message), (set(), [])
        )
        names += (title for title in titles if title not in names)
        if failure.row is not None:
            rows.add(failure.row)
    return [
        Problem(
            code=code,
            message=f"{', '.join(names)}: {program.located(template, line, message)}{_rows_words(sorted(rows))}",
            where=program.where(template, line),
        )
        for (template, line, code, message), (rows, names) in groups.items()
    ]


def _rows_words(rows: Sequence[int]) -> str:
    if not rows:
        return ""
    shown = ", ".join(f"{row:,}" for row in rows[:SHOWN_ROWS])
    more = " and more" if len(rows) > SHOWN_ROWS else ""
    return f" (row{'s' if len(rows) > 1 else ''} {shown}{more})"


def _units_at_top(parts: Iterable[Part]) -> Iterator[int]:
    """Yield the numbers of the units in *parts* that every row needs."""
    for part in parts:
        if isinstance(part, Value):
            yield part.unit
        elif isinstance(part, Branch):
            yield part.selector


def units_of(parts: Iterable[Part]) -> Iterable[int]:
    """Yield the numbers of all units in *parts*, those of arms and selectors too."""
    for part in parts:
        if isinstance(part, Value):
            yield part.unit
        elif isinstance(part, Branch):
            yield part.selector
            for arm in part.arms:
                yield from units_of(arm)
