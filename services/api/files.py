"""Upload a file, so that a command may name it; download one that the log names."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from domain.agreement import FOLD as AGREEMENT
from domain.calendar import day_of
from domain.erasures import FOLD as ERASURE
from domain.events.access import Look
from domain.events.erasure import DisclosuresErased
from domain.item import FOLD as ITEM
from domain.item import accountable
from domain.late_completion import FOLD as SUBJECT
from domain.organisation import FOLD as ORGANISATION
from domain.report import contributing
from domain.round import FOLD as ROUND
from domain.values import SubjectId, UnitId
from domain.view import View
from projections.reading import body
from services.api.addresses import PREFIX, Commitment, Key, Ledger
from services.api.callers import Caller, Callers
from services.api.looks import Looks
from services.api.parts import Parts
from services.api.problems import READS, WRITES, Refusal
from services.api.raw import announced, pieces
from services.api.reading import Reader, reader_of
from services.api.revisions import revisions
from services.api.rules import Entry, Sight, known_of, sight, subject_of
from services.eventstore.erased import ErasedBy
from services.evidence import Manifest, Reused, Upload, UploadRefused

_STATUS = {"file-too-big": 413, "upload-cut-off": 400, "file-type-not-taken": 415}


class Uploaded(BaseModel):
    """A stored file. Commands name it by `file`; unused it goes after 24 hours."""

    model_config = ConfigDict(extra="forbid")

    file: str
    sha256: str
    size: int
    media_type: str
    name: str = Field(description="As it was uploaded.")


def routes(parts: Parts, callers: Callers, looks: Looks) -> APIRouter:
    """POST /{ledger}/files, GET /{ledger}/files/{commitment}."""
    router = APIRouter(tags=["files"], prefix=PREFIX)

    @router.post(
        "/{ledger}/files",
        operation_id="upload-file",
        responses=WRITES | {415: WRITES[422]},
        openapi_extra={
            "requestBody": {
                "required": True,
                "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
            }
        },
    )
    async def upload(
        request: Request,
        ledger: Ledger,
        key: Key,
        caller: Annotated[Caller, Depends(callers)],
        name: Annotated[str, Query(min_length=1, max_length=200, description="The file's name with its extension.")],
    ) -> Uploaded:
        """Store a file. Taken are pdf, png, jpeg, docx, xlsx, pptx, odt, ods, csv and txt; content is checked."""
        await reader_of(parts, caller)
        coming = Upload(
            ledger=ledger,
            uploader=caller.person,
            key=key,
            name=name,
            media_type=request.headers.get("content-type"),
            length=announced(request),
        )
        try:
            taken = await parts.evidence.take(coming, pieces(request))
        except UploadRefused as refused:
            status = _STATUS.get(refused.code, 422)
            raise Refusal(status, refused.code, str(refused), field="file", mend=refused.mend) from refused
        except Reused:
            raise Refusal(
                409,
                "key-reused",
                "This Idempotency-Key was used for another file.",
                field="Idempotency-Key",
                rule="case 24",
                mend="Take a new key for a new upload.",
            ) from None
        return Uploaded(
            file=taken.object, sha256=taken.sha256, size=taken.size, media_type=taken.media_type, name=taken.name
        )

    @router.get(
        "/{ledger}/files/{commitment}",
        operation_id="download-file",
        response_class=StreamingResponse,
        responses=READS | {200: {"description": "The file.", "content": {"application/octet-stream": {}}}},
    )
    async def download(
        ledger: Ledger, commitment: Commitment, caller: Annotated[Caller, Depends(callers)]
    ) -> StreamingResponse:
        """A file that the log names, for those who may read what names it; its hash is checked on the way."""
        reader = await reader_of(parts, caller)
        manifest, stream = await _named(parts, reader, ledger, commitment)
        content = await parts.evidence.content(manifest)
        subject = subject_of(stream)
        about = None if subject is None else frozenset({subject})
        await looks.record(caller, reader, Look.READ, f"file/{commitment}", subjects=about)
        return StreamingResponse(
            content,
            media_type=manifest.media_type,
            headers={
                "Content-Length": str(manifest.size),
                "Content-Disposition": f"attachment; filename*=UTF-8''{quote(manifest.name, safe='')}",
                "X-Content-Type-Options": "nosniff",
                "Cache-Control": "private, no-store",
            },
        )

    return router


async def _named(parts: Parts, reader: Reader, ledger: str, commitment: str) -> tuple[Manifest, str]:
    """The manifest of a file, and the stream whose events give the reader the right to it."""
    key = bytes.fromhex(commitment)
    opened = await parts.store.disclosures(ledger, [key])
    by = None if opened else (await parts.store.erased_by(ledger, [key])).get(key)
    streams = await parts.evidence.streams(ledger, key) or await _named_once(parts, ledger, key, by)
    if not streams:
        raise Refusal(404, "unknown-file", "No event names this file.", field="commitment")
    for stream in streams:
        if await _may_read(parts, reader, stream, commitment):
            break
    else:
        raise Refusal(403, "not-permitted", "You may not read what this file belongs to.")
    value: Any = opened[key][1] if key in opened else None
    if isinstance(value, Mapping):
        return Manifest(**value), stream
    if by is None:
        raise Refusal(
            404,
            "file-missing",
            "This file can't be opened, and no erasure took it.",
            field="commitment",
            mend="Tell those who run the installation.",
        )
    raise Refusal(
        404, "file-erased", f"This file was erased on {day_of(by.at)}, by the erasure {by.erasure}.", field="commitment"
    )


async def _named_once(parts: Parts, ledger: str, key: bytes, by: ErasedBy | None) -> Sequence[str]:
    """The streams that name a file which is erased; none where it isn't."""
    if by is None:
        return ()
    if by.position is None:
        # A restore lost the erasure's events, so no stream was told.
        return tuple(await parts.store.untold(ledger, [key]))
    erasure = await parts.handler.read(ledger, lambda view: view.get(ERASURE, by.erasure))
    return [place.of for place in erasure.proposed.places if key.hex() in place.commitments]


async def _may_read(parts: Parts, reader: Reader, stream: str, commitment: str) -> bool:
    """Whether an event of the stream that names the file may be read whole, or a revision with it was delivered."""
    rows = await parts.store.read_streams(reader.ledger, {stream: 0})
    place = stream.split("/")
    if place[0] == "item":
        found = revisions(place[1], SubjectId(place[2]), rows)
        if any(each.delivered and any(one.file == commitment for one in each.content.evidence) for each in found):
            return True
    units = await _units(parts, reader, place)
    entries = [
        Entry(position=row.position, stream=stream, type=row.type, unit=unit, said=body(row))
        for unit in units
        for row in rows
        if commitment.encode() in row.body and row.type != DisclosuresErased.type
    ]
    known = await known_of(parts, reader.ledger, entries)
    return any(sight(reader, entry, known) is Sight.WHOLE for entry in entries)


async def _units(parts: Parts, reader: Reader, place: list[str]) -> tuple[UnitId | None, ...]:
    """The unit that is accountable today for what a stream is about, and those that help with it."""

    def question(view: View) -> tuple[UnitId | None, ...]:
        match place:
            case ["item", round_id, name]:
                state, subject = view.get(ROUND, round_id), SubjectId(name)
                version = None if state.opened is None else state.opened.version
                helping = contributing(view, round_id, view.get(AGREEMENT, version), subject, reader.today)
                item = view.get(ITEM, round_id, subject)
                return (accountable(item, state.scope[subject].unit, reader.today), *helping)
            case ["subject", subject]:
                late, organisation = view.get(SUBJECT, subject).recorded, view.get(ORGANISATION)
                return (None if late is None else organisation.successor_for(late.year, late.unit, reader.today),)
            case _:
                return (None,)

    units: tuple[UnitId | None, ...] = await parts.handler.read(reader.ledger, question)
    return units
