"""`runner dashboard`: campaigns, doubts and figures in a browser, read only."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence
    from ipaddress import IPv4Network, IPv6Network

    from runner.dashboard.access import Proxy


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

    from runner.cli.dashboard_pages import LedgerPages  # noqa: PLC0415
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
