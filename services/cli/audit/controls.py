"""`etappi audit controls`: the internal controls tested, over the API or at home over a bundle."""

from pathlib import Path
from typing import Annotated

import typer

from services.cli.audit.pins import Pins
from services.cli.audit.proofs import FOLDER, PinsFolder, pin_for
from services.cli.failures import CannotRun, Unusable
from services.cli.reading import LOCAL, As, Ledger, Token, Url, answered, signed_in
from services.controls.bundled import NotTheWhole, tested_at_home
from services.controls.render import Format, written
from verifier.verify import verify as verified

TESTING_SECONDS = 600.0


def controls(
    cycle: Annotated[int | None, typer.Option(help="The year; without it all together.")] = None,
    form: Annotated[Format, typer.Option("--format", help="As text, JSON or an Excel workbook.")] = "text",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The file to write; a workbook needs one.")
    ] = None,
    bundle: Annotated[
        Path | None,
        typer.Option(help="Test a bundle of the whole ledger instead, offline.", exists=True, dir_okay=False),
    ] = None,
    looks: Annotated[
        Path | None,
        typer.Option(
            help="With --bundle: a bundle of the looks, taken after it (C11, C14).", exists=True, dir_okay=False
        ),
    ] = None,
    no_files: Annotated[bool, typer.Option("--no-files", help="Don't read and hash the stored files again.")] = False,  # noqa: FBT002
    pins: PinsFolder = FOLDER,
    url: Url = LOCAL,
    ledger: Ledger = "keha",
    token: Token = None,
    demo_account: As = None,
) -> None:
    """Test C01 to C19: for each control its cases, how many pass, and each exception with the events that show it."""
    if form == "xlsx" and output is None:
        raise Unusable("A workbook is written to a file: name it by --output.")
    if looks is not None and bundle is None:
        raise Unusable("Looks are tested at home together with their ledger: name its bundle by --bundle.")
    if bundle is not None:
        content = _at_home(bundle, looks, cycle, form, Pins(pins))
    else:
        query: dict[str, str | int] = {"format": form, "files": "untested" if no_files else "hashed"}
        query |= {} if cycle is None else {"cycle": cycle}
        with signed_in(url, token, demo_account) as client:
            answer = client.get(f"/api/v1/{ledger}/audit/controls", params=query, timeout=TESTING_SECONDS)
        if answer.is_error:
            answered(answer)
        content = answer.content
    if output is None:
        typer.echo(content.decode().rstrip("\n"))
    else:
        output.write_bytes(content)
        typer.echo(f"{output}: {len(content)} bytes")


def _at_home(path: Path, looks: Path | None, cycle: int | None, form: Format, pins: Pins) -> bytes:
    """Test the controls over bundles that hold. Raises `CannotRun`, `Unusable` for others."""
    for each in filter(None, (path, looks)):
        if not verified(each, pin=pin_for(each, pins)).ok:
            raise CannotRun(f"{each} doesn't hold, so nothing is tested; `etappi audit verify {each}` says why.")
    try:
        found = tested_at_home(path, cycle, looks)
    except NotTheWhole as error:
        raise Unusable(str(error)) from error
    return written(form, found.results, ledger=found.ledger, as_of=found.as_of, events=found.events)
