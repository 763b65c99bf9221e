"""`runner dashboard`: campaigns, doubts and figures in a browser, read only."""

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence
    from ipaddress import IPv4Network, IPv6Network

    from runner.cli.repository import Repository
    from runner.dashboard.access import Proxy
    from runner.ports import LedgerReader
    from runner.views.dashboard_html import Watched


def dashboard(
    *,
    host: Annotated[str, typer.Option("--host", help="Address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="0 = a free one, printed.")] = 8091,
    name: Annotated[
        list[str] | None,
        typer.Option(
            "--name", help="Host name that browsers reach it by, besides loopback.", show_default=False
        ),
    ] = None,
    proxy: Annotated[
        list[str] | None,
        typer.Option(
            "--proxy", help="Address or network of a reverse proxy that signs people in.", show_default=False
        ),
    ] = None,
    user_header: Annotated[
        str, typer.Option("--user-header", help="Header in which that proxy says who is signed in.")
    ] = "X-Forwarded-User",
) -> None:
    """Show campaigns in a browser until Ctrl-C. Reads the ledger only; sign in with RUNNER_DASHBOARD_TOKEN.

    Without that token one is made for this run and printed, and only this machine is listened to. It speaks HTTP: a proxy
    with TLS belongs in front of it where others may look.
    """
    import secrets  # noqa: PLC0415
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415

    from runner.cli.repository import Repository  # noqa: PLC0415
    from runner.dashboard.access import Access, Hosts  # noqa: PLC0415
    from runner.dashboard.app import Dashboard  # noqa: PLC0415
    from runner.dashboard.serve import serve  # noqa: PLC0415
    from runner.errors import UnavailableError  # noqa: PLC0415

    trusted = _proxy(proxy or (), user_header)
    repository = Repository.open(None)
    token = repository.settings.dashboard_token
    is_guarded = token is not None or trusted is not None
    if not is_guarded and not _is_loopback(host):
        message = "--host needs RUNNER_DASHBOARD_TOKEN or --proxy: without either only this machine may look"
        raise typer.BadParameter(message, param_hint="--host")
    secret = token.get_secret_value() if token is not None else secrets.token_urlsafe(24)
    app = Dashboard(
        pages=LedgerPages(repository),
        access=Access(token=secret, key=secrets.token_bytes(32), proxy=trusted),
        hosts=Hosts(names=frozenset(one.lower() for one in name or ())),
        clock=repository.clock,
        is_secure=bool(name) or trusted is not None,
        reading=ThreadPoolExecutor(max_workers=1),
    )

    def ready(address: str) -> None:
        typer.echo(address)
        if not is_guarded:
            typer.echo(f"token for this run: {secret}", err=True)
        typer.echo("end it with Ctrl-C", err=True)

    try:
        serve(app, host=host, port=port, ready=ready)
    except OSError as error:
        message = f"{host}:{port} cannot be listened at: {error.strerror}"
        raise UnavailableError(message, hint="choose another with --port", code="port") from error
    except KeyboardInterrupt:
        typer.echo("dashboard ended", err=True)


class LedgerPages:
    """Pages made from the ledger, which is read again only where it has grown."""

    def __init__(self, repository: "Repository") -> None:
        self._repository = repository
        self._reader: LedgerReader | None = None
        self._seen: str | None = None
        self._watched: Sequence[Watched] = ()

    @property
    def _environment(self) -> str:
        return self._repository.settings.environment

    def sign_in(self, *, was_wrong: bool) -> str:
        """Return the page with the form."""
        from runner.views.dashboard_html import sign_in_page  # noqa: PLC0415

        return sign_in_page(was_wrong=was_wrong)

    def overview(self, *, search: str) -> str:
        """Return the page of all campaigns whose name holds *search*."""
        from runner.views.dashboard_html import overview_page  # noqa: PLC0415

        return overview_page(self._now(), environment=self._environment, search=search)

    def campaign(self, name: str, edition: str) -> str | None:
        """Return the page of one campaign's edition; None where nothing was handed over for it."""
        from runner.views.dashboard_html import campaign_page  # noqa: PLC0415

        for one in self._now():
            if (one.standing.name, one.standing.edition) == (name, edition):
                return campaign_page(one, environment=self._environment)
        return None

    def not_found(self) -> str:
        """Return the page for an address that nothing lies at."""
        from runner.views.dashboard_html import not_found_page  # noqa: PLC0415

        return not_found_page(environment=self._environment)

    def asset(self, path: str) -> tuple[str, str] | None:
        """Return the style or the script."""
        from runner.views.dashboard_html import SCRIPT, SCRIPT_PATH, SHEET, STYLE_PATH  # noqa: PLC0415

        assets = {STYLE_PATH: (SHEET, "text/css"), SCRIPT_PATH: (SCRIPT, "text/javascript")}
        return assets.get(path)

    def _now(self) -> "Sequence[Watched]":
        from runner.cli.ledgers import reader_of  # noqa: PLC0415

        # One reader for all pages: it follows the chain from where it was last, and keeps its connection.
        if self._reader is None:
            self._reader = reader_of(self._repository)
        reader = self._reader
        if reader is None:
            return ()
        try:
            head = reader.head().hash
            if head != self._seen:
                self._watched = _watched(self._repository, reader)
                self._seen = head
            return [_held(one, reader) for one in self._watched]
        except BaseException:
            self._reader = None  # it may have been moved; the next page looks anew
            raise


def _held(watched: "Watched", reader: "LedgerReader") -> "Watched":
    """Return *watched* with who holds it now: a lease is no entry."""
    holder = reader.holder(watched.standing.name)
    return replace(watched, standing=replace(watched.standing, holder=holder))


def _watched(repository: "Repository", reader: "LedgerReader") -> "Sequence[Watched]":
    from runner.cli.report import figures_of  # noqa: PLC0415
    from runner.cli.status import readable_campaigns  # noqa: PLC0415
    from runner.planning.history import fold  # noqa: PLC0415
    from runner.views.dashboard_html import Watched  # noqa: PLC0415
    from runner.views.standing_text import CampaignStanding  # noqa: PLC0415

    files = {one.name: one for one in readable_campaigns(repository, None)}
    found = []
    for name, edition in reader.editions():
        history = fold(reader.entries(campaigns=[name], edition=edition))
        figures = figures_of(
            reader, names=(name,), edition=edition, campaign=files.get(name), span=(None, None)
        )
        if figures is not None:
            standing = CampaignStanding(name=name, edition=edition, history=history, holder=None)
            found.append(Watched(standing=standing, figures=figures))
    return found[::-1]


def _proxy(addresses: "Sequence[str]", header: str) -> "Proxy | None":
    from ipaddress import ip_network  # noqa: PLC0415

    from runner.dashboard.access import Proxy  # noqa: PLC0415

    if not addresses:
        return None
    networks: list[IPv4Network | IPv6Network] = []
    for address in addresses:
        try:
            networks.append(ip_network(address))
        except ValueError:
            raise typer.BadParameter("an address or a network", param_hint="--proxy") from None
    return Proxy(header=header.lower(), networks=tuple(networks))


def _is_loopback(host: str) -> bool:
    from runner.dashboard.access import Hosts  # noqa: PLC0415

    return Hosts().has(host)
