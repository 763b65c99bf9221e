"""The dashboard's pages of campaigns: doubts first, progress, the figures of the report, and every task."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar
from urllib.parse import urlencode

from runner.counts import count, people, plural
from runner.model.outcome import Outcome
from runner.planning.history import IN_DOUBT, SENT, Standing, TaskHistory
from runner.report.browse import page_number
from runner.report.figures import Figures
from runner.views.charts_html import DRAWN, bar, cards, text
from runner.views.dashboard_form import choice, field, form, hint, pager
from runner.views.dashboard_frame import Frame, back, inside, live, moment
from runner.views.report_html import figures_html
from runner.views.report_text import heard
from runner.views.standing_text import STANDING_WORDS, CampaignStanding, task_line
from runner.views.visible import visible

_T = TypeVar("_T")
_MOST_LINES: Final = 5
_PAGE: Final = 50
"""Rows of one page."""
_DOUBT: Final = "doubt"
_NOTHING: Final = (
    "Nothing was handed over so far. <code>runner plan</code> shows who would be called, "
    "<code>runner apply</code> calls them; then progress shows here."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A campaign's edition with its figures; None as long as nothing was handed over."""

    standing: CampaignStanding
    figures: Figures | None

    @property
    def title(self) -> str:
        """Return name and edition."""
        return f"{self.standing.name} {self.standing.edition}"

    @property
    def address(self) -> str:
        """Return where its page is."""
        return f"/campaigns/{self.standing.name}/{self.standing.edition}"


def overview_page(watched: Sequence[Watched], asked: Mapping[str, str], frame: Frame) -> str:
    """Return the page of all campaigns, doubts first, as far as their name or edition holds what is asked for."""
    search = asked.get("search", "")
    shown = [one for one in watched if search.strip().lower() in one.title.lower()]
    if not watched:
        main = ["<h1>Campaigns</h1>", live("campaigns", [f"<p>No campaign yet. {_NOTHING}</p>"])]
        return inside("Campaigns", main, frame)
    main = [
        "<h1>Campaigns</h1>",
        form("/", "Filter campaigns", [field("search", "Name contains", search)]),
        hint(f"{count(len(shown))} of {plural(len(watched), 'campaign')}"),
        live(
            "campaigns",
            [*(part for one in shown for part in _alarms(one)), *_campaigns(shown, asked, frame.now)],
        ),
    ]
    return inside("Campaigns", main, frame)


def campaign_page(watched: Watched, asked: Mapping[str, str], frame: Frame) -> str:
    """Return the page of one campaign and edition."""
    main = [back("All campaigns"), f"<h1>{text(watched.title)}</h1>"]
    figures = watched.figures
    told = [*_alarms(watched), f'<p class="quiet">State: {text(state(watched.standing, frame.now))}</p>']
    if figures is None:
        return inside(watched.title, [*main, live("figures", [*told, f"<p>{_NOTHING}</p>"])], frame)
    shown = (
        *told,
        _tiles(watched, figures),
        f'<p><a id="calls" href="{watched.address}/calls">Every call, one by one</a></p>',
        *figures_html(figures, level=2),
    )
    main += [live("figures", shown), '<h2 id="every-task">Tasks</h2>', *_tasks(watched, asked)]
    return inside(watched.title, main, frame)


def state(standing: CampaignStanding, now: datetime) -> str:
    """Return in a few words where a campaign stands."""
    history = standing.history
    if standing.holder is not None:
        return "an apply is at work"
    if history.withdrawn is not None:
        return "withdrawn"
    if history.in_standing({Standing.CANCELLED}):
        return "to be sent again"
    sent = history.in_standing(SENT)
    if not sent:
        return "in doubt" if history.in_standing(IN_DOUBT) else "nothing handed over"
    first = min(task.sending.calls_at for task in sent)
    return f"begins {moment(first)} UTC" if first > now else "handed over"


def _tiles(watched: Watched, figures: Figures) -> str:
    named = (
        ("handed over", _people(watched, SENT)),
        ("in doubt", _people(watched, IN_DOUBT)),
        ("heard of", heard(figures)),
        ("confirmed", figures.confirmed),
        ("answered", figures.outcomes[Outcome.ANSWERED]),
    )
    tiles = "".join(f"<div><dt>{name}</dt><dd>{count(number)}</dd></div>" for name, number in named)
    return f'<dl class="tiles">{tiles}</dl>'


def _people(watched: Watched, standings: Iterable[Standing]) -> int:
    return sum(task.people for task in watched.standing.history.in_standing(standings))


def _campaigns(shown: Sequence[Watched], asked: Mapping[str, str], now: datetime) -> Iterable[str]:
    if not shown:
        yield "<p>No campaign is called so.</p>"
        return
    rows, page, pages = _paged(shown, asked)
    names = (
        "campaign",
        "state",
        "handed over",
        "in doubt",
        "heard of",
        DRAWN,
        "confirmed",
        "answered",
        "key",
    )
    yield cards(names, (_row(one, now) for one in rows), label="Campaigns, in people", words=("state",))
    yield from pager("/", {"search": asked.get("search", "")}, page=page, pages=pages)


def _paged(found: Sequence[_T], asked: Mapping[str, str]) -> tuple[Sequence[_T], int, int]:
    """Return what is on the page that is asked for, its number, and how many pages there are."""
    pages = max(1, -(-len(found) // _PAGE))
    page = min(page_number(asked.get("page", "")), pages)
    return found[(page - 1) * _PAGE : page * _PAGE], page, pages


def _row(watched: Watched, now: datetime) -> Sequence[str]:
    figures, title = watched.figures, text(watched.title)
    name = f'<a id="to-{title.replace(" ", "-")}" href="{watched.address}">{title}</a>'
    words = text(state(watched.standing, now))
    sent, doubt = _people(watched, SENT), _people(watched, IN_DOUBT)
    if figures is None:
        return [name, words, *[""] * 7]
    known = heard(figures)
    return [
        name,
        words,
        count(sent),
        count(doubt),
        count(known),
        bar(100 * min(1.0, known / sent)) if sent else "",
        count(figures.confirmed),
        count(figures.outcomes[Outcome.ANSWERED]),
        count(figures.funnel.key),
    ]


def _alarms(watched: Watched) -> Iterable[str]:
    """Yield what somebody has to look at: who waits to be sent again, who is not known, and doubts."""
    history, title = watched.standing.history, watched.title
    owed = history.in_standing({Standing.CANCELLED})
    if owed:
        total = sum(task.people for task in owed)
        yield from _alarm(
            f"{title}: {people(total)} taken back and not sent again yet",
            [task_line(task) for task in owed],
            "Nothing calls them now. <code>runner apply</code> sends those again who are still to be called, as they are today.",
        )
    closed = history.closed_by
    if closed:
        total = sum(task.people for task in closed)
        yield from _alarm(
            f"{title}: closed, since nobody knows who are {people(total)} that a lost ledger knew",
            [f"{task.task.name}  {count(task.people)}  {visible(task.said)}" for task in closed],
            "Nobody is called there who may be one of them; docs/ledger.md says how to reopen it.",
        )
    doubts = history.in_standing(IN_DOUBT)
    if doubts:
        total = sum(task.people for task in doubts)
        yield from _alarm(
            f"{title}: {people(total)} in doubt, in {plural(len(doubts), 'task')}",
            [task_line(task) for task in doubts],
            "Nobody of them is called again until <code>runner apply</code> or <code>runner collect</code> finds them at the "
            "vendor, or <code>runner resolve</code> says what a person knows.",
            more=f"{watched.address}?{urlencode({'standing': _DOUBT})}#every-task",
        )


def _alarm(title: str, lines: Sequence[str], advice: str, *, more: str = "") -> Iterable[str]:
    yield f'<section class="alarm"><h2>{text(title)}</h2><ul>'
    yield from (f"<li>{text(line)}</li>" for line in lines[:_MOST_LINES])
    left = len(lines) - _MOST_LINES
    if left > 0:
        words = f"and {count(left)} more"
        yield f"<li>{f'<a href={chr(34)}{more}{chr(34)}>{words}</a>' if more else words}</li>"
    yield f"</ul><p>{advice}</p></section>"


def _tasks(watched: Watched, asked: Mapping[str, str]) -> Iterable[str]:
    tasks = watched.standing.history.tasks
    standing, name = asked.get("standing", ""), asked.get("task", "").strip().lower()
    found = [one for one in tasks if _is_wanted(one, standing) and name in one.task.name.lower()]
    occurring = {one.standing for one in tasks}
    choices = {"": "any", _DOUBT: "in doubt"} | {
        one.value: STANDING_WORDS[one] for one in Standing if one in occurring
    }
    fields = [
        field("task", "Name contains", asked.get("task", "")),
        choice("standing", "Standing", choices, standing),
    ]
    yield form(watched.address, "Filter tasks", fields)
    shown, page, pages = _paged(found, asked)
    yield hint(f"{count(len(found))} of {plural(len(tasks), 'task')}")
    names = ("task", "standing", "people", "begins, UTC", "since, UTC", "said")
    kinds = ("standing", "said")
    part = (
        [cards(names, map(_task_row, shown), label="Tasks", words=kinds)]
        if shown
        else ["<p>No such task.</p>"]
    )
    more = {name: value for name, value in asked.items() if name in ("standing", "task")}
    yield live("rows", [*part, *pager(watched.address, more, page=page, pages=pages)])


def _is_wanted(task: TaskHistory, standing: str) -> bool:
    if standing == _DOUBT:
        return task.standing in IN_DOUBT
    return standing not in set(Standing) or task.standing == standing


def _task_row(task: TaskHistory) -> Sequence[str]:
    said = f"{task.said} ({task.code})" if task.code and task.said else task.said or task.code or ""
    return [
        text(task.task.name),
        text(STANDING_WORDS[task.standing]),
        count(task.people),
        moment(task.sending.calls_at),
        moment(task.since),
        text(said),
    ]
