"""A campaign file that gets an edition of people to be called again: what was written stays, to the byte."""

import stat
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.config.document import Document, read_document
from runner.config.positions import Lines, positions
from runner.config.rewrite import replace_file, with_again
from runner.errors import InvalidError
from runner.model.campaign import Again, Missed

AGAIN = Again(
    of="2026-11", outcomes=(Missed.NO_ANSWER, Missed.BUSY), sequence=57, lineage="0123abcd", people=12
)
BLOCK = '[again]\nof = "2026-11"\noutcomes = ["no_answer", "busy"]\nas_of = "57-0123abcd"\npeople = 12\n'


def document(text: str) -> Document:
    """Return *text* as a parsed document."""
    lines = Lines(path="campaigns/c.toml", text=text)
    return Document(file=Path("c.toml"), lines=lines, data=tomllib.loads(text), positions=positions(lines))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            'edition = "1" # the first\nname = "x"\n',
            f'edition = "2" # the first\nname = "x"\n\n{BLOCK}',
        ),
        ("name='x'\n'edition'='1'", f"name='x'\n'edition'=\"2\"\n\n{BLOCK}"),
        ('edition = "1"\r\n[a]\r\n', 'edition = "2"\r\n[a]\r\n\r\n' + BLOCK.replace("\n", "\r\n")),
        (
            'edition = "1"\n# é\n[again] # who\nof = "0" # old\n  people=3\noutcomes = [\n  "busy",  # x\n]\n\nas_of = \'1-ffffffff\'\n[b]\n',
            (
                'edition = "2"\n# é\n[again] # who\nof = "2026-11" # old\n  people=12\n'
                'outcomes = ["no_answer", "busy"]\n\nas_of = "57-0123abcd"\n[b]\n'
            ),
        ),
        (
            'edition = "1"\nagain = { of = "0", outcomes = ["busy"], as_of = "1-ffffffff", people = 1 }\n',
            'edition = "2"\nagain = { of = "2026-11", outcomes = ["no_answer", "busy"], as_of = "57-0123abcd", people = 12 }\n',
        ),
    ],
)
def test_only_that_changes(before: str, after: str) -> None:
    """Comments, order, quotes, line ends and all other keys stay as they are."""
    assert with_again(document(before), edition="2", again=AGAIN) == after


def test_what_is_there_already_is_left() -> None:
    """A file that says so already does not change."""
    text = f'edition = "2"\n\n{BLOCK}'

    assert with_again(document(text), edition="2", again=AGAIN) == text


TEXTS = st.text(st.sampled_from("aé#'\"[]= \t🙂"), max_size=12)


@given(
    comments=st.lists(TEXTS.map(lambda text: f"# {text}"), min_size=4, max_size=4),
    values=st.lists(TEXTS.map(lambda text: text.replace("'", "")), min_size=2, max_size=2),
    has_block=st.booleans(),
    end=st.sampled_from(["\n", "\r\n"]),
    is_ended=st.booleans(),
)
def test_every_other_byte_stays(
    comments: list[str], values: list[str], has_block: bool, end: str, is_ended: bool
) -> None:
    """Whatever stands around them, what is before, between and after the changed values is kept."""
    head = [comments[0], "edition = ", comments[1], f"a = '{values[0]}'"]
    block = ["[again]", "of = ", comments[2], "outcomes = ", "as_of = ", "people = "] if has_block else []
    tail = [comments[3], "[z]", f"b = '{values[1]}'"]
    old = {
        "edition = ": "'1'",
        "of = ": '"0"',
        "outcomes = ": "['busy']",
        "as_of = ": "'1-ffffffff'",
        "people = ": "0",
    }
    new = {
        "edition = ": '"2"',
        "of = ": '"2026-11"',
        "outcomes = ": '["no_answer", "busy"]',
        "as_of = ": '"57-0123abcd"',
        "people = ": "12",
    }
    lines = [*head, *block, *tail]
    before = end.join(line + old.get(line, "") for line in lines) + (end if is_ended else "")
    after = end.join(line + new.get(line, "") for line in lines) + (end if is_ended or not has_block else "")

    changed = with_again(document(before), edition="2", again=AGAIN)

    assert changed == (after if has_block else after + (end + BLOCK.replace("\n", end)))


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    """Byte order mark and mode stay, nothing is left beside it, and a link goes on leading to it."""
    file, link = tmp_path / "real.toml", tmp_path / "link.toml"
    file.write_bytes(b'\xef\xbb\xbfedition = "1"\n')
    file.chmod(0o640)
    link.symlink_to(file)
    text = read_document(link, shown="c.toml").lines.text

    replace_file(link, old=text, new='edition = "2"\n', shown="c.toml")

    assert file.read_bytes() == b'\xef\xbb\xbfedition = "2"\n'
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert link.is_symlink()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link.toml", "real.toml"]


def test_somebody_else_was_faster(tmp_path: Path) -> None:
    """What was changed since it was read is not written over."""
    file = tmp_path / "c.toml"
    file.write_text('edition = "3"\n')

    with pytest.raises(InvalidError):
        replace_file(file, old='edition = "1"\n', new='edition = "2"\n', shown="c.toml")

    assert file.read_text() == 'edition = "3"\n'


def test_what_cannot_be_changed_safely_is_left_to_a_person() -> None:
    """Where the places of values are not known, the message says what to write."""
    found = document('edition = "1"\n')
    lost = Document(
        file=found.file, lines=found.lines, data={**found.data, "x": 1}, positions=found.positions
    )

    with pytest.raises(InvalidError) as caught:
        with_again(lost, edition="2", again=AGAIN)

    (problem,) = caught.value.problems
    assert problem.code == "not-rewritable"
    assert problem.hint is not None
    assert 'of = "2026-11"' in problem.hint
