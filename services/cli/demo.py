"""`etappi up` and `etappi demo`: everything in one process on embedded servers, with the demo year."""

import contextlib
import json
import shutil
import socket
import tempfile
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import httpx2
import typer
from rich.table import Table

from services.attestation import attestations
from services.cli.demo_folder import demo_folder
from services.cli.failures import CannotRun
from services.cli.processes import configured, run, serve
from services.cli.screen import Screen
from services.cli.stack import Stack, stack, together
from services.cli.tables import lights, lights_table
from services.demo.clock import Clock
from services.demo.desk import Desk
from services.demo.figures import count
from services.demo.people import MEMBERS
from services.demo.play import LEDGER, Played, open_ledger, play
from services.demo.provider import AGREEMENT, demo_provider
from services.demo.stage import HELSINKI, Story
from services.demo.year import REST, UNTIL_JUNE, Stage
from services.eventstore import catch_up, migrate
from services.identity.demo import DemoProvider
from services.local import TemporalServer, embedded_postgres, embedded_temporal
from services.settings import Settings
from services.workflows.ring import SEARCH_ATTRIBUTES
from services.workflows.settle import next_owed, settle

DEFAULT_PORT = 8000
ELSEWHERE = {
    "database_url": "DATABASE_URL",
    "temporal_address": "TEMPORAL_ADDRESS",
}
OUTSIDE = ("evidence_url", "seal_key", "seal_key_file", "seal_url", "seal_copies_url", "timestamp_url")
"""What the demo has in its own folder instead: it writes nothing to an installation's stores, and signs as itself."""


def embedded_only(settings: Settings, command: str) -> None:
    """Refuse to play the demo where an installation of one's own is named. Raises `CannotRun`."""
    named = [name for field, name in ELSEWHERE.items() if getattr(settings, field) is not None]
    if named:
        raise CannotRun(
            f"{' and '.join(named)} {'is' if len(named) == 1 else 'are'} set, but `etappi {command}` plays a demo on "
            f"embedded servers only. Unset {'it' if len(named) == 1 else 'them'} for the demo; for your own "
            "installation run `etappi migrate`, then `etappi api`, `etappi worker` and `etappi follow`."
        )


@contextlib.asynccontextmanager
async def running(settings: Settings, folder: Path, screen: Screen) -> AsyncIterator[tuple[Stack, TemporalServer]]:
    """Everything on embedded servers in a folder: followers and a worker run beside the body."""
    async with contextlib.AsyncExitStack() as servers:
        with screen.waiting("Postgres"):
            postgres = await servers.enter_async_context(embedded_postgres(folder / "postgres"))
            await migrate(postgres.owner)
        with screen.waiting("Temporal"):
            temporal = await servers.enter_async_context(embedded_temporal(folder / "temporal", SEARCH_ATTRIBUTES))
        own = dict.fromkeys(OUTSIDE) | {
            "data": folder,
            "database_owner_url": postgres.owner,
            "temporal_ui_url": temporal.ui_url,
        }
        local = settings.model_copy(update=own)
        parts = await servers.enter_async_context(stack(local, postgres.app, temporal.address, wait_for_temporal=True))
        await parts.erase_again()
        await servers.enter_async_context(together(parts.follow(), parts.work()))
        yield parts, temporal


async def play_stages(parts: Stack, idp: DemoProvider, stages: tuple[Stage, ...], screen: Screen) -> Played:
    """Play stages from an empty database on, telling the story."""
    attesting = attestations(parts.handler, parts.readmodels)

    async def settled() -> None:
        await settle(parts.client, parts.handler, LEDGER, pool=parts.pool)
        await catch_up(parts.pool, attesting, LEDGER)

    clock = Clock(parts.handler, LEDGER, settled, lambda: next_owed(parts.handler, LEDGER))
    await open_ledger(parts.handler, clock, idp.issuer)
    transport = httpx2.ASGITransport(app=parts.api(idp.verifier()))
    async with httpx2.AsyncClient(transport=transport, base_url="http://etappi", timeout=60) as client:
        tokens: dict[str, str] = {member.account: idp.token(member.account) for member in MEMBERS}
        desk = Desk(client, LEDGER, tokens.__getitem__)
        story = Story(
            desk=desk,
            advance=clock.advance,
            tell=lambda line: screen.say(f"  {_day(story.now)}  {line}"),
            agreement_file=AGREEMENT.read_bytes(),
            issuer=idp.issuer,
        )
        played = await play(story, stages, lambda name: screen.say(f"[bold]{name}[/]"))
    await settled()
    for subscription in parts.subscriptions():
        await catch_up(parts.pool, subscription, LEDGER)
    return played


def demo(
    *, as_json: Annotated[bool, typer.Option("--json", help="Print the figures as one JSON object, last line.")] = False
) -> None:
    """Play the reporting year 2024 on a real Postgres and a real Temporal, and show what came of it."""
    settings = configured(quiet=True)
    embedded_only(settings, "demo")
    screen = Screen()
    folder = Path(tempfile.mkdtemp(prefix="etappi-demo-"))
    folder.chmod(0o755)
    try:
        figures = run(_demo(settings, folder, screen))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if figures is None:
        raise typer.Exit(1)
    if as_json:
        typer.echo(json.dumps(figures))


async def _demo(settings: Settings, folder: Path, screen: Screen) -> dict[str, Any]:
    async with running(settings, folder, screen) as (parts, _):
        idp = demo_provider("http://etappi/idp")
        played = await play_stages(parts, idp, UNTIL_JUNE + REST, screen)
        figures = await _figures(parts, played, screen)
        screen.say()
        screen.console.print(lights_table(figures["lights"]))
        screen.say(
            f"{figures['events']} events, {figures['evidence']} documents, {figures['signoffs']} sign-offs, "
            f"{figures['returns']} returns, {figures['reminders']} reminders, {figures['escalations']} escalations, "
            f"{figures['refused']} refusals, {figures['attested']['views']} attested views; {figures['seconds']} s"
        )
        return figures


async def _figures(parts: Stack, played: Played, screen: Screen) -> dict[str, Any]:
    """The figures of the played year, counted from the log; the board's from the same code as the live one."""
    rows = [row async for row in parts.store.stream_all(LEDGER)]
    figures = count(rows)
    return {
        "events": figures.events,
        "targets": figures.counts["targets"],
        "milestones": figures.counts["milestones"],
        "indicators": figures.counts["indicators"],
        "reported": {"with_light": len(figures.lit), "not_assessable": len(figures.unlit)},
        "evidence": figures.counts["evidence"],
        "signoffs": figures.counts["signoffs"],
        "returns": figures.counts["returns"],
        "late": figures.counts["late"],
        "late_units": figures.late_units,
        "refused": played.desk.refused.total(),
        "refusals": dict(played.desk.refused),
        "reminders": figures.counts["reminders"],
        "escalations": figures.counts["escalations"],
        "lights": lights(rows),
        "stages": [{"name": name, "at": at.isoformat()} for name, at in played.stages],
        "attested": {"views": figures.counts["attested"], "replayed": figures.counts["replayed"]},
        "replay_equals_live": (await parts.readmodels.replay_differs(LEDGER)).value is None,
        "log_contiguous": figures.contiguous,
        "duplicates": figures.duplicates,
        "seconds": round(screen.seconds, 1),
    }


def up(
    port: Annotated[int | None, typer.Option(help="The port to serve on; else ETAPPI_PORT, else 8000.")] = None,
) -> None:
    """Run everything in one process on embedded servers, with the demo year played to 10 June 2025."""
    settings = configured(quiet=True)
    embedded_only(settings, "up")
    screen = Screen()
    run(_up(settings, port, screen))
    screen.say("Stopped. `etappi up` goes on where this left off.")


async def _up(settings: Settings, port: int | None, screen: Screen) -> None:
    with demo_folder(settings.data.resolve()) as folder:
        chosen = free_port(settings.host, settings.port if port is None else port, wanted=port is not None)
        if folder.issuer is None:
            folder.begin()
        issuer = folder.issuer or f"http://{settings.host}:{chosen}/idp"
        async with running(settings, folder.path, screen) as (parts, temporal):
            idp = demo_provider(issuer)
            idp.refuse_real(await parts.store.ledgers())
            if folder.issuer is None:
                screen.say("First start: the year 2024 is played through the API, up to 10 June 2025.")
                await play_stages(parts, idp, UNTIL_JUNE, screen)
                folder.played(issuer)
            await _serve(parts, idp, temporal, settings.host, chosen, screen)


async def _serve(
    parts: Stack, idp: DemoProvider, temporal: TemporalServer, host: str, port: int, screen: Screen
) -> None:
    app = parts.served(idp.verifier(), idp.beside(parts.api(idp.verifier())), idp.client())
    url = "" if port == DEFAULT_PORT else f" --url http://{host}:{port}"
    screen.say()
    screen.say(f"[bold]Etappi[/] is ready after {screen.seconds:.0f} s at [bold]http://{host}:{port}[/]")
    screen.say(f"  Pages        http://{host}:{port} (one click a person)")
    screen.say(f"  API          http://{host}:{port}/api/v1/openapi.json")
    screen.say(f"  Temporal     {temporal.ui_url}")
    screen.say(f"  Tokens       http://{host}:{port}/idp/")
    screen.console.print(_accounts())
    screen.say(f"  Try: .venv/bin/etappi board --as {MEMBERS[-5].account}{url}      Ctrl-C stops it.")
    await serve(app, host, port)


def _accounts() -> Table:
    table = Table(title="Demo accounts: made-up people", title_justify="left", box=None, padding=(0, 2))
    for heading in ("account", "name", "roles"):
        table.add_column(heading)
    for member in MEMBERS:
        roles = ", ".join(f"{role}{'' if unit is None else f' ({unit})'}" for role, unit in member.roles)
        table.add_row(member.account, member.name, roles or "administrator")
    return table


def free_port(host: str, port: int, *, wanted: bool) -> int:
    """The port if it is free; else another one, unless just this one was wanted."""
    for candidate in (port, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, candidate))
            except OSError:
                if wanted:
                    typer.echo(f"Port {port} of {host} is taken.", err=True)
                    raise typer.Exit(1) from None
                continue
            return int(probe.getsockname()[1])
    raise RuntimeError("no port is free")


def _day(moment: datetime) -> str:
    return moment.astimezone(HELSINKI).strftime("%d.%m.%Y")
