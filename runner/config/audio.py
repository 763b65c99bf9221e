"""Audio files: what they really are, how long they play, and the digest of their content."""

import hashlib
import io
import math
from dataclasses import dataclass
from pathlib import Path

from runner.config.document import as_written, read_bounded
from runner.config.findings import Findings, quoted
from runner.config.positions import KeyPath
from runner.errors import InvalidError

ENDINGS = (".mp3", ".m4a", ".wav")
MAX_BYTES = 32 * 1024 * 1024
"""The vendor states no limit; 999 seconds of telephone quality are half of this."""

_MPEG_SYNC = 0xFF
_MPEG_LAYER_MASK, _MPEG_LAYER_3 = 0xE6, 0xE2


@dataclass(frozen=True, slots=True, kw_only=True)
class Audio:
    """An audio file.

    Attributes:
        sha256: of the content, hex.
        duration_s: rounded up, whole seconds.
    """

    sha256: str
    duration_s: int


def read_audio(findings: Findings, path: KeyPath, file: Path) -> Audio | None:
    """Return digest and duration of *file*, which the value at *path* names and whose ending must tell its real format.

    None where it is unreadable, over 32 MiB, no audio, of another format than its ending says, or without a duration;
    that is added to *findings*. The duration of an MP3 is the one that its size and first frames imply.
    """
    written = f"`{as_written(path)}`: {quoted(findings.document.at(path))}"
    try:
        content = read_bounded(file, shown=file.name, limit=MAX_BYTES)
    except InvalidError as error:
        findings.at_value(path, error.problems[0].code, f"{written}: {error.problems[0].message}")
        return None
    real = format_of(content)
    if real is None:
        findings.at_value(path, "not-audio", f"{written} is not really {' or '.join(ENDINGS)} audio")
        return None
    if file.suffix.lower() != real:
        hint = f"call it {file.stem}{real}"
        findings.at_value(path, "audio-ending", f"{written} is in truth a {real} file", hint=hint)
        return None
    seconds = _duration_s(content, file.name)
    if seconds is None:
        findings.at_value(path, "not-audio", f"{written} has no duration: the {real} file is not complete")
        return None
    return Audio(sha256=hashlib.sha256(content).hexdigest(), duration_s=math.ceil(seconds))


def format_of(content: bytes) -> str | None:
    """Return the ending that *content* should have by its first bytes, None where it is none of the three formats."""
    if content.startswith(b"RIFF") and content[8:12] == b"WAVE":
        return ".wav"
    if content[4:8] == b"ftyp":
        return ".m4a"
    is_frame = (
        len(content) > 1 and content[0] == _MPEG_SYNC and content[1] & _MPEG_LAYER_MASK == _MPEG_LAYER_3
    )
    return ".mp3" if content.startswith(b"ID3") or is_frame else None


def _duration_s(content: bytes, name: str) -> float | None:
    from tinytag import TinyTag  # noqa: PLC0415  only a campaign with an audio file needs it

    try:
        found = TinyTag.get(name, file_obj=io.BytesIO(content), tags=False).duration
    except Exception:  # noqa: BLE001  the file is hostile until merged; whatever its parser raises, it is not audio
        return None
    return found if found is not None and math.isfinite(found) and found > 0 else None
