"""Where the variables come from, and what is odd about the places: unknown names, a `.env`, a directory of secrets, CI."""

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from runner.config.variables import KNOWN, PREFIX, Variables, read_variables
from runner.errors import Problem, Where

_GITHUB_VALUES = frozenset({"github-hosted", "self-hosted"})
"""What GitHub's own RUNNER_ENVIRONMENT says; a workflow's `env:` cannot overwrite it.

Source: docs.github.com, "Variables reference", default environment variables, read 2026-11-24.
"""

_FOREIGN = frozenset(
    {
        "RUNNER_AFTER_SCRIPT_TIMEOUT",
        "RUNNER_ALLOW_RUNASROOT",
        "RUNNER_ARCH",
        "RUNNER_DEBUG",
        "RUNNER_NAME",
        "RUNNER_OS",
        "RUNNER_PERFLOG",
        "RUNNER_SCRIPT_TIMEOUT",
        "RUNNER_TEMP",
        "RUNNER_TEMP_PROJECT_DIR",
        "RUNNER_TOOL_CACHE",
        "RUNNER_TRACKING_ID",
        "RUNNER_USER",
        "RUNNER_WORKSPACE",
    }
)
"""Variables that the CI systems of GitHub and GitLab set or read under the same prefix."""

Ask = Callable[[Path], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """The variables, with what is wrong (those have their defaults) and what is odd."""

    variables: Variables
    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]


def gather(root: Path | None, environ: Mapping[str, str], is_ignored: Ask, is_tracked: Ask) -> Gathered:
    """Return the variables from *environ*, the `.env` of *root* where it may be read, and RUNNER_SECRETS_DIR."""
    problems: list[Problem] = []
    warnings: list[Problem] = []
    if environ.get("RUNNER_ENVIRONMENT") in _GITHUB_VALUES and "GITHUB_ACTIONS" in environ:
        environ = {name: value for name, value in environ.items() if name != "RUNNER_ENVIRONMENT"}
        message = "RUNNER_ENVIRONMENT is GitHub's own variable here and was taken as not set"
        hint = "set it in the command: `run: RUNNER_ENVIRONMENT=production runner plan`"
        warnings.append(Problem(code="github-environment", message=message, hint=hint))
    env_file = None
    if root is not None and (root / ".env").is_file():
        file = root / ".env"
        if is_tracked(file):
            problems.append(
                _dotenv(
                    "env-file-tracked", "`.env` is tracked by git", "take it out of git: it is for secrets"
                )
            )
        elif not _is_ci(environ):
            if is_ignored(file):
                env_file = file
            else:
                warnings.append(
                    _dotenv(
                        "env-file-unread",
                        "`.env` was not read: git does not ignore it",
                        "add it to .gitignore",
                    )
                )
    secrets_dir = None
    if written := environ.get("RUNNER_SECRETS_DIR"):
        secrets_dir = Path(written)
        if not secrets_dir.is_dir():
            problems.append(
                Problem(code="bad-setting", message="RUNNER_SECRETS_DIR must be a folder that exists")
            )
            secrets_dir = None
    read = read_variables(environ, env_file=env_file, secrets_dir=secrets_dir)
    names = sorted({*environ, *read.file_names})
    warnings += [_unknown(name) for name in names if _is_unknown(name)]
    return Gathered(variables=read.variables, problems=(*problems, *read.problems), warnings=tuple(warnings))


def _is_ci(environ: Mapping[str, str]) -> bool:
    return environ.get("CI", "").lower() not in {"", "0", "false"}


def _is_unknown(name: str) -> bool:
    return name.startswith(PREFIX) and name not in KNOWN and name not in _FOREIGN


def _unknown(name: str) -> Problem:
    # Without the prefix, which alone would make any two names similar.
    known = [other.removeprefix(PREFIX) for other in sorted(KNOWN)]
    near = difflib.get_close_matches(name.removeprefix(PREFIX), known, n=1)
    hint = f"did you mean {PREFIX}{near[0]}?" if near else None
    return Problem(code="unknown-setting", message=f"{name} is no setting", hint=hint)


def _dotenv(code: str, message: str, hint: str) -> Problem:
    return Problem(code=code, message=message, where=Where(path=".env"), hint=hint)
