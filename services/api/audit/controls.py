"""The tests of the internal controls over HTTP: C01 to C19 over the log as it lies there, for a cycle or all.

Only for auditors whose engagement in force covers the whole ledger; that they test is recorded
before the answer is sent.
"""

import asyncio
from hashlib import sha256
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Response

from domain.events.access import Look
from domain.organisation import FOLD as ORGANISATION
from domain.organisation import Organisation
from domain.values import FIRST_YEAR, LAST_YEAR, Digest
from services.api.addresses import PREFIX, Ledger
from services.api.audit.engaged import covering, engaged
from services.api.callers import Caller, Callers
from services.api.looks import Looks
from services.api.parts import Parts
from services.api.problems import READS, Refusal
from services.api.reading import Reader, reader_of
from services.controls.live import ControlTester
from services.controls.render import Format, written

AT_ONCE = 1
"""How many tests a process runs side by side: each takes a core."""
MEDIA_TYPES: dict[Format, str] = {
    "json": "application/json",
    "text": "text/plain; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_CONTENT: dict[str, Any] = {each.partition(";")[0]: {"schema": {}} for each in MEDIA_TYPES.values()}


def routes(parts: Parts, callers: Callers, looks: Looks, tester: ControlTester) -> APIRouter:
    """GET /{ledger}/audit/controls."""
    router = APIRouter(tags=["audit"], prefix=PREFIX + "/{ledger}/audit")
    places = asyncio.Semaphore(AT_ONCE)

    @router.get(
        "/controls",
        operation_id="test-controls",
        response_class=Response,
        responses=READS | {200: {"description": "What the controls found.", "content": _CONTENT}},
    )
    async def controls(
        ledger: Ledger,
        caller: Annotated[Caller, Depends(callers)],
        cycle: Annotated[
            int | None, Query(ge=FIRST_YEAR, le=LAST_YEAR, description="The year; without it all together.")
        ] = None,
        form: Annotated[Format, Query(alias="format")] = "json",
        files: Annotated[
            Literal["hashed", "untested"],
            Query(description="Whether the stored files are read and hashed again (C04)."),
        ] = "hashed",
    ) -> Response:
        """Test each control: cases, passes, exceptions with the events that show them, the rule that it rests on."""
        reader = engaged(await reader_of(parts, caller))
        covering(reader, None)
        await _known(parts, reader, cycle)
        async with places:
            found = await tester.test(ledger, cycle, files=files == "hashed")
        content = await asyncio.to_thread(
            written, form, found.results, ledger=ledger, as_of=found.as_of, events=found.events
        )
        about = "all" if cycle is None else str(cycle)
        await looks.record(caller, reader, Look.CONTROLS, f"controls/{about}", Digest(sha256(content).hexdigest()))
        headers = {"Cache-Control": "private, no-store"}
        if form == "xlsx":
            headers["Content-Disposition"] = f'attachment; filename="controls-{ledger}-{about}.xlsx"'
        return Response(content, media_type=MEDIA_TYPES[form], headers=headers)

    return router


async def _known(parts: Parts, reader: Reader, cycle: int | None) -> None:
    organisation: Organisation = await parts.handler.read(reader.ledger, lambda view: view.get(ORGANISATION))
    if cycle is not None and cycle not in organisation.years:
        raise Refusal(
            404,
            "unknown-cycle",
            f"No version of the agreement in force binds {cycle}.",
            field="cycle",
            mend="Name a year that one binds, or leave it out.",
        )
