"""Fakes of the ports: a vendor that plays a script, a ledger in memory, a clock that is moved, and a tiny preview."""

from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from runner.apply.run import Apply, Tools
from runner.digest.keyed import keyed
from runner.digest.keys import LedgerKey
from runner.errors import (
    HaltedError,
    InvalidError,
    LedgerError,
    Problem,
    RecountError,
    SuppressedError,
    UnavailableError,
    Where,
)
from runner.frames import APPROVAL, BUCKET, COHORT, CONTENT, NUMBER, PERSON, TASK, VARIANT
from runner.laaffic.capacity import CAPACITY
from runner.model.campaign import Audience, Campaign, ColumnType, Limits, Purpose, Template, TtsVoice
from runner.model.capacity import Capacity
from runner.model.edition_fact import Withdrawn
from runner.model.entry import EMPTY_HEAD, Entry, Head
from runner.model.halt import Halt
from runner.model.lease import Lease, Owner
from runner.model.ledger_fact import Bound, Halted, Lifted, Renamed, ToleranceMeasured
from runner.model.ledger_identity import LedgerIdentity
from runner.model.people_fact import Suppressed, SuppressionLifted
from runner.model.plan import CALLABLE, Bucket, CampaignPlan, LedgerStand, Plan, Replacement
from runner.model.task import Accepted, Balance, Listing, SeenTask, TaskStatus
from runner.model.task_fact import Sending
from runner.planning.again import tasks_to_send_again
from runner.planning.approval import with_approval
from runner.planning.caps import NOBODY, with_cap
from runner.planning.digest import ApprovalDigest
from runner.planning.guards import guards_of
from runner.planning.history import History, fold
from runner.planning.prior import PRIOR_BLOCK, Prior, prior_from, ranking_of, with_bucket
from runner.planning.replacing import (
    called_again,
    replaced_count,
    replacements,
    stale_tasks,
    unchanged_people,
)
from runner.planning.review import REVIEWED, Review, compare
from runner.planning.saved import ReviewedCampaign, SavedPlan
from runner.planning.timing import hours_of
from runner.planning.variants import Variant, variants_of
from runner.preview.prepared import Prepared, Preview, ReadyCohort

KEY = LedgerKey("ab" * 32)
START = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
OWNER = Owner(host="h", boot="b", namespace="n", pid=1, started=1, user="u", command="runner apply")


class FakeClock:
    """A clock that moves only when somebody sleeps."""

    def __init__(self):
        self.at = START

    def now(self):
        return self.at

    def elapsed_s(self):
        return (self.at - START).total_seconds()

    def sleep(self, seconds):
        self.at += timedelta(seconds=seconds)


class FakeLedger:
    """A ledger in memory that checks what the real one checks of an intent."""

    def __init__(self):
        self.identity = LedgerIdentity(
            lineage="l" * 32, environment="sandbox", key_id=KEY.key_id, account=None
        )
        self.place = "memory"
        self.chain = []
        self.bodies = {}
        self.leases = {}

    def head(self):
        return Head(sequence=len(self.chain), hash=self.chain[-1].hash) if self.chain else EMPTY_HEAD

    def entries(self, *, campaigns, edition, task=None):
        found = [
            (e, e.fact if isinstance(e.fact, Withdrawn) else getattr(e.fact, "task", None))
            for e in self.chain
        ]
        return tuple(
            e
            for e, of in found
            if of
            and of.campaign in campaigns
            and of.edition == edition
            and task in (None, getattr(of, "name", None))
        )

    def editions(self):
        tasks = [e.fact.task for e in self.chain if hasattr(e.fact, "task")]
        return tuple(dict.fromkeys((task.campaign, task.edition) for task in tasks))

    def sent_since(self, since, *, within=None):
        sendings = [e.fact for e in self.chain if isinstance(e.fact, Sending) and e.fact.calls_at >= since]
        return tuple(dict.fromkeys(one.task for one in sendings))

    def renamed(self):
        return {e.fact.formerly: e.fact.name for e in self.chain if isinstance(e.fact, Renamed)}

    def tolerance(self, account):
        found = [e for e in self.chain if isinstance(e.fact, ToleranceMeasured) and e.fact.account == account]
        return found[-1] if found else None

    def replaced(self):
        return ()

    def blocks(self, sequences, *, within=None):
        frames = [
            self.bodies[s].with_columns(pl.lit(s, dtype=pl.Int64).alias("sequence"))
            for s in sorted(sequences)
        ]
        schema = {PERSON: pl.UInt128, CONTENT: pl.UInt128, "sequence": pl.Int64}
        return pl.concat([pl.DataFrame(schema=schema), *frames])

    def outcomes(self, sequences):
        raise NotImplementedError

    def erasures(self):
        return ()

    def records_read(self):
        raise NotImplementedError

    def erase_outcomes_before(self, before, *, reason, now):
        raise NotImplementedError

    def record_outcomes(self, found, *, now):
        raise NotImplementedError

    def forget(self, people, *, reason, by, now):
        raise NotImplementedError

    def erase_people(self, keys, *, reason, now):
        raise NotImplementedError

    def hash_at(self, sequence):
        return self.chain[sequence - 1].hash if 0 < sequence <= len(self.chain) else None

    def holder(self, campaign):
        return self.leases.get(campaign)

    def halt(self):
        said = [e for e in self.chain if isinstance(e.fact, Halted | Lifted)]
        if not said or isinstance(said[-1].fact, Lifted):
            return None
        return Halt(reason=said[-1].fact.reason, by=said[-1].fact.by, since=said[-1].at, lift="lift it")

    def suppressed(self, *, after=0):
        newest: dict[int, Entry] = {}
        for entry in self.chain[after:]:
            if isinstance(entry.fact, Suppressed | SuppressionLifted):
                newest |= dict.fromkeys(self.bodies[entry.sequence][PERSON].to_list(), entry)
        rows = sorted((p, e.sequence) for p, e in newest.items() if isinstance(e.fact, Suppressed))
        return pl.DataFrame(rows, schema={PERSON: pl.UInt128, "sequence": pl.Int64}, orient="row")

    def suppress(self, people, *, reason, by, now, lift=False):
        kind = SuppressionLifted if lift else Suppressed
        entry = self.record(kind(people=len(people), reason=reason, by=by), now=now)
        self.bodies[entry.sequence] = people.sort().to_frame(PERSON)
        return len(people)

    def verify(self):
        return len(self.chain)

    def bind(self, account, *, seen, now):
        assert self.identity.account == seen
        self.record(Bound(account=account), now=now)
        return True

    def acquire(self, campaign, *, now):
        if campaign in self.leases:
            message = "held by somebody"
            raise LedgerError(message)
        self.leases[campaign] = Lease(campaign=campaign, owner=OWNER, epoch=1, term_s=60, renewed_at=now)
        return self.leases[campaign]

    def renew(self, lease, *, now):
        return lease

    def release(self, lease):
        self.leases.pop(lease.campaign, None)

    def intend(self, sending, block, *, lease, now, counted_at=None, looked_at=None):
        assert isinstance(sending, Sending)
        assert block[PERSON].is_sorted()
        assert block.height == sending.people
        if self.halt() is not None:
            raise HaltedError(str(self.halt()), code="halted")
        newer = self.chain[sending.planned_at if looked_at is None else looked_at :]
        if any(isinstance(e.fact, Suppressed) for e in newer):
            message = "somebody was suppressed"
            raise SuppressedError(message)
        if counted_at is not None:
            self.refuse_shared(sending, block, counted_at)
        entry = self.record(sending, now=now)
        self.bodies[entry.sequence] = block
        return entry

    def refuse_shared(self, sending, block, counted_at):
        newer = [e for e in self.chain[counted_at:] if isinstance(e.fact, Sending)]
        others = [e.sequence for e in newer if e.fact.task.campaign != sending.task.campaign]
        if any(block.join(self.bodies[s], on=PERSON, how="semi").height for s in others):
            message = "another campaign called some of them"
            raise RecountError(message)

    def decide(self, fact, *, lease, seen, now):
        assert isinstance(lease, Lease)
        newer = self.chain[seen:]
        if isinstance(fact, Withdrawn):
            assert not [e for e in newer if isinstance(e.fact, Sending)]
        else:
            assert not [e for e in newer if getattr(e.fact, "task", None) == fact.task]
        return self.record(fact, now=now)

    def record_all(self, facts, *, now):
        return tuple(self.record(fact, now=now) for fact in facts)

    def record(self, fact, *, now):
        sequence = len(self.chain) + 1
        entry = Entry(
            sequence=sequence,
            at=now,
            fact=fact,
            payload_sha256=None,
            previous=self.head().hash,
            hash=f"h{sequence}",
        )
        self.chain.append(entry)
        if isinstance(fact, Bound):
            self.identity = replace(self.identity, account=fact.account)
        return entry


@dataclass
class FakeVendor:
    """A vendor that answers each send by the next line of its script, and lists what it took.

    A line is (does the vendor take the task?, the answer that comes back); without a line it takes and accepts.
    """

    script: list[Any] = field(default_factory=list)
    taken: dict[str, SeenTask] = field(default_factory=dict)
    sent: list[Any] = field(default_factory=list)
    down: bool = False
    hidden: int = 0
    unspeakable: bool = False
    cancelled: list[int] = field(default_factory=list)
    deaf: bool = False
    holds_on_to_recalls: bool = False
    money: str = "1.00"
    live_recalls: set[int] = field(default_factory=set)
    account: str = "account"
    capacity: Capacity = CAPACITY
    clock: FakeClock = field(default_factory=FakeClock)

    def signing_time(self):
        return self.clock.now()

    def upload(self, audio):
        return "file"

    def check(self, request):
        if self.unspeakable:
            raise InvalidError([Problem(code="windows", message="too many windows")])

    def send(self, request, *, signed_at, last_look):
        self.sent.append((request.name, request.callees[NUMBER].to_list()))
        takes, answer = self.script.pop(0) if self.script else (True, None)
        if takes:
            job_id = 100 + len(self.taken)
            self.taken[request.name] = SeenTask(
                job_id=job_id,
                name=request.name,
                status=TaskStatus.WAITING,
                people=request.callees.height,
                called=0,
            )
            answer = answer or Accepted(job_id=job_id)
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def tasks(self, *, prefix, since, until):
        if self.down:
            message = "the vendor did not answer"
            raise UnavailableError(message)
        if self.hidden:
            self.hidden -= 1
            return Listing(tasks=(), complete=True, server_time=None)
        found = tuple(t for t in self.taken.values() if t.name.startswith(prefix))
        return Listing(tasks=found, complete=True, server_time=None)

    def cancel(self, job_id):
        self.cancelled.append(job_id)
        for name, task in self.taken.items():
            if task.job_id == job_id and task.status is TaskStatus.WAITING and not self.deaf:
                self.see(name, status=TaskStatus.CANCELLED)

    def cancel_recall(self, job_id):
        if not (self.deaf or self.holds_on_to_recalls):
            self.live_recalls.discard(job_id)

    def recall_is_off(self, job_id):
        return job_id not in self.live_recalls

    def cancel_rounds(self, job_id):
        self.cancel_recall(job_id)

    def rounds(self, job_id):
        return ()

    def read_pushes(self, bodies):
        raise NotImplementedError

    def records(self, *, since, until):
        raise NotImplementedError

    def record(self, call):
        raise NotImplementedError

    def balance(self):
        return Balance(balance=self.money, gift="0.00", credit="0.00", server_time=None)

    def see(self, name, **changes):
        """Change how the task *name* is listed."""
        self.taken[name] = replace(self.taken[name], **changes)


class FakeReceipts:
    """Receipts in memory."""

    def __init__(self):
        self.kept = {}

    def all(self):
        return tuple(self.kept.values())

    def write(self, receipt):
        self.kept[receipt.campaign, receipt.edition, receipt.sequence] = receipt
        return f"receipts/{receipt.sequence}"


class Silent:
    """Progress that nobody watches."""

    def step(self, what, *, done, total):
        pass

    def note(self, message):
        pass


def campaign(*, text="hello", **limits):
    """Return a campaign whose people all hear *text*."""
    return Campaign(
        name="c",
        formerly=(),
        edition="e",
        purpose=Purpose.SERVICE,
        app_id="app",
        caller_id=None,
        owner=None,
        path="campaigns/c.toml",
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
            template=Template(name=None, source=text, where=Where(path="campaigns/c.toml")),
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
        limits=Limits(**limits),
        places={},
        templates={},
    )


@dataclass(frozen=True)
class Known:
    """What is known when people are judged: the ledger's history, what it says of people, and today's settings."""

    history: History
    prior: Prior
    variants: tuple[Variant, ...]


@dataclass(frozen=True)
class Judged:
    """Where today's people end, without the way there from files."""

    callees: pl.DataFrame
    buckets: dict[Bucket, int]
    replaces: tuple[Replacement, ...]
    review: Review | None
    left_out: int


def judge(people, known, one, *, key, now, reviewed=None, over=False, capped=NOBODY, again=()):
    """Return where *people* (PERSON, NUMBER, CONTENT, VARIANT …) of the campaign *one* end, as `runner.preview` does."""
    history, prior, variants = known.history, known.prior, known.variants

    def bucketed(stale):
        frame = with_bucket(
            people,
            prior,
            variants,
            over=over,
            closed=bool(history.closed_by),
            withdrawn=history.withdrawn is not None,
            replacing=[task.block for task in stale],
            again=[task.block for task in again],
        )
        theirs = frame.filter(pl.col(PRIOR_BLOCK).is_in([task.block for task in stale])).select(PERSON)
        frame = with_cap(frame, capped.join(theirs, on=PERSON, how="anti"))
        return with_approval(frame, one, variants, key)

    stale = stale_tasks(history, unchanged_people(bucketed(()), prior, variants), one, now=now)
    if reviewed is not None:
        stale = tuple(task for task in stale if task.task.name in reviewed.replaces)
    frame, review = bucketed(stale), None
    callees = frame.filter(pl.col(BUCKET).is_in([bucket.value for bucket in CALLABLE]))
    buckets = {Bucket(name): n for name, n in frame.group_by(BUCKET).len().rows()}
    if reviewed is not None:
        callees, review = compare(frame, reviewed.people, prior, campaign=one, key=key)
        review += Review(reviewed=reviewed.people.height)
        buckets |= dict.fromkeys(CALLABLE, 0)
        buckets |= {Bucket(name): n for name, n in callees.group_by(BUCKET).len().rows()}
        buckets[Bucket.OUTSIDE] = buckets.get(Bucket.OUTSIDE, 0) + review.unreviewed + review.changed
    if again:
        is_again = pl.col(BUCKET) == Bucket.AGAIN.value
        callees = callees.with_columns(pl.when(is_again).then(pl.col(PRIOR_BLOCK)).alias(TASK))
    return Judged(
        callees=callees.with_columns(pl.lit(0, dtype=pl.UInt32).alias(COHORT)),
        buckets=buckets,
        replaces=replacements(stale, called_again(callees, prior, variants)),
        review=review,
        left_out=replaced_count(frame) - replaced_count(callees),
    )


class World:
    """A repository, a ledger and a vendor, and applies over them."""

    def __init__(self):
        self.clock = FakeClock()
        self.ledger = FakeLedger()
        self.vendor = FakeVendor(clock=self.clock)
        self.receipts = FakeReceipts()
        self.people = ["+447700900001", "+447700900002", "+447700900003"]
        self.campaign = campaign(per_task=2)
        self.stop_after = None
        self.refuses_duplicates = False
        self.acknowledged = []

    def frame(self, one):
        """Return today's people as planning sees them."""
        text = one.voice.template.source
        rows = sorted((keyed("p", n), n, keyed("c", n, text), 0) for n in self.people)
        schema = {PERSON: pl.UInt128, NUMBER: pl.String, CONTENT: pl.UInt128, VARIANT: pl.UInt32}
        return pl.DataFrame(rows, schema=schema, orient="row")

    def preview(self, campaigns, reviewed):
        """Plan *campaigns*, intersected with the *reviewed* people where there are any."""
        prepared = [self.prepare(one, reviewed.get(one.name)) for one in campaigns]
        plan = Plan(
            format_version=1,
            environment="sandbox",
            account=None,
            created_at=self.clock.now(),
            ledger=LedgerStand(lineage=None, key_id=KEY.key_id, head=EMPTY_HEAD),
            campaigns=tuple(p.plan for p in prepared),
            digest="d",
        )
        return Preview(plan=plan, prepared=tuple(prepared))

    def prepare(self, one, reviewed):
        """Plan one campaign."""
        variants = variants_of(one, {()})
        history = fold(self.ledger.entries(campaigns=[one.name, *one.formerly], edition=one.edition))
        ranking = ranking_of(history, now=self.clock.now())
        prior = prior_from(ranking.label(self.ledger.blocks(ranking.sequences)), ranking.settings)
        judged = judge(
            self.frame(one),
            Known(history, prior, variants),
            one,
            key=KEY,
            now=self.clock.now(),
            reviewed=reviewed,
            again=tasks_to_send_again(history) if self.refuses_duplicates else (),
        )
        callees = judged.callees
        plan = CampaignPlan(
            name=one.name,
            edition=one.edition,
            path=one.path,
            rows=sum(judged.buckets.values()),
            buckets=judged.buckets,
            reasons=(),
            countries={},
            tasks=(),
            hours=hours_of(one),
            guards=guards_of(one, calls=judged.buckets.get(Bucket.NEW, 0), tasks=1),
            segments=(),
            sample=(),
            templates={},
            unreached=(),
            settings_lines=(),
            warnings=(),
            inputs={},
            over=False,
            digest="",
            replaces=judged.replaces,
        )
        return Prepared(
            campaign=one,
            plan=plan,
            variants=variants,
            cohorts=(ReadyCohort(variant=0, skeletons={0: ("hello",)}),),
            ranges=lambda: iter([callees]),
            planned_at=self.ledger.head().sequence,
            generation=history.generation + len(judged.replaces),
            review=judged.review,
            metadata="9",
            left_out=judged.left_out,
        )

    def save(self):
        """Return today's plan as a reviewer would have saved it."""
        prepared = self.prepare(self.campaign, None)
        people = next(prepared.ranges()).select(PERSON, pl.col(APPROVAL).alias(REVIEWED))
        digest = ApprovalDigest()
        digest.add(people.rename({REVIEWED: APPROVAL}))
        return SavedPlan(
            digest=digest.result(),
            environment="sandbox",
            account=None,
            created_at=self.clock.now(),
            ledger=LedgerStand(lineage=None, key_id=KEY.key_id, head=EMPTY_HEAD),
            campaigns=(
                ReviewedCampaign(
                    name="c",
                    edition="e",
                    hours=hours_of(self.campaign),
                    calls=people.height,
                    people=people,
                    replaces=tuple(one.name for one in prepared.plan.replaces),
                ),
            ),
            head={},
            printed=(),
            seal="",
        )

    @contextmanager
    def hold(self, name):
        """Take the lease as long as the context lasts."""
        lease = self.ledger.acquire(name, now=self.clock.now())
        try:
            yield Holding(lease)
        finally:
            self.ledger.release(lease)

    def apply(self, saved=None, **changes):
        """Apply, and return the outcome."""
        given = {"acknowledge": lambda number, _plan: self.acknowledged.append(number), **changes}
        tools = Tools(
            ledger=self.ledger,
            vendor=self.vendor,
            receipts=self.receipts,
            clock=self.clock,
            progress=Silent(),
            hold=self.hold,
            plan_again=self.preview,
            settle_time=timedelta(seconds=120),
            stopping=lambda: self.stop_after is not None and len(self.vendor.sent) >= self.stop_after,
            **given,
        )
        return Apply(tools, saved, None).run([self.campaign])

    @property
    def rung(self):
        """Return how often the vendor took each number."""
        counts = dict.fromkeys(self.people, 0)
        for name, numbers in dict(self.vendor.sent).items():
            if name in self.vendor.taken:
                for number in numbers:
                    counts[number] = counts.get(number, 0) + 1
        return counts


@dataclass(frozen=True)
class Holding:
    """A lease that is never lost."""

    lease: Lease

    def is_held(self):
        return True

    @contextmanager
    def guarded(self):
        yield True


@pytest.fixture(name="world")
def _world():
    return World()


@pytest.fixture(name="make_world", scope="session")
def _make_world():
    return World


@pytest.fixture(name="make_campaign", scope="session")
def _make_campaign():
    return campaign
