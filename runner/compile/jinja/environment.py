"""The one environment of a campaign's templates. "Plain Jinja2" is this environment with the stock code generator."""

import warnings
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from types import CodeType
from typing import Any

from jinja2 import nodes
from jinja2.exceptions import TemplateNotFound
from jinja2.loaders import FunctionLoader
from jinja2.runtime import Context, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import pass_context

from runner.compile.jinja.allowed import BINOPS, GLOBALS, TESTS, guarded, is_allowed_attribute
from runner.compile.jinja.filters import FILTERS
from runner.compile.jinja.generators import ROW_END, MarkingGenerator
from runner.compile.jinja.guard import Guard
from runner.compile.jinja.refusals import Refused
from runner.compile.jinja.rich import closed, mark, rich_concat
from runner.compile.jinja.values import text_of

MAX_STEPS = 100_000
"""Turns of loops and calls of macros in one rendering."""


@pass_context
def tick(context: Context, zero: int) -> int:
    """Count one step; what it is applied to is returned."""
    environment = context.environment
    assert isinstance(environment, CampaignEnvironment)
    environment.steps += 1
    if environment.steps > MAX_STEPS:
        raise Refused(
            "too-many-steps", f"more than {MAX_STEPS:,} turns of loops and calls of macros in one text"
        )
    return zero


def printed(value: Any) -> str:
    """Return *value* as it is printed, marked."""
    return mark(text_of(value))  # type: ignore[no-any-return]


class CampaignEnvironment(ImmutableSandboxedEnvironment):
    """Sandboxed, strict, with allow-lists; templates come from a mapping and nowhere else.

    Attributes:
        steps: counted since the last rendering began.
        printed: what outputs pass through in a batch.
        rows: what a batch runs over, see `generators.BatchMixin`.
    """

    intercepted_binops = frozenset(BINOPS)
    mark = staticmethod(mark)
    closed = staticmethod(closed)
    row_end = ROW_END

    def __init__(
        self, templates: Mapping[str, str], columns: Iterable[str], *, marking: bool = False
    ) -> None:
        super().__init__(
            undefined=StrictUndefined,
            finalize=text_of,
            autoescape=False,
            auto_reload=False,
            loader=FunctionLoader(templates.get),
        )
        self.filters = {**FILTERS, "@tick": tick, "@text": text_of, "@decimal": Decimal}
        self.tests = dict(TESTS)
        self.globals = dict(GLOBALS)
        self.binop_table = dict(BINOPS)
        self.columns = {name: position for position, name in enumerate(columns)}
        self.steps = 0
        self.rows: Iterable[tuple[Any, ...]] = ()
        self.printed: Callable[[Any], str] = printed if marking else text_of
        if marking:
            self.code_generator_class = MarkingGenerator
            self.concat = rich_concat  # type: ignore[method-assign]

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        Guard(self, self.columns).visit(tree)
        return tree

    def _compile(self, source: str, filename: str) -> CodeType:
        return self.compiled(source, filename)

    def compiled(self, source: str, filename: str) -> CodeType:
        """Return generated Python, compiled; what Python warns of (``true[0]``) fails when it is rendered, if ever."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)
            return compile(source, filename, "exec")

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Return whether *attr* is on the allow-list of the type of *obj*."""
        return super().is_safe_attribute(obj, attr, value) and is_allowed_attribute(obj, attr)

    def wrap_str_format(self, value: Any) -> None:
        """Return nothing: `str.format` is an attribute like any other, and not on the list."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Return the attribute or item, bounded where it is a method of a text."""
        return guarded(super().getattr(obj, attribute))

    def getitem(self, obj: Any, argument: Any) -> Any:
        """Return the item or attribute, bounded where it is a method of a text."""
        return guarded(super().getitem(obj, argument))

    def enter_row(self, context: Context, values: Mapping[str, Any]) -> None:
        """Let included templates see *values*, the columns of the row that is rendered now."""
        context.parent = {**self.globals, **values}

    def join_path(self, template: str, parent: str) -> str:  # noqa: ARG002
        """Return the name as it is written; names are never relative."""
        if not isinstance(template, str):
            raise TemplateNotFound("")
        return template
