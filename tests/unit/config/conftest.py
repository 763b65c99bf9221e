"""Campaign repositories in temporary folders."""

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pytest

from runner.config.load import load
from runner.errors import InvalidError, Problem
from runner.model.campaign import Campaign

HERE = Path(__file__).parent
HEADER = "phone,name,amount,due,lang\n"

MINIMAL = """\
name = "plain"
edition = "1"
purpose = "service"
app_id = "app"

[audience]
file = "people.csv"
number = "phone"
countries = ["GB"]

[voice]
source = "tts"
text = "Hello"
language = "EN"
max_duration = "40s"
"""


def wav(seconds: float) -> bytes:
    """Return a WAV file of silence: 8 kHz, 8 bit, mono."""
    size = int(8000 * seconds)
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, 8000, 8000, 1, 8)
    return (
        b"RIFF"
        + struct.pack("<I", 36 + size)
        + b"WAVE"
        + form
        + b"data"
        + struct.pack("<I", size)
        + b"\x80" * size
    )


@dataclass(frozen=True, slots=True)
class Root:
    """A campaign repository to write files into."""

    path: Path

    minimal: ClassVar[str] = MINIMAL
    """The least that a campaign needs."""

    example: ClassVar[str] = (HERE / "good" / "overdue.toml").read_text(encoding="utf-8")
    """Every key that a campaign with text-to-speech can have."""

    def write(self, name: str, content: str | bytes) -> Path:
        """Write a file below the root and return its path."""
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return file

    def campaign(self, text: str, name: str = "plain.toml") -> Path:
        """Write a campaign file."""
        return self.write(f"campaigns/{name}", text)

    def load(
        self,
        *,
        environment: str = "sandbox",
        sources: tuple[str, ...] = (),
        need_audience: bool = True,
        is_tracked: Callable[[Path], bool] = lambda _: False,
    ) -> tuple[Campaign, ...]:
        """Load all campaigns."""
        return load(
            self.path,
            environment=environment,
            sources=sources,
            need_audience=need_audience,
            is_tracked=is_tracked,
        )

    def one(self, text: str) -> Campaign:
        """Write and load one campaign."""
        self.campaign(text)
        (campaign,) = self.load()
        return campaign

    def codes(self, text: str, **options: object) -> list[str]:
        """Write one campaign and return the codes of what is wrong with it."""
        self.campaign(text)
        return [problem.code for problem in self.problems(**options)]

    def problems(self, **options: object) -> tuple[Problem, ...]:
        """Return what is wrong with the campaigns."""
        with pytest.raises(InvalidError) as caught:
            self.load(**options)  # type: ignore[arg-type]
        return caught.value.problems


def underlined(problem: Problem) -> str:
    """Return the characters that a caret would underline."""
    where = problem.where
    if where is None or where.text is None or where.column is None:
        return ""
    return where.text[where.column - 1 : where.column - 1 + where.length]


@pytest.fixture
def marked() -> Callable[[Problem], str]:
    """Give the function that returns what a caret would underline."""
    return underlined


@pytest.fixture
def make_root() -> Callable[[Path], Root]:
    """Give a function that fills a folder with everything but campaigns."""

    def make(folder: Path) -> Root:
        made = Root(folder.resolve())
        fill(made)
        return made

    return make


@pytest.fixture
def silence() -> Callable[[float], bytes]:
    """Give the function that makes a WAV file."""
    return wav


@pytest.fixture
def root(tmp_path: Path) -> Root:
    """A root with the files that the minimal campaign and the example name, and no campaign."""
    made = Root(tmp_path.resolve())
    fill(made)
    return made


def fill(root: Root) -> None:
    """Write everything but campaigns."""
    files: Mapping[str, str | bytes] = {
        "campaigns/people.csv": HEADER,
        "campaigns/people.xlsx": "PK",
        "campaigns/audiences/overdue.csv": HEADER,
        "campaigns/audiences/overdue.sample.csv": HEADER,
        "campaigns/audiences/opt-out.csv": "phone\n",
        "campaigns/audio/two-seconds.wav": wav(2),
        "campaigns/audio/text.mp3": "this is no music",
        "campaigns/audio/wave.mp3": wav(1),
        "templates/overdue.tts.j2": "Dear {{ name }}, you owe {{ amount }}.",
        "templates/overdue.sms.j2": "You owe {{ amount }} since {{ due }}.",
    }
    for name, content in files.items():
        root.write(name, content)
