"""The source of a template: its lines, and where in them a thing stands. Jinja2's nodes have lines but no columns."""

import re
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
        statements: first line, keyword and content of each ``{% … %}``, in order.
    """

    name: str
    text: str
    outputs: tuple[str, ...] = ()
    statements: tuple[tuple[int, str, str], ...] = ()
    expressions: dict[int, str] = field(default_factory=dict)

    def statement(self, line: int, keyword: str) -> str:
        """Return the statement that begins at *line* with *keyword*, for messages."""
        for at, word, content in self.statements:
            if at == line and word == keyword:
                return content
        return keyword

    def find(self, line: int, word: str) -> tuple[int | None, int]:
        """Return column and length of *word* in *line*, both 1-based; no column where it is not there."""
        lines = self.text.splitlines()
        if word and 0 < line <= len(lines):
            edge = r"\b" if word.isidentifier() else ""
            found = re.search(f"{edge}{re.escape(word)}{edge}", lines[line - 1])
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
    statements: list[tuple[int, str, str]] = []
    inside: list[str] = []
    start = 1
    for line, token, value in environment.lex(text):
        if token in {"variable_begin", "block_begin"}:
            inside, start = [], line
        elif token == "variable_end":  # noqa: S105 (a token of the lexer)
            outputs.append(_shown("".join(inside)))
        elif token == "block_end":  # noqa: S105
            content = _shown("".join(inside))
            statements.append((start, content.split(" ", 1)[0], content))
        else:
            inside.append(value)
    return Source(name=name, text=text, outputs=tuple(outputs), statements=tuple(statements))


def expressions_of(source: Source, tree: nodes.Template) -> dict[int, str]:
    """Return the source of each printed expression of *tree* by the `id` of its node.

    Empty where the tree prints in another way than by ``{{ … }}`` (``{% print %}``), so that nothing is mixed up.
    """
    printed = [
        child
        for output in tree.find_all(nodes.Output)
        for child in output.nodes
        if not isinstance(child, nodes.TemplateData)
    ]
    if len(printed) != len(source.outputs):
        return {}
    return {id(node): text for node, text in zip(printed, source.outputs, strict=True)}
