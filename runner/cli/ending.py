"""How a command over several campaigns ends: what stopped some of them, what became of all, and its exit code."""

from collections.abc import Iterable, Sequence

from runner.cli.finished import Finished
from runner.cli.output import print_lines, say
from runner.errors import Exit, RunnerError
from runner.views.problems import problem_lines


def end(lines: Sequence[str], *, errors: Iterable[RunnerError], code: Exit) -> None:
    """Print *errors* and *lines*.

    Raises:
        Finished: with *code*, unless it is `Exit.DONE`.
    """
    problems = [problem for error in errors for problem in error.problems]
    if problems:
        say("\n".join(problem_lines(problems)).rstrip("\n"))
    try:
        print_lines(lines)
    finally:
        # What became of people is told by the exit code, also where it cannot be printed.
        if code:
            raise Finished(code)
