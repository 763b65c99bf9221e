"""The dashboard's pages: campaigns, doubts and figures. Works without its script, which only keeps a page fresh."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from runner.model.outcome import Outcome
from runner.planning.history import IN_DOUBT, SENT
from runner.report.figures import Figures
from runner.views.numbers import count, plural
from runner.views.report_html import STYLE, bar, report_section, scrolling
from runner.views.report_text import heard
from runner.views.standing_text import CampaignStanding, task_line
from runner.views.visible import visible

STYLE_PATH: Final = "/style.css"
SCRIPT_PATH: Final = "/live.js"

SHEET: Final = f"""{STYLE}
header{{display:flex;flex-wrap:wrap;gap:.5rem 1rem;align-items:center;border-bottom:1px solid var(--line)}}
header form{{margin-left:auto}}
label,input,button{{font:inherit;color:inherit}}
input,button{{padding:.25rem .5rem;border:1px solid var(--quiet);border-radius:.25rem;background:transparent}}
a{{color:inherit}}
:focus-visible{{outline:3px solid var(--bar);outline-offset:2px}}
.doubt{{border-left:.4rem solid #b3261e;padding-left:.75rem}}
"""

SCRIPT: Final = """\
"use strict";
const button = document.getElementById("live");
const main = document.querySelector("main");
let isLive = true;
async function look() {
  if (isLive && !document.hidden && !main.contains(document.activeElement)) {
    try {
      const answer = await fetch(location.href, {credentials: "same-origin"});
      if (answer.redirected) { location.reload(); return; }
      if (answer.ok) {
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        main.replaceChildren(...page.querySelector("main").childNodes);
      }
    } catch { /* the next look may succeed */ }
  }
  setTimeout(look, 5000);
}
if (button) {
  button.hidden = false;
  button.addEventListener("click", () => {
    isLive = !isLive;
    button.setAttribute("aria-pressed", String(isLive));
  });
  setTimeout(look, 5000);
}
"""
"""Asks for the same page every five seconds and shows its main part; can be paused, and waits while somebody is in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """One campaign and edition as the dashboard shows it."""

    standing: CampaignStanding
    figures: Figures


def sign_in_page(*, was_wrong: bool) -> str:
    """Return the page that everybody may see: it does not say of what it is the door."""
    wrong = '<p role="alert">That was not the token.</p>' if was_wrong else ""
    form = (
        '<form method="post" action="/sign-in"><p><label for="token">Token</label> '
        '<input id="token" name="token" type="password" autocomplete="current-password" required autofocus> '
        "<button>Sign in</button></p></form>"
    )
    return _document("Sign in", [f"<main><h1>Sign in</h1>{wrong}{form}</main>"])


def overview_page(watched: Sequence[Watched], *, environment: str, search: str) -> str:
    """Return the page of all campaigns, doubts first, as far as their name holds *search*."""
    shown = [one for one in watched if search.lower() in one.standing.name.lower()]
    field = f'<input id="search" name="search" value="{escape(visible(search))}">'
    main = [
        "<h1>Campaigns</h1>",
        '<form role="search" method="get" action="/">',
        f'<p><label for="search">Name contains</label> {field} <button>Filter</button></p></form>',
        *(line for one in shown for line in _doubts(one.standing, level=2)),
        *_campaigns(shown),
    ]
    return _inside("Campaigns", main, environment=environment)


def campaign_page(watched: Watched, *, environment: str) -> str:
    """Return the page of one campaign and edition."""
    standing = watched.standing
    title = f"{standing.name} {standing.edition}"
    main = [
        f"<h1>{_text(title)}</h1>",
        "<p>An apply is at work.</p>" if standing.holder is not None else "",
        *_doubts(standing, level=2),
        *report_section(watched.figures),
    ]
    return _inside(title, main, environment=environment)


def not_found_page(*, environment: str) -> str:
    """Return the page for an address that nothing lies at."""
    return _inside("Not found", ["<h1>Nothing here</h1>"], environment=environment)


def _campaigns(shown: Sequence[Watched]) -> Iterable[str]:
    if not shown:
        yield "<p>No campaign that anything was handed over for.</p>"
        return
    names = ("campaign", "handed over", "in doubt", "heard of", "confirmed", "answered", "key")
    yield f'{scrolling("Campaigns")}<table><caption class="quiet">people</caption>'
    yield "".join(["<tr>", *(f'<th scope="col">{name}</th>' for name in names), "<td></td></tr>"])
    for one in shown:
        yield _row(one)
    yield "</table></div>"


def _row(watched: Watched) -> str:
    standing, figures = watched.standing, watched.figures
    sent = sum(task.sending.people for task in standing.history.in_standing(SENT))
    doubt = sum(task.sending.people for task in standing.history.in_standing(IN_DOUBT))
    known = heard(figures)
    address = f"/campaigns/{escape(standing.name)}/{escape(standing.edition)}"
    counts = (sent, doubt, known, figures.confirmed, figures.outcomes[Outcome.ANSWERED], figures.funnel.key)
    cells = "".join(f"<td>{count(number)}</td>" for number in counts)
    progress = bar(100 * min(1.0, known / sent)) if sent else ""
    name = f'<a href="{address}">{_text(f"{standing.name} {standing.edition}")}</a>'
    return f'<tr><th scope="row">{name}</th>{cells}<td>{progress}</td></tr>'


def _doubts(standing: CampaignStanding, *, level: int) -> Iterable[str]:
    tasks = standing.history.in_standing(IN_DOUBT)
    if not tasks:
        return
    title = f"In doubt: {plural(len(tasks), 'task')} of {standing.name} {standing.edition}"
    yield f'<section class="doubt"><h{level}>{_text(title)}</h{level}><ul>'
    yield from (f"<li>{_text(task_line(task))}</li>" for task in tasks)
    yield "</ul><p>Nobody in it is called again until <code>runner collect</code> or <code>runner resolve</code> settles it."
    yield "</p></section>"


def _inside(title: str, main: Iterable[str], *, environment: str) -> str:
    head = (
        f'<header><a href="/">Campaigns</a> <span class="quiet">{_text(environment)}</span> '
        '<button id="live" type="button" aria-pressed="true" hidden>Live</button>'
        '<form method="post" action="/sign-out"><button>Sign out</button></form></header>'
    )
    script = f'<script src="{SCRIPT_PATH}" defer></script>'
    return _document(title, [head, "<main>", *main, "</main>", script])


def _document(title: str, body: Iterable[str]) -> str:
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{_text(title)}</title>",
            f'<link rel="stylesheet" href="{STYLE_PATH}">',
            "</head>",
            "<body>",
            *body,
            "</body>",
            "</html>",
        ]
    )


def _text(text: str) -> str:
    return escape(visible(text))
