"""Code generators: one that marks values, and one that renders many rows in one call.

Both change only how output is yielded and where columns come from; scopes, names and order are the stock generator's.
Whatever prints passes through `visit_Output`, or (filter blocks, call blocks, recursive loops) through `start_write`
with its node, or carries marks already (blocks and includes, through `simple_write`).
"""

from collections.abc import Iterable, Mapping
from typing import Any

from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.idtracking import VAR_LOAD_RESOLVE

ROW_END = object()
"""Yielded after the chunks of each row."""


class MarkingGenerator(CodeGenerator):
    """Wraps what expressions print into `rich.Marked`, and makes each loop one value."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._wrapped: list[bool] = []

    def write_commons(self) -> None:
        """Bind the functions that mark."""
        super().write_commons()
        self.writeline("mark = environment.mark")
        self.writeline("closed = environment.closed")

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        if not isinstance(node, nodes.TemplateData):
            self.write("mark(")
        super()._output_child_pre(node, frame, finalize)

    def _output_child_post(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        super()._output_child_post(node, frame, finalize)
        if not isinstance(node, nodes.TemplateData):
            self.write(")")

    def start_write(self, frame: Frame, node: nodes.Node | None = None) -> None:
        """Begin to yield; what a filter block, a call block or a recursive loop made is a value."""
        super().start_write(frame, node)
        self._wrapped.append(isinstance(node, nodes.FilterBlock | nodes.CallBlock | nodes.For))
        if self._wrapped[-1]:
            self.write("mark(")

    def end_write(self, frame: Frame) -> None:
        """End what `start_write` began."""
        if self._wrapped.pop():
            self.write(")")
        super().end_write(frame)

    def visit_For(self, node: nodes.For, frame: Frame) -> None:  # noqa: N802
        """Collect what the loop prints and yield it as one value."""
        outer, buffer = frame.buffer, self.temporary_identifier()
        self.writeline(f"{buffer} = []")
        frame.buffer = buffer
        super().visit_For(node, frame)
        frame.buffer = outer
        self.simple_write(f"closed({buffer})", frame)


class BatchMixin(CodeGenerator):
    """Makes the root function run over `environment.rows`, tuples of the values of *positions*' columns.

    The loop is around the root frame, not a ``for`` of the template: assignments, macros and includes find the scopes
    that they find in plain Jinja2. A column is a Python local that every frame, nested functions too, reads.

    Args:
        positions: where in a row's tuple each variable's column stands.
        tells_ends: whether `ROW_END` is yielded after each row; without it each row must yield exactly one chunk.
        needs_context: whether templates that are included look up columns in the context.
        has_state: whether the root assigns.
    """

    def __init__(
        self,
        *args: Any,
        positions: Mapping[str, int],
        tells_ends: bool,
        needs_context: bool,
        has_state: bool,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._positions = positions
        self._tells_ends = tells_ends
        self._needs_context = needs_context
        self._has_state = has_state
        self._root: list[nodes.Node] = []
        self._is_pulled = False

    def write_commons(self) -> None:
        """Bind what prints."""
        super().write_commons()
        self.writeline("printed = environment.printed")

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        # One call for `str(environment.finalize(…))`, marks included: `finalize` gives text already.
        if frame.eval_ctx.volatile or frame.eval_ctx.autoescape:
            super()._output_child_pre(node, frame, finalize)
        else:
            self.write("printed(")

    def _output_child_post(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        if frame.eval_ctx.volatile or frame.eval_ctx.autoescape:
            super()._output_child_post(node, frame, finalize)
        else:
            self.write(")")

    def visit_Template(self, node: nodes.Template, frame: Frame | None = None) -> None:  # noqa: N802
        """Write the module."""
        self._root = node.body
        super().visit_Template(node, frame)

    def pull_dependencies(self, nodes: Iterable[nodes.Node]) -> None:
        """Look filters and tests up before the first row, once."""
        if not self._is_pulled:
            super().pull_dependencies(nodes)

    def enter_frame(self, frame: Frame) -> None:
        """Take columns from the row, all else from where the stock generator takes it."""
        if frame.rootlevel and not self._is_pulled:
            self._enter_rows()
        others = frame.copy()
        others.symbols.loads = {}
        for target, (action, name) in frame.symbols.loads.items():
            if action == VAR_LOAD_RESOLVE and name in self._positions:
                self.writeline(f"{target} = c_{self._positions[name]}")
            else:
                others.symbols.loads[target] = (action, name)
        super().enter_frame(others)

    def _enter_rows(self) -> None:
        self.pull_dependencies(self._root)
        self._is_pulled = True
        width = max(self._positions.values(), default=-1) + 1
        self.writeline(
            f"for ({' '.join(f'c_{position},' for position in range(width))}) in environment.rows:"
        )
        self.indent()
        if self._has_state:
            self.writeline("context.vars.clear()")
            self.writeline("context.exported_vars.clear()")
        if self._needs_context:
            values = ", ".join(f"{name!r}: c_{at}" for name, at in self._positions.items())
            self.writeline(f"environment.enter_row(context, {{{values}}})")

    def leave_frame(self, frame: Frame, with_python_scope: bool = False) -> None:  # noqa: FBT001, FBT002
        """End the row with the root frame."""
        super().leave_frame(frame, with_python_scope)
        if frame.rootlevel:
            if self._tells_ends:
                self.writeline("yield environment.row_end")
            self.outdent()


class FlatBatch(BatchMixin, CodeGenerator):
    """Many rows, values not marked."""


class MarkedBatch(BatchMixin, MarkingGenerator):
    """Many rows, values marked."""
