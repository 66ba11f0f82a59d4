"""`etappi audit`: an auditor's commands."""

import typer

app = typer.Typer(name="audit", no_args_is_help=True, help="Replay the history, prove it, take the proof home.")
