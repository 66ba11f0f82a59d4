"""The command line."""

import typer

app = typer.Typer(name="etappi", no_args_is_help=True, help="Performance agreements and their reporting cycle.")


@app.callback()
def _etappi() -> None:
    """Keep `etappi COMMAND`, however many commands there are."""


def main() -> None:
    """Run the command line; the entry point of `etappi`."""
    app()
