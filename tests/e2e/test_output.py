"""What is printed: results apart from progress, JSON that parses, foreign text inert, people as counts only."""

import json
import re
import shutil
from pathlib import Path

import pytest

from tests.e2e.conftest import CAMPAIGN, HEADER, Bank, Ended

EVIL = "\x1b[2J\x1b]8;;http://evil\x07link\x9b1m\u202eright\u2066\u200b ::error::no ##[error]no"
RAW = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2066-\u2069]|##\\[|^\\s*::", re.MULTILINE)


def every_output(bank: Bank) -> list[Ended]:
    """Run every command that shows something, through a whole life of a campaign."""
    return [
        bank.run("validate"),
        bank.run("plan"),
        bank.run("plan", "--detail"),
        bank.run("plan", "--format", "json"),
        bank.run("plan", "--out", "plan.json"),
        bank.run("show", "plan.json"),
        bank.run("show", "plan.json", "--format", "json"),
        bank.run("apply"),
        bank.run("apply", "--plan", "plan.json", "--ack-calls", 3),
        bank.run("plan", "--format", "json"),
        bank.run("status"),
        bank.run("status", "--format", "json"),
        bank.run("doctor"),
        bank.run("ledger", "verify"),
        bank.run("schema"),
    ]


def test_results_and_progress_are_apart(bank: Bank) -> None:
    """Standard output has what was asked for; stderr has what is going on, and is empty where nothing is."""
    ended = every_output(bank)

    codes = [one.code for one in ended]
    assert codes == [0, 0, 0, 0, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0]
    silent = [one for at, one in enumerate(ended) if at not in {4, 7, 8}]
    assert {one.err for one in silent} == {""}
    assert ended[4].err == (
        "saved to plan.json: have it reviewed; `runner show` shows it, `runner apply --plan` applies it\n"
    )
    assert ended[8].err == "overdue: asking the vendor for its tasks\n"


def test_json(bank: Bank) -> None:
    """Every JSON output parses and carries its format version; a saved plan shows the head that was printed."""
    plan = bank.run("plan", "--out", "plan.json", "--format", "json")
    values = [plan.json(), bank.run("status", "--format", "json").json()]
    shown = bank.run("show", "plan.json", "--format", "json").json()

    assert [value["format_version"] for value in values] == [1, 1]
    assert {**shown, "halt": None} == plan.json()
    assert set(shown) == {
        "format_version",
        "digest",
        "environment",
        "account",
        "created_at",
        "ledger",
        "campaigns",
        "summary",
    }


def test_a_plan_takes_at_most_forty_lines_a_campaign(bank: Bank) -> None:
    """Also with long texts, recall rounds and many forms."""
    sample = [f"+4477009001{n:02},Sam{n},{n}50.00,2026-11-30" for n in range(20)]
    bank.write("campaigns/audiences/overdue.sample.csv", "\n".join([HEADER, *sample, ""]))
    bank.write("templates/overdue.tts.j2", "\n".join(["Hello {{ name }}."] * 30))
    conditions = "".join(
        f"{{% if amount > {n}00 %}} this is more than {n} hundred pounds{{% endif %}}" for n in range(8)
    )
    bank.write("templates/overdue.sms.j2", f"Dear {{{{ name }}}}{conditions}.")
    rounds = '[recall]\nrounds = 2\nevery = "30m"\nwho = "failed"\n[[recall.round]]\n[recall.round.sms]\non_ring = true\n'
    bank.campaign(more=rounds)

    plan = bank.run("plan")

    assert plan.code == 0
    assert len(plan.out.splitlines()) <= 44
    assert "--detail shows all" in plan.out
    assert len(bank.run("plan", "--detail").out.splitlines()) > 100


def test_hostile_text_in_every_foreign_field(bank: Bank) -> None:
    """Threat B8: names of files and columns, texts and values come from others, and none of them reaches the terminal raw."""
    (bank.root / "campaigns/overdue.toml").unlink()
    escaped = "".join(f"\\U{ord(char):08x}" if ord(char) > 126 or ord(char) < 32 else char for char in EVIL)
    text = CAMPAIGN.replace('purpose = "debt', f'owner = "{escaped}"\npurpose = "debt')
    text = text.replace("\u202e", "").replace('number = "phone"', f'number = "phone{escaped}"')
    bank.write("campaigns/over\x1b[2J\u202edue ##[x].toml", text)
    header = f"phone{EVIL},name,amount,due"
    bank.write("campaigns/audiences/overdue.csv", f"{header}\n+447700900001,Ann,1.00,2026-11-30\n")
    bank.write("campaigns/audiences/overdue.sample.csv", f"{header}\n+447700900101,{EVIL},1.00,2026-11-30\n")

    ended = every_output(bank)

    assert [RAW.findall(one.all) for one in ended if RAW.search(one.all)] == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('name    = "overdue"', f'name    = "{EVIL}"'),
        ('max_duration = "40s"', f'max_duration = "40s"\n"{EVIL}" = 1'),
        ("overdue.csv", f"{EVIL}.csv"),
        ("overdue.tts.j2", f"{EVIL}.j2"),
        ('language = "EN"', f'language = "EN" {EVIL}'),
    ],
)
def test_hostile_text_in_errors(bank: Bank, old: str, new: str) -> None:
    """The line that an error quotes is as foreign as the rest."""
    bank.campaign(old, new)

    ended = bank.run("validate")

    assert ended.code == 3
    assert RAW.findall(ended.all) == []


def test_hostile_template(bank: Bank) -> None:
    """A template that tries to command the terminal from an error message about itself."""
    bank.write("templates/overdue.tts.j2", EVIL.replace("\u202e", "").replace("\u2066", "") + " {{ nmae }}")

    ended = bank.run("validate")

    assert ended.code == 3
    assert RAW.findall(ended.all) == []


def test_a_hostile_saved_plan(bank: Bank) -> None:
    """What a plan file says was printed is a claim, and is shown without its controls."""
    bank.run("plan", "--out", "plan.json")
    saved = json.loads((bank.root / "plan.json").read_text())
    saved["printed"] = [EVIL, "::error::x"]
    saved["head"]["campaigns"][0]["path"] = EVIL
    (bank.root / "plan.json").write_text(json.dumps(saved))

    ended = [bank.run("show", "plan.json"), bank.run("show", "plan.json", "--format", "json")]

    assert [one.code for one in ended] == [0, 0]
    assert [RAW.findall(one.all) for one in ended] == [[], []]


FIRST = (
    "+447700900021,Anna,120.50,2026-11-30",
    "+447700900022,Otto,1999.00,2026-12-01",
    "+447700900023,Cora,88.10,2026-12-02",
)
SECOND = (
    "+447700900087,Eric,733.80,2026-12-24",
    "+447700900085,Uwes,4120.00,2026-11-11",
    "+447700900084,Hans,17.55,2026-10-10",
)


def blinded(text: str) -> str:
    """Return *text* without digests, names of tasks, ids and times."""
    for pattern in (
        r"\b[0-9a-f]{64}\b",
        r"\b[0-9a-f]{32}\b",
        r"\b[0-9a-f]{16}\b",
        r"(?<=[ \-])[0-9a-f]{8}\b",
        r"\b[a-z2-7]{14}\b",
        r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?",
        r"127\.0\.0\.1:\d+",
        r'"job_id": \d+',
    ):
        text = re.sub(pattern, "#", text)
    return text


def test_views_are_blind(bank: Bank) -> None:
    """Promise 11: of two audiences that differ in who the people are, every output is the same."""
    outputs = []
    for rows in (FIRST, SECOND):
        shutil.rmtree(bank.root / ".runner", ignore_errors=True)
        bank.engine.reset()
        bank.engine.change_switches({"submitting_s": 0.0})
        bank.audience(*rows)
        outputs.append([(one.code, blinded(one.out), blinded(one.err)) for one in every_output(bank)])

    assert outputs[0] == outputs[1]


def test_a_plan_says_where_it_stands(bank: Bank) -> None:
    """Environment, ledger, every row, hours, requests and the next step are in sight."""
    plan = bank.run("plan").out

    assert re.match(r"Plan [0-9a-f]{8}  sandbox  \d{4}-\d\d-\d\d \d\d:\d\d UTC  no ledger yet\n", plan)
    assert "  + 3 to call\n" in plan
    assert "    3 accounted for of 3 rows\n" in plan
    assert plan.splitlines()[-1] == "To call 3 people: runner apply --ack-calls 3   or: make apply ACK=3"


def test_every_bucket_has_its_rows(bank: Bank) -> None:
    """Invalid, foreign, duplicate and suppressed rows are counted with their reasons and numbers, and the sum is whole."""
    bank.campaign('region = "GB"', 'region = "GB"\nexclude = ["audiences/opt-out.csv"]')
    bank.write("campaigns/audiences/opt-out.csv", "phone\n+447700900002\n")
    bank.audience(
        "+447700900001,Ann,1.00,2026-11-30",
        "+447700900002,Bob,1.00,2026-11-30",
        "+447700900001,Ann,1.00,2026-11-30",
        "12,Cem,1.00,2026-11-30",
        "+61491570006,Dan,1.00,2026-11-30",
        "4.477009E+11,Eve,1.00,2026-11-30",
    )

    plan = bank.run("plan")
    summary = bank.run("plan", "--format", "json").json()["summary"]

    assert plan.code == 0
    assert {name: count for name, count in summary.items() if count} == {
        "rows": 6,
        "calls": 1,
        "tasks": 1,
        "new": 1,
        "suppressed": 1,
        "duplicate": 1,
        "invalid": 3,
    }
    assert "exported by a spreadsheet" in plan.out
    assert "by audiences/opt-out.csv <10 (row 2)" in plan.out


def test_doctor(bank: Bank) -> None:
    """Every check has a line; what fails has the exit code of its kind."""
    before = bank.run("doctor")
    bank.run("apply", "--ack-calls", 3)
    after = bank.run("doctor")
    bank.setting("API_SECRET", "wrong-secret")
    refused = bank.run("doctor")
    bank.setting("API_URL", "http://127.0.0.1:9")
    down = bank.run("doctor")

    assert [one.code for one in (before, after, refused, down)] == [0, 0, 4, 5]
    assert "ok    ledger       none yet; the first apply makes it" in before.out
    assert [line.split()[1] for line in after.out.splitlines()] == [
        "settings",
        "time",
        "credentials",
        "balance",
        "clock",
        "ledger",
        "receipts",
        "account",
        "campaigns",
    ]
    assert "FAIL  vendor" in refused.out
    assert "wrong-secret" not in refused.all


def test_a_clock_that_is_off(bank: Bank) -> None:
    """By the vendor's answers our clock is a minute behind: doctor fails."""
    bank.engine.change_switches({"clock_offset_s": 61.0})

    ended = bank.run("doctor")

    assert ended.code == 5
    assert "FAIL  clock        ours is 6" in ended.out
    assert "behind the vendor's" in ended.out


def test_what_the_quick_look_shows(bank: Bank, tmp_path: Path) -> None:
    """`status` before the first apply says that there is no ledger, and writes none."""
    shown = bank.run("status")

    assert shown.out == "sandbox: no ledger yet, so nothing was ever handed over from here\n"
    assert not (bank.root / ".runner").exists()
