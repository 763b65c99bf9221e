"""`runner sandbox`: play the vendor on this machine."""

from typing import Annotated

import typer


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
    switch: Annotated[
        list[str] | None,
        typer.Option(
            "--switch", help="Play an uncertainty, such as duplicates_accepted=true.", show_default=False
        ),
    ] = None,
) -> None:
    """Simulate the vendor: nothing rings. See what callees heard and read at GET /_sandbox/calls."""
    from runner.sandbox.command import run_sandbox  # noqa: PLC0415

    run_sandbox(host=host, port=port, speed=speed, seed=seed, switches=tuple(switch or ()))
