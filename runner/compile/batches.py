"""Rendering one unit for the rows of a frame, or for combinations of the columns that it reads, in batches."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl

from runner.compile.program import Program, Unit
from runner.compile.replies import GarbledReplyError, Reply
from runner.frames import ROW
from runner.ports import Lost, LostReason, Renderer

BATCH = 10_000
BATCH_STRUCTURED = 2_000
CHUNK = 250
MAX_FAILURES = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A rendering that failed.

    Attributes:
        row: index in the batch, or, once it has left `render_rows`, the number in the audience file; None where it is
            not known.
        template, line: the innermost place in a template.
    """

    row: int | None
    code: str
    message: str
    template: str
    line: int


def text_column(unit: int) -> str:
    """Return the name of the column with what *unit* prints."""
    return f"@unit{unit}"


def literals_column(unit: int) -> str:
    """Return the name of the column with the literals of the pieces of *unit*, as a JSON list."""
    return f"@unit{unit}.literals"


def values_column(unit: int) -> str:
    """Return the name of the column with the values of the pieces of *unit*."""
    return f"@unit{unit}.values"


def schema_of(unit: Unit) -> dict[str, pl.DataType]:
    """Return names and types of the columns that rendering *unit* gives."""
    schema: dict[str, pl.DataType] = {text_column(unit.number): pl.String()}
    if unit.is_structured:
        schema[literals_column(unit.number)] = pl.String()
        schema[values_column(unit.number)] = pl.List(pl.String())
    return schema


def render_rows(
    frame: pl.DataFrame, unit: Unit, program: Program, renderer: Renderer
) -> tuple[pl.DataFrame, list[Failure]]:
    """Return what *unit* prints for each row of *frame*, and its failures in the order of ROW, with those numbers.

    The result has the height and order of *frame*, which has ROW and the columns of the unit, String; see `schema_of`.
    It is null where a row failed.
    """
    if not frame.height:
        return pl.DataFrame(schema=schema_of(unit)), []
    if unit.is_column:
        return frame.select(pl.col(unit.columns[0]).fill_null("").alias(text_column(unit.number))), []
    if not unit.columns:
        ((one, failures),) = render_each(pl.DataFrame({"@none": [None]}), [unit], program, renderer)
        return pl.concat([one] * frame.height), spread(failures, frame, None)
    ((made, failures),) = render_each(frame.select(unit.columns), [unit], program, renderer)
    return made, spread(failures, frame, pl.Series(range(frame.height)) if failures else None)


def spread(failures: Sequence[Failure], frame: pl.DataFrame, numbers: pl.Series | None) -> list[Failure]:
    """Return *failures* of what was rendered for every row of *frame* that it was rendered for, the first by ROW.

    Args:
        failures: by index of what was rendered.
        frame: the rows.
        numbers: which index stands for each of them; None = always 0.
    """
    known = {failure.row: failure for failure in failures if failure.row is not None}
    found = frame.select(
        ROW, pl.lit(0, pl.UInt32).alias("@index") if numbers is None else numbers.alias("@index")
    )
    found = found.filter(pl.col("@index").is_in(list(known))).sort(ROW).head(MAX_FAILURES)
    spread = [replace(known[index], row=row) for row, index in found.iter_rows()]
    return spread + [failure for failure in failures if failure.row is None]


def render_each(
    rows: pl.DataFrame, units: Sequence[Unit], program: Program, renderer: Renderer
) -> list[tuple[pl.DataFrame, list[Failure]]]:
    """Return what each of *units* prints for each of *rows*, and its failures by index of the row.

    Args:
        rows: the columns that the units read, all of them the same.
        units: at least one.
        program: that they are of.
        renderer: is asked.
    """
    size = BATCH_STRUCTURED if any(unit.is_structured for unit in units) else BATCH
    starts = range(0, rows.height, size)
    requests = (_request(rows[start : start + size], units, CHUNK) for start in starts)
    frames: list[list[pl.DataFrame]] = [[] for _ in units]
    failures: list[list[Failure]] = [[] for _ in units]
    for start, answer in zip(starts, renderer.answers(program.message, requests), strict=True):
        batch = rows[start : start + size]
        for place, own in enumerate(_shares(answer, len(units))):
            for made, failed in _complete(batch, own, units[place], program=program, renderer=renderer):
                frames[place].append(made)
                failures[place] += (_moved(failure, start) for failure in failed)
        if any(map(_is_enough, failures)):
            break
    return [
        (_filled(made, unit, rows.height), failed)
        for unit, made, failed in zip(units, frames, failures, strict=True)
    ]


def _shares(answer: Mapping[str, object] | Lost, units: int) -> Sequence[Reply | Lost]:
    """Return what *answer* says of each unit."""
    if isinstance(answer, Lost):
        return [answer] * units
    shares = Reply(answer).replies("units")
    if len(shares) != units:
        raise GarbledReplyError
    return shares


def _is_enough(failures: Sequence[Failure]) -> bool:
    return any(failure.code in _LOST_CODES for failure in failures) or len(failures) > MAX_FAILURES


def _filled(frames: Sequence[pl.DataFrame], unit: Unit, height: int) -> pl.DataFrame:
    """Return *frames* as one, with nulls for what was not asked for any more."""
    made = pl.concat([pl.DataFrame(schema=schema_of(unit)), *frames])
    return pl.concat([made, made.clear(height - made.height)]) if made.height < height else made


def _moved(failure: Failure, by: int) -> Failure:
    return failure if failure.row is None else replace(failure, row=failure.row + by)


def _request(rows: pl.DataFrame, units: Sequence[Unit], chunk: int) -> dict[str, object]:
    return {
        "op": "render",
        "units": [unit.number for unit in units],
        "rows": rows.height,
        "columns": [rows[column].to_list() for column in units[0].columns],
        "chunk": chunk,
    }


def _complete(
    rows: pl.DataFrame,
    share: Reply | Lost,
    unit: Unit,
    *,
    program: Program,
    renderer: Renderer,
) -> Iterator[tuple[pl.DataFrame, list[Failure]]]:
    """Yield what *share* of an answer holds, and what has to be asked again: a lost batch row by row, or the rest of a long one.

    Nothing more is yielded after a row that is lost even alone.
    """
    start = 0

    def asked(chunk: int) -> Reply | Lost:
        (answer,) = renderer.answers(program.message, [_request(rows[start:], [unit], chunk)])
        return _shares(answer, 1)[0]

    while True:
        if isinstance(share, Lost):
            share = asked(1)
        if isinstance(share, Lost):
            yield pl.DataFrame(schema=schema_of(unit)), [_lost(share, unit, start)]
            return
        made, failures = _taken(share, unit, rows.height - start)
        yield made, [_moved(failure, start) for failure in failures]
        start += made.height
        if start >= rows.height:
            return
        share = asked(CHUNK)


def _taken(reply: Reply, unit: Unit, height: int) -> tuple[pl.DataFrame, list[Failure]]:
    texts = reply.optional_strings("texts")
    reply.expect(0 < len(texts) <= height)
    columns: dict[str, Sequence[object]] = {text_column(unit.number): texts}
    if unit.is_structured:
        shapes = [json.dumps(literals, ensure_ascii=False) for literals in reply.string_lists("shapes")]
        numbers = reply.integers("shape_of")
        values = reply.string_lists("values")
        reply.expect(len(numbers) == len(values) == len(texts))
        reply.expect(all(0 <= number < len(shapes) for number in numbers))
        columns[literals_column(unit.number)] = [shapes[number] for number in numbers]
        columns[values_column(unit.number)] = values
    failures = failures_of(reply)
    if not failures and None in texts:
        raise GarbledReplyError
    return pl.DataFrame(columns, schema=schema_of(unit)), failures


def failures_of(reply: Reply) -> list[Failure]:
    """Return the failures that an answer describes."""
    return [
        Failure(
            row=failure.integer("row"),
            code=failure.string("code"),
            message=failure.string("message"),
            template=failure.string("template"),
            line=failure.integer("line"),
        )
        for failure in reply.replies("failures")
    ]


_LOST_WORDS = {
    LostReason.TIME: ("render-time", "rendering this takes more than the few seconds that there are"),
    LostReason.MEMORY: ("render-memory", "rendering this takes more memory than there is"),
    LostReason.DIED: ("render-died", "rendering this ends the process that does it"),
    LostReason.GARBLED: ("render-garbled", "rendering this makes the process that does it talk nonsense"),
}
_LOST_CODES = frozenset(code for code, _ in _LOST_WORDS.values())


def is_lost(failure: Failure) -> bool:
    """Return whether the process was lost with the row, so that it must not be tried once more."""
    return failure.code in _LOST_CODES


def _lost(lost: Lost, unit: Unit, start: int) -> Failure:
    code, message = _LOST_WORDS[lost.reason]
    row = start + lost.note if isinstance(lost.note, int) else None
    return Failure(row=row, code=code, message=message, template=unit.template, line=unit.line)
