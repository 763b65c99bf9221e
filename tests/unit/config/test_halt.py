"""The file `HALT`: whatever is there by that name stops everything."""

import os
import stat
from pathlib import Path

import pytest

from runner.config.halt import halt_file


def test_no_file_stops_nothing(tmp_path: Path) -> None:
    """Without the file nothing is stopped, and a file of another name is another file."""
    (tmp_path / "HALT.md").write_text("see the wiki")

    assert halt_file(tmp_path) is None
    assert halt_file(tmp_path / "gone") is None


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"wrong amounts\nsince nine\n", "wrong amounts"),
        (b"\xef\xbb\xbf  wrong amounts \r\n", "wrong amounts"),
        (b"\n\nwrong amounts", "wrong amounts"),
        (b"", ""),
        (b"   \n", ""),
        (b"caf\xe9", "caf\ufffd"),
        (b"a" * 5000, "a" * 200),
    ],
)
def test_first_line_is_the_reason(tmp_path: Path, content: bytes, reason: str) -> None:
    """The first line with something in it is the reason, whatever its encoding and length."""
    (tmp_path / "HALT").write_bytes(content)

    halt = halt_file(tmp_path)

    assert halt is not None
    assert halt.reason == reason
    assert str(halt) == f"stopped by the file HALT: {reason or 'it gives no reason'}"


@pytest.mark.parametrize("kind", ["folder", "fifo", "link", "broken link"])
def test_what_is_no_file_stops_everything_and_is_not_read(tmp_path: Path, kind: str) -> None:
    """A folder, a pipe and a link stop everything; a link does not print what it leads to."""
    place, secret = tmp_path / "HALT", tmp_path / "secret"
    secret.write_text("hunter2")
    if kind == "folder":
        place.mkdir()
    elif kind == "fifo":
        os.mkfifo(place)
    else:
        place.symlink_to(secret if kind == "link" else tmp_path / "gone")

    halt = halt_file(tmp_path)

    assert halt is not None
    assert halt.reason == ""


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_unreadable_file_stops_everything(tmp_path: Path) -> None:
    """A file that this user may not read stops everything without a reason."""
    (tmp_path / "HALT").write_text("wrong amounts")
    (tmp_path / "HALT").chmod(stat.S_IWUSR)

    halt = halt_file(tmp_path)

    assert halt is not None
    assert halt.reason == ""
