"""Digests of what is reviewed: per campaign over hours and approvals, per plan over its campaigns.

Approvals enter in the order of the person keys, in 256 buckets by the key's first byte, so that the digest composes from
parts and does not depend on how many ranges planning used.
"""

import hashlib
from collections.abc import Collection, Iterable

import numpy as np
import polars as pl

from runner.digest.keyed import KEY_BYTES
from runner.digest.packed import pack
from runner.digest.plain import sha256_of
from runner.frames import APPROVAL, PERSON
from runner.model.plan import Hours

PLAN_FORMAT = 1


class ApprovalDigest:
    """Takes people in ascending order of PERSON, in any number of parts."""

    def __init__(self) -> None:
        self._people = [hashlib.sha256(b"people/1\n") for _ in range(256)]
        self._approvals = [hashlib.sha256(b"approvals/1\n") for _ in range(256)]
        self._count = 0

    def add(self, frame: pl.DataFrame) -> None:
        """Add the people of *frame* (PERSON, APPROVAL; sorted by PERSON, all after those added before)."""
        people, approvals = (memoryview(pack(frame[column])) for column in (PERSON, APPROVAL))
        counts = np.bincount(np.frombuffer(people, np.uint8)[::KEY_BYTES], minlength=256)
        ends = np.cumsum(counts) * KEY_BYTES
        for byte in np.flatnonzero(counts).tolist():
            bucket = slice(ends[byte - 1] if byte else 0, ends[byte])
            # Two columns of hashes, for pairs would be cut differently where a bucket comes in two parts.
            self._people[byte].update(people[bucket])
            self._approvals[byte].update(approvals[bucket])
        self._count += frame.height

    def result(self) -> str:
        """Return the digest (hex) of all that was added."""
        whole = hashlib.sha256(f"plan-people/1\n{self._count}\n".encode())
        for people, approvals in zip(self._people, self._approvals, strict=True):
            whole.update(people.digest() + approvals.digest())
        return whole.hexdigest()


def campaign_digest(
    *, name: str, edition: str, hours: Hours, people: str, replaces: Collection[str] = ()
) -> str:
    """Return the digest (hex) of one campaign's plan.

    Args:
        name: of the campaign.
        edition: likewise.
        hours: when it may call.
        people: the result of an `ApprovalDigest`.
        replaces: names of the tasks that are cancelled first.
    """
    value = {"name": name, "edition": edition, "hours": hours_value(hours), "people": people}
    if replaces:
        value["replaces"] = sorted(replaces)
    return sha256_of(value, label="campaign-plan/1")


def plan_digest(*, environment: str, key_id: str, campaigns: Iterable[str]) -> str:
    """Return the digest (hex) of a plan over its campaigns' digests, whose order does not count."""
    value = {
        "format": PLAN_FORMAT,
        "environment": environment,
        "key_id": key_id,
        "campaigns": sorted(campaigns),
    }
    return sha256_of(value, label="plan/1")


def hours_value(hours: Hours) -> dict[str, object]:
    """Return *hours* as plain values for JSON; moments in ISO form with their offset."""
    return {
        "timezone": hours.timezone,
        "at": hours.at.isoformat() if hours.at else None,
        "not_after": hours.not_after.isoformat() if hours.not_after else None,
        "windows": [[w.start.isoformat(), w.end.isoformat()] for w in hours.windows],
    }
