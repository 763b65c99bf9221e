"""Where the files of a campaign are, as a person at the root of its repository would type it."""

import posixpath

from runner.model.campaign import Campaign

_ELSEWHERE = ("/", "@")


def place_of(campaign: Campaign, address: str) -> str:
    """Return the path of *address*, a file as the campaign file says it, from the root; other sources stay as they are."""
    if address.startswith(_ELSEWHERE) or "://" in address:
        return address
    return posixpath.normpath(posixpath.join(posixpath.dirname(campaign.path), address))


def audience_place(campaign: Campaign) -> str:
    """Return the path of the audience of *campaign*."""
    return place_of(campaign, campaign.audience.address)


def sample_place(campaign: Campaign) -> str:
    """Return the path of the sample of *campaign*."""
    return place_of(campaign, campaign.audience.sample_address or "the sample")
