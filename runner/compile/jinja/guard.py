"""What is changed in every syntax tree, for plain Jinja2 and for ours alike, so that limits hold wherever it runs.

- Templates, loops, macros and call blocks count a step at the start of their bodies (``@tick``).
- Operands of ``~`` and results of filter blocks are checked like what is printed (``@text``); Jinja2's `finalize` misses
  them.
- Numbers with a point are decimals (``@decimal``): ``amount == 99.99`` would never be true of a binary fraction.
- ``row['Due date']`` and ``row.due`` stand for that column, however it is named.
"""

from typing import Any

from jinja2 import Environment, nodes
from jinja2.exceptions import TemplateSyntaxError
from jinja2.visitor import NodeTransformer

ROW = "row"
ALIAS = "_row_"
"""Begins the names by which columns of `row` are known inside; no template may use it."""


class Guard(NodeTransformer):
    """Changes a tree in place.

    Args:
        columns: position of each column of the audience by name.
    """

    def __init__(self, environment: Environment, columns: dict[str, int]) -> None:
        self.environment = environment
        self.columns = columns

    def _filter(self, node: nodes.Expr | None, name: str, lineno: int) -> nodes.Filter:
        return nodes.Filter(node, name, [], [], None, None, lineno=lineno, environment=self.environment)

    def _tick(self, node: nodes.Template | nodes.For | nodes.Macro | nodes.CallBlock) -> nodes.Node:
        self.generic_visit(node)
        zero = nodes.Const(0, lineno=node.lineno, environment=self.environment)
        tick = self._filter(zero, "@tick", node.lineno)
        node.body.insert(0, nodes.ExprStmt(tick, lineno=node.lineno, environment=self.environment))
        return node

    def visit_Template(self, node: nodes.Template) -> nodes.Node:  # noqa: N802, D102
        return self._tick(node)

    def visit_For(self, node: nodes.For) -> nodes.Node:  # noqa: N802, D102
        return self._tick(node)

    def visit_Macro(self, node: nodes.Macro) -> nodes.Node:  # noqa: N802, D102
        return self._tick(node)

    def visit_CallBlock(self, node: nodes.CallBlock) -> nodes.Node:  # noqa: N802, D102
        return self._tick(node)

    def visit_FilterBlock(self, node: nodes.FilterBlock) -> nodes.Node:  # noqa: N802, D102
        self.generic_visit(node)
        node.filter = self._filter(node.filter, "@text", node.lineno)
        return node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:  # noqa: N802, D102
        self.generic_visit(node)
        node.nodes = [self._filter(operand, "@text", operand.lineno) for operand in node.nodes]
        return node

    def visit_Const(self, node: nodes.Const) -> nodes.Node:  # noqa: N802, D102
        if not isinstance(node.value, float):
            return node
        digits = nodes.Const(repr(node.value), lineno=node.lineno, environment=self.environment)
        return self._filter(digits, "@decimal", node.lineno)

    def visit_Name(self, node: nodes.Name) -> nodes.Node:  # noqa: N802, D102
        if node.name.startswith(ALIAS):
            raise TemplateSyntaxError(f"reserved name '{node.name}'", node.lineno)
        return node

    def visit_Getitem(self, node: nodes.Getitem) -> nodes.Node:  # noqa: N802, D102
        if isinstance(node.arg, nodes.Const):
            return self._column(node, node.arg.value)
        return self.generic_visit(node)

    def visit_Getattr(self, node: nodes.Getattr) -> nodes.Node:  # noqa: N802, D102
        return self._column(node, node.attr)

    def _column(self, node: nodes.Getitem | nodes.Getattr, name: Any) -> nodes.Node:
        is_row = isinstance(node.node, nodes.Name) and node.node.name == ROW
        if is_row and isinstance(name, str) and name in self.columns:
            # Returned without being visited, so that only names of the template's own are refused above.
            alias = f"{ALIAS}{self.columns[name]}"
            return nodes.Name(alias, "load", lineno=node.lineno, environment=self.environment)
        return self.generic_visit(node)
