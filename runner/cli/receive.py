"""`runner receive`: the address that the vendor pushes to."""

from pathlib import Path
from typing import Annotated

import typer


def receive(
    *,
    host: Annotated[str, typer.Option("--host", help="Address that pushes arrive at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="0 = a free one, printed.")] = 8090,
    watch_host: Annotated[
        str, typer.Option("--watch-host", help="Address of /healthz and /metrics.")
    ] = "127.0.0.1",
    watch_port: Annotated[int, typer.Option("--watch-port", min=0, max=65535, help="0 = a free one.")] = 9090,
) -> None:
    """Take pushes in at POST /push/{RUNNER_PUSH_TOKEN} and store each before it is answered. Runs until Ctrl-C.

    Needs RUNNER_PUSH_TOKEN and the ledger's place, and neither its key nor the vendor's. It speaks HTTP: a proxy with TLS
    belongs in front of it. `runner collect` reads what came.
    """
    from runner.cli.clock import SystemClock  # noqa: PLC0415
    from runner.config.find import find_root  # noqa: PLC0415
    from runner.config.settings import read_settings  # noqa: PLC0415
    from runner.engines import git  # noqa: PLC0415
    from runner.errors import InvalidError, Problem, UnavailableError  # noqa: PLC0415
    from runner.ledger.inbox import inbox_of  # noqa: PLC0415
    from runner.receiver.origin import Origins, networks_of  # noqa: PLC0415
    from runner.receiver.serve import Door, serve  # noqa: PLC0415

    try:
        root = find_root(Path.cwd())
    except InvalidError:
        root = None  # a receiver needs no campaigns
    settings = read_settings(root, is_ignored=git.is_ignored, is_tracked=git.is_tracked)
    if root is None and settings.ledger_address is None:
        message = "this is no campaign repository, so RUNNER_LEDGER_URL must say where pushes go"
        raise InvalidError([Problem(code="setting-missing", message=message)])
    for warning in settings.warnings:
        typer.echo(f"warning: {warning.message}", err=True)
    door = Door(
        tokens=settings.push_tokens(),
        origins=Origins(networks_of(settings.push_allow), networks_of(settings.push_proxies)),
        rate=settings.push_rate,
        push_at=(host, port),
        watch_at=(watch_host, watch_port),
    )
    inbox = inbox_of(settings.ledger_url(root or Path.cwd()))

    def ready(pushes: str, watch: str) -> None:
        typer.echo(f"{pushes}/push/{{RUNNER_PUSH_TOKEN}}\n{watch}/metrics")
        typer.echo(f"pushes go to {inbox.place}; end it with Ctrl-C", err=True)

    try:
        serve(door, inbox, SystemClock(), ready=ready)
    except OSError as error:
        message = f"the port for pushes or the one for metrics cannot be listened at: {error.strerror}"
        hint = "choose others with --port and --watch-port"
        raise UnavailableError(message, hint=hint, code="port") from error
    typer.echo("receiver ended", err=True)
