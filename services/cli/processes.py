"""The separate processes of a production installation: migrate, api, worker, follow."""

import asyncio
import contextlib
import signal
from collections.abc import Coroutine, Iterator
from typing import Annotated, Any, TypeVar

import asyncpg
import typer
import uvicorn
from starlette.types import ASGIApp

from services.cli.failures import POSTGRES, CannotRun, unreachable_database
from services.cli.stack import stack
from services.eventstore import migrate as migrate_database
from services.identity import TokenVerifier
from services.log import configure_logging
from services.notify.mail_server import MailServer
from services.settings import Settings

T = TypeVar("T")


def configured(*, quiet: bool = False) -> Settings:
    """The settings of the environment, with the log set up as they say.

    `quiet` logs only warnings unless a level is set: where a person reads the story, not the log. Raises `CannotRun`.
    """
    settings = Settings()
    if settings.smtp_url is not None:
        try:
            MailServer.of(settings.smtp_url.get_secret_value())
        except ValueError:
            # Not quoted: it may hold a password.
            raise CannotRun("SMTP_URL is no address of a mail server, such as smtp://user:password@host:587.") from None
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


def run(job: Coroutine[Any, Any, T]) -> T | None:
    """Run a job until it ends. Told to stop (Ctrl-C, SIGTERM), it ends what it started, and the answer is None."""

    async def stoppable() -> T | None:
        task = asyncio.ensure_future(job)
        loop = asyncio.get_running_loop()
        for each in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(each, task.cancel)
        try:
            return await task
        except asyncio.CancelledError:
            return None

    return asyncio.run(stoppable())


def migrate() -> None:
    """Bring the database up to date; safe to run from several places at once. Needs DATABASE_OWNER_URL."""
    settings = configured()
    asyncio.run(_migrate(required(settings, "database_owner_url")))


async def _migrate(url: str) -> None:
    try:
        connection = await asyncpg.connect(url)
    except POSTGRES as error:
        raise unreachable_database("DATABASE_OWNER_URL", error) from error
    await connection.close()
    await migrate_database(url)


def api(
    host: Annotated[str | None, typer.Option(help="The address to listen on; else ETAPPI_HOST.")] = None,
    port: Annotated[int | None, typer.Option(help="The port; else ETAPPI_PORT.")] = None,
) -> None:
    """Serve the API and the pages. Commands are accepted also while Temporal is down."""
    settings = configured()
    issuer = required(settings, "oidc_issuer")
    required(settings, "public_url")

    async def serving() -> None:
        async with stack(settings, required(settings, "database_url"), required(settings, "temporal_address")) as parts:
            await parts.erase_again()
            verifier = TokenVerifier(issuer, settings.oidc_audience)
            service = parts.served(verifier, parts.api(verifier))
            await serve(service, host or settings.host, settings.port if port is None else port)

    run(serving())


class _Server(uvicorn.Server):
    """A server that leaves the signals to `run`."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


async def serve(app: ASGIApp, host: str, port: int) -> None:
    """Serve an app until cancelled; requests under way are answered first."""
    config = uvicorn.Config(app, host=host, port=port, log_config=None, access_log=False, server_header=False)
    server = _Server(config)
    task = asyncio.ensure_future(server.serve())
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        server.should_exit = True
        await task
        raise


def worker() -> None:
    """Run the workflows and their activities."""
    settings = configured()

    async def work() -> None:
        address = required(settings, "temporal_address")
        async with stack(settings, required(settings, "database_url"), address, wait_for_temporal=True) as parts:
            await parts.work()

    run(work())


def follow() -> None:
    """Run what follows the log: read models, identities, the doorbell to Temporal, notifications, the seal."""
    settings = configured()

    async def follow_on() -> None:
        async with stack(settings, required(settings, "database_url"), required(settings, "temporal_address")) as parts:
            await parts.erase_again()
            with parts.metrics_served():
                await parts.follow()

    run(follow_on())
