"""The dashboard's pages, made from the ledger."""

import secrets
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from runner.dashboard.routes import SCRIPT_PATH, STYLE_PATH
from runner.errors import ExpectationError, InvalidError
from runner.views.dashboard_frame import DASHBOARD_SCRIPT, DASHBOARD_STYLE, Frame

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    import polars as pl

    from runner.cli.repository import Repository
    from runner.model.campaign import Campaign
    from runner.planning.history import History
    from runner.ports import LedgerReader
    from runner.views.dashboard_html import Watched

_LONG_S: Final = 1.0
_REST: Final = 5
"""After a reading that took long, so many times as long passes before the next: others use this machine too."""


class LedgerPages:
    """Pages made from the ledger, which is read again only where it has grown.

    Pseudonyms are made with a key of this object, that nothing else is made with.
    """

    def __init__(self, repository: "Repository") -> None:
        self._repository = repository
        self._subkey = secrets.token_hex(32)
        self._reader: LedgerReader | None = None
        self._seen: str | None = None
        self._watched: Sequence[Watched] = ()
        self._problems = 0
        self._read_at: datetime | None = None
        self._rested_s = 0.0
        self._listed: tuple[str, History, pl.DataFrame] | None = None

    def sign_in(self, *, was_wrong: bool) -> str:
        """Return the page with the form."""
        from runner.views.dashboard_frame import sign_in_page  # noqa: PLC0415

        return sign_in_page(was_wrong=was_wrong, style=STYLE_PATH)

    def overview(self, asked: "Mapping[str, str]") -> str:
        """Return the page of all campaigns."""
        from runner.views.dashboard_html import overview_page  # noqa: PLC0415

        return overview_page(self._now(), asked, self._frame())

    def campaign(self, name: str, edition: str, asked: "Mapping[str, str]") -> str | None:
        """Return the page of one campaign's edition; None where neither a file nor the ledger knows it."""
        from runner.views.dashboard_html import campaign_page  # noqa: PLC0415

        watched = self._find(name, edition)
        return campaign_page(watched, asked, self._frame()) if watched is not None else None

    def calls(self, name: str, edition: str, asked: "Mapping[str, str]") -> str | None:
        """Return the page with the calls of one campaign's edition; None where nothing was handed over for it."""
        from runner.report.browse import browse, wanted  # noqa: PLC0415
        from runner.views.dashboard_calls import calls_page  # noqa: PLC0415

        watched = self._find(name, edition)
        if watched is None or watched.figures is None:
            return None
        page = browse(self._calls(watched.standing.history), wanted(asked), subkey=self._subkey)
        return calls_page(page, asked, self._frame(), name=name, edition=edition)

    def not_found(self) -> str:
        """Return the page for an address that nothing lies at."""
        from runner.views.dashboard_frame import not_found_page  # noqa: PLC0415

        return not_found_page(self._frame())

    def unavailable(self) -> str:
        """Return the page for when the ledger cannot be read."""
        from runner.views.dashboard_frame import unavailable_page  # noqa: PLC0415

        return unavailable_page(self._bare_frame())

    def style(self) -> str:
        """Return the style sheet."""
        return DASHBOARD_STYLE

    def script(self) -> str:
        """Return the script."""
        return DASHBOARD_SCRIPT

    def _bare_frame(self) -> Frame:
        repository = self._repository
        return Frame(
            environment=repository.settings.environment,
            now=self._read_at or repository.clock.now(),
            style=STYLE_PATH,
            script=SCRIPT_PATH,
        )

    def _frame(self) -> Frame:
        from runner.cli.ledgers import halt_now  # noqa: PLC0415

        halt = halt_now(self._repository, self._reader)
        return replace(self._bare_frame(), halt=halt, problems=self._problems)

    def _find(self, name: str, edition: str) -> "Watched | None":
        for one in self._now():
            if (one.standing.name, one.standing.edition) == (name, edition):
                return one
        return None

    def _calls(self, history: "History") -> "pl.DataFrame":
        """Return the calls of *history*; those that were last looked at are kept until the ledger has grown."""
        from runner.cli.report import outcomes_of  # noqa: PLC0415
        from runner.report.browse import listed  # noqa: PLC0415

        if self._listed is None or self._listed[:2] != (self._seen, history):
            assert self._reader is not None
            assert self._seen is not None
            self._listed = None  # the old ones need not be in memory beside the new ones
            self._listed = (self._seen, history, listed(outcomes_of(self._reader, history)))
        return self._listed[2]

    def _now(self) -> "Sequence[Watched]":
        from runner.cli.ledgers import reader_of  # noqa: PLC0415

        # One reader for all pages: it follows the chain from where it was last, and keeps its connection.
        if self._reader is None:
            self._reader = reader_of(self._repository)
        reader, clock = self._reader, self._repository.clock
        try:
            head = reader.head().hash if reader is not None else ""
            began_s = clock.elapsed_s()
            if head != self._seen and began_s >= self._rested_s:
                self._read_at = clock.now()
                self._watched = self._read(reader)
                self._seen = head
                took_s = clock.elapsed_s() - began_s
                self._rested_s = began_s + (_REST * took_s if took_s > _LONG_S else 0.0)
            elif head == self._seen:
                self._read_at = clock.now()
            return [_held(one, reader) for one in self._watched] if reader is not None else self._watched
        except BaseException:
            self._reader = self._seen = None  # it may have been moved; the next page looks anew
            self._rested_s = 0.0
            raise

    def _campaigns(self) -> "tuple[Campaign, ...]":
        """Return what the files say; nothing where they are invalid or there are none: the ledger speaks all the same."""
        self._problems = 0
        try:
            return self._repository.campaigns(None, need_audience=False)
        except ExpectationError:
            return ()
        except InvalidError as error:
            self._problems = len(error.problems)
            return ()

    def _read(self, reader: "LedgerReader | None") -> "Sequence[Watched]":
        """Return all campaigns: those that were called last first, and after them those that nobody was called for."""
        from runner.cli.report import figures_of  # noqa: PLC0415
        from runner.cli.status import standings  # noqa: PLC0415
        from runner.planning.history import History  # noqa: PLC0415
        from runner.views.dashboard_html import Watched  # noqa: PLC0415
        from runner.views.standing_text import CampaignStanding  # noqa: PLC0415

        campaigns = self._campaigns()
        if reader is None:
            return [
                Watched(
                    standing=CampaignStanding(
                        name=one.name, edition=one.edition, history=History(()), holder=None
                    ),
                    figures=None,
                )
                for one in campaigns
            ]
        files = {(one.name, one.edition): one for one in campaigns}
        found = []
        for standing in standings(campaigns, reader, everything=True):
            campaign = files.get((standing.name, standing.edition))
            names = (standing.name, *(campaign.formerly if campaign is not None else ()))
            figures = figures_of(
                reader, names=names, edition=standing.edition, campaign=campaign, span=(None, None)
            )
            found.append(Watched(standing=standing, figures=figures))
        return sorted(found, key=_last_sent, reverse=True)


def _last_sent(watched: "Watched") -> "tuple[datetime, ...]":
    tasks = watched.standing.history.tasks
    return (max(task.sending.signed_at for task in tasks),) if tasks else ()


def _held(watched: "Watched", reader: "LedgerReader") -> "Watched":
    """Return *watched* with who holds it now: a lease is no entry."""
    holder = reader.holder(watched.standing.name)
    return replace(watched, standing=replace(watched.standing, holder=holder))
