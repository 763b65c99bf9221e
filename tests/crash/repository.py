"""A campaign repository that is edited while it is applied, and two ways to plan it: quickly, and really."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

import polars as pl

from runner.audience.metadata import metadata_version
from runner.config.load import load
from runner.digest.keyed import keyed
from runner.digest.keys import Label, LedgerKey
from runner.engines.local import LocalRenderer
from runner.errors import Where
from runner.frames import CONTENT, NUMBER, PERSON, VARIANT, slot
from runner.laaffic.capacity import CAPACITY
from runner.model.campaign import (
    Audience,
    AudioVoice,
    Campaign,
    ColumnType,
    Limits,
    Purpose,
    Recall,
    RecallWho,
    Schedule,
    Template,
    TtsVoice,
)
from runner.model.entry import EMPTY_HEAD
from runner.model.plan import Bucket, CampaignPlan, LedgerStand, Plan
from runner.model.policy import Caps
from runner.model.skeleton import Skeleton, Slot
from runner.planning.again import tasks_to_send_again
from runner.planning.caps import NOBODY, at_cap, counting_in
from runner.planning.digest import ApprovalDigest, campaign_digest, plan_digest
from runner.planning.guards import guards_of
from runner.planning.history import fold
from runner.planning.prior import prior_from, ranking_of
from runner.planning.saved import ReviewedCampaign
from runner.planning.timing import hours_of, is_over
from runner.planning.variants import variants_of
from runner.ports import LedgerReader
from runner.preview.prepared import Prepared, Preview, ReadyCohort
from runner.preview.run import Inputs, Means, preview
from runner.sources.scratch import Scratch
from tests.unit.apply.conftest import Known, Silent, judge

NAME = "overdue"
ZONE = "Asia/Kolkata"


@dataclass
class Files:
    """What the campaign's files say today.

    Attributes:
        amounts: who is called, and the amount that each of them owes.
        wording: the version of the template.
        start: of the schedule; None = as soon as applied.
        recording: played instead of the text; None = text to speech.
        keep: `[limits] keep` in thousandths.
        refuses_duplicates: the vendor is known to take a task's name only once, as a setting says.
    """

    amounts: dict[int, int] = field(default_factory=dict)
    wording: int = 0
    edition: int = 1
    per_task: int = 2
    start: datetime | None = None
    recall: bool = False
    recording: Path | None = None
    keep: int = 0
    refuses_duplicates: bool = False

    def said(self) -> dict[str, str | None]:
        """Return what everybody would hear today, written out by hand, by number; None = a recording."""
        return {
            number(i): None if self.recording else said(i, amount, self.wording)
            for i, amount in self.amounts.items()
        }


def number(person: int) -> str:
    """Return the number of *person*, reserved for fiction, as the vendor writes numbers."""
    return f"4477009000{person:02}"


def said(person: int, amount: int, wording: int) -> str:
    """Return what *person* hears."""
    return f"Hello Person{person}, you owe {amount}. Version {wording}."


def edition_name(edition: int) -> str:
    """Return the name of the *edition*-th edition."""
    return f"e{edition}"


class Planner(Protocol):
    """Makes a preview of today's files."""

    def campaign(self, files: Files) -> Campaign:
        """Return the campaign."""
        ...

    def preview(
        self,
        files: Files,
        *,
        ledger: LedgerReader | None,
        key: LedgerKey,
        now: datetime,
        reviewed: Mapping[str, ReviewedCampaign] | None,
    ) -> Preview:
        """Return the preview."""
        ...


@dataclass(frozen=True)
class QuickPlanner:
    """The planning core alone: no files, no templates, no processes. A dozen milliseconds.

    Attributes:
        name: of the campaign.
        caps: on calls to one person, over all campaigns of the ledger.
    """

    name: str = NAME
    caps: Caps | None = None

    def campaign(self, files: Files) -> Campaign:
        """Return the campaign as loading it would."""
        schedule = None
        if files.start is not None:
            at = files.start.astimezone(ZoneInfo(ZONE))
            schedule = Schedule(at=at, timezone=ZONE, windows=(), not_after=None)
        voice = _CAMPAIGN.voice
        if files.recording is not None:
            digest = hashlib.sha256(files.recording.read_bytes()).hexdigest()
            voice = AudioVoice(
                path=files.recording, address="a.mp3", sha256=digest, duration_s=10, language=None
            )
        return replace(
            _CAMPAIGN,
            name=self.name,
            caps=self.caps,
            voice=voice,
            edition=edition_name(files.edition),
            schedule=schedule,
            recall=Recall(rounds=1, every_min=5, who=RecallWho.FAILED, overrides=())
            if files.recall
            else None,
            limits=Limits(per_task=files.per_task, keep=files.keep),
        )

    def preview(
        self,
        files: Files,
        *,
        ledger: LedgerReader | None,
        key: LedgerKey,
        now: datetime,
        reviewed: Mapping[str, ReviewedCampaign] | None,
    ) -> Preview:
        """Plan as `runner.preview` does, from a table instead of files."""
        prepared = self._prepare(files, ledger, key, now, (reviewed or {}).get(self.name))
        plan = prepared.plan
        return Preview(
            plan=Plan(
                format_version=1,
                environment="sandbox",
                account=ledger.identity.account if ledger else None,
                created_at=now,
                ledger=LedgerStand(
                    lineage=ledger.identity.lineage if ledger else None,
                    key_id=key.key_id,
                    head=ledger.head() if ledger else EMPTY_HEAD,
                ),
                campaigns=(plan,),
                digest=plan_digest(environment="sandbox", key_id=key.key_id, campaigns=[plan.digest]),
            ),
            prepared=(prepared,),
        )

    def _prepare(
        self,
        files: Files,
        ledger: LedgerReader | None,
        key: LedgerKey,
        now: datetime,
        reviewed: ReviewedCampaign | None,
    ) -> Prepared:
        campaign = self.campaign(files)
        variants = variants_of(campaign, {()})
        planned_at = ledger.head().sequence if ledger else 0
        history = fold(ledger.entries(campaigns=[self.name], edition=campaign.edition) if ledger else ())
        ranking = ranking_of(history, now=now)
        blocks = ledger.blocks(ranking.sequences) if ledger else None
        prior = prior_from(ranking.label(_NO_BLOCKS if blocks is None else blocks), ranking.settings)
        over = is_over(campaign, now=now)
        capped = NOBODY
        if self.caps is not None and ledger is not None:
            counting = counting_in(ledger, self.caps, now=now)
            calls = counting.label(ledger.blocks(counting.sequences))
            capped = at_cap(calls, self.caps, rings=campaign.rings)
        everybody = _people(files, key)
        people = everybody.join(ledger.suppressed(), on=PERSON, how="anti") if ledger else everybody
        suppressed = everybody.height - people.height
        judged = judge(
            people.sort(PERSON),
            Known(history, prior, variants),
            campaign,
            key=key,
            now=now,
            reviewed=reviewed,
            over=over,
            capped=capped,
            again=tasks_to_send_again(history) if files.refuses_duplicates else (),
        )
        callees = judged.callees
        digest = ApprovalDigest()
        digest.add(callees)
        hours = hours_of(campaign)
        plan = CampaignPlan(
            name=self.name,
            edition=campaign.edition,
            path=campaign.path,
            rows=len(files.amounts),
            buckets={**judged.buckets, **({Bucket.SUPPRESSED: suppressed} if suppressed else {})},
            reasons=(),
            countries={},
            tasks=(),
            hours=hours,
            guards=guards_of(campaign, calls=judged.buckets.get(Bucket.NEW, 0), tasks=1),
            segments=(),
            sample=(),
            templates={},
            unreached=(),
            settings_lines=(),
            warnings=(),
            inputs={},
            over=over,
            digest=campaign_digest(
                name=self.name,
                edition=campaign.edition,
                hours=hours,
                people=digest.result(),
                replaces=[one.name for one in judged.replaces],
            ),
            replaces=judged.replaces,
        )
        tail = f". Version {files.wording}."
        skeleton: Skeleton = ("Hello ", Slot(1), ", you owe ", Slot(2), tail)
        return Prepared(
            campaign=campaign,
            plan=plan,
            variants=variants,
            cohorts=(ReadyCohort(variant=0, skeletons={} if files.recording else {0: skeleton}),),
            ranges=lambda: iter([callees]),
            planned_at=planned_at,
            generation=history.generation + len(judged.replaces),
            review=judged.review,
            metadata=metadata_version(),
            left_out=judged.left_out,
        )


_NO_BLOCKS = pl.DataFrame(schema={PERSON: pl.UInt128, CONTENT: pl.UInt128, "sequence": pl.Int64})

_PEOPLE_SCHEMA = {
    PERSON: pl.UInt128,
    NUMBER: pl.String,
    CONTENT: pl.UInt128,
    VARIANT: pl.UInt32,
    slot(1): pl.String,
    slot(2): pl.String,
}


def _people(files: Files, key: LedgerKey) -> pl.DataFrame:
    rows = [
        (
            person_key(key, number(i)),
            f"+{number(i)}",
            keyed(key.subkey(Label.CONTENT), number(i), said(i, amount, files.wording)),
            0,
            f"Person{i}",
            str(amount),
        )
        for i, amount in files.amounts.items()
    ]
    return pl.DataFrame(sorted(rows), schema=_PEOPLE_SCHEMA, orient="row")


def person_key(key: LedgerKey, of: str) -> int:
    """Return the person key of a number."""
    return keyed(key.subkey(Label.PERSON), f"+{of}")


_CAMPAIGN = Campaign(
    name=NAME,
    formerly=(),
    edition="",
    purpose=Purpose.SERVICE,
    app_id="app",
    caller_id=None,
    owner=None,
    path="campaigns/overdue.toml",
    audience=Audience(
        file=None,
        address="a.csv",
        sample=None,
        number="phone",
        region=None,
        countries=(),
        exclude=(),
        exclude_addresses=(),
        prefer=None,
        fresh_s=None,
        types=dict[str, ColumnType](),
    ),
    voice=TtsVoice(
        template=Template(name=None, source="", where=Where(path="campaigns/overdue.toml")),
        language="EN",
        gender=None,
        rate=None,
        accent=None,
    ),
    loops=1,
    max_duration_s=40,
    max_ring_s=None,
    sms=None,
    transfer=None,
    schedule=None,
    recall=None,
    limits=Limits(),
    places={},
    templates={},
)


class FullPlanner:
    """The real thing: files, the audience read and checked, templates compiled and rendered in another process."""

    def __init__(self, root: Path, renderer: LocalRenderer) -> None:
        self._root = root
        self._renderer = renderer
        for folder in ("campaigns", "templates"):
            (root / folder).mkdir(exist_ok=True)

    def campaign(self, files: Files) -> Campaign:
        """Write the files and load them."""
        self._write("campaigns/overdue.toml", _toml(files))
        people = "".join(f"+{number(i)},Person{i},{amount}\n" for i, amount in files.amounts.items())
        self._write("campaigns/people.csv", "phone,name,amount\n" + people)
        text = f"Hello {{{{ name }}}}, you owe {{{{ amount }}}}. Version {files.wording}."
        self._write("templates/overdue.j2", text)
        (campaign,) = load(self._root, environment="sandbox", need_audience=True)
        return campaign

    def preview(
        self,
        files: Files,
        *,
        ledger: LedgerReader | None,
        key: LedgerKey,
        now: datetime,
        reviewed: Mapping[str, ReviewedCampaign] | None,
    ) -> Preview:
        """Plan, and keep what apply sends from in memory: the folder for it lasts as long as this call."""
        with Scratch(repository=self._root) as scratch:
            inputs = Inputs(
                environment="sandbox",
                ledger=ledger,
                key=key,
                now=now,
                capacity=CAPACITY,
                allow_fiction=True,
                refuses_duplicates=files.refuses_duplicates,
            )
            means = Means(renderer=self._renderer, scratch=scratch, progress=Silent())
            made = preview([self.campaign(files)], inputs, means, reviewed=reviewed)
            return replace(made, prepared=tuple(_kept(one) for one in made.prepared))

    def _write(self, name: str, text: str) -> None:
        (self._root / name).write_text(text, encoding="utf-8")


def _kept(prepared: Prepared) -> Prepared:
    frames: Sequence[pl.DataFrame] = list(prepared.ranges())
    return replace(prepared, ranges=lambda: iter(frames))


def _toml(files: Files) -> str:
    tables = ""
    if files.start is not None:
        at = files.start.astimezone(ZoneInfo(ZONE)).replace(tzinfo=None)
        tables += f"[schedule]\nat = {at.isoformat()}\ntimezone = '{ZONE}'\n"
    if files.recall:
        tables += "[recall]\nrounds = 1\nevery = '5m'\nwho = 'failed'\n"
    return f"""\
name = "{NAME}"
edition = "{edition_name(files.edition)}"
purpose = "service"
app_id = "app"
[audience]
file = "people.csv"
number = "phone"
countries = ["GB"]
[voice]
source = "tts"
template = "overdue.j2"
language = "EN"
max_duration = "40s"
[limits]
per_task = {files.per_task}
keep = {files.keep / 1000}
{tables}"""
