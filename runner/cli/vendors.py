"""The vendor that a command talks to."""

from runner.cli.repository import Repository
from runner.laaffic.adapter import Laaffic


def vendor_of(repository: Repository) -> Laaffic:
    """Return the vendor of the environment.

    Raises:
        CredentialsError: API key or secret are missing.
        InvalidError: the address is missing.
    """
    settings = repository.settings
    key, secret = settings.credentials()
    return Laaffic(settings.address(), key, secret, zone=settings.vendor_zone, clock=repository.clock)
