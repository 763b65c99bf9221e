"""Messages in, messages out: what the worker process does, without its pipes. All is JSON.

``load`` takes ``{columns: [[name, type]], texts: [[index, name]], sources: {name: text}}``. Requests on what is loaded:

- ``{op: describe}`` → ``{faults: […]}`` or ``{units: […], texts: […], read: [column]}``;
- ``{op: render, units, rows, columns: [[cell]], chunk}`` → ``{units: […]}``, for each of the units, which all read the same
  columns, ``{texts: [text | null], failures: […]}``, and for structured ones ``{shapes: [[literal]], shape_of: [index],
  values: [[value]]}``. An answer may cover only the first rows.
- ``{op: plain, text, rows, columns: [[cell]]}`` → ``{texts, failures}``; here *columns* are those of the whole audience.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from runner.compile.jinja.evaluate import Rendered, gathered, render_unit
from runner.compile.jinja.failure import failure_of
from runner.compile.jinja.load import Loaded
from runner.compile.jinja.split import Branch, Literal, Part, Value
from runner.compile.jinja.unit import Unit, UnitKind
from runner.compile.jinja.values import converted

Message = dict[str, Any]
Note = Callable[[Any], None]
MAX_FAILURES = 200
"""Failures that one answer describes."""


class Service:
    """One program at a time."""

    def __init__(self, note: Note, clock: Callable[[], float] = lambda: 0.0) -> None:
        """Take *note*, which is told what is being done before it is done, and *clock*, seconds that never go back."""
        self._clock = clock
        self._note = note
        self._loaded: Loaded | None = None

    def load(self, program: Mapping[str, Any]) -> None:
        """Parse, check, split and compile *program*."""
        self._loaded = Loaded(
            columns=[(name, type_) for name, type_ in program["columns"]],
            sources=program["sources"],
            wanted=[(index, name) for index, name in program["texts"]],
            note=lambda template, line: self._note([template, line]),
        )

    def answer(self, request: Message) -> Message:
        """Return the answer to *request*."""
        loaded = self._loaded
        assert loaded is not None
        match request["op"]:
            case "describe":
                return _description(loaded)
            case "render":
                return self._render(loaded, request)
            case _:
                return self._plain(loaded, request)

    def _render(self, loaded: Loaded, request: Message) -> Message:
        units = [loaded.units[number] for number in request["units"]]
        rows = _rows(loaded, units[0].columns, request)
        return {"units": [self._rendered(loaded, unit, rows, request) for unit in units]}

    def _rendered(
        self, loaded: Loaded, unit: Unit, rows: Sequence[tuple[Any, ...]], request: Message
    ) -> Message:
        rendered = render_unit(
            loaded.environment(unit), unit, rows, chunk=request["chunk"], note=self._note, clock=self._clock
        )
        answer = _outcome(loaded, rendered, (unit.template, unit.line))
        if unit.structured:
            numbers: dict[tuple[str, ...], int] = {}
            answer["shape_of"] = [
                numbers.setdefault(tuple(literals), len(numbers)) for literals in rendered.literals
            ]
            answer["shapes"] = [list(literals) for literals in numbers]
            answer["values"] = rendered.values
        return answer

    def _plain(self, loaded: Loaded, request: Message) -> Message:
        (name,) = [text.template for text in loaded.texts if text.index == request["text"]]
        template = loaded.plain(name)
        columns = [column for column, _ in loaded.columns]
        positions = {variable: columns.index(column) for variable, column in loaded.variables.items()}
        rendered = Rendered()
        for number, row in enumerate(_rows(loaded, columns, request)):
            self._note(number)
            loaded.plain_environment.steps = 0
            values = {variable: row[position] for variable, position in positions.items()}
            try:
                rendered.add(gathered(template, values), structured=False)
            except Exception as error:  # noqa: BLE001 (whatever a template raises is its row's failure)
                rendered.fail(error, structured=False)
        return _outcome(loaded, rendered, (name, 1))


def _rows(loaded: Loaded, columns: Sequence[str], request: Message) -> list[tuple[Any, ...]]:
    types = dict(loaded.columns)
    cells = [converted(column, types[name]) for name, column in zip(columns, request["columns"], strict=True)]
    return list(zip(*cells, strict=True)) if cells else [()] * request["rows"]


def _outcome(loaded: Loaded, rendered: Rendered, default: tuple[str, int]) -> Message:
    columns = [name for name, _ in loaded.columns]
    failures = [
        asdict(failure_of(error, row, columns=columns, variables=loaded.variables, default=default))
        for row, error in rendered.errors[:MAX_FAILURES]
    ]
    return {"texts": rendered.texts, "failures": failures}


def _description(loaded: Loaded) -> Message:
    if loaded.faults:
        return {"faults": [asdict(fault) for fault in loaded.faults]}
    return {
        "faults": [],
        "units": [_unit(unit) for unit in loaded.units],
        "texts": [
            {
                "index": text.index,
                "parts": [_part(part) for part in text.parts],
                "checks": text.checks,
                "slow": text.slow,
            }
            for text in loaded.texts
        ],
    }


def _unit(unit: Unit) -> Message:
    return {
        "columns": unit.columns,
        "is_column": unit.kind is UnitKind.COLUMN,
        "is_structured": unit.structured,
        "is_whole": unit.kind is UnitKind.WHOLE,
        "template": unit.template,
        "line": unit.line,
        "expression": unit.expression,
    }


def _part(part: Part) -> Message:
    match part:
        case Literal():
            return {"literal": part.text}
        case Value():
            return {"unit": part.unit}
        case Branch():
            return {
                "unit": part.unit,
                "arms": [[_part(inner) for inner in arm] for arm in part.arms],
                "line": part.line,
                "expression": part.expression,
            }
