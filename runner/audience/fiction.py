"""Numbers that ring nobody; see ``fiction.toml`` beside this module for the list and its sources."""

import functools
import re
import tomllib
from importlib.resources import files

_WRITTEN = re.compile(r"\+[0-9x ]+")


@functools.cache
def pattern() -> str:
    """Return the regular expression of the E.164 numbers, with plus, that are listed."""
    listed = tomllib.loads(files("runner.audience").joinpath("fiction.toml").read_text(encoding="utf-8"))
    numbers: list[str] = [number for entry in listed["range"] for number in entry["numbers"]]
    if not all(_WRITTEN.fullmatch(number) for number in numbers):
        msg = "fiction.toml: a number is a plus, digits, x and blanks"
        raise ValueError(msg)
    forms = sorted({number.lstrip("+").replace(" ", "").replace("x", "[0-9]") for number in numbers})
    return rf"^\+(?:{'|'.join(forms)})$"
