"""The moments between two durable steps of the protocol, named in one place so that tests can crash at each of them."""

from collections.abc import Callable
from enum import StrEnum


class Boundary(StrEnum):
    """Where a crash must lose nothing and double nothing, in the order in which an apply passes them."""

    LEASE_TAKEN = "lease taken"
    RECONCILED = "reconciled"
    SETTLED = "settled"
    PLANNED = "planned"
    ACKNOWLEDGED = "acknowledged"
    RECEIPT_BEGUN = "receipt begun"
    UPLOADED = "uploaded"
    WITHDRAWN = "withdrawn"
    CANCEL_INTENDED = "cancel intended"
    CANCEL_ASKED = "cancel asked"
    CANCEL_SEEN = "cancel seen"
    CANCEL_RECORDED = "cancel recorded"
    SIGNED = "signed"
    INTENDED = "intended"
    GUARDED = "guarded"
    ANSWERED = "answered"
    ANSWER_RECORDED = "answer recorded"
    LOOKED_UP = "looked up"
    LOOK_UP_RECORDED = "look-up recorded"
    SENT = "all sent"
    REPLACED = "replaced"
    SEEN = "seen at the vendor"
    CONFIRMED = "confirmed"
    RECEIPT_COMPLETED = "receipt completed"


AtBoundary = Callable[[Boundary], None]


def nothing_happens(_boundary: Boundary) -> None:
    """Do nothing: what happens at a boundary outside of tests."""
