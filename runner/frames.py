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

**reports** (vendor adapter → collect, report), `REPORT_SCHEMA`, one per status report or call record that could be read:
    CALL: String, the vendor's id of the call; NUMBER: String, E.164 with ``+``; CALLER: String, the caller id, digits;
    JOB, PARENT_JOB: Int64, the task, and the one of which it is a recall round; RECALLS: Int64, how many recalls came
    before; AUDIO: String, the vendor's id of what was played; SUBMITTED, CALLED, RANG, PICKED_UP, ENDED: Int64, Unix
    milliseconds, UTC; DURATION, CHARGED: Int64, seconds; COST: String, a decimal number; CURRENCY: String; KEY: String, the
    key pressed; OUTCOME: `OUTCOME_TYPE` of `runner.model.outcome.Outcome`; CERTAINTY: UInt8 of `Certainty`; SOURCE:
    `SOURCE_TYPE` of `Source`. CALL, NUMBER, OUTCOME, CERTAINTY and SOURCE are never null; all others are where it was not
    said, or was not said in a form that can be trusted.

**outcomes** (collect ↔ ledger → report), `OUTCOME_SCHEMA`: *reports* that were attributed to a person of a campaign's edition,
    without what says who she is: PERSON in place of NUMBER and CALLER, COUNTRY: String, two letters of ISO 3166, null where
    it is not known. At most one per call and source where `runner.report.outcome.fold` made it; several blocks of them
    together are *outcomes* again.

**calls** (report), `CALL_SCHEMA`, one per call, sorted by CALL: the facts of *reports*, in place of OUTCOME, CERTAINTY and
    SOURCE these: REPORTED: OUTCOME_TYPE by pushes alone and CONFIRMED: OUTCOME_TYPE by call records alone, null where there
    is none; OUTCOME: what is shown, see `runner.report.outcome`. Made of *outcomes* it has their facts instead.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

    KEY_TYPE: pl.UInt128
    BLOCK_SCHEMA: pl.Schema
    OUTCOME_TYPE: pl.Enum
    SOURCE_TYPE: pl.Enum
    REPORT_SCHEMA: pl.Schema
    CALL_SCHEMA: pl.Schema
    OUTCOME_SCHEMA: pl.Schema

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


CALL = "@call"
CALLER = "@caller"
COUNTRY = "@country"
JOB = "@job"
PARENT_JOB = "@parent_job"
RECALLS = "@recalls"
AUDIO = "@audio"
SUBMITTED = "@submitted"
CALLED = "@called"
RANG = "@rang"
PICKED_UP = "@picked_up"
ENDED = "@ended"
DURATION = "@duration"
CHARGED = "@charged"
COST = "@cost"
CURRENCY = "@currency"
KEY = "@key"
OUTCOME = "@outcome"
CERTAINTY = "@certainty"
SOURCE = "@source"
REPORTED = "@reported"
CONFIRMED = "@confirmed"

OUTCOMES = ("unknown", "failed", "no_answer", "busy", "voicemail", "answered")
"""The values of `runner.model.outcome.Outcome` in their order, which is their rank."""

SOURCES = ("push", "record")
"""The values of `runner.model.outcome.Source`."""


def __getattr__(name: str) -> object:
    """Return the types that need Polars, which is loaded with the first of them: not every command has people."""
    make = _TYPES.get(name)
    if make is None:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    return make()


def _key_type() -> object:
    import polars as pl  # noqa: PLC0415

    return pl.UInt128()


def _block_schema() -> object:
    import polars as pl  # noqa: PLC0415

    return pl.Schema({PERSON: pl.UInt128, CONTENT: pl.UInt128})


def _outcome_type() -> object:
    import polars as pl  # noqa: PLC0415

    return pl.Enum(OUTCOMES)


def _source_type() -> object:
    import polars as pl  # noqa: PLC0415

    return pl.Enum(SOURCES)


def _facts_of_a_call() -> "dict[str, pl.DataType]":
    import polars as pl  # noqa: PLC0415

    texts: dict[str, pl.DataType] = dict.fromkeys(
        (CALL, NUMBER, CALLER, AUDIO, COST, CURRENCY, KEY), pl.String()
    )
    times = (SUBMITTED, CALLED, RANG, PICKED_UP, ENDED)
    numbers = dict.fromkeys((JOB, PARENT_JOB, RECALLS, *times, DURATION, CHARGED), pl.Int64())
    return texts | numbers


def _report_schema() -> object:
    import polars as pl  # noqa: PLC0415

    kinds = {OUTCOME: pl.Enum(OUTCOMES), CERTAINTY: pl.UInt8(), SOURCE: pl.Enum(SOURCES)}
    return pl.Schema(_facts_of_a_call() | kinds)


def _outcome_schema() -> object:
    import polars as pl  # noqa: PLC0415

    facts = {name: kind for name, kind in _facts_of_a_call().items() if name not in (NUMBER, CALLER)}
    who: dict[str, pl.DataType] = {PERSON: pl.UInt128(), COUNTRY: pl.String()}
    kinds = {OUTCOME: pl.Enum(OUTCOMES), CERTAINTY: pl.UInt8(), SOURCE: pl.Enum(SOURCES)}
    return pl.Schema(who | facts | kinds)


def _call_schema() -> object:
    import polars as pl  # noqa: PLC0415

    return pl.Schema(_facts_of_a_call() | dict.fromkeys((REPORTED, CONFIRMED, OUTCOME), pl.Enum(OUTCOMES)))


_TYPES = {
    "KEY_TYPE": _key_type,
    "BLOCK_SCHEMA": _block_schema,
    "OUTCOME_TYPE": _outcome_type,
    "SOURCE_TYPE": _source_type,
    "REPORT_SCHEMA": _report_schema,
    "CALL_SCHEMA": _call_schema,
    "OUTCOME_SCHEMA": _outcome_schema,
}


def slot(number: int) -> str:
    """Return the name of the column that holds what the vendor puts into slot *number* (1-10)."""
    return f"@slot{number}"


def text(index: int) -> str:
    """Return the name of the column with the expanded text number *index* of a campaign (see `runner.model.texts`)."""
    return f"@text{index}"


def is_text(column: str) -> bool:
    """Tell whether *column* is one of those that `text` names."""
    return column.startswith("@text") and column.removeprefix("@text").isdigit()
