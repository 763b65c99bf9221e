"""The campaign file as pydantic models: its keys, their kinds and ranges (design, section 5; ranges from the vendor's pages).

What spans several keys is in `runner.config.rules`; names with `@` are still as written.
"""

from datetime import datetime, time
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag

from runner.config.scalars import Duration, Expects, Number, one_of
from runner.model.campaign import ColumnType, Gender, Missed, Purpose, RecallWho, SeatTrigger

NAMED = "@[a-z0-9][a-z0-9_-]{0,63}"
"""A name that is looked up in `environments.toml`."""

NAME_PATTERN = "^[a-z0-9][a-z0-9-]{1,31}$"
EDITION_PATTERN = "^[A-Za-z0-9][A-Za-z0-9._-]{0,15}$"
AS_OF_PATTERN = "^[1-9][0-9]{0,14}-[0-9a-f]{8}$"
OPAQUE_PATTERN = f"^({NAMED}|[!-?A-~][!-~]{{0,63}})$"
CALLER_PATTERN = f"^({NAMED}|[0-9]{{0,20}})$"
SENDER_PATTERN = f"^({NAMED}|[!-?A-~]([ -~]{{0,30}}[!-~])?)$"
_NO_CONTROL = r"\x00-\x1f\x7f-\x9f"
VISIBLE_PATTERN = rf"^[^\s{_NO_CONTROL}]([^{_NO_CONTROL}]*[^\s{_NO_CONTROL}])?$"
DAY_S = 86_400


class Table(BaseModel):
    """A table of the file: strict, no unknown key."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, hide_input_in_errors=True)


ColumnName = Annotated[str, Field(pattern=f"^[^@{_NO_CONTROL}][^{_NO_CONTROL}]*$", max_length=200)]
"""A column of the audience; our own columns begin with @."""

RegionCode = Annotated[str, Field(pattern="^[A-Z]{2}$")]
FileName = Annotated[str, Field(min_length=1, max_length=1000)]
TextSource = Annotated[str, Field(min_length=1, max_length=64 * 1024)]
CampaignName = Annotated[str, Field(pattern=NAME_PATTERN)]

_EDITION = "1 to 16 letters, digits, '.', '_' and '-', beginning with a letter or digit"
_NAME = "2 to 32 of a-z, 0-9 and -, not beginning with -"
_COLUMN = "the name of a column, not beginning with @"
_APP = "1 to 64 visible ASCII characters without blanks, or @name"
_SENDER = "1 to 32 visible ASCII characters, or @name"
_KEY = 'one digit in quotes, such as "6"'


class ColumnTable(Table):
    """``{ column = "lang" }``: a setting that differs per callee."""

    column: Annotated[ColumnName, Expects(_COLUMN)]


def _value_or_column(value: object) -> str:
    return "@column" if isinstance(value, (dict, ColumnTable)) else "@value"


def _number_or_text(value: object) -> str:
    return "@number" if isinstance(value, int) else "@text"


_EITHER = Discriminator(_value_or_column)
_FROM_COLUMN = Annotated[ColumnTable, Tag("@column")]
_Visible = Annotated[str, Field(min_length=1, max_length=32, pattern=VISIBLE_PATTERN)]

TextOrColumn = Annotated[Annotated[_Visible, Tag("@value")] | _FROM_COLUMN, _EITHER]
GenderOrColumn = Annotated[Annotated[Gender, Field(strict=False), Tag("@value")] | _FROM_COLUMN, _EITHER]
RateOrColumn = Annotated[
    Annotated[Decimal, Number(Decimal("0.25"), Decimal(4), 4), Tag("@value")] | _FROM_COLUMN, _EITHER
]
_OR_COLUMN = ', or { column = "…" }'
_TEXT = Expects("text of 1 to 32 characters" + _OR_COLUMN)


class AudienceTable(Table):
    """``[audience]``."""

    file: Annotated[FileName, Expects("the path of a .csv or .parquet file")]
    sample: Annotated[FileName | None, Expects("the path of a .csv or .parquet file")] = None
    number: Annotated[ColumnName, Expects(_COLUMN)]
    region: Annotated[RegionCode | None, Expects('two capital letters, such as "IN"')] = None
    countries: Annotated[
        list[RegionCode] | None, Field(min_length=1), Expects('a list of regions, such as ["IN"]')
    ] = None
    exclude: Annotated[list[FileName], Expects("a list of paths of .csv or .parquet files")] = []
    prefer: Annotated[ColumnName | None, Expects(_COLUMN)] = None
    fresh: Annotated[int | None, Duration(1, 3650 * DAY_S)] = None
    types: Annotated[dict[ColumnName, Annotated[ColumnType, Field(strict=False)]], one_of(ColumnType)] = {}


class VoiceContent(Table):
    """What is heard: of ``[voice]`` and of the voice of a recall round."""

    source: Annotated[
        str | None, Field(pattern="^(tts|audio|uploaded)$"), Expects('"tts", "audio" or "uploaded"')
    ] = None
    template: Annotated[FileName | None, Expects("the name of a file under templates/")] = None
    text: Annotated[TextSource | None, Expects("text, not empty, at most 64 KiB")] = None
    language: Annotated[TextOrColumn | None, _TEXT] = None
    gender: Annotated[GenderOrColumn | None, Expects('"male" or "female"' + _OR_COLUMN)] = None
    rate: Annotated[
        RateOrColumn | None, Expects("a number from 0.25 to 4 with at most 4 decimals" + _OR_COLUMN)
    ] = None
    accent: Annotated[TextOrColumn | None, _TEXT] = None
    file: Annotated[FileName | None, Expects("the path of a .mp3, .m4a or .wav file")] = None
    file_id: Annotated[str | None, Field(pattern=OPAQUE_PATTERN), Expects(_APP)] = None


class VoiceTable(VoiceContent):
    """``[voice]``."""

    source: Annotated[str, Field(pattern="^(tts|audio|uploaded)$"), Expects('"tts", "audio" or "uploaded"')]
    loops: Annotated[int, Field(ge=1, le=9), Expects("a whole number from 1 to 9")] = 1
    max_duration: Annotated[int, Duration(1, 999)]
    max_ring: Annotated[int | None, Duration(20, 120)] = None


class SmsContent(Table):
    """What is written and when: of ``[sms]`` and of the SMS of a recall round."""

    template: Annotated[FileName | None, Expects("the name of a file under templates/")] = None
    text: Annotated[TextSource | None, Expects("text, not empty, at most 64 KiB")] = None
    sender_id: Annotated[str | None, Field(pattern=SENDER_PATTERN), Expects(_SENDER)] = None
    on_failed: Annotated[bool, Expects("true or false")] = False
    on_success: Annotated[int | None, Duration(0, 9999)] = None
    on_key: Annotated[str | None, Field(pattern="^[0-9]$"), Expects(_KEY)] = None
    on_ring: Annotated[bool, Expects("true or false")] = False


class SmsTable(SmsContent):
    """``[sms]``."""

    app_id: Annotated[str, Field(pattern=OPAQUE_PATTERN), Expects(_APP)]


class RoundSmsTable(SmsContent):
    """``[recall.round.sms]``; the vendor's delay after success begins at one second there."""

    on_success: Annotated[int | None, Duration(1, 9999)] = None


class TransferTable(Table):
    """``[transfer]``."""

    group: Annotated[
        Annotated[int, Field(ge=1, le=999_999_999), Tag("@number")]
        | Annotated[str, Field(pattern=f"^{NAMED}$"), Tag("@text")],
        Discriminator(_number_or_text),
        Expects("a whole number from 1 to 999,999,999, or @name"),
    ]
    when: Annotated[SeatTrigger, Field(strict=False), one_of(SeatTrigger)]
    key: Annotated[str | None, Field(pattern="^[0-9]$"), Expects(_KEY)] = None
    ratio: Annotated[int, Field(ge=1, le=1000), Expects("a whole number from 1 to 1000")] = 1


class WindowTable(Table):
    """One of ``schedule.windows``."""

    start: Annotated[time, Field(alias="from"), Expects("a time of day, such as 09:00:00")]
    end: Annotated[time, Field(alias="to"), Expects("a time of day, such as 18:00:00")]


_MOMENT = Expects("a local date and time without offset, such as 2026-11-25T09:00:00")


class ScheduleTable(Table):
    """``[schedule]``."""

    at: Annotated[datetime | None, _MOMENT] = None
    timezone: Annotated[
        str, Field(min_length=1, max_length=64), Expects('an IANA name, such as "Asia/Kolkata"')
    ]
    windows: Annotated[
        list[WindowTable], Field(max_length=3), Expects("a list of at most 3 windows { from = …, to = … }")
    ] = []
    not_after: Annotated[datetime | None, _MOMENT] = None


class RoundTable(Table):
    """One ``[[recall.round]]``."""

    voice: VoiceContent | None = None
    sms: RoundSmsTable | None = None


class RecallTable(Table):
    """``[recall]``."""

    rounds: Annotated[int, Field(ge=1, le=10), Expects("a whole number from 1 to 10")]
    every: Annotated[int, Duration(60, 1440 * 60, "m")]
    who: Annotated[RecallWho, Field(strict=False), one_of(RecallWho)]
    round: Annotated[
        list[RoundTable], Field(max_length=10), Expects("[[recall.round]] tables, at most 10")
    ] = []


class AgainTable(Table):
    """``[again]``, as `runner recall` writes it."""

    of: Annotated[str, Field(pattern=EDITION_PATTERN), Expects(_EDITION)]
    outcomes: Annotated[
        list[Annotated[Missed, Field(strict=False)]],
        Field(min_length=1, max_length=len(Missed)),
        Expects("a list of at least one of " + ", ".join(f'"{one.value}"' for one in Missed)),
    ]
    as_of: Annotated[
        str,
        Field(pattern=AS_OF_PATTERN),
        Expects('a place in a ledger, such as "57-0123abcd", as `runner recall` writes it'),
    ]
    people: Annotated[int, Field(ge=0, le=10**9), Expects("a whole number, as `runner recall` writes it")]


class LimitsTable(Table):
    """``[limits]``."""

    calls: Annotated[int, Field(ge=0, le=10**9), Expects("a whole number, at least 0")] = 50_000
    tasks: Annotated[int, Field(ge=1, le=10**6), Expects("a whole number, at least 1")] = 200
    per_task: Annotated[int, Field(ge=1, le=100_000), Expects("a whole number from 1 to 100,000")] = 10_000
    rows: Annotated[int, Field(ge=1, le=10**9), Expects("a whole number, at least 1")] = 20_000_000
    keep: Annotated[Decimal, Number(Decimal(0), Decimal(1), 3)] = Decimal("0.8")


class CampaignTable(Table):
    """The whole file."""

    name: Annotated[CampaignName, Expects(_NAME)]
    formerly: Annotated[
        list[CampaignName], Field(max_length=100), Expects(f"a list of names, each {_NAME}")
    ] = []
    edition: Annotated[
        str,
        Field(pattern=EDITION_PATTERN),
        Expects(_EDITION),
    ]
    purpose: Annotated[Purpose, Field(strict=False), one_of(Purpose)]
    app_id: Annotated[str, Field(pattern=OPAQUE_PATTERN), Expects(_APP)]
    caller_id: Annotated[
        str | None, Field(pattern=CALLER_PATTERN), Expects("0 to 20 digits in quotes, or @name")
    ] = None
    owner: Annotated[str | None, Field(max_length=200), Expects("text of at most 200 characters")] = None
    audience: AudienceTable
    voice: VoiceTable
    sms: SmsTable | None = None
    transfer: TransferTable | None = None
    schedule: ScheduleTable | None = None
    recall: RecallTable | None = None
    again: AgainTable | None = None
    limits: LimitsTable = LimitsTable()


class EnvironmentTable(Table):
    """One table of ``environments.toml``."""

    names: Annotated[
        dict[
            Annotated[str, Field(pattern="^[a-z0-9][a-z0-9_-]{0,63}$")],
            Annotated[
                Annotated[int, Field(ge=0), Tag("@number")]
                | Annotated[str, Field(min_length=1, max_length=1000, pattern="^[^@]"), Tag("@text")],
                Discriminator(_number_or_text),
            ],
        ],
        Expects("a text or a whole number, not beginning with @"),
    ] = {}


def campaign_schema() -> dict[str, Any]:
    """Return the JSON Schema of a campaign file, for editors. Rules that span several keys are not in it."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **CampaignTable.model_json_schema(by_alias=True),
        "title": "campaign",
    }
