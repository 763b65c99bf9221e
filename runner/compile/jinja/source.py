"""The source of a template: its lines, and where in them a thing stands. Jinja2's nodes have lines but no columns."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from jinja2 import Environment, nodes

MAX_SHOWN = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that is wrong with a template; `runner.compile.program` makes a problem of it.

    Attributes:
        template: name of the template; ``@text0`` … for the texts themselves.
    """

    code: str
    message: str
    template: str
    line: int
    column: int | None = None
    length: int = 1
    hint: str | None = None


def _shown(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= MAX_SHOWN else words[: MAX_SHOWN - 1] + "…"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A template's text, lexed.

    Attributes:
        outputs: what stands between ``{{`` and ``}}``, in order.
        statements: keyword and content of each ``{% … %}``, in order.
        expressions: source of printed expressions and statements by `id` of their nodes.
    """

    name: str
    text: str
    outputs: tuple[str, ...] = ()
    statements: tuple[tuple[str, str], ...] = ()
    expressions: dict[int, str] = field(default_factory=dict)

    def expression(self, node: nodes.Node, default: str) -> str:
        """Return the source of *node*, for messages; *default* where it is not known."""
        return self.expressions.get(id(node), default)

    def find(self, line: int, word: str) -> tuple[int | None, int]:
        """Return column and length of *word* in *line*, both 1-based; no column where it is not there."""
        lines = self.text.splitlines()
        if word and 0 < line <= len(lines):
            # An operator is looked for between blanks first, since it may stand in a text or a tag before.
            edges = (r"\b",) if word.isidentifier() else (r"(?<=\s)(?={})", "")
            for edge in edges:
                before = edge.format(re.escape(word) + r"\s")
                found = re.search(before + re.escape(word) + (edge if edge == r"\b" else ""), lines[line - 1])
                if found:
                    return found.start() + 1, len(word)
        return None, 1

    def fault(self, code: str, message: str, line: int, word: str = "", *, hint: str | None = None) -> Fault:
        """Return a fault at *word* in *line*."""
        column, length = self.find(line, word)
        return Fault(
            code=code,
            message=message,
            template=self.name,
            line=line,
            column=column,
            length=length,
            hint=hint,
        )


def lexed(environment: Environment, name: str, text: str) -> Source:
    """Return *text* with its outputs and statements.

    Raises:
        TemplateSyntaxError: *text* cannot be lexed.
    """
    outputs: list[str] = []
    statements: list[tuple[str, str]] = []
    inside: list[str] = []
    for _, token, value in environment.lex(text):
        if token in {"variable_begin", "block_begin"}:
            inside = []
        elif token == "variable_end":  # noqa: S105 (a token of the lexer)
            outputs.append(_shown("".join(inside)))
        elif token == "block_end":  # noqa: S105
            content = _shown("".join(inside))
            statements.append((content.split(" ", 1)[0], content))
        else:
            inside.append(value)
    return Source(name=name, text=text, outputs=tuple(outputs), statements=tuple(statements))


_STATEMENTS: dict[str, tuple[type[nodes.Node], ...]] = {
    "if": (nodes.If,),
    "for": (nodes.For,),
    "with": (nodes.With,),
    "filter": (nodes.FilterBlock,),
    "call": (nodes.CallBlock,),
    "include": (nodes.Include,),
    "set": (nodes.Assign, nodes.AssignBlock),
}


def expressions_of(source: Source, tree: nodes.Template) -> dict[int, str]:
    """Return the source of printed expressions and statements of *tree* by the `id` of its node.

    Nodes come in the order of the source; where there are not as many as in the source (``{% print %}`` prints too), none
    of the kind is told, so that nothing is mixed up.
    """
    printed = [
        child
        for output in tree.find_all(nodes.Output)
        for child in output.nodes
        if not isinstance(child, nodes.TemplateData)
    ]
    found = _paired(printed, source.outputs)
    branches = {id(elif_) for node in tree.find_all(nodes.If) for elif_ in node.elif_}
    for keyword, kinds in _STATEMENTS.items():
        those = [node for node in tree.find_all(kinds) if id(node) not in branches]
        found |= _paired(those, [content for word, content in source.statements if word == keyword])
    return found


def _paired(found: Sequence[nodes.Node], texts: Sequence[str]) -> dict[int, str]:
    if len(found) != len(texts):
        return {}
    return {id(node): text for node, text in zip(found, texts, strict=True)}
