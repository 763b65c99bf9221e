"""A campaign's texts as literals, values and branches: what the workers found, and what is wrong with the templates."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from runner.compile.replies import Reply
from runner.errors import InvalidError, Problem, Where
from runner.model.campaign import ColumnType
from runner.model.texts import Text
from runner.ports import Lost, LostReason, Renderer

TEMPLATES = "templates"
"""Folder of the template files, below the root."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """Something that is rendered in the workers, once per distinct combination of its columns.

    Attributes:
        columns: what it reads, in the order of the audience.
        is_column: it prints one text column as it is; there is nothing to render.
        is_structured: its result has pieces: literals and values.
        is_whole: it is rendered as slowly as plain Jinja2.
        template, line, expression: where it stands and its source.
    """

    number: int
    columns: tuple[str, ...]
    is_column: bool
    is_structured: bool
    is_whole: bool
    template: str
    line: int
    expression: str


@dataclass(frozen=True, slots=True)
class Literal:
    """Text that is the same for every row."""

    text: str


@dataclass(frozen=True, slots=True)
class Value:
    """What a unit prints."""

    unit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """One of `arms`, the one whose number the unit `selector` prints.

    Attributes:
        number: of all branches of the program, from 0.
    """

    number: int
    selector: int
    arms: tuple[tuple["Part", ...], ...]
    template: str
    line: int
    expression: str


Part = Literal | Value | Branch


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramText:
    """One text of the program.

    Attributes:
        index: its number; see `runner.model.texts`.
        checks: units that print nothing and are rendered for their errors.
        slow: why it is rendered whole, row by row; None where it is not.
    """

    index: int
    title: str
    parts: tuple[Part, ...]
    checks: tuple[int, ...]
    slow: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """What `render` and `shape` go by.

    Attributes:
        message: the ``load`` message of `runner.compile.jinja.service`.
        names: template name of each text by its number.
        places: file of each template by its name, for messages.
    """

    texts: tuple[ProgramText, ...]
    units: tuple[Unit, ...]
    columns: tuple[str, ...]
    message: Mapping[str, object] = field(repr=False)
    places: Mapping[str, "Place"] = field(repr=False)

    @property
    def columns_read(self) -> tuple[str, ...]:
        """Return the columns that any text reads, in the order of the audience."""
        read = {column for unit in self.units for column in unit.columns}
        return tuple(column for column in self.columns if column in read)

    @property
    def warnings(self) -> tuple[str, ...]:
        """Return one sentence per text that is rendered row by row."""
        return tuple(
            f"{text.title}: rendered row by row, about ten times slower, because of {text.slow}"
            for text in self.texts
            if text.slow is not None
        )

    def where(self, template: str, line: int, column: int | None = None, length: int = 1) -> Where | None:
        """Return the place of *line* of *template*."""
        place = self.places.get(template)
        return None if place is None else place.where(line, column, length)

    def located(self, template: str, line: int, message: str) -> str:
        """Return *message*, with the line where `where` does not have it."""
        place = self.places.get(template)
        return message if place is None else place.located(line, message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a template is, for messages.

    Attributes:
        inline: the place in the campaign file that holds it; None for a file under ``templates/``.
    """

    name: str
    source: str
    inline: Where | None

    def where(self, line: int, column: int | None = None, length: int = 1) -> Where:
        """Return the place of *line*, which for an inline text is where the text begins, and lines below it."""
        if self.inline is not None:
            return self.inline
        lines = self.source.splitlines()
        text = lines[line - 1] if 0 < line <= len(lines) else None
        return Where(
            path=f"{TEMPLATES}/{self.name}", line=line or None, column=column, length=length, text=text
        )

    def located(self, line: int, message: str) -> str:
        """Return *message*, with the line where the place does not have it: in an inline text of several lines."""
        if self.inline is None or len(self.source.splitlines()) < 2 or not line:  # noqa: PLR2004 (several)
            return message
        return f"line {line} of the text: {message}"

    @property
    def path(self) -> str:
        """Return the file, or nothing for an inline text."""
        return "" if self.inline is not None else f"{TEMPLATES}/{self.name}"


def analyse(
    texts: Sequence[Text],
    templates: Mapping[str, str],
    columns: Mapping[str, ColumnType],
    renderer: Renderer,
) -> Program:
    """Return the program of *texts*.

    Args:
        texts: with the sources of their own templates.
        templates: every template that the texts may include, by name.
        columns: the audience's columns with their types, in its order.
        renderer: takes the templates apart.

    Raises:
        InvalidError: all that is wrong with the templates: syntax, unknown variables, what is not allowed, limits.
    """
    places = {name: Place(name=name, source=source, inline=None) for name, source in templates.items()}
    names: dict[int, str] = {}
    for text in texts:
        name = text.template.name or f"@text{text.index}"
        names[text.index] = name
        inline = text.template.where if text.template.name is None else None
        places[name] = Place(name=name, source=text.template.source, inline=inline)
    message: dict[str, object] = {
        "columns": [[name, str(type_)] for name, type_ in columns.items()],
        "texts": [[index, name] for index, name in names.items()],
        "sources": {name: place.source for name, place in places.items()},
    }
    (answer,) = renderer.answers(message, [{"op": "describe"}])
    if isinstance(answer, Lost):
        raise InvalidError([_lost_problem(answer, places, next(iter(names.values()), ""))])
    reply = Reply(answer)
    faults = [_problem(fault, places) for fault in reply.replies("faults")]
    if faults:
        raise InvalidError(faults)
    units = tuple(_unit(number, unit, columns) for number, unit in enumerate(reply.replies("units")))
    titles = {text.index: text.title for text in texts}
    numbers = iter(range(1_000_000))
    return Program(
        texts=tuple(
            ProgramText(
                index=(index := text.integer("index")),
                title=titles[index],
                parts=tuple(_parts(text.replies("parts"), units, names[index], numbers)),
                checks=tuple(text.integers("checks")),
                slow=text.optional_string("slow"),
            )
            for text in reply.replies("texts")
        ),
        units=units,
        columns=tuple(columns),
        message=message,
        places=places,
    )


def _unit(number: int, reply: Reply, columns: Mapping[str, ColumnType]) -> Unit:
    read = tuple(reply.strings("columns"))
    reply.expect(set(read) <= set(columns))
    return Unit(
        number=number,
        columns=read,
        is_column=reply.boolean("is_column"),
        is_structured=reply.boolean("is_structured"),
        is_whole=reply.boolean("is_whole"),
        template=reply.string("template"),
        line=reply.integer("line"),
        expression=reply.string("expression"),
    )


def _parts(
    replies: Sequence[Reply], units: Sequence[Unit], template: str, numbers: Iterator[int]
) -> Iterator[Part]:
    """Yield the parts, literals side by side as one, empty ones left out."""
    literal = ""
    for reply in replies:
        if reply.has("literal"):
            literal += reply.string("literal")
            continue
        if literal:
            yield Literal(literal)
            literal = ""
        unit = reply.integer("unit")
        reply.expect(0 <= unit < len(units))
        if not reply.has("arms"):
            yield Value(unit)
            continue
        yield Branch(
            number=next(numbers),
            selector=unit,
            arms=tuple(tuple(_parts(arm, units, template, numbers)) for arm in reply.lists("arms")),
            template=template,
            line=reply.integer("line"),
            expression=reply.string("expression"),
        )
    if literal:
        yield Literal(literal)


def _problem(fault: Reply, places: Mapping[str, Place]) -> Problem:
    place = places.get(fault.string("template"))
    line = fault.integer("line")
    message = fault.string("message")
    return Problem(
        code=fault.string("code"),
        message=message if place is None else place.located(line, message),
        where=None
        if place is None
        else place.where(line, fault.optional_integer("column"), fault.integer("length")),
        hint=fault.optional_string("hint"),
    )


_LOST = {
    LostReason.TIME: "compiling this takes more than the few seconds that there are",
    LostReason.MEMORY: "compiling this takes more memory than there is",
    LostReason.DIED: "compiling this ends the process that does it",
    LostReason.GARBLED: "compiling this makes the process that does it talk nonsense",
}


def _lost_problem(lost: Lost, places: Mapping[str, Place], default: str) -> Problem:
    name, line = default, 1
    match lost.note:
        case [str(noted), int(at)] if noted in places:
            name, line = noted, at
        case _:
            pass
    place = places.get(name)
    where = None if place is None else place.where(line)
    return Problem(code="template-limit", message=_LOST[lost.reason], where=where)
