"""Voice files: uploaded once per name, listed by pages, never deleted."""

import base64
import binascii
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from runner.sandbox.fields import Fields
from runner.sandbox.refusal import Code, RefusedError

_SUFFIXES: Final = (".mp3", ".m4a", ".wav")
_SHORTEST_NAME: Final = 5
_LONGEST_NAME: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file as it was sent, decoded."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceFile:
    """A file that the vendor keeps; of its content only length and SHA-256."""

    file_id: str
    name: str
    size: int
    sha256: str


def read_upload(fields: Fields, *, name_field: str, content_field: str) -> Upload:
    """Return the file in a request: a name of 5 to 32 characters with a known suffix, content in base64.

    Size and format are not looked at: no limit is documented for this endpoint.
    """
    name = fields.required_text(name_field, shortest=_SHORTEST_NAME, longest=_LONGEST_NAME)
    if PurePosixPath(name).suffix.lower() not in _SUFFIXES:
        raise RefusedError(Code.VALIDATION, f"{fields.where(name_field)} must end in .mp3, .m4a or .wav")
    encoded = fields.required_text(content_field)
    try:
        content = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise RefusedError(Code.VALIDATION, f"{fields.where(content_field)} must be base64") from None
    if not content:
        raise RefusedError(Code.VALIDATION, f"{fields.where(content_field)} must not be empty")
    return Upload(name=name, content=content)


class FileStore:
    """All files of the account, oldest first.

    Args:
        seed: enters the ids.
    """

    __slots__ = ("_by_id", "_names", "_seed")

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._by_id: dict[str, VoiceFile] = {}
        self._names: set[str] = set()

    def __iter__(self) -> Iterator[VoiceFile]:
        return iter(self._by_id.values())

    def __len__(self) -> int:
        return len(self._by_id)

    def has_name(self, name: str) -> bool:
        """Return whether a file of exactly this name exists."""
        return name in self._names

    def find(self, file_id: str) -> VoiceFile | None:
        """Return the file of this id, if there is one."""
        return self._by_id.get(file_id)

    def add(self, upload: Upload, *, day: str) -> VoiceFile:
        """Return the stored file. Its id has the vendor's shape: 1, the *day* as yyyyMMdd, 32 hex digits, suffix."""
        material = f"{self._seed}/{len(self._by_id)}/{upload.name}".encode("utf-8", "surrogatepass")
        digest = hashlib.blake2b(material, digest_size=16).hexdigest()
        stored = VoiceFile(
            file_id=f"1{day}{digest}{PurePosixPath(upload.name).suffix}",
            name=upload.name,
            size=len(upload.content),
            sha256=hashlib.sha256(upload.content).hexdigest(),
        )
        self._by_id[stored.file_id] = stored
        self._names.add(stored.name)
        return stored
