"""What stops a rendering on our own account."""


class Refused(Exception):  # noqa: N818 (it is read as a verdict: `raise Refused(...)`)
    """A template did what it may not do; the message holds names of types and numbers, never a value.

    Attributes:
        code: stable word, see `runner.errors.Problem`.
        message: one sentence without its subject's place.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
