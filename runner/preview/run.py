"""From campaigns to a plan, and to what apply sends from."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import polars as pl

from runner.audience.metadata import metadata_version
from runner.compile.slots.proof import ProofError
from runner.counts import people, plural, were
from runner.digest.keys import LedgerKey
from runner.errors import InvalidError, Problem, RefusedError
from runner.frames import APPROVAL, COHORT, PERSON, TASK
from runner.model.campaign import Campaign
from runner.model.capacity import Capacity
from runner.model.entry import EMPTY_HEAD
from runner.model.plan import (
    Bucket,
    CampaignPlan,
    Closing,
    LedgerStand,
    Plan,
    PlannedTask,
    Reason,
    Replacement,
    SegmentCounts,
)
from runner.model.texts import texts_of
from runner.planning.again import tasks_to_send_again
from runner.planning.cut import cut, split_tasks, without_split
from runner.planning.digest import PLAN_FORMAT, ApprovalDigest, campaign_digest, plan_digest
from runner.planning.guards import guards_of
from runner.planning.history import History, TaskHistory
from runner.planning.names import task_name
from runner.planning.replacing import replaceable, replacements, stale_tasks
from runner.planning.saved import ReviewedCampaign
from runner.planning.timing import check_recall, hours_of, is_over
from runner.planning.variants import Variant, variants_of
from runner.ports import LedgerReader, Progress, Renderer
from runner.preview.asked import Asked
from runner.preview.caps import read_calls
from runner.preview.check import program_of
from runner.preview.describe import settings_lines
from runner.preview.history import read_history
from runner.preview.lowering import Lowered, lower_all
from runner.preview.part import Case
from runner.preview.places import audience_place
from runner.preview.prepared import Prepared, Preview, ReadyCohort
from runner.preview.reading import check_fresh, open_checked, read_audience
from runner.preview.recalling import read_choices
from runner.preview.sample import Sampled, sample_of
from runner.preview.standing import Standing, stand
from runner.preview.suppressed import without_suppressed
from runner.sources.scratch import Scratch


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """What a plan depends on besides the campaigns.

    Attributes:
        ledger: None where there is none yet.
        allow_fiction: numbers reserved for fiction may be called; not in production.
        refuses_duplicates: the vendor account was seen to refuse a repeated task name.
    """

    environment: str
    ledger: LedgerReader | None
    key: LedgerKey
    now: datetime
    capacity: Capacity
    allow_fiction: bool
    refuses_duplicates: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What planning works with."""

    renderer: Renderer
    scratch: Scratch
    progress: Progress


def preview(
    campaigns: Sequence[Campaign],
    inputs: Inputs,
    means: Means,
    *,
    reviewed: Mapping[str, ReviewedCampaign] | None = None,
    prefix: str = "p",
) -> Preview:
    """Return the plan of *campaigns* from today's files and ledger; with *reviewed* only reviewed people are called.

    Under a cap the campaigns come first in the order of their names, in which apply takes them, too.

    Args:
        campaigns: in the order in which they appear in the plan.
        inputs: what the plan depends on.
        means: their scratch holds the callees as long as the preview is used.
        reviewed: by campaign name; every campaign must be in it.
        prefix: of names in scratch; another one for each preview that shares a scratch.

    Raises:
        InvalidError: with all problems of all campaigns.
        RefusedError: an audience has too many rows, or is stale.
    """
    by_name: dict[str, Prepared] = {}
    problems: dict[str, Sequence[Problem]] = {}
    for number, campaign in sorted(enumerate(campaigns), key=lambda numbered: numbered[1].name):
        place = _Place(
            reviewed=reviewed[campaign.name] if reviewed is not None else None,
            prefix=f"{prefix}{number}",
            before=tuple(by_name.values()),
        )
        try:
            by_name[campaign.name] = _prepare(campaign, inputs, means, place)
        except InvalidError as error:
            problems[campaign.name] = error.problems
    if problems:
        raise InvalidError([one for campaign in campaigns for one in problems.get(campaign.name, ())])
    prepared = [by_name[campaign.name] for campaign in campaigns]
    plans = tuple(one.plan for one in prepared)
    ledger, key_id = inputs.ledger, inputs.key.key_id
    plan = Plan(
        format_version=PLAN_FORMAT,
        environment=inputs.environment,
        account=ledger.identity.account if ledger is not None else None,
        created_at=inputs.now,
        ledger=LedgerStand(
            lineage=ledger.identity.lineage if ledger is not None else None,
            key_id=key_id,
            head=ledger.head() if ledger is not None else EMPTY_HEAD,
        ),
        campaigns=plans,
        digest=plan_digest(
            environment=inputs.environment, key_id=key_id, campaigns=[p.digest for p in plans]
        ),
    )
    return Preview(plan=plan, prepared=tuple(prepared))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """The place of a campaign in a plan.

    Attributes:
        reviewed: see `Case.reviewed`.
        prefix: of its names in scratch.
        before: the campaigns whose calls count before its own.
    """

    reviewed: ReviewedCampaign | None
    prefix: str
    before: tuple[Prepared, ...]


def _prepare(campaign: Campaign, inputs: Inputs, means: Means, place: _Place) -> Prepared:
    prefix = place.prefix
    path = campaign.audience.file
    if path is None:
        message = f"the audience {audience_place(campaign)} is not at hand"
        raise InvalidError(
            [Problem(code="no-audience", message=message, where=campaign.where("audience.file"))]
        )
    check_fresh(campaign, path, now=inputs.now)
    reader = open_checked(campaign, path, shown=audience_place(campaign))
    try:
        program = program_of(campaign, reader.columns, means.renderer)
    except InvalidError:
        reader.close()
        raise
    audience = read_audience(
        campaign,
        reader,
        read=program.columns_read,
        key=inputs.key,
        allow_fiction=inputs.allow_fiction,
        scratch=means.scratch,
        prefix=prefix,
        progress=means.progress,
    )
    variants = variants_of(campaign, audience.combinations)
    asked = Asked(
        campaign=campaign,
        ledger=inputs.ledger,
        former=audience.former,
        scratch=means.scratch,
        prefix=prefix,
        now=inputs.now,
    )
    known = read_history(asked)
    audience = without_suppressed(audience, inputs.ledger, position=len(campaign.audience.exclude_addresses))
    calls = read_calls(asked, before=place.before)
    choices = read_choices(asked, progress=means.progress)
    over = is_over(campaign, now=inputs.now)
    case = Case(
        campaign=campaign,
        audience=audience,
        program=program,
        variants=variants,
        known=known,
        calls=calls,
        choices=choices,
        reviewed=place.reviewed,
        over=over,
        key=inputs.key,
        now=inputs.now,
        capacity=inputs.capacity,
        again=frozenset(task.block for task in _absent(known.history, inputs)),
    )
    stale, standing = _stand(case, means)
    lowered = lower_all(
        standing,
        program,
        inputs.capacity,
        campaign.limits,
        places={one.index: one.template.where for one in texts_of(campaign)},
        renderer=means.renderer,
        scratch=means.scratch,
    )
    split = split_tasks(_again(means, lowered), per_task=campaign.limits.per_task) if case.again else {}
    if split:
        standing = _left_in_doubt(standing, sum(split.values()))
    # What is cancelled first counts, so that the names in the plan are those that will be sent.
    generation = known.history.generation + len(stale)
    replaces = replacements(stale, standing.again)
    return Prepared(
        campaign=campaign,
        plan=_plan(case, standing, lowered, means, generation=generation, replaces=replaces, split=split),
        variants=variants,
        cohorts=tuple(
            ReadyCohort(variant=one.group.variant, skeletons=one.skeletons)
            for one in lowered.allocation.cohorts
        ),
        ranges=lambda: (without_split(means.scratch.read(name), split) for name in lowered.names),
        planned_at=known.head.sequence,
        generation=generation,
        review=standing.review,
        metadata=metadata_version(),
        present=audience.former.present,
        is_renumbered=not audience.former.is_empty,
        left_out=standing.left_out,
    )


def _absent(history: History, inputs: Inputs) -> tuple[TaskHistory, ...]:
    return tasks_to_send_again(history) if inputs.refuses_duplicates else ()


def _again(means: Means, lowered: Lowered) -> Iterator[pl.DataFrame]:
    return (means.scratch.read(name, (TASK, COHORT)) for name in lowered.names)


def _left_in_doubt(standing: Standing, people: int) -> Standing:
    """Return *standing* with so many of those to be sent again in doubt, since they would be several requests today."""
    buckets = Counter(standing.buckets)
    buckets[Bucket.AGAIN] -= people
    buckets[Bucket.IN_DOUBT] += people
    reason = Reason(bucket=Bucket.IN_DOUBT, text="several requests today, under one name", count=people)
    return replace(standing, buckets=dict(+buckets), reasons=(*standing.reasons, reason))


def _stand(case: Case, means: Means) -> tuple[tuple[TaskHistory, ...], Standing]:
    """Return the waiting tasks to be replaced, and where every row ends then.

    Whether a task is what it would be today is known only when everybody of it was looked at. So where one is not, all is
    worked on a second time, with its people among those to be called.
    """

    def work(on: Case) -> Standing:
        return stand(on, renderer=means.renderer, scratch=means.scratch, progress=means.progress)

    history = case.known.history
    if not replaceable(history, now=case.now):
        return (), work(replace(case, replacing=frozenset()))
    standing = work(case)
    stale = stale_tasks(history, standing.unchanged, case.campaign, now=case.now)
    if case.reviewed is not None:
        stale = tuple(task for task in stale if task.task.name in case.reviewed.replaces)
    if not stale:
        return (), standing
    return stale, work(replace(case, replacing=frozenset(task.block for task in stale)))


def _plan(
    case: Case,
    standing: Standing,
    lowered: Lowered,
    means: Means,
    *,
    generation: int,
    replaces: tuple[Replacement, ...],
    split: Collection[int],
) -> CampaignPlan:
    campaign, audience = case.campaign, case.audience
    sampled = sample_of(
        campaign, case.program, lowered, standing.stats, key=case.key, renderer=means.renderer
    )
    people = ApprovalDigest()
    tasks = []
    columns = (PERSON, APPROVAL, COHORT, *([TASK] if case.again else []))
    slim = (without_split(means.scratch.read(name, columns), split) for name in lowered.names)
    known = {task.block: task.task.name for task in case.known.history.tasks}
    for chunk in cut(_adding(people, slim), per_task=campaign.limits.per_task):
        cohort = lowered.allocation.cohorts[chunk.cohort]
        name = task_name(campaign.name, campaign.edition, chunk.frame[APPROVAL], generation=generation)
        name = name if chunk.again is None else known[chunk.again]
        variant = _shown(case.variants[cohort.group.variant], sampled)
        tasks.append(PlannedTask(name=name, people=chunk.frame.height, cohort=chunk.cohort, variant=variant))
    hours = hours_of(campaign)
    plan = CampaignPlan(
        name=campaign.name,
        edition=campaign.edition,
        path=campaign.path,
        rows=audience.rows,
        buckets=standing.buckets,
        reasons=standing.reasons,
        countries=audience.countries,
        tasks=tuple(tasks),
        hours=hours,
        guards=guards_of(campaign, calls=standing.buckets.get(Bucket.NEW, 0), tasks=len(tasks)),
        segments=tuple(_segments(campaign, lowered)),
        sample=sampled.texts,
        templates={one.title: one.template.source for one in texts_of(campaign)},
        unreached=sampled.unreached,
        settings_lines=settings_lines(campaign),
        warnings=(
            *case.program.warnings,
            *audience.warnings,
            *_recall_warnings(campaign, now=case.now),
            *_cap_warnings(campaign),
            *_metadata_warnings(case.known.history),
        ),
        inputs=audience.inputs,
        over=case.over,
        digest=campaign_digest(
            name=campaign.name,
            edition=campaign.edition,
            hours=hours,
            people=people.result(),
            replaces=[one.name for one in replaces],
        ),
        closing=_closing(case),
        replaces=replaces,
    )
    _check_sums(plan)
    return plan


def _closing(case: Case) -> Closing | None:
    tasks = case.known.history.closed_by
    return Closing(tasks=len(tasks), people=sum(task.people for task in tasks)) if tasks else None


def _check_sums(plan: CampaignPlan) -> None:
    """Make sure that nobody was lost on the way from rows to requests.

    Raises:
        ProofError: somebody was, which is a bug.
    """
    counted, sent = sum(plan.buckets.values()), sum(task.people for task in plan.tasks)
    if counted != plan.rows:
        message = f"{plan.name}: {counted:,} of {plural(plan.rows, 'row')} accounted for"
        raise ProofError(message)
    if sent != plan.calls:
        message = f"{plan.name}: {people(plan.calls)} to be called, the requests hold {sent:,}"
        raise ProofError(message)


def _segments(campaign: Campaign, lowered: Lowered) -> Iterator[SegmentCounts]:
    """Yield the segments of each SMS; characters are named only where a template holds them, since others are people's."""
    sources = (*campaign.templates.values(), *(one.template.source for one in texts_of(campaign)))
    written = {char for source in sources for char in source}
    for one in texts_of(campaign):
        found = lowered.segments.get(one.index)
        if found is not None:
            forcing = {char: count for char, count in found.forcing.items() if char in written}
            yield SegmentCounts(title=one.title, histogram=found.histogram, ucs2=found.ucs2, forcing=forcing)


def _recall_warnings(campaign: Campaign, *, now: datetime) -> Iterator[str]:
    try:
        check_recall(campaign, now=now)
    except RefusedError as error:
        yield f"apply will refuse this: {error}"


def _cap_warnings(campaign: Campaign) -> Iterator[str]:
    if campaign.caps is not None and campaign.rings > campaign.caps.calls:
        yield (
            f"nobody can be called: with its recall rounds a person may ring {campaign.rings} times, and the cap is "
            f"{campaign.caps}"
        )


def _metadata_warnings(history: History) -> Iterator[str]:
    now, others = metadata_version(), Counter[str]()
    for task in history.tasks:
        others[task.sending.metadata] += task.sending.people
    del others[now]
    for version, number in sorted(others.items()):
        yield (
            f"{people(number)} {were(number)} handed over by the numbering plans of phonenumbers {version}, these are {now}: who has "
            "another number by them and is not in the list of renumbered countries cannot be told from somebody new, and "
            "whose number is not valid any more is counted as invalid"
        )


def _shown(variant: Variant, sampled: Sampled) -> str:
    """Return how a reader may know *variant*: by its values where the committed sample has them, else by its number."""
    return variant.title if variant.values in sampled.combinations else f"variant {variant.index + 1}"


def _adding(people: ApprovalDigest, frames: Iterator[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    for frame in frames:
        people.add(frame)
        yield frame
