"""Messages between a process and its workers: JSON objects, each after its length in four bytes.

Nothing of Python's own (pickle, marshal): a worker is hostile once a template has run in it.
"""

import json
from collections.abc import Mapping

HEADER = 4
MAX_FRAME = 64 * 1024 * 1024


class GarbledError(Exception):
    """The other side sent what is no message."""


def encoded(message: Mapping[str, object]) -> bytes:
    """Return *message* with its length before it."""
    body = json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()
    return len(body).to_bytes(HEADER, "big") + body


def length_of(header: bytes) -> int:
    """Return how long the message after *header* is.

    Raises:
        GarbledError: longer than any message may be.
    """
    length = int.from_bytes(header, "big")
    if length > MAX_FRAME:
        raise GarbledError
    return length


def decoded(body: bytes) -> dict[str, object]:
    """Return the message in *body*.

    Raises:
        GarbledError: it is no JSON object.
    """
    try:
        message = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise GarbledError from error
    if not isinstance(message, dict):
        raise GarbledError
    return message
