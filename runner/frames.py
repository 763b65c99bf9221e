"""Names and types of the columns in which people travel from the audience file to the request.

Columns of ours begin with ``@``; all others are columns of the audience, all String until typed. Every frame that
crosses a package border is one of these:

**rows** (sources → audience), one per record of the audience file, in file order:
    ROW: UInt32, 1 for the first record after the header; then the audience's columns, String, null where a cell is empty.

**people** (audience → compile), one per row that could be called, of one key range, sorted by PERSON:
    PERSON: UInt128 keyed value of the number; NUMBER: String, E.164 with ``+``; ROW: UInt32 of the row that was kept;
    then those of the audience's columns that are read, String: a column that `[audience.types]` names holds the
    canonical text of its values (`runner.audience.types`), and the rendering worker makes the values.

**texts** (compile → planning): PERSON, NUMBER, ROW, VARIANT: UInt32 index of the settings that apply;
    one String column `text(i)` per text of the campaign, expanded, null where there is none.

**callees** (planning → vendor adapter), one per person of one task, sorted by PERSON:
    PERSON, NUMBER, CONTENT: UInt128, and `slot(1)` … `slot(10)`: String, as many as the skeletons use.

**block** (planning ↔ ledger), one per person of one task, sorted by PERSON: PERSON, CONTENT.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

    KEY_TYPE: pl.UInt128
    BLOCK_SCHEMA: pl.Schema

ROW = "@row"
NUMBER = "@number"
PERSON = "@person"
VARIANT = "@variant"
CONTENT = "@content"
APPROVAL = "@approval"
BUCKET = "@bucket"
REASON = "@reason"
FORM = "@form"
COHORT = "@cohort"
TASK = "@task"

OWN_PREFIX = "@"
"""An audience column may not begin with this."""


def __getattr__(name: str) -> object:
    """Return the types of keys and of *block*. Polars is loaded with the first of them: not every command has people."""
    if name not in ("KEY_TYPE", "BLOCK_SCHEMA"):
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    import polars as pl  # noqa: PLC0415

    return pl.UInt128() if name == "KEY_TYPE" else pl.Schema({PERSON: pl.UInt128, CONTENT: pl.UInt128})


def slot(number: int) -> str:
    """Return the name of the column that holds what the vendor puts into slot *number* (1-10)."""
    return f"@slot{number}"


def text(index: int) -> str:
    """Return the name of the column with the expanded text number *index* of a campaign (see `runner.model.texts`)."""
    return f"@text{index}"


def is_text(column: str) -> bool:
    """Tell whether *column* is one of those that `text` names."""
    return column.startswith("@text") and column.removeprefix("@text").isdigit()
