"""The list of commands. Each lives in its own file and imports what it needs when it runs, so that help is instant."""

import typer

from runner.cli import (
    apply,
    cancel,
    collect,
    dashboard,
    doctor,
    forget,
    ledger,
    plan,
    recall,
    receive,
    report,
    resolve,
    sandbox,
    schema,
    show,
    status,
    stop,
    suppress,
    validate,
    who,
)


def register(app: typer.Typer) -> None:
    """Add every command to *app*, in the order in which a user meets them."""
    app.command("validate")(validate.validate)
    app.command("plan")(plan.plan)
    app.command("show")(show.show)
    app.command("apply")(apply.apply)
    app.command("status")(status.status)
    app.command("stop")(stop.stop)
    app.command("suppress")(suppress.suppress)
    app.command("cancel")(cancel.cancel)
    app.command("resolve")(resolve.resolve)
    app.command("doctor")(doctor.doctor)
    app.command("collect")(collect.collect)
    app.command("who")(who.who)
    app.command("forget")(forget.forget)
    app.command("receive")(receive.receive)
    app.command("report")(report.report)
    app.command("recall")(recall.recall)
    app.command("dashboard")(dashboard.dashboard)
    app.command("sandbox")(sandbox.sandbox)
    app.command("schema")(schema.schema)
    app.add_typer(ledger.app, name="ledger")
