"""What stands around the dashboard's pages: head, sign-in, and what is said where there is no page."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from typing import Final

from runner.counts import plural
from runner.model.halt import Halt
from runner.views.charts_html import FIGURES_STYLE, text
from runner.views.halt_text import halt_lines

DASHBOARD_STYLE: Final = FIGURES_STYLE + files("runner.views").joinpath("dashboard.css").read_text(
    encoding="utf-8"
)
DASHBOARD_SCRIPT: Final = files("runner.views").joinpath("dashboard.js").read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What is the same on every page.

    Attributes:
        now: when the page is made, aware.
        style: address of the style sheet.
        script: address of the script.
        halt: the stop that holds; None where none does.
        problems: in campaign files, which are passed over then.
    """

    environment: str
    now: datetime
    style: str
    script: str
    halt: Halt | None = None
    problems: int = 0


def sign_in_page(*, was_wrong: bool, style: str) -> str:
    """Return the page that everybody may see: it does not say of what it is the door."""
    wrong = (
        '<p id="wrong" role="alert">That was not the token. After twenty wrong ones it takes a minute until one is looked at.</p>'
        if was_wrong
        else ""
    )
    described = ' aria-describedby="wrong" aria-invalid="true"' if was_wrong else ""
    form = (
        # Keepers of passwords look for a name beside them.
        '<form method="post" action="/sign-in"><input name="name" value="token" autocomplete="username" hidden>'
        '<p><label for="token">Token</label> '
        f'<input id="token" name="token" type="password" autocomplete="current-password" required autofocus{described}> '
        "<button>Sign in</button></p></form>"
    )
    return _document("Sign in", [f'<main class="sign-in"><h1>Sign in</h1>{wrong}{form}</main>'], style=style)


def not_found_page(frame: Frame) -> str:
    """Return the page for an address that nothing lies at."""
    return inside("Not found", [live("page", ["<h1>Nothing here</h1>", back("All campaigns")])], frame)


def unavailable_page(frame: Frame) -> str:
    """Return the page for a moment at which the ledger cannot be read. It becomes the right one by itself."""
    said = (
        "<h1>The ledger cannot be read now</h1>",
        "<p>It is tried again every few seconds. <code>runner doctor</code> says what is wrong with it.</p>",
    )
    return inside("Not now", [live("page", said)], frame)


def back(words: str) -> str:
    """Return a way back to the overview."""
    return f'<p class="crumb"><a id="back" href="/">{text(words)}</a></p>'


def live(name: str, lines: Iterable[str]) -> str:
    """Return a part of a page that the script keeps fresh; its *name* occurs once in a page."""
    return "\n".join([f'<div id="{name}" data-live>', *lines, "</div>"])


def moment(at: datetime | None) -> str:
    """Return *at* as HTML, in UTC to the minute; empty where it is not known."""
    return "" if at is None else f"{at.astimezone(UTC):%Y-%m-%d %H:%M}"


def inside(title: str, main: Iterable[str], frame: Frame) -> str:
    """Return a page for who is signed in."""
    head = (
        '<a class="skip" href="#main">Skip to content</a>',
        '<header><a id="home" href="/">Campaigns</a>',
        f'<span class="quiet">{text(frame.environment)}</span>',
        '<button id="live" type="button" aria-pressed="true" hidden>Live</button>',
        f'<span id="as-of" class="quiet">as of {frame.now.astimezone(UTC):%H:%M:%S} UTC</span>',
        '<form method="post" action="/sign-out"><button>Sign out</button></form>',
        '<p id="trouble" role="status"></p></header>',
    )
    script = f'<script src="{frame.script}" defer></script>'
    body = [*head, '<main id="main" tabindex="-1">', live("stop", _alarms(frame)), *main, "</main>", script]
    return _document(title, body, style=frame.style)


def _alarms(frame: Frame) -> Iterable[str]:
    stop = halt_lines(frame.halt)
    if stop:
        yield f'<section class="alarm"><h2>{text(stop[0])}</h2><p>{text(stop[1])}</p></section>'
    if frame.problems:
        yield (
            f'<section class="alarm"><h2>{plural(frame.problems, "problem")} in campaign files</h2>'
            "<p><code>runner validate</code> shows them. What is shown here is the ledger alone.</p></section>"
        )


def _document(title: str, body: Iterable[str], *, style: str) -> str:
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{text(title)}</title>",
            '<link rel="icon" href="data:,">',
            f'<link rel="stylesheet" href="{style}">',
            "</head>",
            "<body>",
            *body,
            "</body>",
            "</html>",
        ]
    )
