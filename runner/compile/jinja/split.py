"""Splitting a text into literals, values and branches, each value with the columns that it reads.

The body of a text is a list of statements. What prints becomes a literal or a unit; an ``if`` becomes a branch, unless
what it binds is used inside it; what binds is *state*, and each unit is preceded by the state that it needs: the closure
over everything assigned before it, since macros bind late. State that no unconditional unit needs is a check: rendered
for nothing but its errors.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from jinja2 import nodes

from runner.compile.jinja.names import CAPTURES, STATE, Trees, bound, bound_in, has, loaded
from runner.compile.jinja.source import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A unit before it is compiled.

    Attributes:
        state: what precedes it, printing nothing.
        body: what it renders.
        is_expression: whether it is one expression that calls no macro: one chunk, no steps.
        is_open: whether its result may have pieces.
    """

    state: tuple[nodes.Node, ...]
    body: tuple[nodes.Node, ...]
    is_expression: bool
    is_open: bool
    line: int
    expression: str


@dataclass(frozen=True, slots=True)
class Literal:
    """Text that is the same for every row."""

    text: str


@dataclass(frozen=True, slots=True)
class Value:
    """What the unit prints."""

    unit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """One of `arms`: the one whose number the unit prints."""

    unit: int
    arms: tuple[tuple["Part", ...], ...]
    line: int
    expression: str


Part = Literal | Value | Branch


def cannot_split(tree: nodes.Template, names: Iterable[str], trees: Trees) -> str | None:
    """Return why *tree* has to be rendered whole, or None.

    *names* are those of columns and globals; one that is assigned at the top hides the column before it is assigned.
    """
    if has([tree], (nodes.Extends, nodes.Block)):
        return "inheritance"
    if any(getattr(node, "with_context", False) for node in tree.find_all((nodes.Import, nodes.FromImport))):
        return "an import with context"
    if has([tree], (nodes.ScopedEvalContextModifier, nodes.EvalContextModifier)):
        return "`autoescape`"
    hidden = bound_in(tree.body) & frozenset(names)
    if hidden:
        return f"the assignment to `{min(hidden)}`"
    if has([tree], (nodes.NSRef,)) or "namespace" in loaded(tree.body, trees):
        return "`namespace`"
    if any(not isinstance(node.template, nodes.Const) for node in tree.find_all(nodes.Include)):
        return "a computed `include`"
    return None


@dataclass(slots=True, kw_only=True)
class Splitter:
    """Splits one text.

    Args:
        want: takes a unit, compiles or shares it, and returns its number, or the text where it is the same for all rows,
            which is empty where it cannot be compiled or always fails;
            its second argument says whether every row needs it.
    """

    source: Source
    trees: Trees
    want: Callable[[Wanted, bool], int | str]
    covered: set[int] = field(default_factory=set)

    def split(self, tree: nodes.Template) -> tuple[tuple[Part, ...], tuple[int, ...]]:
        """Return the parts of *tree*, and the units that are rendered only for their errors."""
        body = [node for node in tree.body if not isinstance(node, nodes.ExprStmt)]
        parts = tuple(self._parts(body, body, is_certain=True))
        checks = []
        for at in reversed(range(len(body))):
            state = _silent(body[at])
            if state is None or at in self.covered or isinstance(state, nodes.Macro):
                continue
            self.covered.add(at)
            number = self._want(
                body, at, [state], single=False, expression=None, is_certain=True, opens=False
            )
            if isinstance(number, int):
                checks.append(number)
        return parts, tuple(checks)

    def _parts(
        self,
        statements: Sequence[nodes.Node],
        top: Sequence[nodes.Node],
        *,
        is_certain: bool,
        at: int | None = None,
    ) -> Iterator[Part]:
        """Yield the parts of *statements*; *at* is where in *top* they stand, None where they are *top* itself."""
        for position, node in enumerate(statements):
            where = position if at is None else at
            match node:
                case nodes.Output():
                    yield from self._output(node, top, where, is_certain=is_certain)
                case nodes.If():
                    yield from self._branch(node, top, where, is_certain=is_certain)
                case nodes.ExprStmt():
                    pass
                case _ if isinstance(node, STATE):
                    pass
                case _:
                    yield self._value(
                        self._want(
                            top,
                            where,
                            [node],
                            single=False,
                            expression=self.source.expression(node, type(node).__name__.lower()),
                            is_certain=is_certain,
                            opens=not isinstance(node, nodes.For),
                        )
                    )

    def _output(
        self, node: nodes.Output, top: Sequence[nodes.Node], at: int, *, is_certain: bool
    ) -> Iterator[Part]:
        for child in node.nodes:
            if isinstance(child, nodes.TemplateData):
                yield Literal(child.data)
                continue
            output = nodes.Output([child], lineno=child.lineno, environment=node.environment)
            expression = self.source.expression(child, "an expression")
            yield self._value(
                self._want(
                    top, at, [output], single=True, expression=expression, is_certain=is_certain, opens=True
                )
            )

    def _branch(
        self, node: nodes.If, top: Sequence[nodes.Node], at: int, *, is_certain: bool
    ) -> Iterator[Part]:
        arms = [node.body, *(elif_.body for elif_ in node.elif_), node.else_]
        if bound(node) & loaded(_printing(arms), self.trees):
            expression = self.source.expression(node, "if")
            yield self._value(
                self._want(
                    top, at, [node], single=False, expression=expression, is_certain=is_certain, opens=True
                )
            )
            return
        expression = self.source.expression(node, "if")
        chosen = self._want(
            top, at, [_selector(node)], single=True, expression=expression, is_certain=is_certain, opens=False
        )
        if chosen == "":
            return
        if isinstance(chosen, str):
            yield from self._parts(arms[int(chosen)], top, is_certain=is_certain, at=at)
            return
        yield Branch(
            unit=chosen,
            arms=tuple(tuple(self._parts(arm, top, is_certain=False, at=at)) for arm in arms),
            line=node.lineno,
            expression=expression,
        )

    def _value(self, wanted: int | str) -> Part:
        return Literal(wanted) if isinstance(wanted, str) else Value(wanted)

    def _want(
        self,
        top: Sequence[nodes.Node],
        at: int,
        body: Sequence[nodes.Node],
        *,
        single: bool,
        expression: str | None,
        is_certain: bool,
        opens: bool,
    ) -> int | str:
        needed = needed_state(top, at, body, self.trees)
        if is_certain:
            self.covered.update(needed)
        state = tuple(silent for index in needed if (silent := _silent(top[index])) is not None)
        is_expression = single and not has(state, CAPTURES)
        wanted = Wanted(
            state=state,
            body=tuple(body),
            is_expression=is_expression,
            is_open=opens and not is_expression,
            line=body[0].lineno,
            expression=expression or self.source.expression(body[0], "set"),
        )
        return self.want(wanted, is_certain)


def needed_state(
    top: Sequence[nodes.Node], at: int, body: Sequence[nodes.Node], trees: Trees
) -> tuple[int, ...]:
    """Return which statements of *top* before *at* assign what *body* reads, transitively, in order."""
    names = set(loaded(body, trees))
    needed: set[int] = set()
    grows = True
    while grows:
        grows = False
        for index in range(at):
            if index not in needed and bound(top[index]) & names:
                needed.add(index)
                silent = _silent(top[index])
                names |= loaded([silent] if silent is not None else [], trees)
                grows = True
    return tuple(sorted(needed))


def _silent(node: nodes.Node) -> nodes.Node | None:
    """Return *node* without what it prints in its own scope; None where it binds nothing there."""
    if isinstance(node, STATE):
        return node
    if not isinstance(node, nodes.If) or not bound(node):
        return None
    return nodes.If(
        node.test,
        _silent_body(node.body),
        [nodes.If(elif_.test, _silent_body(elif_.body), [], [], lineno=elif_.lineno) for elif_ in node.elif_],
        _silent_body(node.else_),
        lineno=node.lineno,
        environment=node.environment,
    )


def _silent_body(body: Iterable[nodes.Node]) -> list[nodes.Node]:
    return [silent for node in body if (silent := _silent(node)) is not None]


def _printing(arms: Iterable[Iterable[nodes.Node]]) -> list[nodes.Node]:
    """Return what prints in *arms*, those of branches in them included."""
    found: list[nodes.Node] = []
    for arm in arms:
        for node in arm:
            if isinstance(node, nodes.If):
                found.append(node.test)
                found += _printing([node.body, *(elif_.body for elif_ in node.elif_), node.else_])
                found += [elif_.test for elif_ in node.elif_]
            elif not isinstance(node, STATE):
                found.append(node)
    return found


def _selector(node: nodes.If) -> nodes.Output:
    """Return an output of the number of the arm that is taken."""
    tests = [node.test, *(elif_.test for elif_ in node.elif_)]
    # As text, which is printed with less ado than a number.
    chosen: nodes.Expr = nodes.Const(str(len(tests)), lineno=node.lineno, environment=node.environment)
    for number, test in reversed(list(enumerate(tests))):
        here = nodes.Const(str(number), lineno=node.lineno, environment=node.environment)
        chosen = nodes.CondExpr(test, here, chosen, lineno=test.lineno, environment=node.environment)
    return nodes.Output([chosen], lineno=node.lineno, environment=node.environment)
