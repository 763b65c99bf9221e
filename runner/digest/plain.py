"""Unkeyed SHA-256 digests, for what depends on no person: settings, files, chains of entries."""

import hashlib
import json
from collections.abc import Iterable


def canonical_json(value: object) -> str:
    """Return *value* as JSON with sorted keys and no blanks, so that equal values give equal text.

    Only text, whole numbers, booleans, None, lists, tuples and mappings with text keys: a float has more than one spelling.
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_refuse)


def sha256_of(value: object, *, label: str) -> str:
    """Return the SHA-256 (hex) of *label*, which names kind and version, and the canonical JSON of *value*."""
    return hashlib.sha256(f"{label}\n{canonical_json(value)}".encode()).hexdigest()


def sha256_of_parts(parts: Iterable[bytes]) -> str:
    """Return the SHA-256 (hex) of *parts*, each preceded by its length, so that their borders count."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(str(len(part)).encode() + b":")
        digest.update(part)
    return digest.hexdigest()


def _refuse(value: object) -> object:
    msg = f"{type(value).__name__} has no canonical form"
    raise TypeError(msg)
