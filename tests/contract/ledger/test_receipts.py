"""Receipts on disk: what is written is what is read, or nothing is written."""

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from runner.errors import Exit, LedgerError
from runner.ledger.receipt_format import head_of
from runner.ledger.receipts import TomlReceipts
from runner.model.receipt import Receipt, ReceiptHead, ReceiptTask
from runner.planning.receipts import check_receipts
from runner.ports import Receipts

RECEIPT = Receipt(
    environment="production",
    campaign="overdue-reminder",
    edition="2026-11",
    account="0011223344556677",
    key_id="feedfacecafebeef",
    lineage="0123456789abcdef0123456789abcdef",
    sequence=41,
    head="a" * 64,
    began_at=datetime(2026, 11, 24, 9, 0, 1, 250000, tzinfo=UTC),
    commit="c" * 40,
    plan_digest="d" * 64,
    acknowledged=12431,
    rows=12900,
    inputs={"s3://lists/overdue.parquet": "e" * 64, "audiences/opt-out.csv": "f" * 64},
    tasks=(
        ReceiptTask(name="overdue-reminder.2026-11.abc", people=10000, state="confirmed", job_id=77),
        ReceiptTask(name="overdue-reminder.2026-11.def", people=2431, state="intended", job_id=None),
    ),
    complete=False,
)

TEXT = """\
# Written by `runner apply`. Commit it; do not edit it.
format_version = 1
environment = "production"
campaign = "overdue-reminder"
edition = "2026-11"
account = "0011223344556677"
key_id = "feedfacecafebeef"
lineage = "0123456789abcdef0123456789abcdef"
sequence = 41
head = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
began_at = 2026-11-24T09:00:01.250000Z
commit = "cccccccccccccccccccccccccccccccccccccccc"
plan_digest = "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd"
acknowledged = 12431
rows = 12900
complete = false
[[inputs]]
address = "audiences/opt-out.csv"
sha256 = "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"

[[inputs]]
address = "s3://lists/overdue.parquet"
sha256 = "eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee"

[[tasks]]
name = "overdue-reminder.2026-11.abc"
people = 10000
state = "confirmed"
job_id = 77

[[tasks]]
name = "overdue-reminder.2026-11.def"
people = 2431
state = "intended"

"""
PLACE = "production/overdue-reminder/2026-11/41-01234567.toml"


@pytest.fixture(name="folder")
def _folder(tmp_path: Path) -> Path:
    return tmp_path / "campaigns" / "receipts"


@pytest.fixture(name="receipts")
def _receipts(folder: Path) -> Receipts:
    return TomlReceipts(folder, "production", root=folder.parent.parent)


def heads_of(receipts: TomlReceipts, *, whole: bool = False) -> list[tuple[object, ...]]:
    """Return what stands at the head of each receipt, as `heads` or as `all` reads it."""
    read = receipts.all() if whole else receipts.heads()
    return [tuple(getattr(one, field.name) for field in fields(ReceiptHead)) for one in read]


def test_receipt_is_a_file_of_its_own(receipts, folder):
    """A receipt is readable text at a place that says whose it is, named relative to the root."""
    assert receipts.write(RECEIPT) == f"campaigns/receipts/{PLACE}"
    assert (folder / PLACE).read_text() == TEXT
    assert (folder / PLACE).stat().st_mode & 0o777 == 0o644
    assert receipts.all() == (RECEIPT,)


def test_completing_replaces_the_file(receipts, folder):
    """The completed receipt takes the place of the begun one, and nothing else is left."""
    receipts.write(RECEIPT)
    complete = replace(RECEIPT, complete=True, commit=None, tasks=())

    receipts.write(complete)

    assert receipts.all() == (complete,)
    assert [p for p in folder.rglob("*") if p.is_file()] == [folder / PLACE]


def test_receipts_come_by_sequence_from_all_campaigns(receipts, folder):
    """All receipts of the environment come, as numbers and not as text, and those of others do not."""
    for receipt in (
        replace(RECEIPT, sequence=100),
        replace(RECEIPT, sequence=9, campaign="other", edition="wave-2"),
        replace(RECEIPT, sequence=20, lineage="9" * 32),
    ):
        receipts.write(receipt)
    TomlReceipts(folder, "staging").write(replace(RECEIPT, environment="staging", sequence=1))

    assert [receipt.sequence for receipt in receipts.all()] == [9, 20, 100]


def test_no_folder_is_no_receipt(receipts, folder):
    """Before the first apply there is nothing, and looking makes nothing."""
    assert receipts.all() == ()
    assert not folder.exists()


def test_left_over_of_a_crash_is_no_receipt(receipts, folder):
    """A half-written file of a killed apply is passed over."""
    receipts.write(RECEIPT)
    (folder / PLACE).with_name(".42-01234567.toml.77.tmp").write_text("environment = ")

    assert receipts.all() == (RECEIPT,)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(text=st.text(min_size=1), other=st.text())
@example(text="\x00", other="")
@example(text="a\x1fb\x7f", other="\\x00 \\u0041 \\")
@example(text='"""\n[tasks]\n"', other="'''")
@example(text="a.b = c", other="\r\n")
@example(text="\ud800", other="")
def test_hostile_text_is_written_faithfully_or_not_at_all(tmp_path, text, other):
    """Whatever an address, a state or a name holds, it reads back as it is, or the receipt is refused and no file is made."""
    receipts = TomlReceipts(tmp_path / "r", "production")
    hostile = replace(
        RECEIPT,
        inputs={text: "e" * 64, "a": other},
        tasks=(ReceiptTask(name=text, people=1, state=other, job_id=None),),
    )
    before = {p: p.read_bytes() for p in tmp_path.rglob("*.toml")}

    try:
        receipts.write(hostile)
    except LedgerError:
        assert {p: p.read_bytes() for p in tmp_path.rglob("*.toml")} == before
    else:
        assert receipts.all() == (hostile,)
        assert heads_of(receipts) == heads_of(receipts, whole=True)
        assert receipts.naming({text}) == (hostile,)


def test_control_characters_are_refused(receipts, folder):
    """`toml` would corrupt a control character without a word; nothing is written, and exit 8 says so."""
    with pytest.raises(LedgerError, match="would not read back") as caught:
        receipts.write(replace(RECEIPT, inputs={"a\x1b[2Jb.csv": "e" * 64}))

    assert caught.value.exit is Exit.LEDGER
    assert "\x1b" not in str(caught.value)
    assert not folder.exists()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not toml",
        b"\xff\xfe",
        b"<<<<<<< HEAD\n" + TEXT.encode(),
        TEXT.replace("format_version = 1", "format_version = 2").encode(),
        TEXT.replace("rows = 12900\n", "").encode(),
        TEXT.replace("rows = 12900", "rows = true").encode(),
        TEXT.replace("rows = 12900", 'rows = "12900"').encode(),
        TEXT.replace("rows = 12900", "rows = 12900\nphone = 1").encode(),
        TEXT.replace("01.250000Z", "01.250000").encode(),
        TEXT.replace("people = 2431", "people = 2431.0").encode(),
        TEXT.replace('state = "intended"', 'status = "intended"').encode(),
        TEXT.replace("address", "path").encode(),
        b"tasks = 1\n" + TEXT.partition("[[tasks]]")[0].encode(),
    ],
)
def test_unreadable_receipt_stops_everything(receipts, folder, content):
    """A receipt that cannot be read is exit 8 with its path: it may be the one that proves the ledger bad."""
    (folder / PLACE).parent.mkdir(parents=True)
    (folder / PLACE).write_bytes(content)

    for read in (receipts.all, receipts.heads):
        with pytest.raises(LedgerError, match=r"41-01234567.toml is not a receipt of this format"):
            read()


@pytest.mark.parametrize(
    "elsewhere",
    [
        "production/overdue-reminder/2026-11/42-01234567.toml",
        "production/overdue-reminder/2026-12/41-01234567.toml",
        "production/other/2026-11/41-01234567.toml",
        "production/overdue-reminder/2026-11/deep/41-01234567.toml",
        "production/copy.toml",
    ],
)
def test_receipt_that_lies_where_another_belongs_is_refused(receipts, folder, elsewhere):
    """A receipt under another's name or folder is not passed over."""
    (folder / elsewhere).parent.mkdir(parents=True)
    (folder / elsewhere).write_text(TEXT)

    for read in (receipts.all, receipts.heads):
        with pytest.raises(LedgerError, match="does not belong where it lies"):
            read()


def test_the_head_is_known_without_reading_tables(receipts):
    """All that a ledger is checked against stands before the first table, and only that is read as TOML."""
    receipts.write(RECEIPT)

    head = head_of(TEXT)

    assert head is not None
    assert (head.lineage, head.name, head.key_id, head.sequence, head.head) == (
        "0123456789abcdef0123456789abcdef",
        "overdue-reminder/2026-11/41-01234567",
        "feedfacecafebeef",
        41,
        "a" * 64,
    )
    assert receipts.heads() == (head,)


@pytest.mark.parametrize(
    "other",
    [
        TEXT.partition("[[inputs]]")[0],
        TEXT.replace("people = 2431", "people = 2431 # about"),
        TEXT.replace("people = 2431", "people = -2431"),
        TEXT.replace("people = 2431", "people = 2_431"),
        TEXT.replace("people = 2431", "people = " + "2" * 5000),
        TEXT.replace('"intended"', "'intended'"),
        TEXT.replace('"intended"', r'"\u0069ntended"'),
        TEXT.replace("[[tasks]]", "[tasks]", 1),
        TEXT + "head = 1\n",
        TEXT + "[[more]]\n",
        "inputs = [\n[" + TEXT,
        'more = """\n' + TEXT.partition("[[inputs]]")[2] + '"""\n' + TEXT,
    ],
)
def test_what_was_not_written_here_is_read_as_a_whole(other):
    """A table in any other form, right or wrong, is not passed over."""
    assert head_of(other) is None


def test_receipts_that_name_a_task_are_found_however_it_is_spelt(receipts, folder):
    """By the name in its tasks, with TOML's escapes too, and not by a name that it only begins with."""
    receipts.write(RECEIPT)
    other = replace(RECEIPT, sequence=7, tasks=())
    receipts.write(other)

    assert receipts.naming({"overdue-reminder.2026-11.def", "unknown"}) == (RECEIPT,)
    assert receipts.naming({"overdue-reminder.2026-11"}) == ()
    assert receipts.naming(()) == ()

    (folder / PLACE).write_text(TEXT.replace("11.def", r"11.\u0064ef"))

    assert receipts.naming({"overdue-reminder.2026-11.def"}) == (RECEIPT,)


def test_receipt_of_another_environment_is_refused_in_this_folder(folder):
    """Production's receipts, copied to staging, are not staging's."""
    (folder / "staging/overdue-reminder/2026-11").mkdir(parents=True)
    (folder / "staging/overdue-reminder/2026-11/41-01234567.toml").write_text(TEXT)

    with pytest.raises(LedgerError, match="does not belong where it lies"):
        TomlReceipts(folder, "staging").all()


@pytest.mark.parametrize("edition", ["..", "../../x", "a/b", "", ".hidden"])
def test_names_do_not_lead_out_of_the_folder(receipts, folder, edition):
    """A name that is no name is a bug, and nothing is written."""
    with pytest.raises(ValueError, match="plain names"):
        receipts.write(replace(RECEIPT, edition=edition))

    assert not folder.exists()


def test_link_out_of_the_folder_is_not_followed(receipts, folder, tmp_path):
    """A folder in a pull request that is a link to elsewhere gets no receipt."""
    (tmp_path / "elsewhere").mkdir()
    (folder / "production").mkdir(parents=True)
    (folder / "production" / "overdue-reminder").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(LedgerError, match="outside its folder"):
        receipts.write(RECEIPT)

    assert [p for p in (tmp_path / "elsewhere").rglob("*") if p.is_file()] == []


def test_folder_that_cannot_be_written_is_said(receipts, folder):
    """What the system says becomes an error with the path."""
    folder.parent.mkdir(parents=True)
    folder.write_text("")

    with pytest.raises(LedgerError, match=r"the receipt campaigns/receipts/.* cannot be written"):
        receipts.write(RECEIPT)


def test_time_of_another_zone_is_the_same_instant(receipts):
    """A receipt tells UTC, whatever zone its time came in."""
    receipts.write(replace(RECEIPT, began_at=RECEIPT.began_at.astimezone(timezone(timedelta(hours=5.5)))))

    assert receipts.all() == (RECEIPT,)


class Known:
    """A ledger as far as receipts look at it."""

    def __init__(self, ledger) -> None:
        self.receipt = replace(
            RECEIPT,
            lineage="0123456789abcdef" * 2,
            sequence=1,
            head=ledger.head().hash,
            environment="sandbox",
        )


def test_receipt_of_this_ledger_passes(ledger):
    """A receipt whose head is in the ledger proves nothing against it, however much was appended since."""
    receipt = Known(ledger).receipt

    check_receipts([receipt], ledger)
    check_receipts([], None)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"lineage": "b" * 32}, r"another one \(lineage 01234567\)"),
        ({"key_id": "0000"}, r"under another key \(feedfacecafebeef\)"),
        ({"head": "0" * 64}, "set back, or is a copy"),
        ({"sequence": 2}, "set back, or is a copy"),
    ],
)
def test_receipt_that_contradicts_the_ledger_is_exit_8(ledger, change, message):
    """Another lineage, another key, another head at that sequence or none: exit 8, with what to do."""
    receipt = Known(ledger).receipt

    with pytest.raises(LedgerError, match=message) as caught:
        check_receipts([receipt, replace(receipt, **change)], ledger)

    assert caught.value.exit is Exit.LEDGER
    assert caught.value.problems[0].hint


def test_receipt_without_a_ledger_is_exit_8():
    """Where a receipt tells of an apply and there is no ledger, nothing goes on as if it were the first time."""
    with pytest.raises(LedgerError, match="there is no ledger") as caught:
        check_receipts([RECEIPT], None)

    assert "RUNNER_LEDGER_URL" in (caught.value.problems[0].hint or "")
