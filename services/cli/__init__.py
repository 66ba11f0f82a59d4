"""The command line: the parts put together, for a laptop in one process, for production in several."""

import typer

from services.cli import demo, ledgers, operations, processes, reading
from services.cli import workflows as temporal
from services.cli.audit import app as audit
from services.cli.failures import told

app = typer.Typer(
    name="etappi",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Performance agreements and their reporting cycle: milestones, evidence, sign-offs, traffic lights.",
)
ledgers.app.command("rotate-key")(operations.rotate_key)
ledgers.app.command("record")(operations.record)
ledgers.app.command("resume")(operations.resume)
app.add_typer(ledgers.app, name="ledger")
app.add_typer(temporal.app, name="workflows")
app.add_typer(audit, name="audit")
app.command("up")(demo.up)
app.command("demo")(demo.demo)
app.command("import")(reading.import_agreement)
app.command("board")(reading.board)
app.command("trail")(reading.trail)
app.command("migrate")(processes.migrate)
app.command("api")(processes.api)
app.command("worker")(processes.worker)
app.command("follow")(processes.follow)


def main() -> None:
    """Run the command line; the entry point of `etappi`."""
    with told():
        app()
