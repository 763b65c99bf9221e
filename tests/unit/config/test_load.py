"""Whole campaign files, right ones first."""

from datetime import datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from runner.config.identity import lint
from runner.config.load import load
from runner.errors import ExpectationError, InvalidError, Where
from runner.model.campaign import (
    Again,
    AudioVoice,
    Column,
    ColumnType,
    Gender,
    Limits,
    Missed,
    Purpose,
    RecallWho,
    SeatTrigger,
    Transfer,
    Triggers,
    TtsVoice,
    UploadedVoice,
    Window,
)

KOLKATA = ZoneInfo("Asia/Kolkata")


def test_every_key_of_the_example_arrives(root: Any) -> None:
    """The example with every key loads, and each value is where the model wants it."""
    campaign = root.one(root.example)

    assert (campaign.name, campaign.formerly, campaign.edition) == (
        "overdue-reminder",
        ("overdue-call",),
        "2026-11",
    )
    assert (campaign.purpose, campaign.app_id) == (Purpose.DEBT_COLLECTION, "collections")
    assert (campaign.caller_id, campaign.owner) == ("1008122211", "collections")
    assert (campaign.loops, campaign.max_duration_s, campaign.max_ring_s) == (1, 40, 60)
    assert campaign.transfer == Transfer(group=1000019, when=SeatTrigger.KEY, key="1", ratio=1)
    assert campaign.limits == Limits()
    assert campaign.again == Again(
        of="2026-10",
        outcomes=(Missed.BUSY, Missed.NO_KEY),
        sequence=57,
        lineage="0123abcd",
        people=1204,
    )
    assert campaign.path == "campaigns/plain.toml"
    assert campaign.templates == {
        "overdue.sms.j2": "You owe {{ amount }} since {{ due }}.",
        "overdue.tts.j2": "Dear {{ name }}, you owe {{ amount }}.",
    }


def test_audience_of_the_example(root: Any) -> None:
    """Paths of the audience are absolute and real, addresses as written, durations seconds."""
    audience = root.one(root.example).audience

    folder = root.path / "campaigns" / "audiences"
    assert audience.file == folder / "overdue.csv"
    assert audience.sample == folder / "overdue.sample.csv"
    assert audience.exclude == (folder / "opt-out.csv",)
    assert (audience.address, audience.exclude_addresses) == (
        "audiences/overdue.csv",
        ("audiences/opt-out.csv",),
    )
    assert (audience.number, audience.region, audience.countries) == ("phone", "IN", ("IN",))
    assert (audience.prefer, audience.fresh_s) == ("due", 86_400)
    assert audience.types == {"amount": ColumnType.DECIMAL, "due": ColumnType.DATE}


def test_voice_and_sms_of_the_example(root: Any) -> None:
    """Texts come with their source and the place that names them."""
    campaign = root.one(root.example)

    voice, sms = campaign.voice, campaign.sms
    assert isinstance(voice, TtsVoice)
    assert (voice.language, voice.gender, voice.rate, voice.accent) == ("EN", Gender.FEMALE, "1.0", "91")
    assert (voice.template.name, voice.template.source) == (
        "overdue.tts.j2",
        "Dear {{ name }}, you owe {{ amount }}.",
    )
    assert voice.template.where == Where(
        path="campaigns/plain.toml", line=26, column=12, length=16, text='template = "overdue.tts.j2"'
    )
    assert (sms.app_id, sms.sender_id, sms.template.name) == ("cF9u6UmT", "BANK", "overdue.sms.j2")
    assert sms.triggers == Triggers(on_failed=True, success_after_s=10, key="6", on_ring=False)


def test_schedule_of_the_example(root: Any) -> None:
    """Moments are aware, windows are local times."""
    schedule = root.one(root.example).schedule

    assert schedule.at == datetime(2026, 11, 25, 9, tzinfo=KOLKATA)
    assert schedule.not_after == datetime(2026, 11, 25, 18, tzinfo=KOLKATA)
    assert schedule.timezone == "Asia/Kolkata"
    assert schedule.windows == (Window(start=time(9), end=time(12)), Window(start=time(14), end=time(18)))


def test_rounds_of_the_example(root: Any) -> None:
    """A round takes from the first call what it does not say; a round of another source keeps the language."""
    recall = root.one(root.example).recall

    first, second = recall.overrides
    assert (recall.rounds, recall.every_min, recall.who) == (3, 30, RecallWho.FAILED)
    assert isinstance(first.voice, TtsVoice)
    assert (first.voice.template.source, first.voice.language, first.voice.rate) == (
        "Second try for {{ name }}",
        "EN",
        "1.0",
    )
    assert first.sms_template.source == "Again: {{ amount }}"
    assert first.triggers == Triggers(on_failed=False, success_after_s=None, key=None, on_ring=True)
    assert second.voice == UploadedVoice(file_id="jingle", language="EN")
    assert (second.sms_template, second.sms_sender_id, second.triggers) == (None, None, None)


def test_empty_round_changes_nothing(root: Any) -> None:
    """A round without tables is there and says nothing."""
    recall = '\n[recall]\nrounds = 2\nevery = "1m"\nwho = "all"\n[[recall.round]]\n'

    (only,) = root.one(root.minimal + recall).recall.overrides

    assert (only.voice, only.sms_template, only.sms_sender_id, only.triggers) == (None, None, None, None)


def test_places_are_those_of_the_keys(root: Any) -> None:
    """`where` finds a key, else the table above it, else the file."""
    campaign = root.one(root.example)

    assert str(campaign.where("limits.calls")) == "campaigns/plain.toml:72:1"
    assert str(campaign.where("recall.round.1.voice.file_id")) == "campaigns/plain.toml:69:32"
    assert str(campaign.where("sms.nothing")) == "campaigns/plain.toml:35:2"
    assert str(campaign.where("nothing")) == "campaigns/plain.toml"


def test_minimal_campaign_has_defaults(root: Any) -> None:
    """What is optional is absent or has the default of the design."""
    campaign = root.one(root.minimal)

    assert (campaign.formerly, campaign.caller_id, campaign.owner) == ((), None, None)
    assert (campaign.sms, campaign.transfer, campaign.schedule, campaign.recall) == (None, None, None, None)
    assert (campaign.loops, campaign.max_ring_s, campaign.limits) == (1, None, Limits())
    assert (campaign.audience.exclude, campaign.audience.types) == ((), {})


def test_settings_by_column(root: Any) -> None:
    """Language, gender, rate and accent may come from a column."""
    columns = "".join(f'{key} = {{ column = "{key[:2]}" }}\n' for key in ("gender", "rate", "accent"))
    text = root.minimal.replace('"EN"', '{ column = "lang" }') + columns

    voice = root.one(text).voice

    assert (voice.language, voice.gender, voice.rate, voice.accent) == (
        Column("lang"),
        Column("ge"),
        Column("ra"),
        Column("ac"),
    )


@pytest.mark.parametrize(
    ("written", "kept"), [("1.0", "1.0"), ("1.50", "1.50"), ("2", "2"), ("25e-2", "0.25")]
)
def test_rate_is_the_exact_decimal(root: Any, written: str, kept: str) -> None:
    """The rate is not rounded through a binary fraction, and never in exponents."""
    assert root.one(root.minimal + f"rate = {written}\n").voice.rate == kept


def test_audio_voice(root: Any) -> None:
    """An audio file is known by content and duration, found beside the campaign."""
    text = root.minimal.replace('"tts"\ntext = "Hello"', '"audio"\nfile = "audio/two-seconds.wav"')

    voice = root.one(text).voice

    assert isinstance(voice, AudioVoice)
    assert voice.path == root.path / "campaigns" / "audio" / "two-seconds.wav"
    assert (voice.address, voice.duration_s, voice.language) == ("audio/two-seconds.wav", 2, "EN")
    assert voice.sha256 == "79fe866c2e9da535330801d9b16532addba8cc5f3bdebb186d9461f32e0764d7"


def test_audio_exactly_as_long_as_the_call(root: Any) -> None:
    """Two seconds nine times fit into eighteen."""
    text = root.minimal.replace('"tts"\ntext = "Hello"', '"audio"\nfile = "audio/two-seconds.wav"\nloops = 9')

    assert root.one(text.replace("40s", "18s")).max_duration_s == 18


def test_only_region_is_the_only_country(root: Any) -> None:
    """Without `countries` only the region's own numbers may be called."""
    text = root.minimal.replace('countries = ["GB"]', 'region = "GB"')

    assert root.one(text).audience.countries == ("GB",)


def test_windows_come_in_the_order_of_the_day(root: Any) -> None:
    """The order in the file does not matter, and windows may touch."""
    windows = "[{ from = 12:00:00, to = 13:00:00 }, { from = 09:00:00, to = 12:00:00 }]"
    text = f'{root.minimal}\n[schedule]\ntimezone = "UTC"\nwindows = {windows}\n'

    assert root.one(text).schedule.windows == (
        Window(start=time(9), end=time(12)),
        Window(start=time(12), end=time(13)),
    )


def test_problems_of_all_files_come_in_order(root: Any) -> None:
    """One error holds what is wrong in every file, sorted by file, line and column."""
    root.campaign(root.minimal.replace('"plain"', '"b"').replace('"1"', '""'), "b.toml")
    root.campaign("name = \n", "a.toml")
    root.write("templates/x.j2", b"\xff")

    places = [str(problem.where) for problem in root.problems()]

    assert places == [
        "campaigns/a.toml:1:8",
        "campaigns/b.toml:1:8",
        "campaigns/b.toml:2:11",
        "templates/x.j2:1",
    ]


def test_only_selected_files_are_read(root: Any) -> None:
    """A broken campaign does not stop another one that is named."""
    good = root.campaign(root.minimal)
    root.campaign("broken", "other.toml")

    (campaign,) = load(root.path, [good], environment="sandbox", need_audience=True)

    assert campaign.name == "plain"


def test_nothing_to_load(root: Any) -> None:
    """A root without campaigns is a failed expectation, not an invalid file."""
    with pytest.raises(ExpectationError):
        root.load()


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_ends_and_byte_order_mark_do_not_matter(root: Any, end: str, mark: str) -> None:
    """Files of Windows editors load, with the same places and without CR in the shown line."""
    root.campaign(mark + root.minimal.replace("40s", "4000s").replace("\n", end))

    (problem,) = root.problems()

    assert problem.where == Where(
        path="campaigns/plain.toml", line=15, column=16, length=7, text='max_duration = "4000s"'
    )


def test_file_name_is_only_a_warning(root: Any) -> None:
    """A campaign may lie in a file of any name; the lint says so."""
    campaign = root.one(root.minimal)
    other = root.one(root.minimal.replace('"plain"', '"other"'))

    assert lint([campaign]) == ()
    assert [(problem.code, str(problem.where)) for problem in lint([other])] == [
        ("file-name", "campaigns/plain.toml:1:1")
    ]


def test_messages_are_ours(root: Any) -> None:
    """No text of pydantic or tomllib is shown."""
    root.campaign("name = 1\n[voice]\nloops = 'x'\n[limits]\nkeep = []\n")

    for problem in root.problems():
        assert not any(word in problem.message for word in ("Input", "valid", "type=", "pydantic", "Field"))


def test_a_misspelt_key_is_one_mistake(root: Any) -> None:
    """A required key under a similar name is not also reported as missing, and the hint names it."""
    root.campaign(root.minimal.replace("max_duration", "max_duraton"))

    (problem,) = root.problems()

    assert (problem.message, problem.hint) == (
        "unknown key `max_duraton` in `[voice]`",
        "did you mean `max_duration`?",
    )


def test_a_key_in_the_wrong_table_is_sent_to_the_right_one(root: Any) -> None:
    """A key that another table knows is suggested there."""
    root.campaign(root.minimal.replace('edition = "1"', 'edition = "1"\nwindows = []'))

    (problem,) = root.problems()

    assert problem.hint == "did you mean `windows` in `[schedule]`?"


def test_loading_needs_no_working_directory(
    root: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Everything is found from the root, wherever the command stands."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)

    assert root.one(root.minimal).audience.file == root.path / "campaigns" / "people.csv"


def test_root_may_be_given_through_a_link(root: Any, tmp_path_factory: pytest.TempPathFactory) -> None:
    """No campaign is lost because the root was not given by its real path."""
    link = tmp_path_factory.mktemp("links") / "link"
    link.symlink_to(root.path)
    root.campaign(root.minimal)

    (campaign,) = load(link, environment="sandbox", need_audience=True)

    assert campaign.audience.file == root.path / "campaigns" / "people.csv"


def test_error_carries_everything(root: Any) -> None:
    """The exception itself names how many problems there are."""
    root.campaign("")

    with pytest.raises(InvalidError, match="6 problems"):
        root.load()
