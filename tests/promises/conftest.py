"""A campaign repository in a folder, planned and applied for real but for the vendor and the ledger, which are in memory."""

import csv
import io
import re
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from runner.apply.run import Apply, Tools
from runner.config.load import load
from runner.digest.keys import LedgerKey
from runner.engines.local import LocalRenderer
from runner.frames import NUMBER, slot
from runner.laaffic.capacity import CAPACITY
from runner.model.skeleton import Slot
from runner.preview.run import Inputs, Means, preview
from runner.sources.scratch import Scratch
from tests.unit.apply.conftest import FakeClock, FakeLedger, FakeReceipts, FakeVendor, Holding, Silent

KEY = LedgerKey("5a" * 32)
NOON = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)

CAMPAIGN = """\
name = "overdue"
edition = "2026-11"
purpose = "service"
app_id = "app"

[audience]
file = "audience.csv"
sample = "sample.csv"
number = "phone"
region = "GB"
exclude = ["optout.csv"]
[audience.types]
amount = "decimal"

[voice]
source = "tts"
template = "voice.j2"
language = { column = "lang" }
max_duration = "40s"

[sms]
app_id = "sms"
template = "sms.j2"
on_failed = true

[limits]
per_task = 4
tasks = 200
"""
VOICE = "Hello {{ name }}.{% if amount > 100 %} It is a large amount, please call us back as soon as you can.{% endif %}"
SMS = "{{ name }}, pay {{ amount|money }} at https://pay.example/overdue/2026-11/{{ ref }}"
SAMPLE = "phone,name,amount,ref,lang\n07700 900999,Ann,12.00,R-1,EN\n07700 900998,Bob,120.00,R-2,EN\n"
COLUMNS = ("phone", "name", "amount", "ref", "lang")


def as_csv(rows, columns=COLUMNS):
    """Return *rows* as the text of a CSV file."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return out.getvalue()


class Recorder(FakeVendor):
    """A vendor that remembers what each person heard and read, substituting the slots by itself."""

    def __init__(self, clock):
        super().__init__(clock=clock, capacity=CAPACITY)
        self.heard = []

    def send(self, request, *, signed_at, last_look):
        answer = super().send(request, signed_at=signed_at, last_look=last_look)
        for row in request.callees.rows(named=True):
            texts = {
                number: "".join(row[slot(p.number)] if isinstance(p, Slot) else p for p in pieces)
                for number, pieces in request.skeletons.items()
            }
            values = [row[c] for c in request.callees.columns if c.startswith("@slot") and row[c] is not None]
            assert all(0 < len(v.encode("utf-16-le")) // 2 <= 30 for v in values)
            self.heard.append((row[NUMBER], texts, request.settings))
        return answer


@dataclass
class Repository:
    """A campaign repository whose ledger and vendor are in memory."""

    root: Path
    renderer: LocalRenderer

    def __post_init__(self):
        for folder in ("campaigns", "templates"):
            (self.root / folder).mkdir(exist_ok=True)
        self.clock = FakeClock()
        self.clock.at = NOON
        self.ledger = FakeLedger()
        self.ledger.identity = replace(self.ledger.identity, key_id=KEY.key_id)
        self.vendor = Recorder(self.clock)
        self.receipts = FakeReceipts()
        self.write("campaigns/overdue.toml", CAMPAIGN)
        self.write("campaigns/sample.csv", SAMPLE)
        self.write("campaigns/optout.csv", "phone\n07700 900500\n")
        self.write("templates/voice.j2", VOICE)
        self.write("templates/sms.j2", SMS)

    def write(self, name, text):
        """Write a file of the repository."""
        (self.root / name).write_text(text, encoding="utf-8", newline="")

    def campaigns(self):
        """Return the campaigns as they are now."""
        return load(self.root, environment="sandbox", need_audience=True)

    @contextmanager
    def planned(self, *, ledger="own", now=NOON):
        """Yield the preview of today's files; its scratch is gone afterwards."""
        with Scratch(repository=self.root) as scratch:
            inputs = Inputs(
                environment="sandbox",
                ledger=self.ledger if ledger == "own" else ledger,
                key=KEY,
                now=now,
                capacity=CAPACITY,
                allow_fiction=True,
            )
            means = Means(renderer=self.renderer, scratch=scratch, progress=Silent())
            yield preview(self.campaigns(), inputs, means)

    def plan(self, **how):
        """Return the plan of today's files."""
        with self.planned(**how) as made:
            return made.plan

    def apply(self, saved=None):
        """Apply, acknowledging whatever is asked."""
        with Scratch(repository=self.root) as scratch:
            means = Means(renderer=self.renderer, scratch=scratch, progress=Silent())
            counter = iter(range(100))

            def plan_again(campaigns, reviewed):
                inputs = Inputs(
                    environment="sandbox",
                    ledger=self.ledger,
                    key=KEY,
                    now=self.clock.now(),
                    capacity=CAPACITY,
                    allow_fiction=True,
                )
                return preview(
                    campaigns,
                    inputs,
                    means,
                    reviewed=reviewed if saved is not None else None,
                    prefix=f"p{next(counter)}-",
                )

            tools = Tools(
                ledger=self.ledger,
                vendor=self.vendor,
                receipts=self.receipts,
                clock=self.clock,
                progress=Silent(),
                hold=self._hold,
                plan_again=plan_again,
                acknowledge=lambda _number, _plan: None,
                settle_time=timedelta(seconds=10),
                stopping=lambda: False,
            )
            return Apply(tools, saved, None).run(self.campaigns())

    @contextmanager
    def _hold(self, name):
        lease = self.ledger.acquire(name, now=self.clock.now())
        try:
            yield Holding(lease)
        finally:
            self.ledger.release(lease)


def blinded(text):
    """Return *text* without what may depend on who the people are: digests and the names of tasks."""
    text = re.sub(r"[0-9a-f]{64}", "<digest>", text)
    text = re.sub(r"\.[a-z2-7]{14}\b", ".<name>", text)
    return re.sub(r"^Plan [0-9a-f]{8}", "Plan <digest>", text, flags=re.MULTILINE)


@pytest.fixture(name="renderer", scope="session")
def _renderer():
    with LocalRenderer(workers=1) as renderer:
        yield renderer


@pytest.fixture(name="make_repository", scope="session")
def _make_repository(renderer, tmp_path_factory):
    return lambda: Repository(tmp_path_factory.mktemp("root"), renderer)
