"""What is wrong with a template as far as it can be seen without any row."""

from collections.abc import Collection, Iterable, Iterator
from difflib import get_close_matches

from jinja2 import nodes
from jinja2.meta import TrackingCodeGenerator

from runner.compile.jinja.allowed import FORBIDDEN_METHODS, GLOBALS, MAX_RANGE, TESTS
from runner.compile.jinja.filters import FILTERS
from runner.compile.jinja.guard import ALIAS, ROW
from runner.compile.jinja.names import Trees, assigned_anywhere, bound_in, constant_names, loaded, walk
from runner.compile.jinja.source import Fault, Source

_SPECIAL = frozenset(("loop", "self", "super", "caller", "varargs", "kwargs"))


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the one of *known* that is most like *word*, for a hint."""
    by_lower = {name.lower(): name for name in sorted(known, reverse=True)}
    found = get_close_matches(word.lower(), by_lower, n=1, cutoff=0.6)
    return by_lower[found[0]] if found else None


def node_faults(source: Source, tree: nodes.Template, templates: Collection[str]) -> Iterator[Fault]:
    """Yield what is forbidden in *tree*, wherever it stands, taken branches or not."""
    for node in walk(tree):
        match node:
            case nodes.Filter() if not node.name.startswith("@"):
                yield from _listed(source, node, "filter", FILTERS)
            case nodes.Test():
                yield from _listed(source, node, "test", TESTS)
            case nodes.Include() | nodes.Import() | nodes.FromImport() | nodes.Extends():
                yield from _template_faults(source, node, templates)
            case nodes.Mul() | nodes.Pow() | nodes.Mod():
                yield from _operator_faults(source, node)
            case nodes.Call():
                yield from _call_faults(source, node)
            case nodes.Getattr():
                yield from _private(source, node.lineno, node.attr)
            case nodes.Getitem() if isinstance(node.arg, nodes.Const) and isinstance(node.arg.value, str):
                yield from _private(source, node.lineno, node.arg.value)
            case nodes.Const() if isinstance(node.value, str) and not node.value.isascii():
                yield from _surrogates(source, node)
            case _:
                pass


def _listed(
    source: Source, node: nodes.Filter | nodes.Test, what: str, known: Collection[str]
) -> Iterator[Fault]:
    if node.name not in known:
        close = nearest(node.name, known)
        hint = f"did you mean `{close}`?" if close else f"Available: {', '.join(sorted(known))}."
        message = f"there is no {what} `{node.name}` for templates of a campaign"
        yield source.fault(f"unknown-{what}", message, node.lineno, node.name, hint=hint)


def _template_faults(
    source: Source,
    node: nodes.Include | nodes.Import | nodes.FromImport | nodes.Extends,
    templates: Collection[str],
) -> Iterator[Fault]:
    if isinstance(node, nodes.Include) and not node.with_context:
        message = "`include … without context` is not available"
        hint = "Remove `without context`, or use a macro."
        yield source.fault("include-without-context", message, node.lineno, "without", hint=hint)
    names = constant_names(node) or []
    is_optional = isinstance(node, nodes.Include) and (node.ignore_missing or len(names) > 1)
    for name in names:
        if name not in templates and not is_optional:
            close = nearest(name, templates)
            hint = f"did you mean `{close}`?" if close else "Templates lie under templates/."
            yield source.fault(
                "unknown-template", f"there is no template `{name}`", node.lineno, name, hint=hint
            )


def _operator_faults(source: Source, node: nodes.Mul | nodes.Pow | nodes.Mod) -> Iterator[Fault]:
    if isinstance(node, nodes.Pow):
        yield source.fault("forbidden-operator", "powers (`**`) are not available", node.lineno, "**")
        return
    sides = [node.left, node.right] if isinstance(node, nodes.Mul) else [node.left]
    if any(
        isinstance(side, nodes.List | nodes.Tuple | nodes.Concat)
        or (isinstance(side, nodes.Const) and isinstance(side.value, str))
        for side in sides
    ):
        what = (
            "a text or list cannot be repeated"
            if isinstance(node, nodes.Mul)
            else "texts cannot be formatted"
        )
        message = f"{what} with `{node.operator}`"
        yield source.fault("forbidden-operator", message, node.lineno, node.operator)


def _call_faults(source: Source, node: nodes.Call) -> Iterator[Fault]:
    called = node.node
    if isinstance(called, nodes.Getattr) and called.attr in FORBIDDEN_METHODS:
        message = f"`.{called.attr}()` is not available in templates of a campaign"
        hint = "Use a filter such as `money`, `date`, `trim` or `replace`."
        yield source.fault("forbidden-method", message, node.lineno, called.attr, hint=hint)
    if isinstance(called, nodes.Name) and called.name == "range":
        numbers = [arg.value for arg in node.args if isinstance(arg, nodes.Const)]
        if len(numbers) == len(node.args) and all(isinstance(number, int) for number in numbers):
            try:
                is_long = len(range(*numbers)) > MAX_RANGE
            except (TypeError, ValueError, OverflowError):
                is_long = True
            if is_long:
                message = f"a range has at most {MAX_RANGE:,} numbers"
                yield source.fault("too-long", message, node.lineno, "range")


def _private(source: Source, line: int, name: str) -> Iterator[Fault]:
    if name.startswith("_"):
        message = f"`{name}` is out of reach: names that begin with `_` are internal"
        yield source.fault("forbidden-attribute", message, line, name)


def _surrogates(source: Source, node: nodes.Const) -> Iterator[Fault]:
    if any("\ud800" <= char <= "\udfff" for char in node.value):
        message = "half of a surrogate pair is no character"
        yield source.fault("lone-surrogate", message, node.lineno, "\\u")


def row_faults(source: Source, tree: nodes.Template, columns: Collection[str]) -> Iterator[Fault]:
    """Yield uses of ``row`` for anything but a column that the audience has, and names kept for its columns."""
    bare = list(_bare_rows(tree))
    for assigned in sorted(assigned_anywhere(tree)):
        if assigned.startswith(ALIAS) or (assigned == ROW and not bare):
            yield source.fault("bad-row", f"`{assigned}` is a name that templates may not use", 1, assigned)
    for node in walk(tree):
        if isinstance(node, nodes.Getattr | nodes.Getitem) and _is_row(node.node):
            name = node.attr if isinstance(node, nodes.Getattr) else getattr(node.arg, "value", None)
            if isinstance(name, str):
                yield _unknown(source, node.lineno, name, columns)
            else:
                message = "`row[…]` takes the name of a column in quotes"
                yield source.fault("bad-row", message, node.lineno, ROW)
    for node in bare:
        message = "`row` stands for the columns of the audience: `row['name of column']`"
        yield source.fault("bad-row", message, node.lineno, ROW)


def _is_row(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Name) and node.name == ROW


def _bare_rows(node: nodes.Node) -> Iterator[nodes.Node]:
    for child in node.iter_child_nodes():
        if _is_row(child) and not isinstance(node, nodes.Getattr | nodes.Getitem):
            yield child
        yield from _bare_rows(child)


def variable_faults(
    source: Source,
    tree: nodes.Template,
    *,
    bare: Collection[str],
    columns: Collection[str],
    given: Collection[str],
) -> Iterator[Fault]:
    """Yield names that nothing defines: neither a column, nor the template, nor (*given*) who includes it.

    A name that is assigned in an untaken branch only is undefined at run time, and said so then with the rows.

    Args:
        source: of the template.
        tree: of the template.
        bare: columns that are names by themselves.
        columns: all columns, for the hint; none of them can be seen where *bare* is empty.
        given: names that templates assign which include this one.
    """
    try:
        tracker = TrackingCodeGenerator(tree.environment)  # type: ignore[arg-type]
        tracker.visit(tree)
        names = tracker.undeclared_identifiers - bound_in(tree.body)
    except Exception:  # noqa: BLE001 (constants are computed; what fails is told when the part is compiled)
        names = set(loaded(tree.body, {}) - assigned_anywhere(tree) - _SPECIAL)
    for node in walk(tree):
        if isinstance(node, nodes.Name) and node.ctx == "load" and node.name in names:
            names.discard(node.name)
            if node.name.startswith(ALIAS) and not bare:
                yield source.fault(
                    "unknown-variable",
                    "an imported template does not see the columns",
                    node.lineno,
                    ROW,
                    hint="Pass the value to the macro.",
                )
            elif node.name not in (*bare, *given, *GLOBALS, ROW) and not node.name.startswith(ALIAS):
                yield _unknown(source, node.lineno, node.name, columns, is_visible=bool(bare))


def _unknown(
    source: Source, line: int, name: str, columns: Collection[str], *, is_visible: bool = True
) -> Fault:
    if name in columns and not is_visible:
        message = f"an imported template does not see the column `{name}`"
        return source.fault("unknown-variable", message, line, name, hint="Pass the value to the macro.")
    if name in columns:
        message = f"the column `{name}` has a name that means something else in a template"
        return source.fault("unknown-variable", message, line, name, hint=f"Write row['{name}'].")
    close = nearest(name, columns)
    if close is None:
        hint = f"It has: {', '.join(sorted(columns)[:20])}." if columns else None
    else:
        hint = f"did you mean `{close}`?" if close.isidentifier() else f"did you mean row['{close}']?"
    return source.fault("unknown-variable", f"the audience has no column `{name}`", line, name, hint=hint)


def reachable(name: str, trees: Trees) -> tuple[list[str], set[str], str | None]:
    """Return the templates that *name* includes, imports or extends, transitively, it first.

    Second, those of them that see the columns; third, one that includes itself, if any.
    """
    order: list[str] = []
    sighted: set[str] = set()
    cyclic: list[str] = []
    done: set[tuple[str, bool]] = set()

    def visit(current: str, path: tuple[str, ...], *, sees: bool) -> None:
        if current in path:
            cyclic.append(current)
        if (current, sees) in done:
            return
        done.add((current, sees))
        if sees:
            sighted.add(current)
        if current not in order:
            order.append(current)
        for node in walk(trees[current]):
            if isinstance(node, nodes.Include | nodes.Import | nodes.FromImport | nodes.Extends):
                inherits = isinstance(node, nodes.Extends) or node.with_context
                for target in constant_names(node) or ():
                    if target in trees:
                        visit(target, (*path, current), sees=sees and inherits)

    visit(name, (), sees=True)
    return order, sighted, cyclic[0] if cyclic else None
