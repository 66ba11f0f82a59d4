"""`etappi workflows`: what an operator does with Temporal's side."""

import asyncio
from typing import Annotated

import typer

from services.cli.failures import CannotRun
from services.cli.processes import configured, required
from services.cli.stack import stack
from services.workflows.rebuild import rebuild as rebuild_workflows

app = typer.Typer(no_args_is_help=True, help="Temporal's workflows.")


@app.callback()
def _workflows() -> None:
    """Keep `etappi workflows COMMAND`."""


@app.command()
def rebuild(ledger: Annotated[str, typer.Option(help="The ledger whose workflows are started again.")]) -> None:
    """Start all workflows of a ledger again from the log, after Temporal's data was lost. It repeats nothing."""
    settings = configured()

    async def again() -> None:
        address = required(settings, "temporal_address")
        async with stack(settings, required(settings, "database_url"), address) as parts:
            if not await parts.temporal_answers():
                raise CannotRun(f"Temporal can't be reached at TEMPORAL_ADDRESS ({address}).")
            for process in await rebuild_workflows(parts.client, parts.store, parts.handler, ledger):
                typer.echo(f"started {process}")

    asyncio.run(again())
