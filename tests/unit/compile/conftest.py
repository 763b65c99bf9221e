"""A renderer without processes, and short ways to make texts and people."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl
import pytest

from runner.compile.jinja.service import Service
from runner.compile.program import Program, analyse
from runner.errors import Where
from runner.frames import NUMBER, PERSON, ROW, VARIANT
from runner.model.campaign import ColumnType, Template
from runner.model.texts import Text, TextKind
from runner.ports import Lost, LostReason

COLUMNS = {
    "name": ColumnType.TEXT,
    "city": ColumnType.TEXT,
    "tags": ColumnType.TEXT,
    "amount": ColumnType.DECIMAL,
    "due": ColumnType.DATE,
    "count": ColumnType.INTEGER,
    "vip": ColumnType.BOOLEAN,
    "Due date": ColumnType.TEXT,
    "range": ColumnType.TEXT,
}
INLINE = Where(path="campaigns/overdue.toml", line=12, column=8)


@dataclass
class InProcess:
    """A `runner.ports.Renderer` that answers where it is asked; everything passes through JSON as it would."""

    requests: list[Mapping[str, object]] = field(default_factory=list)
    loaded: tuple[str, Service] | None = None

    def answers(
        self, program: Mapping[str, object], requests: Iterable[Mapping[str, object]]
    ) -> Iterator[Mapping[str, object] | Lost]:
        message = json.dumps(program)
        if self.loaded is None or self.loaded[0] != message:
            service = Service(lambda _note: None)
            service.load(json.loads(message))
            self.loaded = (message, service)
        _, service = self.loaded
        for request in requests:
            self.requests.append(request)
            yield json.loads(json.dumps(service.answer(json.loads(json.dumps(request)))))


@dataclass
class Losing(InProcess):
    """Loses every request to render that holds a cell equal to `cell`, after a note of the chunk that it is in."""

    cell: str = "bad"
    reason: LostReason = LostReason.TIME

    def answers(
        self, program: Mapping[str, object], requests: Iterable[Mapping[str, object]]
    ) -> Iterator[Mapping[str, object] | Lost]:
        for request in requests:
            columns = request.get("columns")
            cells = columns[0] if isinstance(columns, list) and columns else []
            if self.cell in cells:
                chunk = request["chunk"]
                assert isinstance(chunk, int)
                yield Lost(reason=self.reason, note=cells.index(self.cell) // chunk * chunk)
            else:
                yield from super().answers(program, [request])


@dataclass(frozen=True)
class Bench:
    """Short ways from template sources to programs."""

    renderer: InProcess
    columns: Mapping[str, ColumnType]

    def text(self, source: str, *, index: int = 1, name: str | None = None) -> Text:
        kind = TextKind.SMS if index % 2 else TextKind.VOICE
        template = Template(name=name, source=source, where=INLINE)
        return Text(index=index, kind=kind, round=index // 2, template=template)

    def program(self, *sources: str, templates: Mapping[str, str] | None = None) -> Program:
        texts = [self.text(source, index=index) for index, source in enumerate(sources)]
        return analyse(texts, templates or {}, self.columns, self.renderer)

    def people(self, rows: Sequence[Mapping[str, str | None]]) -> pl.DataFrame:
        """Return people with these cells; what is not named is empty. ROW counts down, so that order shows."""
        cells = {column: [row.get(column) for row in rows] for column in self.columns}
        own = {
            PERSON: pl.Series(range(1, len(rows) + 1), dtype=pl.UInt128),
            NUMBER: pl.Series([f"+447700900{number:03d}" for number in range(len(rows))], dtype=pl.String),
            ROW: pl.Series(range(len(rows), 0, -1), dtype=pl.UInt32),
            VARIANT: pl.Series([0] * len(rows), dtype=pl.UInt32),
        }
        return pl.DataFrame(
            own | {name: pl.Series(values, dtype=pl.String) for name, values in cells.items()}
        )


@pytest.fixture(scope="session")
def bench() -> Bench:
    """Everything at hand to render without processes."""
    return Bench(renderer=InProcess(), columns=COLUMNS)


@pytest.fixture(scope="session")
def losing() -> Callable[[str, LostReason], Bench]:
    """The same, but a cell with the given text loses its worker."""
    return lambda cell, reason: Bench(renderer=Losing(cell=cell, reason=reason), columns=COLUMNS)
