"""Saved plans: a claim whose digest is recomputed."""

import json
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from runner.digest.keys import LedgerKey
from runner.errors import MismatchError
from runner.frames import APPROVAL, PERSON
from runner.model.plan import Hours
from runner.planning.digest import ApprovalDigest, campaign_digest, hours_value, plan_digest
from runner.planning.review import REVIEWED
from runner.planning.saved import check_age, check_seal, decode, encode, seal_of

HOURS = Hours(timezone=None, at=None, not_after=None, windows=())
CREATED = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
KEY = LedgerKey("cd" * 32)
KEY_ID = "k" * 16


def people(*pairs):
    """Return a frame of (person, approval) pairs."""
    return pl.DataFrame(pairs, schema={PERSON: pl.UInt128, APPROVAL: pl.UInt128}, orient="row")


def saved_text(*frames):
    """Return the text of a plan of one campaign whose people come in *frames*."""
    digest = ApprovalDigest()
    for frame in frames:
        digest.add(frame)
    campaign = campaign_digest(name="c", edition="e", hours=HOURS, people=digest.result())
    head = {
        "format_version": 1,
        "digest": plan_digest(environment="sandbox", key_id=KEY_ID, campaigns=[campaign]),
        "environment": "sandbox",
        "account": None,
        "created_at": CREATED.isoformat(),
        "ledger": {"lineage": None, "key_id": KEY_ID, "sequence": 0, "head": "0" * 64},
        "campaigns": [
            {"name": "c", "edition": "e", "hours": hours_value(HOURS), "calls": sum(f.height for f in frames)}
        ],
    }
    seal = seal_of(KEY, digest=str(head["digest"]), created_at=CREATED)
    return "".join(encode(head, ["as printed"], {"c": frames}, seal=seal))


def test_round_trip():
    """What was saved comes back, from however many parts it was written."""
    saved = decode(saved_text(people((1, 10), (2**127, 20)), people((2**127 + 1, 2**128 - 1))))

    assert saved.calls == 3
    assert saved.campaigns[0].people[PERSON].to_list() == [1, 2**127, 2**127 + 1]
    assert saved.campaigns[0].people[REVIEWED].to_list() == [10, 20, 2**128 - 1]


def test_parts_do_not_change_the_digest():
    """The same people in one part or two have the same digest."""
    one = decode(saved_text(people((1, 10), (2, 20))))
    two = decode(saved_text(people((1, 10)), people((2, 20))))

    assert one.digest == two.digest


@pytest.mark.parametrize("forge", ["approval", "person", "added", "hours", "environment", "order"])
def test_an_edited_plan_is_refused(forge):
    """Whoever edits a saved plan, to add people or to stretch its hours, changes its digest."""
    value = json.loads(saved_text(people((1, 10), (2, 20))))
    other = json.loads(saved_text(people((1, 11), (3, 20))))
    pair, foreign = value["people"]["c"][0], other["people"]["c"][0]
    match forge:
        case "approval":
            pair[1] = foreign[1]
        case "person":
            pair[0] = foreign[0]
        case "added":
            value["people"]["c"].append(json.loads(saved_text(people((9, 9))))["people"]["c"][0])
            value["head"]["campaigns"][0]["calls"] = 3
        case "hours":
            value["head"]["campaigns"][0]["hours"]["windows"] = [["00:00:00", "23:59:00"]]
        case "environment":
            value["head"]["environment"] = "production"
        case _:
            value["people"]["c"] = [["", ""], pair, pair]
            value["head"]["campaigns"][0]["calls"] = 4

    with pytest.raises(MismatchError):
        decode(json.dumps(value))


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", "null", '{"head": {}}', '{"head": {"format_version": 2}, "people": {}}']
)
def test_what_is_no_plan_is_refused(text):
    """Any other file gives one clear refusal, not a traceback."""
    with pytest.raises(MismatchError):
        decode(text)


def test_a_plan_expires_after_three_days():
    """People pay and opt out: a plan is valid for 72 hours."""
    saved = decode(saved_text(people((1, 10))))
    check_age(saved, now=CREATED + timedelta(hours=72))

    with pytest.raises(MismatchError, match="73 hours old"):
        check_age(saved, now=CREATED + timedelta(hours=73))


def test_a_plan_cannot_be_made_younger():
    """The time stands outside of the digest, but it is sealed with the key."""
    text = saved_text(people((1, 10)))
    check_seal(decode(text), KEY)
    younger = text.replace(CREATED.isoformat(), (CREATED + timedelta(days=3)).isoformat())

    with pytest.raises(MismatchError, match="time"):
        check_seal(decode(younger), KEY)


def test_a_plan_of_the_future_is_refused():
    """A plan cannot be made after it is applied."""
    saved = decode(saved_text(people((1, 10))))

    with pytest.raises(MismatchError, match="was made at"):
        check_age(saved, now=CREATED - timedelta(hours=1))


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        saved_text(people((1, 10))).replace(CREATED.isoformat(), "2026-11-25T09:00:00"),
        '{"head": 1, "people": 2}',
    ],
    ids=["deep", "no zone", "wrong types"],
)
def test_damage_of_any_kind_is_one_refusal(text):
    """However it is damaged, a saved plan is refused and nothing breaks."""
    with pytest.raises(MismatchError):
        decode(text)
