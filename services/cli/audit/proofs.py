"""`etappi audit pin`, `bundle`, `sample`, `verify`: what an auditor takes home, and how they know that it is whole."""

import dataclasses
import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import quote

import httpx2
import typer

from domain.access import access_ledger
from services.cli.audit.pins import Pins, keys_of, renewed
from services.cli.failures import CannotRun
from services.cli.reading import LOCAL, As, Ledger, Token, Url, answered, signed_in
from verifier.command import status_of, told
from verifier.container import Container, Malformed
from verifier.manifest import LARGEST, NAME, ManifestMalformed, manifest_of
from verifier.pin import Pin
from verifier.report import Report
from verifier.timestamp import NoAuthority, authorities_of
from verifier.verify import verify as verified

FOLDER = Path("etappi-pins")
MAKING_SECONDS = 600.0

PinsFolder = Annotated[Path, typer.Option("--pins", help="The folder of your pins; keep it where only you can write.")]
Key = Annotated[
    list[str] | None, typer.Option("--key", help="A verifier key that you trust, as the agency told you elsewhere.")
]
Output = Annotated[Path, typer.Option("--output", "-o", help="The file to write.")]
From = Annotated[
    str | None, typer.Option("--from", help="Of a period: the first position, or an instant with its zone.")
]
To = Annotated[str | None, typer.Option("--to", help="Of a period: the last position, or an instant with its zone.")]
Hashes = Annotated[bool, typer.Option("--hashes", help="Take the hashes of the evidence, not the files.")]
NoWords = Annotated[bool, typer.Option("--no-words", help="Take no words: all disclosures are marked as withheld.")]


def pin(url: Url = LOCAL, ledger: Ledger = "keha", pins: PinsFolder = FOLDER, key: Key = None) -> None:
    """Keep the log's checkpoint as it is now. From the second time on it must continue the one that you kept."""
    kept = Pins(pins)
    before = kept.read(ledger)
    with httpx2.Client(base_url=url, timeout=30) as client:
        found = renewed(client, ledger, before, keys_of(key or ()))
    path = kept.write(found.pin)
    now = found.pin.checkpoint
    if before is None:
        typer.echo(f"You have seen the log {now.origin} with {now.size} events; {path} remembers it.")
    elif now.size == before.checkpoint.size:
        typer.echo(f"The log {now.origin} has the same {now.size} events as when you last looked.")
    else:
        typer.echo(
            f"The log {now.origin} has {now.size} events: the {before.checkpoint.size} that you had seen, unchanged, "
            f"and {now.size - before.checkpoint.size} more. {path} remembers it."
        )
    for each in found.trusted:
        typer.echo(f"From now on you trust the key {each}")
        if not key:
            typer.echo("It is what this address says. Compare it with what the agency has told you in another way.")


def bundle(
    output: Output,
    scope: Annotated[
        Literal["ledger", "period", "target", "milestone", "submission", "looks"],
        typer.Option(help="What it is about; looks: who of auditors and administrators looked at what."),
    ] = "ledger",
    subject: Annotated[str | None, typer.Option(help="Of a target, or of a milestone or indicator: which.")] = None,
    round_id: Annotated[str | None, typer.Option("--round", help="Of a submission: in which round.")] = None,
    unit: Annotated[str | None, typer.Option(help="Of a submission: whose.")] = None,
    first: From = None,
    last: To = None,
    hashes: Hashes = False,  # noqa: FBT002 (a flag of the command line)
    no_words: NoWords = False,  # noqa: FBT002
    url: Url = LOCAL,
    ledger: Ledger = "keha",
    token: Token = None,
    demo_account: As = None,
    pins: PinsFolder = FOLDER,
) -> None:
    """Take home a bundle: events, words, files and their proof in one file, which verifies itself.

    Where you have pinned the log, it proves to continue what you saw. It is verified when it has come.
    """
    query = {"scope": scope, "subject": subject, "round": round_id, "unit": unit, "from": first, "to": last}
    _take(query, output, Pins(pins), ledger, (url, token, demo_account), hashes=hashes, no_words=no_words)


def sample(
    output: Output,
    count: Annotated[int, typer.Option(min=1, max=10_000, help="How many events.")] = 25,
    seed: Annotated[str | None, typer.Option(help="What it is drawn by; made up and told where you name none.")] = None,
    of: Annotated[list[str] | None, typer.Option("--type", help="Only events of this type; may be repeated.")] = None,
    first: From = None,
    last: To = None,
    hashes: Hashes = False,  # noqa: FBT002
    no_words: NoWords = False,  # noqa: FBT002
    url: Url = LOCAL,
    ledger: Ledger = "keha",
    token: Token = None,
    demo_account: As = None,
    pins: PinsFolder = FOLDER,
) -> None:
    """Take home a random sample of events. Whoever knows the seed draws the same, and nobody can choose."""
    drawn_by = secrets.token_hex(8) if seed is None else seed
    typer.echo(f"Drawn by the seed {drawn_by}")
    query = {"scope": "sample", "seed": drawn_by, "count": count, "type": of, "from": first, "to": last}
    _take(query, output, Pins(pins), ledger, (url, token, demo_account), hashes=hashes, no_words=no_words)


def verify(
    file: Annotated[Path, typer.Argument(help="A bundle.")],
    pins: PinsFolder = FOLDER,
    key: Key = None,
    authority: Annotated[
        Path | None,
        typer.Option(
            help="Certificates (PEM) of who may sign time-stamps: then their signatures are checked, too.",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Decode each event to the letter; takes longer.")] = False,  # noqa: FBT002
    as_json: Annotated[bool, typer.Option("--json", help="Print what was found as one JSON object.")] = False,  # noqa: FBT002
) -> None:
    """Verify a bundle: every hash and proof, and that its events come to what it claims; offline, by your pin.

    The exit status is 0 only where all holds, 1 where something doesn't, 2 where the file is no bundle or something
    was asked wrongly.
    """
    try:
        authorities = None if authority is None else authorities_of(authority)
    except NoAuthority as error:
        raise typer.BadParameter(str(error)) from error
    known = pin_for(file, Pins(pins))
    report = verified(file, pin=known, keys=keys_of(key or ()), authorities=authorities, strict=strict)
    if as_json:
        typer.echo(json.dumps({**dataclasses.asdict(report), "ok": report.ok}))
    else:
        _tell(report)
    raise typer.Exit(status_of(report))


def _take(
    query: dict[str, Any],
    output: Path,
    pins: Pins,
    ledger: str,
    who: tuple[str, str | None, str | None],
    *,
    hashes: bool,
    no_words: bool,
) -> None:
    known = pins.read(access_ledger(ledger) if query["scope"] == "looks" else ledger)
    asked = {name: value for name, value in query.items() if value is not None}
    asked |= {"files": "hashes" if hashes else "all", "disclosures": "none" if no_words else "all"}
    if known is not None:
        asked["pinned"] = known.checkpoint.size
    with signed_in(*who) as client, _written(output) as new:
        _fetched(client, f"/api/v1/{quote(ledger, safe='')}/audit/bundle", asked, new)
    typer.echo(f"{output}: {output.stat().st_size} bytes")
    report = verified(output, pin=known)
    _tell(report)
    raise typer.Exit(status_of(report))


def _tell(report: Report) -> None:
    for line in told(report):
        typer.echo(line)


@contextmanager
def _written(output: Path) -> Iterator[Path]:
    """A file beside the one to write, which takes its place when it is whole; else nothing is left of it."""
    new = output.with_name(f".{output.name}.{secrets.token_hex(8)}")
    try:
        yield new
        new.replace(output)
    finally:
        new.unlink(missing_ok=True)


def _fetched(client: httpx2.Client, address: str, query: dict[str, Any], path: Path) -> None:
    """Fetch a bundle into a file. Raises `CannotRun` where it doesn't come whole."""
    count = 0
    with client.stream("GET", address, params=query, timeout=MAKING_SECONDS) as answer:
        if answer.is_error or answer.headers.get("content-type") != "application/zip":
            answer.read()
            answered(answer)
            raise CannotRun(f"{answer.url} answers no bundle. Is Etappi's API there?")
        with path.open("xb") as file:
            for chunk in answer.iter_bytes():
                file.write(chunk)
                count += len(chunk)
    if str(count) != answer.headers.get("content-length"):
        raise CannotRun(f"Of {answer.headers.get('content-length')} bytes only {count} came. Try again.")


def pin_for(file: Path, pins: Pins) -> Pin | None:
    """The auditor's pin of the ledger that a bundle says it is of."""
    try:
        with file.open("rb") as opened:
            container = Container(opened)
            ledger = manifest_of(container.read(container[NAME], LARGEST)).ledger
    except (OSError, Malformed, ManifestMalformed, KeyError):
        # What is wrong with it the verification tells.
        return None
    return pins.read(ledger)
