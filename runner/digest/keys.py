"""The hashing key of a ledger and the labelled subkeys made from it."""

import hashlib
import hmac
import re
from dataclasses import dataclass, field
from enum import StrEnum

KEY_PATTERN = re.compile(r"[0-9a-f]{64}")


class Label(StrEnum):
    """What a subkey is for; a value made under one label never equals one made under another, but by chance."""

    PERSON = "person"
    CONTENT = "content"
    APPROVAL = "approval"
    SEAL = "seal"
    KEY_ID = "key-id"
    PSEUDONYM = "pseudonym"


@dataclass(frozen=True, slots=True)
class LedgerKey:
    """The secret of a ledger: 64 lower-case hex digits, never printed.

    Raises:
        ValueError: the text is not 64 lower-case hex digits. The message does not repeat it.
    """

    secret: str = field(repr=False)

    def __post_init__(self) -> None:
        if not KEY_PATTERN.fullmatch(self.secret):
            msg = "a ledger key is 64 lower-case hex digits"
            raise ValueError(msg)

    def subkey(self, label: Label, *, of: str = "") -> str:
        """Return the subkey of *label*, and of what many values under it share: 64 hex digits, used as text for a key."""
        message = f"runner/1/{label}/{of}" if of else f"runner/1/{label}"
        return hmac.digest(self.secret.encode(), message.encode(), hashlib.sha256).hex()

    @property
    def key_id(self) -> str:
        """Return 16 hex digits that name this key without revealing it."""
        return self.subkey(Label.KEY_ID)[:16]
