"""Documentation that would be wrong in silence."""

import re
from pathlib import Path

from runner.compile.jinja.filters import FILTERS

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_every_filter_is_documented() -> None:
    """`docs/templates.md` names each filter that a template may use, and no other in its first column."""
    text = (DOCS / "templates.md").read_text(encoding="utf-8")
    section = text.partition("## Filters")[2].partition("\n## ")[0]
    first_column = "".join(line.split("|")[1] for line in section.splitlines() if line.startswith("| `"))

    assert set(re.findall(r"`(\w+)", first_column)) == set(FILTERS)
