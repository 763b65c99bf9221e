"""Each file in `bad/` is a campaign with one fault, named after it; its first lines say what must be found, and where."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from runner.errors import Problem

BAD = sorted((Path(__file__).parent / "bad").glob("*.toml"))


def shown(text: str) -> str:
    """Return *text* as JSON; an escape of a control character without its backslash, which would be a fault of its own."""
    return json.dumps(text).replace("\\\\u20", "u20").replace("\\u20", "u20")


@pytest.mark.parametrize("file", BAD, ids=lambda file: file.stem)
def test_fault_is_found_where_it_is(file: Path, root: Any, marked: Callable[[Problem], str]) -> None:
    """Exactly the expected problems are found, at the expected line and column, underlining the expected text."""
    text = file.read_text(encoding="utf-8")
    lines = text.splitlines()
    expected = [line.removeprefix("# expect: ") for line in lines if line.startswith("# expect: ")]
    chosen = [line.removeprefix("# environment: ") for line in lines if line.startswith("# environment: ")]
    root.campaign(text)

    problems = root.problems(environment=chosen[0] if chosen else "sandbox")

    found = [
        f"{problem.code} {problem.where.line}:{problem.where.column} {shown(marked(problem))}"
        for problem in problems
    ]
    assert found == expected


def test_every_fault_says_what_to_expect() -> None:
    """No file in the folder is forgotten: there are many, and each expects something."""
    assert len(BAD) > 90
    assert all("# expect: " in file.read_text(encoding="utf-8") for file in BAD)
