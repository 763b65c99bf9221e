"""A saved plan: JSON with the head as printed and the pairs of person key and approval. A claim, not an authority.

It holds no number, name, text or key: person keys and approvals are keyed values. 43 MB per million people.
"""

import base64
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any

import polars as pl

from runner.digest.keyed import keyed
from runner.digest.keys import Label, LedgerKey
from runner.digest.packed import pack, unpack
from runner.errors import MismatchError
from runner.frames import APPROVAL, PERSON
from runner.model.campaign import Window
from runner.model.entry import Head
from runner.model.plan import Hours, LedgerStand
from runner.planning.digest import PLAN_FORMAT, ApprovalDigest, campaign_digest, plan_digest
from runner.planning.review import REVIEWED

MAX_AGE = timedelta(hours=72)
MAX_AHEAD = timedelta(minutes=10)
"""Two machines' clocks may differ by this much."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewedCampaign:
    """One campaign of a saved plan.

    Attributes:
        people: PERSON, REVIEWED (UInt128), sorted by PERSON.
        replaces: names of the waiting tasks that may be cancelled.
    """

    name: str
    edition: str
    hours: Hours
    calls: int
    people: pl.DataFrame = field(repr=False)
    replaces: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedPlan:
    """A saved plan whose digest was recomputed from its content.

    Attributes:
        head: everything but the pairs, as it was written. Of it the digest covers environment, key, hours and people.
        printed: the plan as text, as it was printed; covered by nothing.
    """

    digest: str
    environment: str
    account: str | None
    created_at: datetime
    ledger: LedgerStand
    campaigns: tuple[ReviewedCampaign, ...]
    head: Mapping[str, object] = field(repr=False)
    printed: tuple[str, ...] = field(repr=False)
    seal: str = field(repr=False)

    @property
    def calls(self) -> int:
        """Return how many people the reviewer saw being called."""
        return sum(campaign.calls for campaign in self.campaigns)

    def campaign(self, name: str, edition: str) -> ReviewedCampaign | None:
        """Return the reviewed campaign of that name and edition."""
        return next((c for c in self.campaigns if (c.name, c.edition) == (name, edition)), None)


def encode(
    head: Mapping[str, object],
    printed: Sequence[str],
    pairs: Mapping[str, Iterable[pl.DataFrame]],
    *,
    seal: str = "",
) -> Iterator[str]:
    """Yield the text of a saved plan in pieces.

    Args:
        head: the plan as plain values, see `runner.views.plan_json`.
        printed: the plan as lines of text.
        seal: what `seal_of` gives for its digest and time.
        pairs: by campaign name, frames of PERSON and APPROVAL in ascending order of PERSON.
    """
    yield '{\n "head": ' + _indented(head)
    yield ',\n "printed": ' + _indented(list(printed))
    yield ',\n "seal": ' + json.dumps(seal)
    yield ',\n "people": {'
    for number, (name, frames) in enumerate(pairs.items()):
        yield ("," if number else "") + f"\n  {json.dumps(name)}: ["
        for part, frame in enumerate(frames):
            people = base64.b64encode(pack(frame[PERSON])).decode()
            approvals = base64.b64encode(pack(frame[APPROVAL])).decode()
            yield ("," if part else "") + f'\n   ["{people}", "{approvals}"]'
        yield "\n  ]"
    yield "\n }\n}\n"


def decode(text: str) -> SavedPlan:
    """Return the saved plan in *text*, its digest recomputed from its people and hours.

    Raises:
        MismatchError: it is not a saved plan, of another format, or its digest is not that of its content.
    """
    try:
        value = json.loads(text)
        head, people = value["head"], value["people"]
        if head["format_version"] != PLAN_FORMAT:
            message = (
                f"the saved plan has format {head['format_version']!r}, this version reads {PLAN_FORMAT}"
            )
            raise MismatchError(message, hint="make a new plan with this version", code="plan-format")
        campaigns = tuple(_campaign(one, people[one["name"]]) for one in head["campaigns"])
        saved = SavedPlan(
            digest=head["digest"],
            environment=head["environment"],
            account=head["account"],
            created_at=_aware(head["created_at"]),
            ledger=LedgerStand(
                lineage=head["ledger"]["lineage"],
                key_id=head["ledger"]["key_id"],
                head=Head(sequence=head["ledger"]["sequence"], hash=head["ledger"]["head"]),
            ),
            campaigns=campaigns,
            head=head,
            printed=tuple(str(line) for line in value["printed"]),
            seal=str(value["seal"]),
        )
    except (
        KeyError,
        TypeError,
        ValueError,
        AttributeError,
        RecursionError,
        pl.exceptions.PolarsError,
    ) as error:
        message = "this is not a saved plan, or it was damaged"
        raise MismatchError(
            message, hint="write it with `runner plan --out FILE`", code="plan-damaged"
        ) from error
    _check(saved)
    return saved


def seal_of(key: LedgerKey, *, digest: str, created_at: datetime) -> str:
    """Return what binds the time of a plan to its digest, 32 hex digits: without the key nobody makes a plan younger."""
    return f"{keyed(key.subkey(Label.SEAL), digest, created_at.isoformat()):032x}"


def check_seal(saved: SavedPlan, key: LedgerKey) -> None:
    """Refuse a plan whose time is not the one that it was made at.

    Raises:
        MismatchError: it was edited.
    """
    if saved.seal != seal_of(key, digest=saved.digest, created_at=saved.created_at):
        message = "the saved plan's time is not the one that it was made at: it was edited, or made under another key"
        raise MismatchError(message, hint="make a new plan and have that reviewed", code="plan-seal")


def check_age(saved: SavedPlan, *, now: datetime) -> None:
    """Refuse a plan older than 72 hours, or made in the future.

    Raises:
        MismatchError: with the times.
    """
    age = now - saved.created_at
    if age < -MAX_AHEAD:
        message = f"the reviewed plan was made at {saved.created_at:%Y-%m-%d %H:%M} UTC, and it is {now:%Y-%m-%d %H:%M} UTC"
        raise MismatchError(
            message,
            hint="a clock is wrong: `runner doctor` compares ours with the vendor's",
            code="plan-future",
        )
    if age > MAX_AGE:
        hours = int(age.total_seconds() // 3600)
        message = f"the reviewed plan is {hours} hours old; a plan is valid for {int(MAX_AGE.total_seconds() // 3600)}"
        raise MismatchError(
            message, hint="plan again: people may have paid or opted out since", code="plan-expired"
        )


def _aware(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        msg = "a moment without a zone"
        raise ValueError(msg)
    return moment


def _indented(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1).replace("\n", "\n ")


def _campaign(head: Mapping[str, Any], parts: list[tuple[str, str]]) -> ReviewedCampaign:
    frames = [
        pl.DataFrame(
            [
                unpack(base64.b64decode(people, validate=True), name=PERSON),
                unpack(base64.b64decode(approvals, validate=True), name=REVIEWED),
            ]
        )
        for people, approvals in parts
    ]
    schema = {PERSON: pl.UInt128, REVIEWED: pl.UInt128}
    people = pl.concat([pl.DataFrame(schema=schema), *frames])
    calls = head["calls"]
    if not people[PERSON].is_sorted() or people[PERSON].is_duplicated().any() or calls != people.height:
        msg = "the people are not in order"
        raise ValueError(msg)
    return ReviewedCampaign(
        name=str(head["name"]),
        edition=str(head["edition"]),
        hours=_hours(head["hours"]),
        calls=people.height,
        people=people,
        replaces=tuple(str(one["name"]) for one in head.get("replaces", ())),
    )


def _hours(value: object) -> Hours:
    if not isinstance(value, dict):
        raise TypeError
    return Hours(
        timezone=value["timezone"],
        at=_aware(value["at"]) if value["at"] else None,
        not_after=_aware(value["not_after"]) if value["not_after"] else None,
        windows=tuple(
            Window(start=time.fromisoformat(start), end=time.fromisoformat(end))
            for start, end in value["windows"]
        ),
    )


def _check(saved: SavedPlan) -> None:
    digests = []
    for campaign in saved.campaigns:
        people = ApprovalDigest()
        people.add(campaign.people.rename({REVIEWED: APPROVAL}))
        digests.append(
            campaign_digest(
                name=campaign.name,
                edition=campaign.edition,
                hours=campaign.hours,
                people=people.result(),
                replaces=campaign.replaces,
            )
        )
    found = plan_digest(environment=saved.environment, key_id=saved.ledger.key_id, campaigns=digests)
    if found != saved.digest:
        message = "the saved plan's digest is not that of its content: it was edited or damaged"
        raise MismatchError(message, hint="make a new plan and have that reviewed", code="plan-digest")
