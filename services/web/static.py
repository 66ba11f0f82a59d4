"""What browsers fetch besides pages: styles, scripts, fonts, icons.

Their address has a hash of them all in it, so that browsers keep them for a year, and a file finds its neighbours by
their names: the style sheet its fonts, the pages the icons. All of it lies in memory, packed once.
"""

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router

FOLDER = Path(__file__).parent / "static"
MOUNTED = "/static"
"""Where the app mounts `files()`."""
_TYPES: Mapping[str, str] = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}
"""What is served; anything else in the folder, such as licences, is not."""
_YEAR = "public, max-age=31536000, immutable"
_DIGITS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Static:
    """A file as it is sent."""

    type: str
    content: bytes
    packed: bytes
    """The same in gzip; of a font, which is packed already, the content itself."""


def _read() -> Mapping[str, Static]:
    found = {}
    for path in sorted(FOLDER.rglob("*")):
        if path.suffix in _TYPES:
            content = path.read_bytes()
            packed = content if path.suffix == ".woff2" else gzip.compress(content, 9, mtime=0)
            name = path.relative_to(FOLDER).as_posix()
            found[name] = Static(type=_TYPES[path.suffix], content=content, packed=packed)
    return found


_FILES = _read()
VERSION = hashlib.sha256(
    b"".join(name.encode() + hashlib.sha256(each.content).digest() for name, each in _FILES.items())
).hexdigest()[:_DIGITS]
"""Of all files together."""


def address(name: str) -> str:
    """Where a file is fetched from: `address("etappi.css")`. Raises `KeyError` for one that isn't there."""
    _FILES[name]
    return f"{MOUNTED}/{VERSION}/{name}"


def files() -> Router:
    """The app that sends them. A page from before an update gets the present file, but doesn't keep it."""
    return Router([Route("/{version}/{name:path}", _send)], redirect_slashes=False)


async def _send(request: Request) -> Response:
    file = _FILES.get(request.path_params["name"])
    if file is None:
        raise HTTPException(404)
    headers = {"Cache-Control": _YEAR if request.path_params["version"] == VERSION else "no-cache"}
    content = file.content
    if file.packed is not file.content:
        headers["Vary"] = "Accept-Encoding"
        if "gzip" in request.headers.get("accept-encoding", ""):
            headers["Content-Encoding"] = "gzip"
            content = file.packed
    return Response(content, media_type=None, headers={**headers, "Content-Type": file.type})


__all__ = ["FOLDER", "MOUNTED", "VERSION", "Static", "address", "files"]
