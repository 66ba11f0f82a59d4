"""The first thing that a request meets: when it was received, its id, what is logged and counted of it."""

import time
import uuid
from collections.abc import Callable
from datetime import datetime

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.api.metrics import Metrics

Failed = Callable[[str, Exception], ASGIApp]

_log = structlog.get_logger(__name__)


class Intake:
    """ASGI middleware. `now` is asked at the very start: that instant alone decides what is late."""

    def __init__(self, app: ASGIApp, now: Callable[[], datetime], metrics: Metrics, failed: Failed) -> None:
        """Wrap `app`. `failed` answers what nothing else did."""
        self._app = app
        self._now = now
        self._metrics = metrics
        self._failed = failed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take one request in."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun, state = time.perf_counter(), scope.setdefault("state", {})
        # A page that asks on behalf of its reader says when it was asked itself: no header can say that.
        state.setdefault("received_at", self._now())
        request_id = state.setdefault("request_id", str(uuid.uuid4()))
        status, begun_to_answer = 500, False

        async def answer(message: Message) -> None:
            nonlocal status, begun_to_answer
            if message["type"] == "http.response.start":
                begun_to_answer = True
                status = message["status"]
                message = {**message, "headers": [*message["headers"], (b"x-request-id", request_id.encode())]}
            await send(message)

        with structlog.contextvars.bound_contextvars(request=request_id):
            try:
                await self._app(scope, receive, answer)
            except Exception as error:
                if begun_to_answer:
                    raise  # The connection breaks off, so that nobody takes a part for the whole.
                await self._failed(request_id, error)(scope, receive, answer)
            finally:
                structlog.contextvars.unbind_contextvars("ledger", "person")
                seconds = time.perf_counter() - begun
                operation = getattr(scope.get("route"), "operation_id", None) or "none"
                self._metrics.requests.labels(operation, str(status)).inc()
                self._metrics.seconds.labels(operation).observe(seconds)
                level = "debug" if operation in ("healthz", "readyz", "metrics") else "info"
                getattr(_log, level)(
                    "request", operation=operation, status=status, seconds=round(seconds, 4), **_about(scope)
                )


def _about(scope: Scope) -> dict[str, str]:
    """What the request was about, in opaque ids: names and texts are never logged."""
    state = scope.get("state", {})
    return {key: str(state[key]) for key in ("ledger", "person") if key in state}
