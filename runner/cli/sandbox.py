"""`runner sandbox`: play the vendor on this machine."""

from typing import Annotated

import typer

EXAMPLE = "duplicates_accepted=true"


def sandbox(
    *,
    host: Annotated[str, typer.Option("--host", help="Address to listen at.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="0 = a free one, printed on stdout.")
    ] = 8089,
    speed: Annotated[
        float, typer.Option("--speed", min=0.0, help="Seconds of the simulated clock per second.")
    ] = 1.0,
    seed: Annotated[
        int, typer.Option("--seed", help="Decides outcomes; the same seed gives the same calls.")
    ] = 0,
    push_url: Annotated[
        str | None,
        typer.Option(
            "--push-url",
            help="Post a status report of every call here, as the vendor does.",
            metavar="URL",
            show_default=False,
        ),
    ] = None,
    switch: Annotated[
        list[str] | None,
        typer.Option(
            "--switch",
            help=f"Play an uncertainty, such as {EXAMPLE}, or trouble: fault_percent=5 by --seed.",
            metavar="NAME=VALUE",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Simulate the vendor: nothing rings. See what callees heard and read at GET /_sandbox/calls.

    What goes wrong is scripted request by request at POST /_sandbox/faults, such as {"endpoint": "send", "kind":
    "close", "when": "after"}: the task is taken and the answer is lost. Switches are shown, and changed, at
    /_sandbox/switches. docs/sandbox.md explains both.
    """
    from runner.errors import UnavailableError  # noqa: PLC0415
    from runner.sandbox.command import run_sandbox  # noqa: PLC0415
    from runner.sandbox.defaults import API_KEY, API_SECRET  # noqa: PLC0415
    from runner.sandbox.switches import SwitchError  # noqa: PLC0415

    def ready(address: str) -> None:
        lines = [
            address,
            f"API key {API_KEY}, secret {API_SECRET}; nothing rings; end it with Ctrl-C",
            f"what callees heard and read: {address}/_sandbox/calls",
        ]
        typer.echo("\n".join(lines))

    switches = [*([] if push_url is None else [f"push_url={push_url}"]), *(switch or ())]
    try:
        run_sandbox(host=host, port=port, speed=speed, seed=seed, switches=switches, ready=ready)
    except SwitchError as error:
        raise typer.BadParameter(str(error), param_hint="--switch") from error
    except OSError as error:
        message = f"{host}:{port} cannot be listened at: {error.strerror}"
        raise UnavailableError(
            message, hint="choose another with --port, or --port 0", code="port"
        ) from error
    except KeyboardInterrupt:
        typer.echo("sandbox ended", err=True)
