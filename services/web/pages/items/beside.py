"""A document in the page: a picture or a PDF as it is, text and tables of commas read on the server, up to a size."""

import csv
import io
import json
from collections.abc import Iterable
from http.client import OK
from typing import Any
from urllib.parse import quote

from starlette.responses import Response
from starlette.types import Message

from services.web.api import Problem
from services.web.page import Page, Pages
from services.web.passing import SAID, Headers, Passed

pages = Pages()
Shown = dict[str, Any]
INLINE = frozenset({"application/pdf", "image/png", "image/jpeg"})
"""What browsers show by themselves."""
READ = frozenset({"text/plain", "text/csv"})
MOST_BYTES = 100_000
"""As much of a text as is read into a page."""
MOST_ROWS = 500


async def beside(page: Page, documents: Iterable[Shown]) -> Shown | None:
    """The document that `?file=` asks for, with what is shown of it; None without one."""
    asked = page.asked("file")
    found = next((each for each in documents if asked and each["file"].get("commitment") == asked), None)
    if found is None:
        return None
    kind = found["file"]["media_type"]
    shown = {"document": found, "inline": kind in INLINE, "text": None, "table": None, "cut": False}
    if kind in READ:
        content = await _read(page, asked or "")
        text = content[:MOST_BYTES].decode("utf-8", "replace").removeprefix("\ufeff")
        rows = _rows(text) if kind == "text/csv" else None
        shown |= {
            "text": None if rows else text,
            "table": rows,
            "cut": len(content) > MOST_BYTES or len(rows or ()) == MOST_ROWS,
        }
    return shown


def _rows(text: str) -> list[list[str]]:
    """A table of the text, by the separator that its first line suggests; empty where it is none."""
    first = text.partition("\n")[0]
    separator = max(";,\t", key=first.count)
    try:
        found = [
            row for row, _ in zip(csv.reader(io.StringIO(text), delimiter=separator), range(MOST_ROWS), strict=False)
        ]
    except csv.Error:
        return []
    return [row for row in found if row]


async def _read(page: Page, commitment: str) -> bytes:
    """The beginning of a file. Raises `Problem`."""
    read, status = bytearray(), 200

    async def taken(message: Message) -> None:
        nonlocal status
        status = message.get("status", status)
        if len(read) <= MOST_BYTES:
            read.extend(message.get("body", b""))

    await page.asking.passed_on(_place(page, commitment), b"", page.request.scope, page.request.receive, taken)
    if status != OK:
        raise Problem(json.loads(read))
    return bytes(read)


def _place(page: Page, commitment: str) -> str:
    return f"{page.ledger}/files/{quote(commitment, safe='')}"


def _headers(headers: Headers) -> Headers:
    """What says what is sent; the rest is the pages' own. `attachment` becomes `inline` for what browsers show."""
    held = dict(headers)
    kind = held.get(b"content-type", b"").partition(b";")[0].decode()
    for name in SAID & held.keys():
        inline = name == b"content-disposition" and kind in INLINE
        yield name, held[name].replace(b"attachment", b"inline", 1) if inline else held[name]


@pages.get("/{ledger}/files/{commitment}")
async def file(page: Page) -> Response:
    """A document, for those who may read what names it."""
    return Passed(page, _place(page, page.part("commitment")), headers=_headers)


__all__ = ["beside", "pages"]
