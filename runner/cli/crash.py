"""The log of a bug: types and lines only, since messages of libraries quote values and locals hold people."""

import tempfile
import traceback
from pathlib import Path

from runner import __version__


def write_crash_log(error: BaseException) -> Path:
    """Write the chain of *error* to a private file and return its path."""
    lines = [f"runner {__version__}"]
    current: BaseException | None = error
    while current is not None:
        lines.append(f"{type(current).__module__}.{type(current).__qualname__}")
        lines += [
            f"  {f.filename}:{f.lineno} in {f.name}" for f in traceback.extract_tb(current.__traceback__)
        ]
        current = current.__cause__ or current.__context__
    with tempfile.NamedTemporaryFile(
        "w", prefix="runner-crash-", suffix=".log", delete=False, encoding="utf-8"
    ) as file:
        file.write("\n".join(lines) + "\n")
    return Path(file.name)
