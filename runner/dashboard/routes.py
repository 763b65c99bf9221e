"""The addresses of the dashboard: the one table of what there is, and of what is there for everybody."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Place(StrEnum):
    """What lies at an address."""

    SIGN_IN = "sign_in"
    SIGN_OUT = "sign_out"
    STYLE = "style"
    SCRIPT = "script"
    OVERVIEW = "overview"
    CAMPAIGN = "campaign"
    CALLS = "calls"


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """An address, or all of one form.

    Attributes:
        path: ``{…}`` in it stands for one part of any name.
        methods: that are answered; HEAD wherever GET is.
        is_open: to who has not signed in. All other addresses look to them as if nothing were anywhere.
    """

    path: str
    place: Place
    methods: frozenset[str] = frozenset({"GET"})
    is_open: bool = False

    def names_in(self, path: str) -> Mapping[str, str] | None:
        """Return what stands for each ``{…}`` in *path*; None where that is another address."""
        ours, theirs = self.path.split("/"), path.split("/")
        if len(ours) != len(theirs):
            return None
        names = {}
        for one, other in zip(ours, theirs, strict=True):
            if one.startswith("{") and other:
                names[one.strip("{}")] = other
            elif one != other:
                return None
        return names

    def answers(self, method: str) -> bool:
        """Return whether requests of *method* are answered."""
        return ("GET" if method == "HEAD" else method) in self.methods


STYLE_PATH: Final = "/dashboard.css"
SCRIPT_PATH: Final = "/dashboard.js"

ROUTES: Final = (
    Route(path="/sign-in", place=Place.SIGN_IN, methods=frozenset({"GET", "POST"}), is_open=True),
    Route(path=STYLE_PATH, place=Place.STYLE, is_open=True),
    Route(path=SCRIPT_PATH, place=Place.SCRIPT),
    Route(path="/sign-out", place=Place.SIGN_OUT, methods=frozenset({"POST"})),
    Route(path="/", place=Place.OVERVIEW),
    Route(path="/campaigns/{name}/{edition}", place=Place.CAMPAIGN),
    Route(path="/campaigns/{name}/{edition}/calls", place=Place.CALLS),
)


def find(path: str) -> tuple[Route, Mapping[str, str]] | None:
    """Return the route of *path* and the names in it; None where nothing lies there."""
    for route in ROUTES:
        names = route.names_in(path)
        if names is not None:
            return route, names
    return None
