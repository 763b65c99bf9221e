"""Errors of Jinja2's lexer, parser and compiler, in our own words and with a column."""

import re

from jinja2.exceptions import TemplateSyntaxError

from runner.compile.jinja.source import Fault, Source

_WORDS: tuple[tuple[str, str], ...] = (
    (
        r"expected token 'end of print statement', got '(?P<word>[^']*)'",
        "`{word}` cannot follow here; `}}}}` was expected",
    ),
    (
        r"expected token 'end of statement block', got '(?P<word>[^']*)'",
        "`{word}` cannot follow here; `%}}` was expected",
    ),
    (r"expected token '(?P<want>[^']*)', got '(?P<word>[^']*)'", "`{want}` was expected here, not `{word}`"),
    (r"Encountered unknown tag '(?P<word>[^']*)'", "there is no statement `{word}`"),
    (r"[Uu]nexpected char '(?P<word>.)'", "the character `{word}` means nothing here"),
    (
        r"unexpected '(?P<word>[^']*)', expected '(?P<want>[^']*)'",
        "`{word}` closes what `{want}` should close",
    ),
    (r"unexpected '(?P<word>[^']*)'", "`{word}` cannot stand here"),
    (
        r"Unexpected end of template.*innermost block that needs to be closed is '(?P<word>[^']*)'",
        "`{word}` is never closed",
    ),
    (r"(?s)[Uu]nexpected end of template", "the template ends in the middle of something"),
    (r"Missing end of comment tag", "a comment `{{#` is never closed by `#}}`"),
    (r"Missing end of raw directive", "`raw` is never closed"),
    (r"No (?P<want>filter|test) named '(?P<word>[^']*)'", "there is no {want} `{word}`"),
    (r"reserved name '(?P<word>[^']*)'", "`{word}` is a name that templates may not use"),
    (r"block '(?P<word>[^']*)' defined twice", "there are two blocks `{word}`"),
    (r"Can't assign to special loop variable", "`loop` cannot be assigned to"),
    (r"can't assign to|cannot assign to '(?P<word>[^']*)'", "this cannot be assigned to"),
    (r"cannot use extend from a non top-level scope", "`extends` must stand at the top"),
    (r"Unexpected end of expression|Expected an expression", "an expression is missing here"),
)


_TOKENS = {
    "end of print statement": "}}",
    "begin of print statement": "{{",
    "end of statement block": "%}",
    "begin of statement block": "{%",
    "end of template": "the end of the template",
    "template data / text": "text",
}
"""Names of tokens in Jinja2's messages that are not what stands in the source."""


def syntax_fault(error: TemplateSyntaxError, source: Source) -> Fault:
    """Return what *error* says, at its word in *source*."""
    message, line = error.message or "", error.lineno or 1
    for pattern, sentence in _WORDS:
        found = re.search(pattern, message)
        if found:
            groups = {name: _TOKENS.get(value, value) for name, value in found.groupdict(default="").items()}
            word = groups.get("word", "")
            if "innermost block" in pattern:
                line = _opening_line(source.text, line)
            return source.fault("template-syntax", sentence.format(**groups), line, word)
    return source.fault("template-syntax", "this is not valid Jinja2", line)


def _opening_line(text: str, default: int) -> int:
    """Return the line of the innermost statement that is opened and never closed; Jinja2 names the template's end."""
    closed = set(re.findall(r"\{%[-+]?\s*end(\w+)", text))
    opened: list[tuple[str, int]] = []
    for found in re.finditer(r"\{%[-+]?\s*(\w+)", text):
        word = found[1]
        if word.startswith("end"):
            while opened and opened.pop()[0] != word[3:]:
                pass
        elif word in closed or word in _BLOCKS:
            opened.append((word, found.start()))
    return text.count("\n", 0, opened[-1][1]) + 1 if opened else default


_BLOCKS = frozenset(("if", "for", "filter", "call", "macro", "with", "block", "autoescape"))


def compile_fault(error: BaseException, source: Source, line: int) -> Fault:
    """Return what stopped the compilation of the part at *line*: Python's own limits, memory, or a constant that fails."""
    if isinstance(error, TemplateSyntaxError):
        return syntax_fault(error, source)
    if isinstance(error, MemoryError):
        return source.fault("template-limit", "compiling this takes more memory than there is", line)
    if isinstance(error, RecursionError | SyntaxError | OverflowError | ValueError):
        return source.fault("template-limit", "this is nested too deeply to be compiled", line)
    return source.fault("failed-operation", "something here that no column changes always fails", line)
