"""The separate processes of a production installation: migrate, api, worker, follow."""

import asyncio
import signal
from collections.abc import Coroutine
from typing import Annotated, Any

import typer
import uvicorn

from services.cli.stack import Stack, stack
from services.eventstore import migrate as migrate_database
from services.identity import TokenVerifier
from services.log import configure_logging
from services.settings import Settings


def configured(*, quiet: bool = False) -> Settings:
    """The settings of the environment, with the log set up as they say.

    `quiet` logs only warnings unless a level is set: where a person reads the story, not the log.
    """
    settings = Settings()
    level = "WARNING" if quiet and "log_level" not in settings.model_fields_set else settings.log_level
    configure_logging(settings.log_format, level)
    return settings


def required(settings: Settings, field: str) -> str:
    """A setting without which a process can't run; says so and ends where it is missing."""
    value = getattr(settings, field)
    if value is None:
        name = Settings.model_fields[field].validation_alias
        typer.echo(f"{name} isn't set. {Settings.model_fields[field].description}", err=True)
        raise typer.Exit(2)
    return str(value)


def run(job: Coroutine[Any, Any, None]) -> None:
    """Run a process's job until it ends, or until it is told to stop (Ctrl-C, SIGTERM)."""

    async def stoppable() -> None:
        task = asyncio.ensure_future(job)
        loop = asyncio.get_running_loop()
        for each in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(each, task.cancel)
        try:
            await task
        except asyncio.CancelledError:
            return

    asyncio.run(stoppable())


def migrate() -> None:
    """Bring the database up to date; safe to run from several places at once. Needs DATABASE_OWNER_URL."""
    settings = configured()
    asyncio.run(_migrate(required(settings, "database_owner_url")))


async def _migrate(url: str) -> None:
    await migrate_database(url)


def api(
    host: Annotated[str | None, typer.Option(help="The address to listen on; else ETAPPI_HOST.")] = None,
    port: Annotated[int | None, typer.Option(help="The port; else ETAPPI_PORT.")] = None,
) -> None:
    """Serve the API. Commands are accepted also while Temporal is down."""
    settings = configured()
    issuer = required(settings, "oidc_issuer")

    async def serve() -> None:
        async with stack(settings, required(settings, "database_url"), required(settings, "temporal_address")) as parts:
            verifier = TokenVerifier(issuer, settings.oidc_audience)
            await server(parts, verifier, host or settings.host, port or settings.port).serve()

    asyncio.run(serve())


def server(parts: Stack, verifier: TokenVerifier, host: str, port: int) -> uvicorn.Server:
    """A server of the API, not yet started."""
    config = uvicorn.Config(
        parts.api(verifier), host=host, port=port, log_config=None, access_log=False, server_header=False
    )
    return uvicorn.Server(config)


def worker() -> None:
    """Run the workflows and their activities."""
    settings = configured()

    async def work() -> None:
        address = required(settings, "temporal_address")
        async with stack(settings, required(settings, "database_url"), address, wait_for_temporal=True) as parts:
            await parts.work()

    run(work())


def follow() -> None:
    """Run what follows the log: read models, identities, the doorbell to Temporal, notifications."""
    settings = configured()

    async def follow_on() -> None:
        async with stack(settings, required(settings, "database_url"), required(settings, "temporal_address")) as parts:
            await parts.follow()

    run(follow_on())
