"""Rendering units over rows. After an exception the batch goes on with the next row."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from jinja2 import Template

from runner.compile.jinja.environment import CampaignEnvironment
from runner.compile.jinja.generators import ROW_END
from runner.compile.jinja.refusals import Refused
from runner.compile.jinja.rich import pieces_of, structure
from runner.compile.jinja.unit import Unit, UnitKind
from runner.compile.jinja.values import MAX_TEXT

MAX_OUTPUT = 8_000_000
"""Characters of one answer; a longer one ends early, and the rest is asked for again."""

NOTE_EVERY_S = 0.1

Row = tuple[Any, ...]


@dataclass(slots=True)
class Rendered:
    """What came of a batch: of its first `len(texts)` rows; None where a row failed.

    Attributes:
        literals, values: pieces of each text, for structured units only.
    """

    texts: list[str | None] = field(default_factory=list)
    literals: list[list[str]] = field(default_factory=list)
    values: list[list[str]] = field(default_factory=list)
    errors: list[tuple[int, BaseException]] = field(default_factory=list)
    size: int = 0

    def add(self, pieces: Iterable[str], *, structured: bool) -> None:
        """Take the next row's chunks."""
        if structured:
            literals, values = structure(pieces_of(pieces))
            self.literals.append(literals)
            self.values.append(values)
        text = "".join(pieces)
        self.size += len(text)
        self.texts.append(text)

    def fail(self, error: BaseException, *, structured: bool) -> None:
        """Take the next row's error."""
        self.errors.append((len(self.texts), error))
        self.texts.append(None)
        if structured:
            self.literals.append([""])
            self.values.append([])


def render_unit(
    environment: CampaignEnvironment,
    unit: Unit,
    rows: Sequence[Row],
    *,
    chunk: int,
    note: Callable[[int], None],
    clock: Callable[[], float],
) -> Rendered:
    """Return what *unit* prints for *rows*.

    After *chunk* rows *note* may be told which row comes next; it is not each time, since that costs as much as a few dozen
    rows: only where a tenth of a second has passed on *clock* since the last time. With a *chunk* of 1 it is, so that a row that never ends is known.
    """
    rendered = Rendered()
    told = -NOTE_EVERY_S
    assert unit.compiled is not None
    run = {
        UnitKind.EXPRESSION: _expressions,
        UnitKind.ROWS: _batch,
        UnitKind.WHOLE: _singly,
        UnitKind.COLUMN: _singly,
    }[unit.kind]
    while (start := len(rendered.texts)) < len(rows) and rendered.size < MAX_OUTPUT:
        now = clock()
        if chunk == 1 or now - told >= NOTE_EVERY_S:
            note(start)
            told = now
        environment.steps = 0
        try:
            run(environment, unit, rows[start : start + chunk], rendered)
        except Exception as error:  # noqa: BLE001 (whatever a template raises is its row's failure)
            rendered.fail(error, structured=unit.structured)
    _check_texts(rendered)
    return rendered


def _expressions(
    environment: CampaignEnvironment, unit: Unit, rows: Sequence[Row], rendered: Rendered
) -> None:
    template = _template(unit)
    environment.rows = rows
    start = len(rendered.texts)
    try:
        rendered.texts.extend(template.root_render_func(template.new_context()))
    finally:
        rendered.size += sum(map(len, filter(None, rendered.texts[start:])))


def _batch(environment: CampaignEnvironment, unit: Unit, rows: Sequence[Row], rendered: Rendered) -> None:
    template = _template(unit)
    environment.rows = rows
    pieces: list[str] = []
    size = 0
    for piece in template.root_render_func(template.new_context()):
        if piece is ROW_END:
            rendered.add(pieces, structured=unit.structured)
            pieces, size = [], 0
            environment.steps = 0
            continue
        pieces.append(piece)
        size += len(piece)
        _check_size(size)


def _singly(environment: CampaignEnvironment, unit: Unit, rows: Sequence[Row], rendered: Rendered) -> None:
    for row in rows:
        environment.steps = 0
        values = {name: row[position] for name, position in unit.variables.items()}
        rendered.add(gathered(_template(unit), values), structured=unit.structured)


def gathered(template: Template, values: dict[str, Any]) -> list[str]:
    """Return the chunks of one rendering of *template* in a context of its own."""
    pieces: list[str] = []
    size = 0
    for piece in template.root_render_func(template.new_context(values)):
        pieces.append(piece)
        size += len(piece)
        _check_size(size)
    return pieces


def _template(unit: Unit) -> Template:
    assert unit.compiled is not None
    return unit.compiled


def _check_size(size: int) -> None:
    if size > MAX_TEXT:
        raise Refused("too-long", f"a text of more than {MAX_TEXT:,} characters")


def _check_texts(rendered: Rendered) -> None:
    """Fail texts that are too long or cannot be encoded."""
    try:
        "".join(filter(None, rendered.texts)).encode()
        if max(map(len, filter(None, rendered.texts)), default=0) <= MAX_TEXT:
            return
    except UnicodeEncodeError:
        pass
    for row, text in enumerate(rendered.texts):
        if text is None:
            continue
        try:
            _check_size(len(text))
            text.encode()
        except UnicodeEncodeError:
            refused = Refused("lone-surrogate", "half of a surrogate pair is no character")
            rendered.errors.append((row, refused))
            rendered.texts[row] = None
        except Refused as refused:
            rendered.errors.append((row, refused))
            rendered.texts[row] = None
