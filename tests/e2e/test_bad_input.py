"""Bad input: a located error, exit 3, nothing sent, nothing written, and no word of the audience in any output."""

import gzip
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.conftest import CAMPAIGN, HEADER, SAMPLE, Bank, Ended

FILE = "campaigns/overdue.toml"
LIST = "campaigns/audiences/overdue.csv"
VOICE = "templates/overdue.tts.j2"
RECORDING = Path(__file__).parents[2] / "campaigns/audio/quickstart.wav"

# Words and numbers of the audience that no output may hold; the sample has none of them.
CANARIES = ("Xylophon", "Zyklop", "447700900031", "7700900032", "7700 900", "71.17", "2026-12-24")
GOOD = (
    "+447700900031,Xylophon,71.17,2026-12-24",
    "+447700900032,Zyklop,71.17,2026-12-24",
    "+447700900033,Xylophon,71.17,2026-12-24",
)
LONG = tuple(f"+44770090003{n},{f'Xylophon {n} ' * 30},71.17,2026-12-24" for n in range(3))
ROWS = "\n".join([HEADER, *GOOD, ""])

Change = Callable[[Bank], object]


@pytest.fixture
def bank(bank: Bank) -> Bank:
    """The bank, with an audience whose words are known."""
    bank.audience(*GOOD)
    return bank


def campaign(old: str, new: str) -> Change:
    """Replace something in the campaign file."""
    return lambda bank: bank.campaign(old, new)


def more(text: str) -> Change:
    """Add something to the campaign file."""
    return lambda bank: bank.campaign(more=text)


def voice(source: str) -> Change:
    """Replace the spoken template."""
    return lambda bank: bank.write(VOICE, source)


def audience(content: str | bytes) -> Change:
    """Replace the audience."""
    return lambda bank: bank.write(LIST, content)


def link_out(bank: Bank) -> None:
    """Include a file outside of the repository through a link."""
    secret = bank.root.parent / "secret.txt"
    secret.write_text("Xylophon")
    (bank.root / "templates/link.j2").symlink_to(secret)
    bank.write(VOICE, "{% include 'link.j2' %}")


def recording(*, seconds: int = 40, content: bytes | None = None, missing: bool = False) -> Change:
    """Play a recording instead of a text."""

    def change(bank: Bank) -> None:
        text = CAMPAIGN.replace(
            'source   = "tts"\ntemplate = "overdue.tts.j2"', 'source = "audio"\nfile = "word.wav"'
        )
        text = text.replace("40s", f"{seconds}s")
        if content is not None:
            text = text.replace("word.wav", "word.mp3")
            bank.write("campaigns/word.mp3", content)
        elif not missing:
            shutil.copy(RECORDING, bank.root / "campaigns/word.wav")
        bank.write(FILE, text)

    return change


CONFIGURATION = {
    "broken TOML": (campaign('name    = "overdue"', 'name    = "overdue'), f"{FILE}:1:"),
    "no TOML at all": (lambda b: b.write(FILE, b"\x00\xff\xfe"), f"{FILE}:1"),
    "an empty file": (lambda b: b.write(FILE, b""), FILE),
    "an unknown key": (campaign("purpose", "colour = 3\npurpose"), f"{FILE}:3:1"),
    "a misspelt key": (campaign("max_duration", "max_duraton"), f"{FILE}:20:1"),
    "a mistyped value": (campaign('"40s"', "40"), f"{FILE}:20:16"),
    "two campaigns of one name": (lambda b: b.write("campaigns/b.toml", CAMPAIGN), f"{FILE}:1:11"),
    "a missing audience": (lambda b: (b.root / LIST).unlink(), f"{FILE}:7:"),
    "an audience elsewhere": (campaign("audiences/overdue.csv", "../../../etc/passwd"), f"{FILE}:7:"),
    "a column that is not there": (campaign('number = "phone"', 'number = "phnoe"'), f"{FILE}:9:"),
    "a schedule without the vendor's zone": (
        more('[schedule]\ntimezone = "Europe/London"\nwindows = [{ from = 09:00:00, to = 17:00:00 }]\n'),
        f"{FILE}:26:",
    ),
    "a missing recording": (recording(missing=True), f"{FILE}:18:"),
    "a text called mp3": (recording(content=b"Xylophon, this is not music\n" * 50), f"{FILE}:18:"),
    "a recording longer than the call": (recording(seconds=1), f"{FILE}:"),
}

TEMPLATES = {
    "a syntax error": (voice("Hello\n{{ name "), f"{VOICE}:2"),
    "a text of a billion": (voice("{{ 'a' * 1000000000 }}"), f"{VOICE}:1"),
    "a text of a billion, never printed": (
        voice("{% if false %}{{ 'a' * 1000000000 }}{% endif %}"),
        f"{VOICE}:1",
    ),
    "a way to the interpreter": (voice("\n{{ name.__class__.__mro__ }}"), f"{VOICE}:2"),
    "a link out of the folder": (link_out, "templates/link.j2"),
    "a file above the folder": (voice("{% include '../campaigns/overdue.toml' %}"), f"{VOICE}:1"),
    "a None": (voice("Hello {{ none }}."), f"{VOICE}:1"),
    "a list": (voice("Hello {{ [1, 2] }}."), f"{VOICE}:1"),
    "a missing column": (voice("Hello {{ name }},\nsee {{ nmae }}."), f"{VOICE}:2"),
    "a filter that is not there": (voice("{{ name|shout }}"), f"{VOICE}:1"),
    "chance": (voice("{{ ['a', 'b']|random }}"), f"{VOICE}:1"),
    "a missing template": (lambda b: (b.root / VOICE).unlink(), f"{FILE}:18:"),
}

AUDIENCES = {
    "an exclusion list that is not there": (
        campaign('region = "GB"', 'region = "GB"\nexclude = ["audiences/none.csv"]'),
        f"{FILE}:11:",
    ),
    "a loop that never ends": (
        voice("{% for a in range(999) %}{% for b in range(999) %}{{ name }}{% endfor %}{% endfor %}"),
        VOICE,
    ),
    "a slot of the vendor's": (voice("Hello ${text1}."), "(rows 1, 2, 3)"),
    "nothing": (audience(b""), LIST),
    "binary": (audience(bytes(range(256)) * 8), LIST),
    "UTF-16": (audience(ROWS.encode("utf-16")), LIST),
    "Latin-1": (audience(ROWS.replace("Zyklop", "Zykl\xf6p").encode("latin-1")), LIST),
    "gzip in disguise": (audience(gzip.compress(ROWS.encode())), LIST),
    "a short row": (audience(ROWS.replace(",71.17,2026-12-24\n", "\n", 1)), LIST),
    "a long row": (audience(ROWS.replace(",71.17,", ",71.17,71.17,", 1)), LIST),
    "one stray quote": (audience(ROWS.replace("Xylophon", '"Xylophon', 1)), LIST),
    "a quote within a value": (audience(ROWS.replace("Xylophon", 'Xylo"phon', 1)), LIST),
    "a cut last line": (audience(ROWS[:-6]), LIST),
    "CR line ends": (audience(ROWS.replace("\n", "\r")), LIST),
    "a NUL": (audience(ROWS.replace("Zyklop", "Zyklop\0")), LIST),
    "two columns of one name": (audience(ROWS.replace("name", "phone")), LIST),
    "a column without a name": (audience(ROWS.replace("name", "")), LIST),
    "an amount that is none": (audience(ROWS.replace("71.17", "Xylophon", 1)), LIST),
    "a date that is none": (audience(ROWS.replace("2026-12-24", "24/12/2026", 1)), LIST),
    "one number with two contents": (audience(ROWS + GOOD[0].replace("71.17", "71.18") + "\n"), LIST),
    "values that fill more than ten slots": (
        lambda b: (b.audience(*LONG), b.campaign(more="[limits]\ntasks = 2\n")),
        f"{VOICE}:1",
    ),
    "a value with a slot of the vendor's": (audience(ROWS.replace("Zyklop", "${text1}Zyklop")), "(row 2)"),
    "a text that is too long": (audience(ROWS.replace("Zyklop", "Zyklop" * 170)), "(row 2)"),
    "Parquet that is text": (
        lambda b: (b.write("campaigns/audiences/a.parquet", ROWS), b.campaign("overdue.csv", "a.parquet")),
        "campaigns/audiences/a.parquet",
    ),
}


def check(bank: Bank, ended: Ended, place: str) -> None:
    """Assert what holds after every bad input."""
    assert ended.code == 3, ended.err
    assert ended.out == ""
    assert ended.err.startswith("error[")
    assert place in ended.err
    assert not [word for word in CANARIES if word in ended.all]
    assert "Traceback" not in ended.all
    assert bank.requests() == {}
    assert not (bank.root / ".runner").exists()


@pytest.mark.parametrize("fault", CONFIGURATION | TEMPLATES)
def test_files_that_validation_reads(bank: Bank, fault: str) -> None:
    """Found by `validate` already, and by an acknowledged apply as well."""
    change, place = (CONFIGURATION | TEMPLATES)[fault]
    change(bank)

    if fault != "a missing audience":
        check(bank, bank.run("validate"), place)
    check(bank, bank.run("apply", "--ack-calls", 3), place)


@pytest.mark.parametrize("fault", AUDIENCES)
def test_what_a_plan_reads(bank: Bank, fault: str) -> None:
    """Found by the plan at the latest, in its rows, without a word of them."""
    change, place = AUDIENCES[fault]
    change(bank)

    check(bank, bank.run("plan", "--out", "plan.json"), place)
    check(bank, bank.run("apply", "--ack-calls", 3), place)
    assert not (bank.root / "plan.json").exists()


def test_all_problems_of_all_files_at_once(bank: Bank) -> None:
    """Nobody repairs one fault after the other."""
    bank.campaign("max_duration", "max_duraton")
    bank.write(
        "campaigns/second.toml", CAMPAIGN.replace('"overdue"', '"second"').replace("purpose", "porpuse")
    )
    bank.write(VOICE, "Hello {{ nmae }}.")

    ended = bank.run("validate")

    assert ended.code == 3
    assert "campaigns/overdue.toml:20:1" in ended.err
    assert "campaigns/second.toml:3:1" in ended.err


def test_bad_input_after_the_first_apply(bank: Bank) -> None:
    """With a ledger at hand, too, nothing is sent and no entry is made."""
    bank.run("apply", "--ack-calls", 3)
    bank.audience(*GOOD, "+447700900034,Xylophon,none,2026-12-24")

    ended = bank.run("apply", "--ack-calls", 1)

    assert ended.code == 3
    assert not [word for word in CANARIES if word in ended.all]
    assert bank.requests()["send"] == 1
    assert bank.run("ledger", "verify").code == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SETTLE_TIME", "soon"),
        ("API_URL", "https://api.example.com"),
        ("API_URL", "http://user:canary-secret@127.0.0.1:1"),
        ("VENDOR_TIMEZONE", "Mars/Olympus"),
        ("LEDGER_KEY", "canary-secret"),
        ("LEDGER_URL", "mysql://canary-secret"),
        ("ENVIRONMENT", "prodution"),
        ("API_KEY", "canary secret"),
    ],
)
def test_bad_settings(bank: Bank, name: str, value: str) -> None:
    """Settings are named, their values never repeated."""
    bank.setting(name, value)

    ended = bank.run("plan")

    assert ended.code == 3
    assert f"RUNNER_{name}" in ended.err
    assert "canary" not in ended.all
    assert not (bank.root / ".runner").exists()


def test_the_sample_may_be_shown(bank: Bank) -> None:
    """A check of the checks: the sample's words are printed by a plan, and none of the audience's."""
    ended = bank.run("plan")

    assert SAMPLE[0].split(",")[1] in ended.out
    assert not [word for word in CANARIES if word in ended.all]
