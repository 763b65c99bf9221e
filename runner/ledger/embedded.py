"""Which file an embedded ledger is, told without loading the library that reads it: most first plans have no ledger yet."""

from pathlib import Path

_SCHEME = "sqlite:///"


def embedded_path(url: str) -> Path | None:
    """Return the file that *url* plainly names; None where it is of another kind, or `database_of` has to look at it."""
    name = url.removeprefix(_SCHEME)
    if name == url or not name or "?" in name or name.startswith((":", "file:")):
        return None
    return Path(name)


def is_missing(url: str) -> bool:
    """Return whether *url* plainly names an embedded ledger that does not exist; False where that is not sure."""
    path = embedded_path(url)
    try:
        return path is not None and not path.exists()
    except OSError:
        return False
