"""`etappi import`, `board`, `trail`: the API from the command line."""

import base64
import hashlib
import secrets
import sys
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import typer
from rich.console import Console
from rich.table import Table

Url = Annotated[str, typer.Option(envvar="ETAPPI_URL", help="Where the API is served.")]
Ledger = Annotated[str, typer.Option(envvar="ETAPPI_LEDGER", help="The ledger.")]
Token = Annotated[str | None, typer.Option(envvar="ETAPPI_TOKEN", help="A bearer token of your identity provider.")]
As = Annotated[str | None, typer.Option("--as", help="A demo account; signs in at the demo's identity provider.")]
KnownAt = Annotated[
    str | None, typer.Option(help="As known at this instant, with its zone: 2024-09-01T00:00:00+03:00.")
]
SYMBOLS = {3: "[green]● GREEN[/]", 2: "[yellow]▲ YELLOW[/]", 1: "[red]■ RED[/]"}
LOCAL = "http://127.0.0.1:8000"
WIDE = 160


def import_agreement(
    file: Annotated[Path, typer.Argument(help="An agreement file.", exists=True, dir_okay=False)],
    url: Url = LOCAL,
    ledger: Ledger = "keha",
    token: Token = None,
    demo_account: As = None,
) -> None:
    """Import an agreement file as a draft: whole, or with the place and reason of each fault not at all."""
    content = file.read_bytes()
    key = hashlib.sha256(content).hexdigest()[:32]
    with signed_in(url, token, demo_account) as client:
        answer = client.post(
            f"/api/v1/{ledger}/agreement-files",
            content=content,
            headers={"Idempotency-Key": key, "Content-Type": "application/yaml"},
        )
        found = answered(answer)
    if found["unchanged"]:
        typer.echo("This version is recorded already; nothing has changed.")
    else:
        typer.echo(f"Recorded as a draft, events {found['first']} to {found['last']}.")


def board(
    year: Annotated[int, typer.Option(help="The year reported on.")] = 2024,
    kind: Annotated[str, typer.Option("--round", help="half-year or annual")] = "annual",
    url: Url = LOCAL,
    ledger: Ledger = "keha",
    token: Token = None,
    demo_account: As = None,
    known_at: KnownAt = None,
) -> None:
    """Show the traffic-light board: every target with its light, the ministry's beside it."""
    query: dict[str, Any] = {"year": year, "round": kind} | ({} if known_at is None else {"known_at": known_at})
    with signed_in(url, token, demo_account) as client:
        found = answered(client.get(f"/api/v1/{ledger}/board", params=query))
    printed(board_table(found["board"]))


def board_table(shown: dict[str, Any]) -> Table:
    """A board, as the API answers it: a row a target or indicator, with the lights of its milestones."""
    table = Table(title=f"{shown['round']}: {shown['stage']}", title_justify="left", box=None, padding=(0, 2))
    for heading in ("", "agency", "ministry", "milestones"):
        table.add_column(heading)
    for part in shown["parts"]:
        table.add_row(f"[bold]{part['section']} {_words(part['title'])}[/]")
        for group in [*part["groups"], {"title": None, "targets": part["targets"]}]:
            for target in group["targets"]:
                lights = "".join(_short(each["light"]) for each in target["milestones"])
                table.add_row(f"  {_words(target['title'])}", _light(target), _ministry(target), lights)
        for each in part["tables"]:
            for indicator in each["indicators"]:
                table.add_row(f"  {_words(indicator['title'])}", _light(indicator), _ministry(indicator), "")
    return table


def trail(
    after: Annotated[int, typer.Option(help="The position behind which the trail begins.")] = 0,
    limit: Annotated[int, typer.Option(min=1, max=500, help="At most so many events.")] = 50,
    subject: Annotated[str | None, typer.Option(help="Only those about a milestone, indicator or target.")] = None,
    person: Annotated[str | None, typer.Option(help="Only those by a person.")] = None,
    url: Url = LOCAL,
    ledger: Ledger = "keha",
    token: Token = None,
    demo_account: As = None,
) -> None:
    """Show the audit trail: who, for whom, what, when, under which command and agreement version."""
    query: dict[str, Any] = {"after": after, "limit": limit}
    query |= {name: value for name, value in (("subject", subject), ("person", person)) if value is not None}
    with signed_in(url, token, demo_account) as client:
        found = answered(client.get(f"/api/v1/{ledger}/trail", params=query))
    table = Table(box=None, padding=(0, 1))
    for heading in ("#", "received", "event", "subject", "by", "for", "command"):
        table.add_column(heading)
    for entry in found["entries"]:
        table.add_row(
            str(entry["position"]),
            entry["received_at"][:19].replace("T", " "),
            entry["type"],
            entry["subject"] or "",
            entry["actor"],
            entry["acting_for"] or "",
            entry["command"],
        )
    printed(table)


def printed(table: Table) -> None:
    """Print a table."""
    # A pipe has no width: rows are left whole there.
    Console(width=None if sys.stdout.isatty() else WIDE).print(table)


def signed_in(url: str, token: str | None, demo_account: str | None) -> httpx2.Client:
    """A client that calls the API as somebody: by a token, or as an account of the demo. Ends where neither is said."""
    try:
        bearer = _demo_token(url, demo_account) if demo_account else token
    except httpx2.HTTPError as error:
        typer.echo(f"{url} can't be reached: {error}. Is `etappi up` running?", err=True)
        raise typer.Exit(1) from None
    if bearer is None:
        typer.echo("Say who you are: ETAPPI_TOKEN, --token, or in the demo --as ACCOUNT.", err=True)
        raise typer.Exit(2)
    return httpx2.Client(base_url=url, headers={"Authorization": f"Bearer {bearer}"}, timeout=30)


def _demo_token(url: str, account: str) -> str:
    """Sign in at the demo's identity provider as a browser would (authorization code with PKCE)."""
    verifier = secrets.token_urlsafe(48)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    back = f"{url}/cli"
    query = {
        "client_id": "etappi",
        "redirect_uri": back,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
        "login": account,
    }
    with httpx2.Client(base_url=url, timeout=30) as client:
        answer = client.get("/idp/authorize", params=query)
        code = parse_qs(urlsplit(answer.headers.get("location", "")).query).get("code")
        if not code:
            typer.echo(f"There is no demo account {account!r}; `etappi up` lists them.", err=True)
            raise typer.Exit(2)
        form = {"grant_type": "authorization_code", "code": code[0], "redirect_uri": back, "code_verifier": verifier}
        return str(client.post("/idp/token", data=form).json()["access_token"])


def answered(answer: httpx2.Response) -> Any:
    """The JSON of an answer. Tells a refusal in one line, and ends with 1."""
    try:
        found = answer.json()
    except ValueError:
        typer.echo(f"{answer.url} answered {answer.status_code} and no JSON. Is Etappi's API there?", err=True)
        raise typer.Exit(1) from None
    if answer.is_error:
        typer.echo(f"{found.get('code')}: {found.get('detail')} {found.get('mend') or ''}", err=True)
        for each in found.get("errors") or []:
            typer.echo(f"  {each.get('field')}: {each.get('reason')}", err=True)
        raise typer.Exit(1)
    return found


def _words(title: Any) -> str:
    return title["en"] if isinstance(title, dict) and "en" in title else str(title)


def _light(cell: dict[str, Any]) -> str:
    return SYMBOLS.get(cell["light"]) or str(cell["category"]).replace("_", " ")


def _ministry(cell: dict[str, Any]) -> str:
    given = cell["ministry"]
    return "" if not given or not given["given"] else SYMBOLS.get(given["light"], "excused")


def _short(light: int | None) -> str:
    return {3: "[green]●[/]", 2: "[yellow]▲[/]", 1: "[red]■[/]"}.get(light or 0, "·")
