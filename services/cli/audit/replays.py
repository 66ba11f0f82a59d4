"""`etappi audit replay`, `difference`: the history as an auditor replays it, over the API."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import typer
from rich.table import Table
from rich.text import Text

from services.cli.audit.shown import changes_of, name_of, value_of, worded
from services.cli.failures import Unusable
from services.cli.reading import LOCAL, As, Ledger, Token, Url, answered, board_table, printed, signed_in

HELSINKI = ZoneInfo("Europe/Helsinki")
View = Literal["board", "deadlines", "inbox", "items", "roles"]
Json = Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")]
Subject = Annotated[str | None, typer.Option(help="Only what is about a milestone, indicator or target.")]
_INSTANT = "a position, or an instant with its zone: 2024-09-01T00:00:00+03:00"
FEW = 3
"""So many events are named one by one."""
COLUMNS: dict[View, tuple[str, ...]] = {
    "board": (),
    "deadlines": ("kind", "unit", "date", "state"),
    "inbox": ("what", "role", "for", "unit", "round", "subjects", "due"),
    "items": ("subject", "kind", "unit", "stage", "revision", "light", "basis", "evidence"),
    "roles": ("person", "name", "role", "unit", "for", "valid_from", "valid_to"),
}
"""What of a row stands in the table; `--json` prints it whole."""


def replay(
    step: Annotated[bool, typer.Option("--step", help="Event by event: who, why, and what changed.")] = False,  # noqa: FBT002
    view: Annotated[View | None, typer.Option(help="Or a read model, as it was known and as it holds.")] = None,
    after: Annotated[int, typer.Option(min=0, help="Of steps: the position behind which they begin.")] = 0,
    limit: Annotated[int, typer.Option(min=1, max=500, help="Of steps: at most so many.")] = 50,
    subject: Subject = None,
    known_at: Annotated[str | None, typer.Option(help=f"Of a view: as it was known then, {_INSTANT}.")] = None,
    valid_at: Annotated[str | None, typer.Option(help="Of a view: as it holds on this day: 2024-09-01.")] = None,
    year: Annotated[int | None, typer.Option(help="Of board, deadlines and items.")] = None,
    kind: Annotated[str | None, typer.Option("--round", help="Of board and items: half-year or annual.")] = None,
    person: Annotated[str | None, typer.Option(help="Of an inbox: whose.")] = None,
    as_json: Json = False,  # noqa: FBT002
    url: Url = LOCAL,
    ledger: Ledger = "keha",
    token: Token = None,
    demo_account: As = None,
) -> None:
    """Replay the history step by step, or show a read model as it was known at an instant and holds on a day."""
    if step == (view is not None):
        raise Unusable("Say what to replay: --step, or --view board, deadlines, inbox, items or roles.")
    query: dict[str, Any]
    if view is None:
        query = {"after": after, "limit": limit, "subject": subject}
    else:
        query = {"view": view, "known_at": known_at, "valid_at": valid_at, "year": year, "round": kind}
        query["person"] = person
    found = _asked("steps" if view is None else "replay", query, url, ledger, token, demo_account)
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
    elif view is None:
        printed(_steps(found["steps"]))
        if found["next"] is not None:
            typer.echo(f"More: --after {found['next']}")
    else:
        recorded = "the beginning" if found["recorded_at"] is None else _moment(found["recorded_at"])
        held = "" if found["valid_at"] is None else f", as it holds on {found['valid_at']}"
        typer.echo(f"{ledger} as known at event {found['position']} ({recorded}){held}")
        printed(_view(view, found["shown"]))


def difference(
    first: Annotated[str, typer.Option("--from", help=f"How it was: {_INSTANT}.")],
    last: Annotated[str | None, typer.Option("--to", help=f"How it became: {_INSTANT}; else as it is now.")] = None,
    year: Annotated[int, typer.Option(help="The year whose cycle it is about.")] = 2024,
    subject: Subject = None,
    as_json: Json = False,  # noqa: FBT002
    url: Url = LOCAL,
    ledger: Ledger = "keha",
    token: Token = None,
    demo_account: As = None,
) -> None:
    """Show what differs between two instants: from what to what, by whom, by which command, at which events."""
    query = {"from": first, "to": last, "year": year, "subject": subject}
    found = _asked("difference", query, url, ledger, token, demo_account)
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
        return
    printed(_difference(found["changes"]))
    count = len(found["changes"])
    typer.echo(f"{count} {'change' if count == 1 else 'changes'} from event {found['from']} to event {found['to']}")


def _asked(what: str, query: dict[str, Any], url: str, ledger: str, token: str | None, account: str | None) -> Any:
    asked = {name: value for name, value in query.items() if value is not None}
    with signed_in(url, token, account) as client:
        found = answered(client.get(f"/api/v1/{ledger}/audit/{what}", params=asked))
    if found["unsealed"] is not None:
        typer.echo(f"Nothing more of this log is sealed, so it may be altered: {found['unsealed']}", err=True)
    return found


def _steps(steps: Sequence[dict[str, Any]]) -> Table:
    table = _table("#", "received", "event", "by", "command", "what changed", right=1)
    for each in steps:
        why = "" if each["cause"] is None else f"owed since {each['cause']}"
        by = Text(_who(each["actor"], each["acting_for"], each["role"]))
        lines = changes_of(each["board"])
        table.add_row(
            str(each["position"]),
            _moment(each["received_at"]),
            each["type"],
            by,
            Text("\n".join(filter(None, [each["command"], why]))),
            Text("\n".join(lines)),
        )
    return table


def _difference(changes: Sequence[dict[str, Any]]) -> Table:
    """What each is about on a line of its own, and below it a row a change."""
    table = _table("what", "from", "to", "by", "command", "events")
    last = None
    for each in changes:
        about, event = name_of(each), each["events"][-1]
        if about != last:
            table.add_row(Text(about, style="bold"))
        last = about
        positions = [one["position"] for one in each["events"]]
        table.add_row(
            Text(f"  {worded(each['what'])}"),
            value_of(each["what"], each["from"]),
            value_of(each["what"], each["to"]),
            Text(_who(event["by"], event["for"], event["role"])),
            event["command"],
            ", ".join(map(str, positions)) if len(positions) <= FEW else f"{positions[0]} … {positions[-1]}",
        )
    return table


def _view(view: View, shown: Any) -> Table:
    if view == "board":
        return board_table(shown)
    rows = shown["roles"] if view == "roles" else shown
    table = _table(*COLUMNS[view])
    for row in rows:
        said = {**(row.get("report") or {}), **row} if view == "items" else row
        table.add_row(*(value_of(name, said.get(name)) for name in COLUMNS[view]))
    return table


def _table(*headings: str, right: int = 0) -> Table:
    table = Table(box=None, padding=(0, 1))
    for number, heading in enumerate(headings):
        # The first column says what a row is about, and stays on one line.
        table.add_column(heading, justify="right" if number < right else "left", overflow="fold", no_wrap=number == 0)
    return table


def _who(person: str, acting_for: str | None, role: str | None) -> str:
    for_whom = "" if acting_for is None else f" for {acting_for}"
    return f"{person}{for_whom}" + ("" if role is None else f" ({role})")


def _moment(instant: str) -> str:
    return f"{datetime.fromisoformat(instant).astimezone(HELSINKI):%Y-%m-%d %H:%M}"
