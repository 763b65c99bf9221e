"""The key file beside an embedded ledger."""

import stat
from pathlib import Path

import pytest

from runner.errors import Exit, InvalidError, LedgerError
from runner.ledger.key import key_path, ledger_key

KEY = "0123456789abcdef" * 4
OTHER = "f" * 64


@pytest.fixture(name="path")
def _path(tmp_path: Path) -> Path:
    return tmp_path / "sandbox" / "ledger.db"


def key(path: Path, *, setting: str | None = None, may_make: bool = False, made: str = KEY) -> str:
    """Return the secret of the key of the ledger in *path*."""
    url = f"sqlite:///{path}"
    return ledger_key(url, setting=setting, may_make=may_make, make=lambda: made).secret


def test_key_is_made_once(path):
    """The first one is made beside the ledger, for its owner alone; ever after it is read."""
    assert key(path, may_make=True) == KEY
    assert key(path, may_make=True, made=OTHER) == KEY
    assert key(path, may_make=False, made=OTHER) == KEY

    file = path.with_name("ledger.key")
    assert file.read_text() == KEY + "\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert sorted(p.name for p in path.parent.iterdir()) == [".gitignore", "ledger.key"]


def test_key_is_not_made_where_it_may_not(path):
    """Where a receipt tells of an earlier apply, a missing key is exit 8 and no file is made."""
    with pytest.raises(LedgerError, match="is missing") as caught:
        key(path, may_make=False)

    assert caught.value.exit is Exit.LEDGER
    assert not path.parent.exists()


def test_key_is_never_made_beside_a_ledger(path):
    """A ledger without its key is not given another one, whatever the caller thinks."""
    path.parent.mkdir(mode=0o700)
    path.touch()

    with pytest.raises(LedgerError, match="is missing"):
        key(path, may_make=True)

    assert [p.name for p in path.parent.iterdir()] == ["ledger.db"]


def test_setting_goes_before_the_file(path):
    """`RUNNER_LEDGER_KEY` is taken where it is set, and no file is made."""
    assert key(path, setting=OTHER, may_make=True) == OTHER
    assert not path.parent.exists()


@pytest.mark.parametrize("setting", ["abc", "F" * 64, "g" * 64, f" {KEY}"])
def test_setting_that_is_no_key_is_a_configuration_error(path, setting):
    """A mistyped key is exit 3, and not repeated in the message."""
    with pytest.raises(InvalidError, match="not 64 lower-case hex digits") as caught:
        key(path, setting=setting)

    assert setting not in str(caught.value)


@pytest.mark.parametrize("content", ["", "abc\n", f"{KEY}\n{KEY}\n", "ключ"])
def test_file_that_holds_no_key_is_refused(path, content):
    """A broken key file is exit 8 and stays as it is."""
    path.parent.mkdir(mode=0o700)
    file = path.with_name("ledger.key")
    file.write_text(content, encoding="utf-8")
    file.chmod(0o600)

    with pytest.raises(LedgerError, match="does not hold a ledger key"):
        key(path, may_make=True)

    assert file.read_text(encoding="utf-8") == content


def test_key_that_others_can_read_is_refused(path):
    """A key that others can read is not used."""
    key(path, may_make=True)
    path.with_name("ledger.key").chmod(0o644)

    with pytest.raises(LedgerError, match="can be read by others"):
        key(path)


def test_folder_in_the_way_is_an_error_of_ours(path):
    """What the system says becomes an error with a next step."""
    path.parent.mkdir(mode=0o700)
    path.with_name("ledger.key").mkdir(mode=0o700)

    with pytest.raises(LedgerError, match="cannot be used"):
        key(path)


def test_key_lies_beside_the_ledger(path):
    """The key file has one name, beside the ledger."""
    assert key_path(f"sqlite:///{path}") == path.with_name("ledger.key")
