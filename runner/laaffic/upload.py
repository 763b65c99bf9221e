"""Audio files at the vendor, found again by a name that is made from their content."""

from typing import Final

from runner.errors import UnavailableError
from runner.laaffic.asking import Asker, Question
from runner.laaffic.body import audio_body
from runner.laaffic.codes import Operation, Verdict, meaning
from runner.laaffic.listing import pages_of
from runner.laaffic.refusal import refusal
from runner.laaffic.wire import UnreadableAnswerError, read_file, read_file_id
from runner.model.task import AudioFile

_SUFFIXES: Final = (".mp3", ".m4a", ".wav")
_NAME_DIGITS: Final = 28


def file_name_of(audio: AudioFile) -> str:
    """Return the name under which *audio* is kept: 28 hex digits of its SHA-256 and its ending.

    The vendor takes 5-32 characters with an ending and refuses a name that exists, so a repeated upload is caught.
    """
    suffix = audio.path.suffix.lower()
    if suffix not in _SUFFIXES:
        raise refusal("audio-ending", f"An audio file ends in none of {', '.join(_SUFFIXES)}.")
    return f"{audio.sha256[:_NAME_DIGITS]}{suffix}"


def upload(asker: Asker, audio: AudioFile) -> str:
    """Return the vendor's id of *audio*; see `runner.ports.Vendor.upload`.

    Raises:
        InvalidError: the vendor refuses the file, or it cannot be read.
        MismatchError: the file is no longer what was planned.
        CredentialsError, UnavailableError: as `Asker.ask`.
    """
    file_name = file_name_of(audio)
    found = _find(asker, file_name)
    if found is not None:
        return found
    question = Question(
        operation=Operation.UPLOAD,
        what="an upload",
        paths=("/voice/fileUpload",),
        body=audio_body(audio, file_name),
    )
    answered = asker.ask(question)
    if answered.verdict is Verdict.REJECTED:
        raise refusal(
            "audio-refused", f"The vendor refuses an audio file: {meaning(answered.envelope.code)}."
        )
    if answered.verdict is Verdict.DONE:
        try:
            return read_file_id(answered.envelope.data)
        except UnreadableAnswerError:
            pass  # It is there, and the list says under which id.
    # "Exists already": an attempt of which the answer was lost, or somebody else's of this moment.
    found = _find(asker, file_name)
    if found is None:
        raise UnavailableError("The vendor says that it has an audio file, and does not list it.")
    return found


def _find(asker: Asker, file_name: str) -> str | None:
    """Return the id of the file of this name: the vendor has no search for it, so all pages are read."""
    for page, _ in pages_of(asker, "/voice/fileQuery", "its list of audio files", None):
        for record in page.records:
            file = read_file(record)
            if file is not None and file.file_name == file_name:
                return file.file_id
    return None
