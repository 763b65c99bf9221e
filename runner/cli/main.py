"""The command `runner`: its commands, and the mapping of what went wrong to an exit code.

Typer's own code for wrong usage (2) is mapped to 64, because 2 means *there are people to call* here.
"""

import sys
from collections.abc import Sequence
from typing import NoReturn

from runner.cli.asking import ask, plain_region
from runner.cli.finished import Finished
from runner.cli.output import prepare_streams, say
from runner.cli.tuning import tune
from runner.errors import Exit, RunnerError

_TYPERS_USAGE = 2


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and end the process with one of the exit codes of `runner.errors.Exit`."""
    prepare_streams()
    tune()
    sys.exit(run(arguments))


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code; everything a user can do something about is printed, not raised."""
    try:
        _run(sys.argv[1:] if arguments is None else list(arguments))
    except SystemExit as ended:
        return _own_code(ended.code)
    except Finished as finished:
        return finished.exit
    except KeyboardInterrupt:
        return _interrupted()
    except RunnerError as error:
        return _report(error)
    except Exception as error:  # noqa: BLE001  the one place where nothing may pass
        return _bug(error)
    return Exit.DONE


def _run(arguments: list[str]) -> None:
    region = plain_region(arguments)
    if region is not None:
        # Somebody waits for the answer, perhaps on the telephone: Typer takes longer to load than a person to be found.
        ask(region or None)
        return
    from runner.cli.application import app  # noqa: PLC0415

    app(args=arguments, prog_name="runner")


def _own_code(code: object) -> int:
    """Return our exit code for one of Typer's: 0 done, 2 wrong usage or no arguments, 130 (or 1) stopped by the user."""
    if code in {None, 0}:
        return Exit.DONE
    return Exit.USAGE if code == _TYPERS_USAGE else _interrupted()


def _interrupted() -> int:
    say("\nInterrupted. The ledger is consistent; running the same command again is safe.")
    return Exit.INTERRUPTED


def _report(error: RunnerError) -> int:
    from runner.views.problems import problem_lines  # noqa: PLC0415

    say("\n".join(problem_lines(error.problems)).rstrip("\n"))
    return error.exit


def _bug(error: Exception) -> int:
    from runner.cli.crash import write_crash_log  # noqa: PLC0415

    place = write_crash_log(error)
    say(
        f"error[bug]: something that should not happen: {type(error).__name__}\n"
        f"  This is a bug in runner. The ledger is consistent. Please report {place}, which holds types and lines only."
    )
    return Exit.BUG
