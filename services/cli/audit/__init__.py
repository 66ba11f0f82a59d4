"""`etappi audit`: an auditor's commands."""

import typer

from services.cli.audit import controls, proofs, replays

app = typer.Typer(name="audit", no_args_is_help=True, help="Replay the history, prove it, take the proof home.")
app.command("pin")(proofs.pin)
app.command("bundle")(proofs.bundle)
app.command("sample")(proofs.sample)
app.command("verify")(proofs.verify)
app.command("replay")(replays.replay)
app.command("difference")(replays.difference)
app.command("controls")(controls.controls)
