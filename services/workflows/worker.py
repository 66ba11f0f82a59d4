"""The worker: runs the workflows and their activities. Any number of them may run; they share nothing but the log."""

import asyncio
from datetime import timedelta
from functools import cache

import structlog
from temporalio.client import Client
from temporalio.common import VersioningBehavior, WorkerDeploymentVersion
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.runtime import LoggingConfig, Runtime, TelemetryConfig
from temporalio.service import TLSConfig
from temporalio.worker import Worker, WorkerDeploymentConfig

from services.commands import Handler
from services.settings import Settings
from services.workflows.activities import Activities
from services.workflows.ring import TASK_QUEUE, WORKFLOWS

GRACE = timedelta(seconds=10)
LONGEST_PAUSE_SECONDS = 30.0

_log = structlog.get_logger(__name__)


@cache
def _runtime() -> Runtime:
    """The SDK's core with its log: what it warns of (a bell that rang twice) the loop takes care of itself."""
    return Runtime(telemetry=TelemetryConfig(logging=LoggingConfig(filter="ERROR")))


async def connect(settings: Settings, address: str | None = None, *, lazy: bool = False) -> Client:
    """A client of Temporal as the settings name it, or of an embedded one at `address`.

    A lazy client connects at its first use, so the API and the doorbell start while Temporal is down. A worker needs
    one that is connected: without `lazy` this waits until Temporal answers.
    """
    where = address or settings.temporal_address
    if where is None:
        raise ValueError("TEMPORAL_ADDRESS isn't set, and no embedded server was named")
    tls: bool | TLSConfig = settings.temporal_tls
    ca, certificate, key = (
        None if path is None else path.read_bytes()
        for path in (
            settings.temporal_tls_server_ca,
            settings.temporal_tls_client_certificate,
            settings.temporal_tls_client_key,
        )
    )
    if ca or certificate:
        tls = TLSConfig(server_root_ca_cert=ca, client_cert=certificate, client_private_key=key)
    api_key = settings.temporal_api_key
    pause = 0.5
    while True:
        try:
            return await Client.connect(
                where,
                runtime=_runtime(),
                namespace=settings.temporal_namespace,
                api_key=None if api_key is None else api_key.get_secret_value(),
                tls=tls or api_key is not None,
                data_converter=pydantic_data_converter,
                lazy=lazy,
            )
        except RuntimeError as error:
            # What the client raises when nobody is there; its message says why.
            _log.warning("Temporal isn't reached", address=where, error=str(error), pause=pause)
        await asyncio.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE_SECONDS)


def make_worker(client: Client, handler: Handler, task_queue: str = TASK_QUEUE, build: str | None = None) -> Worker:
    """A worker that isn't started yet.

    `build` names this build where Temporal's worker versioning is used: a running workflow goes over to the current
    build with its next task, which the replay of stored histories in the tests and `workflow.patched` keep safe.
    """
    deployment = WorkerDeploymentConfig(
        version=WorkerDeploymentVersion(deployment_name="etappi", build_id=build or ""),
        use_worker_versioning=True,
        default_versioning_behavior=VersioningBehavior.AUTO_UPGRADE,
    )
    return Worker(
        client,
        task_queue=task_queue,
        workflows=list(WORKFLOWS.values()),
        activities=Activities(handler).all(),
        graceful_shutdown_timeout=GRACE,
        deployment_config=deployment if build else None,
    )


async def run_worker(client: Client, handler: Handler, task_queue: str = TASK_QUEUE, build: str | None = None) -> None:
    """Work until cancelled; what is under way then is finished, or tried again by another worker."""
    await make_worker(client, handler, task_queue, build).run()
