"""`etappi ledger`: what an operator does with ledgers."""

import asyncio
import json
import re
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Annotated, Any

import typer

from domain.access import access_ledger
from domain.canonical import canonical
from domain.commands import decide
from domain.organisation import FOLD as ORGANISATION
from domain.proposal import sound_id
from domain.staffing import OpenLedger, Person
from domain.values import OPERATOR, PersonId, Words
from domain.view import Act, Folded, View
from services.cli.failures import CannotRun
from services.cli.processes import configured, required
from services.cli.stack import stack
from services.commands import Request
from services.sealing import Sealing

app = typer.Typer(no_args_is_help=True, help="Ledgers: one for each agency.")
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
ADMINISTRATORS = """A JSON file with a list of at least two: {"person", "name", "contact", "issuer", "subject"}."""


@app.command("list")
def list_ledgers() -> None:
    """List the ledgers and how many events each has."""
    settings = configured()

    async def show() -> None:
        async with stack(settings, required(settings, "database_url"), "localhost:7233") as parts:
            for ledger, demo in (await parts.store.ledgers()).items():
                typer.echo(f"{ledger}\t{await parts.store.head(ledger)} events{' (demo)' if demo else ''}")

    asyncio.run(show())


@app.command("open")
def open_ledger(
    ledger: Annotated[str, typer.Argument(help="The ledger's name: lower-case letters, digits, hyphen.")],
    agency: Annotated[str, typer.Option(help="The agency whose ledger it is.")],
    administrators: Annotated[Path, typer.Option(help=ADMINISTRATORS, exists=True, dir_okay=False)],
) -> None:
    """Open an agency's ledger with its two administrators, whom this act confirms."""
    settings = configured()
    try:
        people = tuple(_person(each) for each in json.loads(administrators.read_text()))
    except (ValueError, KeyError, TypeError) as error:
        typer.echo(f"{administrators}: {error}. Wanted: {ADMINISTRATORS}", err=True)
        raise typer.Exit(2) from None

    command = OpenLedger(
        ledger=ledger, agency=agency, demo=False, administrators=people, program=metadata.version("etappi")
    )
    _decided(command)

    async def opening() -> None:
        async with stack(settings, required(settings, "database_url"), "localhost:7233") as parts:
            for each in (ledger, access_ledger(ledger)):
                await parts.store.create_ledger(each, demo=False)
            done = await parts.handler.handle(
                Request(ledger=ledger, by=OPERATOR, key="open", command=command, received_at=datetime.now(UTC))
            )
            typer.echo(f"{ledger} was open already" if done.unchanged or done.repeated else f"{ledger} is open")

    asyncio.run(opening())


def _decided(command: OpenLedger) -> None:
    """Decide the opening before there is anything of the ledger, so that a refused one leaves nothing."""
    if NAME.fullmatch(command.ledger) is None:
        raise CannotRun(
            f"{command.ledger!r} is no name of a ledger: lower-case letters, digits and hyphen, at most 63, "
            "the first one no hyphen."
        )
    for each in command.administrators:
        sound_id(each.person, "person")
    nothing = View(
        lambda stream: Folded(ORGANISATION, 0, ORGANISATION.initial()) if stream == ORGANISATION.stream() else None
    )
    decide(nothing, Act(by=OPERATOR, at=datetime.now(UTC)), Sealing({}).seal(command))


def _person(given: dict[str, Any]) -> Person:
    login = canonical({"issuer": str(given["issuer"]), "subject": str(given["subject"])}).decode()
    return Person(
        person=PersonId(str(given["person"])),
        name=Words(str(given["name"])),
        contact=Words(str(given["contact"])),
        login=Words(login),
    )
