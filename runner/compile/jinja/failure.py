"""What a rendering that failed says: code, place and a sentence, never a value.

Messages of Jinja2 and Python quote values (``dict object has no element 'Ann'``), so none of them is passed on.
"""

import re
from dataclasses import dataclass
from decimal import DivisionByZero
from types import TracebackType

from jinja2.exceptions import SecurityError, TemplateNotFound, TemplateSyntaxError, UndefinedError

from runner.compile.jinja.guard import ALIAS
from runner.compile.jinja.refusals import Refused

_UNDEFINED = re.compile(r"'(\w+)' is undefined")


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One rendering that failed.

    Attributes:
        row: its number in the batch, from 0.
        template, line: the innermost place in a template, line 0 where there is none.
    """

    row: int
    code: str
    message: str
    template: str
    line: int


def failure_of(
    error: BaseException,
    row: int,
    *,
    columns: list[str],
    variables: dict[str, str],
    default: tuple[str, int],
) -> Failure:
    """Return what *error* means.

    Args:
        error: what was raised.
        row: where in the batch.
        columns: all columns of the audience, in order.
        variables: the names by which templates know columns.
        default: template and line where the traceback names none.
    """
    code, message = _words(error, columns, variables)
    template, line = _place(error.__traceback__) or default
    return Failure(row=row, code=code, message=message, template=template, line=line)


def _words(error: BaseException, columns: list[str], variables: dict[str, str]) -> tuple[str, str]:
    match error:
        case Refused():
            return error.code, error.message
        case UndefinedError():
            return "undefined", _undefined(str(error), columns, variables)
        case _:
            for kinds, code, message in _KINDS:
                if isinstance(error, kinds):
                    return code, message
            kind = type(error).__name__
            return "failed-operation", f"an operation is not possible on these values ({kind})"


_KINDS: tuple[tuple[type[Exception] | tuple[type[Exception], ...], str, str], ...] = (
    (SecurityError, "forbidden-attribute", "the template reaches for what is out of reach"),
    (TemplateNotFound, "unknown-template", "a template that is included here does not exist"),
    (TemplateSyntaxError, "template-syntax", "a template that is included here is not valid Jinja2"),
    (MemoryError, "template-limit", "this takes more memory than there is"),
    (RecursionError, "template-limit", "this goes too deep"),
    ((DivisionByZero, ZeroDivisionError), "division-by-zero", "division by zero"),
)


def _undefined(message: str, columns: list[str], variables: dict[str, str]) -> str:
    found = _UNDEFINED.fullmatch(message)
    name = found[1] if found else ""
    if name.startswith(ALIAS) and name[len(ALIAS) :].isdigit():
        return f"the column `{columns[int(name[len(ALIAS) :])]}` is empty"
    if name in variables:
        return f"the column `{variables[name]}` is empty"
    if name:
        return f"`{name}` is not defined"
    return "an attribute, item or argument that is used here does not exist"


def _place(traceback: TracebackType | None) -> tuple[str, int] | None:
    found = None
    while traceback is not None:
        template = traceback.tb_frame.f_globals.get("__jinja_template__")
        if template is not None:
            found = (template.name or "", template.get_corresponding_lineno(traceback.tb_lineno))
        traceback = traceback.tb_next
    return found
