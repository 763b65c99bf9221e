"""Audio files at the vendor."""

import base64
import hashlib
from pathlib import Path
from typing import Any

import httpx
import pytest

from runner.errors import InvalidError, MismatchError, UnavailableError
from runner.laaffic.upload import file_name_of
from runner.model.task import AudioFile
from tests.unit.laaffic.conftest import FakeClock, Routes, code, golden, page, vendor_with

CONTENT = b"ID3 not really music"
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def audio(tmp_path: Path) -> AudioFile:
    """Return a file that exists."""
    path = tmp_path / "Overdue.MP3"
    path.write_bytes(CONTENT)
    return AudioFile(path=path, sha256=SHA256)


class Store:
    """The vendor's audio files."""

    def __init__(self) -> None:
        self.files: dict[str, str] = {"test.mp3": "1202202254d4c6372d6f341e999c7ecd0683ee464.mp3"}
        self.uploads: list[dict[str, Any]] = []
        self.routes = Routes(fileQuery=self.query, fileUpload=self.upload)

    def query(self, fields: dict[str, Any]) -> Any:
        """List all."""
        return page([{"fileId": file_id, "fileName": name} for name, file_id in self.files.items()], fields)

    def upload(self, fields: dict[str, Any]) -> Any:
        """Keep a file under a name that is new."""
        self.uploads.append(fields)
        if fields["fileName"] in self.files:
            return code(-20)
        self.files[fields["fileName"]] = "1202611240000.mp3"
        return "1202611240000.mp3"


def test_a_name_is_made_from_the_content(audio: AudioFile) -> None:
    """28 hex digits and the ending in small letters: 32 characters, the vendor's most."""
    name = file_name_of(audio)

    assert name == f"{SHA256[:28]}.mp3"
    assert len(name) == 32


def test_another_ending_is_refused(tmp_path: Path) -> None:
    """The vendor takes three."""
    with pytest.raises(InvalidError, match=r"\.mp3, \.m4a, \.wav"):
        file_name_of(AudioFile(path=tmp_path / "a.ogg", sha256=SHA256))


def test_a_file_is_uploaded_once(audio: AudioFile, clock: FakeClock) -> None:
    """The first time it is sent as the page says; the second time it is found."""
    store = Store()
    vendor = vendor_with(store.routes, clock)

    assert [vendor.upload(audio), vendor.upload(audio)] == ["1202611240000.mp3", "1202611240000.mp3"]

    assert store.uploads == [{"fileName": f"{SHA256[:28]}.mp3", "file": base64.b64encode(CONTENT).decode()}]
    assert set(store.uploads[0]) == set(golden("upload")["request"])
    assert [path for path, _ in store.routes.asked] == [
        "/v3/voice/fileQuery",
        "/v3/voice/fileUpload",
        "/v3/voice/fileQuery",
    ]
    assert set(store.routes.asked[0][1]) == set(golden("file_query")["request"])


def test_an_upload_whose_answer_was_lost_is_found(audio: AudioFile, clock: FakeClock) -> None:
    """The repetition is refused as a duplicate, and the list has the id."""
    store = Store()

    def lose_the_first(fields: dict[str, Any]) -> Any:
        answer = store.upload(fields)
        return httpx.ReadTimeout("secret") if len(store.uploads) == 1 else answer

    store.routes.handlers["fileUpload"] = lose_the_first

    assert vendor_with(store.routes, clock).upload(audio) == "1202611240000.mp3"
    assert len(store.uploads) == 2


def test_an_upload_without_an_id_in_its_answer_is_found(audio: AudioFile, clock: FakeClock) -> None:
    """The list tells what the answer did not."""
    store = Store()

    def say_nothing(fields: dict[str, Any]) -> Any:
        store.upload(fields)
        return code(0)

    store.routes.handlers["fileUpload"] = say_nothing

    assert vendor_with(store.routes, clock).upload(audio) == "1202611240000.mp3"


def test_a_duplicate_that_is_not_listed_is_unavailable(audio: AudioFile, clock: FakeClock) -> None:
    """No id is made up."""
    routes = Routes(fileQuery=lambda fields: page([], fields), fileUpload=lambda _: code(-20))

    with pytest.raises(UnavailableError, match="does not list it"):
        vendor_with(routes, clock).upload(audio)


def test_a_refused_file_is_invalid(audio: AudioFile, clock: FakeClock) -> None:
    """The operator must change the file."""
    routes = Routes(fileQuery=lambda fields: page([], fields), fileUpload=lambda _: code(-21))

    with pytest.raises(InvalidError, match="code -21"):
        vendor_with(routes, clock).upload(audio)


def test_a_file_that_changed_is_not_uploaded(audio: AudioFile, clock: FakeClock) -> None:
    """What would be heard is not what was reviewed."""
    store = Store()
    audio.path.write_bytes(b"other music")

    with pytest.raises(MismatchError):
        vendor_with(store.routes, clock).upload(audio)

    assert store.uploads == []
