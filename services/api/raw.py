"""Bodies as they come in: read whole up to a limit, or passed on piece by piece."""

from collections.abc import AsyncIterator

from fastapi import Request
from starlette.requests import ClientDisconnect

from services.api.problems import Refusal

COMMAND_BYTES = 4 * 1024 * 1024
"""The largest command: an agreement of four hundred pages is smaller."""


def announced(request: Request) -> int | None:
    """How many bytes the client said it sends."""
    length = request.headers.get("content-length", "")
    return int(length) if length.isascii() and length.isdigit() else None


async def whole(request: Request, limit: int = COMMAND_BYTES) -> bytes:
    """The body. Refusals: `body-too-large`, `body-cut-off`."""
    length = announced(request)
    if length is not None and length > limit:
        raise _too_large(limit)
    body = bytearray()
    async for chunk in pieces(request):
        body += chunk
        if len(body) > limit:
            raise _too_large(limit)
    if length is not None and length != len(body):
        raise cut_off()
    return bytes(body)


async def pieces(request: Request) -> AsyncIterator[bytes]:
    """The body piece by piece. Refusals: `body-cut-off`."""
    try:
        async for chunk in request.stream():
            yield chunk
    except ClientDisconnect:
        raise cut_off() from None


def cut_off() -> Refusal:
    """The client went away, or sent less than it said."""
    return Refusal(400, "body-cut-off", "The body didn't come whole.", mend="Send it again.")


def _too_large(limit: int) -> Refusal:
    return Refusal(413, "body-too-large", f"A body has at most {limit} bytes.")
