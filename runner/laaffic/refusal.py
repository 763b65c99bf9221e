"""How this package refuses a request before anything is sent."""

from runner.errors import InvalidError, Problem


def refusal(code: str, message: str, hint: str | None = None) -> InvalidError:
    """Return the error for a request that the vendor could not carry as it is meant; to be raised before sending."""
    return InvalidError([Problem(code=code, message=message, hint=hint)])
