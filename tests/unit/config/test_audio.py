"""Audio files by content: formats, durations, and files that only pretend."""

import contextlib
import struct
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runner.config.audio import format_of
from runner.errors import InvalidError

FRAME = bytes.fromhex("fffb9000") + bytes(413)
"""One frame of MPEG-1 layer III at 128 kbit/s and 44.1 kHz: 1152 samples."""


def m4a(seconds: int) -> bytes:
    """Return the boxes of an MP4 file that say how long it is."""
    mvhd = struct.pack(">4sIIIII", b"mvhd", 0, 0, 0, 1000, seconds * 1000) + bytes(80)
    box = struct.pack(">I", len(mvhd) + 4) + mvhd
    moov = struct.pack(">I4s", len(box) + 8, b"moov") + box
    return struct.pack(">I4s4sI4s", 20, b"ftyp", b"M4A ", 0, b"isom") + moov


def voice(root: Any, name: str) -> str:
    """Return a campaign with the audio file *name*."""
    return str(root.minimal.replace('"tts"\ntext = "Hello"', f'"audio"\nfile = "{name}"'))


def test_mp3_has_a_duration(root: Any) -> None:
    """A hundred frames of 1152 samples last 2.6 seconds, rounded up."""
    root.write("campaigns/a.mp3", FRAME * 100)

    assert root.one(voice(root, "a.mp3")).voice.duration_s == 3


def test_mp3_behind_tags_has_a_duration(root: Any) -> None:
    """Tags before the sound do not count."""
    root.write("campaigns/a.mp3", b"ID3\x04\x00\x00\x00\x00\x00\x0a" + bytes(10) + FRAME * 100)

    assert root.one(voice(root, "a.mp3")).voice.duration_s == 3


def test_m4a_has_a_duration(root: Any) -> None:
    """The movie header says how long an M4A lasts."""
    root.write("campaigns/a.m4a", m4a(7))

    assert root.one(voice(root, "a.m4a")).voice.duration_s == 7


def test_wav_is_rounded_up(root: Any, silence: Callable[[float], bytes]) -> None:
    """A tenth of a second more is a second more."""
    root.write("campaigns/a.wav", silence(2.1))

    assert root.one(voice(root, "a.wav")).voice.duration_s == 3


def test_capital_ending_is_fine(root: Any, silence: Callable[[float], bytes]) -> None:
    """The ending is compared without regard to capitals."""
    root.write("campaigns/A.WAV", silence(1))

    assert root.one(voice(root, "A.WAV")).voice.duration_s == 1


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "not-audio"),
        (b"<html>", "not-audio"),
        (b"\xff\xfeh\x00i\x00", "not-audio"),
        (b"ID3", "not-audio"),
        (b"ID3\x04\x00\x00\x7f\x7f\x7f\x7f", "not-audio"),
        (b"RIFF\x00\x00\x00\x00WAVE", "audio-ending"),
        (b"\x00\x00\x00\x14ftypM4A ", "audio-ending"),
        (b"OggS" + bytes(100), "not-audio"),
    ],
)
def test_what_is_no_mp3_is_refused(root: Any, content: bytes, code: str) -> None:
    """A file is what its bytes are, whatever it is called."""
    root.write("campaigns/a.mp3", content)

    assert root.codes(voice(root, "a.mp3")) == [code]


def test_large_audio_is_refused(root: Any) -> None:
    """No more than 32 MiB are read."""
    with (root.path / "campaigns" / "a.mp3").open("wb") as file:
        file.truncate(32 * 1024 * 1024 + 1)

    assert root.codes(voice(root, "a.mp3")) == ["too-large"]


def test_wav_that_claims_nonsense_is_refused(root: Any, silence: Callable[[float], bytes]) -> None:
    """A header with a byte rate of zero ends in a problem."""
    broken = bytearray(silence(1))
    broken[24:36] = bytes(12)
    root.write("campaigns/a.wav", bytes(broken))

    assert root.codes(voice(root, "a.wav")) == ["not-audio"]


def test_audio_of_a_round_must_fit_too(root: Any) -> None:
    """A round has the same longest duration as the first call."""
    recall = '\n[recall]\nrounds = 1\nevery = "1m"\nwho = "all"\n[[recall.round]]\n'
    override = 'voice = { source = "audio", file = "audio/two-seconds.wav" }\n'

    assert root.codes(root.minimal.replace("40s", "1s") + recall + override) == ["audio-too-long"]


@pytest.mark.parametrize(
    ("first", "ending"), [(b"\xff\xfb", ".mp3"), (b"\xff\xf3", ".mp3"), (b"\xff\xe3", ".mp3")]
)
def test_frames_of_layer_three_are_known(first: bytes, ending: str) -> None:
    """MPEG 1, 2 and 2.5 begin with eleven set bits and layer III."""
    assert format_of(first + bytes(10)) == ending


@given(
    st.sampled_from([b"ID3\x03\x00", FRAME[:4], b"RIFF\x00\x00\x00\x00WAVEfmt ", m4a(1)]),
    st.binary(max_size=200),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_hostile_audio_is_a_problem_or_audio(root: Any, start: bytes, rest: bytes) -> None:
    """No content of an audio file makes loading raise anything but its own error."""
    ending = format_of(start) or ".mp3"
    root.write(f"campaigns/a{ending}", start + rest)
    root.campaign(voice(root, f"a{ending}"))

    with contextlib.suppress(InvalidError):
        assert root.load()[0].voice.duration_s > 0
