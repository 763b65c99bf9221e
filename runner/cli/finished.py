"""How a command ends with an exit code of its own."""

from runner.errors import Exit


class Finished(Exception):  # noqa: N818  not an error: the command did what it was asked to
    """Raised at the end of a command that has something to say by its exit code."""

    def __init__(self, code: Exit) -> None:
        super().__init__(code)
        self.exit = code
