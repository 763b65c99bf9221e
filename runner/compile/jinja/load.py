"""A campaign's texts, parsed, checked, split and compiled."""

import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from jinja2 import Template, nodes
from jinja2.exceptions import TemplateSyntaxError

from runner.compile.jinja.allowed import GLOBALS
from runner.compile.jinja.check import node_faults, reachable, row_faults, variable_faults
from runner.compile.jinja.environment import CampaignEnvironment
from runner.compile.jinja.evaluate import render_unit
from runner.compile.jinja.failure import failure_of
from runner.compile.jinja.guard import ALIAS, ROW
from runner.compile.jinja.names import assigned_anywhere, constant_names, loaded, walk
from runner.compile.jinja.source import Fault, Source, expressions_of, lexed
from runner.compile.jinja.split import Part, Splitter, Value, Wanted, cannot_split
from runner.compile.jinja.syntax import compile_fault
from runner.compile.jinja.unit import Unit, UnitKind, compiled_batch, compiled_whole

MAX_SOURCE = 65_536
MAX_TEMPLATES = 64
RESERVED = frozenset((
    "and", "or", "not", "if", "else", "elif", "in", "is", "for", "true", "false", "none", "True", "False", "None",
    "loop", "self", "super", "caller", "varargs", "kwargs", ROW, *GLOBALS,
))  # fmt: skip
"""Names that mean something in a template; a column of that name is reached as ``row['name']``."""


def bare_names(columns: Sequence[str]) -> list[str]:
    """Return those of *columns* that are names by themselves in a template.

    Python folds identifiers by NFKC, so only names that are their own folding are told apart.
    """
    return [
        name
        for name in columns
        if name.isidentifier()
        and name not in RESERVED
        and not name.startswith(ALIAS)
        and unicodedata.normalize("NFKC", name) == name
    ]


_LIMITS = (TemplateSyntaxError, RecursionError, MemoryError, SyntaxError, OverflowError, ValueError)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedText:
    """One text. `slow` says why it is rendered whole, if it is."""

    index: int
    template: str
    parts: tuple[Part, ...]
    checks: tuple[int, ...]
    slow: str | None


@dataclass
class Loaded:
    """All texts of one campaign.

    Args:
        columns: name and type of every column, in order.
        texts: number, template name and source of every text.
        templates: what they may include.
        note: is told template and line before anything that may take long.
    """

    columns: Sequence[tuple[str, str]]
    sources: Mapping[str, str]
    wanted: Sequence[tuple[int, str]]
    note: Callable[[str, int], None]
    faults: list[Fault] = field(default_factory=list)
    units: list[Unit] = field(default_factory=list)
    texts: list[LoadedText] = field(default_factory=list)
    read: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        names = [name for name, _ in self.columns]
        self._types = dict(self.columns)
        self._plain = CampaignEnvironment(self.sources, names)
        self._marked = CampaignEnvironment(self.sources, names, marking=True)
        self._bare = bare_names(names)
        self.variables = {name: name for name in self._bare}
        self.variables |= {f"{ALIAS}{position}": name for position, name in enumerate(names)}
        self._parsed: dict[str, Source] = {}
        self._trees: dict[str, nodes.Template] = {}
        self._known: dict[str, int | str] = {}
        self._whole: dict[str, Template] = {}
        self._read()

    def environment(self, unit: Unit) -> CampaignEnvironment:
        """Return the environment that *unit* is compiled in."""
        return self._marked if unit.structured else self._plain

    @property
    def plain_environment(self) -> CampaignEnvironment:
        """Return the environment with the stock code generator."""
        return self._plain

    def plain(self, name: str) -> Template:
        """Return the template *name*, compiled by the stock code generator."""
        if name not in self._whole:
            tree = self._plain.parse(self.sources[name], name)
            self._whole[name] = compiled_whole(self._plain, tree, name)
        return self._whole[name]

    def _read(self) -> None:
        for _, name in self.wanted:
            self._parse(name)
        for name in self._trees:
            self._guarded(name, partial(self._collect, self._node_faults, name))
        if not self.faults:
            for _, name in self.wanted:
                self._guarded(name, partial(self._collect, self._name_faults, name))
        self.faults = list(dict.fromkeys(self.faults))
        if not self.faults:
            for index, name in self.wanted:
                self._guarded(name, partial(self._split, index, name))
            self.faults = list(dict.fromkeys(self.faults))

    def _collect(self, faults: Callable[[str], Iterator[Fault]], name: str) -> None:
        self.faults.extend(faults(name))

    def _guarded(self, name: str, run: Callable[[], object]) -> None:
        """Run, and make a fault of what Python's own limits say."""
        try:
            run()
        except _LIMITS as error:
            self.faults.append(compile_fault(error, self._parsed[name], 1))

    def _parse(self, name: str) -> None:
        if name in self._parsed:
            return
        text = self.sources[name]
        source = self._parsed[name] = Source(name=name, text=text)
        self.note(name, 1)
        if len(text.encode(errors="replace")) > MAX_SOURCE:
            message = f"a template has at most {MAX_SOURCE // 1024} KiB"
            self.faults.append(source.fault("template-limit", message, 1))
            return
        if len(self._parsed) > MAX_TEMPLATES:
            message = f"a campaign uses at most {MAX_TEMPLATES} templates"
            self.faults.append(source.fault("template-limit", message, 1))
            return
        try:
            tree = self._plain.parse(text, name)
            source = self._parsed[name] = lexed(self._plain, name, text)
            source.expressions.update(expressions_of(source, tree))
        except _LIMITS as error:
            self.faults.append(compile_fault(error, source, 1))
            return
        self._trees[name] = tree
        for node in walk(tree):
            if isinstance(node, nodes.Include | nodes.Import | nodes.FromImport | nodes.Extends):
                for target in constant_names(node) or ():
                    if target in self.sources:
                        self._parse(target)

    def _node_faults(self, name: str) -> Iterator[Fault]:
        source, tree = self._parsed[name], self._trees[name]
        yield from node_faults(source, tree, self.sources)
        yield from row_faults(source, tree, self._types)

    def _name_faults(self, name: str) -> Iterator[Fault]:
        order, sighted, cyclic = reachable(name, self._trees)
        if cyclic is not None:
            yield self._parsed[cyclic].fault("template-limit", "this template includes itself", 1)
            return
        given = {bound for other in order for bound in assigned_anywhere(self._trees[other])} | {
            "loop",
            "caller",
        }
        for position, other in enumerate(order):
            yield from variable_faults(
                self._parsed[other],
                self._trees[other],
                bare=self._bare if other in sighted else (),
                columns=list(self._types),
                given=given if position and other in sighted else (),
            )

    def _split(self, index: int, name: str) -> None:
        tree, source = self._trees[name], self._parsed[name]
        # Parts may compile where the whole does not (a hundred nested branches), and plain Jinja2 must.
        try:
            self.plain(name)
        except Exception as error:  # noqa: BLE001 (constants are computed while compiling)
            self.faults.append(compile_fault(error, source, 1))
            return
        slow = cannot_split(tree, [*self._bare, *GLOBALS], self._trees)
        if slow is not None:
            part = self._whole_unit(name, slow)
            self.texts.append(LoadedText(index=index, template=name, parts=part, checks=(), slow=slow))
            return
        splitter = Splitter(
            source=source,
            trees=self._trees,
            want=lambda wanted, is_certain: self._unit(source, wanted, is_certain=is_certain),
        )
        parts, checks = splitter.split(tree)
        self.texts.append(LoadedText(index=index, template=name, parts=parts, checks=checks, slow=None))

    def _whole_unit(self, name: str, why: str) -> tuple[Part, ...]:
        order, _, _ = reachable(name, self._trees)
        bodies = [node for other in order for node in self._trees[other].body]
        computes = why == "a computed `include`" or any(
            constant_names(node) is None
            for body in bodies
            for node in walk(body)
            if isinstance(node, nodes.Include | nodes.Extends | nodes.Import | nodes.FromImport)
        )
        names = set(self.variables) if computes else loaded(bodies, self._trees)
        singly = why == "inheritance" or why.startswith("the assignment")
        unit = self._made(
            names,
            kind=UnitKind.WHOLE if singly else UnitKind.ROWS,
            structured=True,
            template=name,
            line=1,
            expression="the whole text",
        )
        self.note(name, 1)
        tree = self._marked.parse(self.sources[name], name)
        try:
            if singly:
                unit.compiled = compiled_whole(self._marked, tree, name)
            else:
                unit.compiled = compiled_batch(self._marked, tree.body, unit)
        except Exception as error:  # noqa: BLE001 (constants are computed while compiling)
            self.faults.append(compile_fault(error, self._parsed[name], 1))
        return (Value(self._kept(unit)),)

    def _unit(self, source: Source, wanted: Wanted, *, is_certain: bool) -> int | str:
        fingerprint = repr((wanted.state, wanted.body, wanted.is_open))
        if fingerprint in self._known:
            return self._known[fingerprint]
        body = (*wanted.state, *wanted.body)
        unit = self._made(
            loaded(body, self._trees),
            kind=UnitKind.EXPRESSION if wanted.is_expression else UnitKind.ROWS,
            structured=wanted.is_open,
            template=source.name,
            line=wanted.line,
            expression=wanted.expression,
        )
        if self._is_column(wanted):
            unit.kind = UnitKind.COLUMN
        else:
            self.note(source.name, wanted.line)
            try:
                unit.compiled = compiled_batch(self.environment(unit), body, unit)
            except Exception as error:  # noqa: BLE001 (constants are computed while compiling)
                self.faults.append(compile_fault(error, source, wanted.line))
                return ""
        constant = self._constant(unit, is_certain=is_certain) if not unit.columns else None
        self._known[fingerprint] = self._kept(unit) if constant is None else constant
        return self._known[fingerprint]

    def _is_column(self, wanted: Wanted) -> bool:
        (first, *rest) = wanted.body
        if rest or wanted.state or not wanted.is_expression or not isinstance(first, nodes.Output):
            return False
        printed = first.nodes[0]
        return (
            isinstance(printed, nodes.Name)
            and printed.name in self.variables
            and self._types[self.variables[printed.name]] == "text"
        )

    def _made(
        self,
        names: frozenset[str] | set[str],
        *,
        kind: UnitKind,
        structured: bool,
        template: str,
        line: int,
        expression: str,
    ) -> Unit:
        used = {name: self.variables[name] for name in sorted(names) if name in self.variables}
        columns = [name for name in self._types if name in used.values()]
        return Unit(
            number=len(self.units),
            kind=kind,
            columns=tuple(columns),
            variables={name: columns.index(column) for name, column in used.items()},
            structured=structured,
            template=template,
            line=line,
            expression=expression,
        )

    def _kept(self, unit: Unit) -> int:
        self.units.append(unit)
        self.read.update(unit.columns)
        return unit.number

    def _constant(self, unit: Unit, *, is_certain: bool) -> str | None:
        """Return the text of a unit that reads no column; None where it fails and only some rows need it."""
        rendered = render_unit(
            self.environment(unit), unit, [()], chunk=1, note=lambda _row: None, clock=lambda: 0.0
        )
        if rendered.texts[0] is not None:
            return rendered.texts[0]
        if not is_certain:
            return None
        _, error = rendered.errors[0]
        failure = failure_of(
            error, 0, columns=list(self._types), variables=self.variables, default=(unit.template, unit.line)
        )
        source = self._parsed.get(failure.template) or self._parsed[unit.template]
        self.faults.append(source.fault(failure.code, failure.message, failure.line))
        return ""
