"""Units: parts of a template that are rendered together, compiled so that one call renders many rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from jinja2 import Template, nodes

from runner.compile.jinja.environment import CampaignEnvironment
from runner.compile.jinja.generators import FlatBatch, MarkedBatch
from runner.compile.jinja.names import bound_in, walk


class UnitKind(StrEnum):
    """How a unit is rendered.

    COLUMN: a text column printed as it is: nothing to render. EXPRESSION: one chunk a row. ROWS: any chunks.
    WHOLE: a new context for every row, as plain Jinja2 does it, for what cannot be split (inheritance).
    """

    COLUMN = "column"
    EXPRESSION = "expression"
    ROWS = "rows"
    WHOLE = "whole"


@dataclass(slots=True, kw_only=True)
class Unit:
    """One unit.

    Attributes:
        columns: what it reads; its rows are tuples in this order.
        variables: the names by which templates know those columns, to positions in `columns`.
        structured: whether its result has pieces.
        template: name of the template that it stands in, with line and source for messages.
        compiled: None for `UnitKind.COLUMN`.
    """

    number: int
    kind: UnitKind
    columns: tuple[str, ...]
    variables: Mapping[str, int]
    structured: bool
    template: str
    line: int
    expression: str
    compiled: Template | None = field(default=None, repr=False)


def compiled_batch(
    environment: CampaignEnvironment,
    body: Sequence[nodes.Node],
    unit: Unit,
) -> Template:
    """Return *body* compiled to run over `environment.rows`.

    Raises:
        TemplateSyntaxError, SyntaxError, RecursionError, MemoryError: see `syntax.compile_fault`.
    """
    tree = nodes.Template(list(body), lineno=1, environment=environment)
    generator = (MarkedBatch if unit.structured else FlatBatch)(
        environment,
        unit.template,
        unit.template,
        positions=unit.variables,
        tells_ends=unit.kind is UnitKind.ROWS,
        needs_context=any(getattr(node, "with_context", False) for root in body for node in walk(root)),
        has_state=bool(bound_in(body)),
    )
    generator.visit(tree)
    code = environment.compiled(generator.stream.getvalue(), unit.template)  # type: ignore[attr-defined]
    return environment.template_class.from_code(environment, code, environment.make_globals(None))


def compiled_whole(environment: CampaignEnvironment, tree: nodes.Template, name: str) -> Template:
    """Return *tree* compiled as plain Jinja2 would."""
    code = environment.compile(tree, name, name)
    return environment.template_class.from_code(environment, code, environment.make_globals(None))
