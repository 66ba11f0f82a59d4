"""What an auditor takes home: a bundle, made on the spot, of what their engagement in force covers."""

import asyncio
import base64
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, BinaryIO

from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse

from domain.access import access_ledger
from domain.events.access import Look
from domain.events.disclosed import commitments
from domain.events.envelope import Row
from domain.organisation import FOLD as ORGANISATION
from domain.values import Digest, RoundKind, SubjectId
from domain.view import View, fact_of
from projections.reading import body
from services.api.addresses import PREFIX, Ledger
from services.api.audit.scopes import Asked, check_known, scope_asked
from services.api.callers import Caller, Callers
from services.api.looks import Looks, scope
from services.api.parts import Parts
from services.api.problems import READS, RETRY_SECONDS, Refusal
from services.api.reading import Reader, reader_of
from services.api.rules import Entry, Sight, hidden, known_of, sight
from services.bundles import (
    BundleMaker,
    BundleUnsound,
    NoSuchCheckpoint,
    NothingSealed,
    NotSealedYet,
    Reading,
    Wanted,
    Withheld,
)
from services.eventstore.read import LogBroken
from verifier.container import TooLarge
from verifier.scope import Period, Sample, Scope

AT_ONCE = 2
"""How many bundles a process makes side by side; whoever comes then waits."""
_CHUNK = 1 << 18


def routes(parts: Parts, callers: Callers, looks: Looks, maker: BundleMaker) -> APIRouter:
    """GET /{ledger}/audit/bundle."""
    router = APIRouter(tags=["audit"], prefix=PREFIX + "/{ledger}/audit")
    places = asyncio.Semaphore(AT_ONCE)

    @router.get(
        "/bundle",
        operation_id="take-bundle",
        response_class=StreamingResponse,
        responses=READS | {200: {"description": "The bundle.", "content": {"application/zip": {}}}},
    )
    async def bundle(
        ledger: Ledger, asked: Annotated[Asked, Query()], caller: Annotated[Caller, Depends(callers)]
    ) -> StreamingResponse:
        """Events, words, files and their proof in one file (docs/bundle-format.md), which Python alone verifies.

        For auditors whose engagement in force covers all of it. That it was taken is recorded before the first byte.
        """
        reader = await reader_of(parts, caller)
        async with places:
            file = await asyncio.to_thread(_unnamed, parts.settings.data)
            try:
                made = await _made(parts, reader, maker, asked, Path(f"/dev/fd/{file.fileno()}"))
                at = _looked_at(made, asked)
                await looks.record(caller, reader, Look.BUNDLE, at, made.digest, subjects=made.subjects)
            except BaseException:
                file.close()
                raise
        name = "-".join(_named(made, asked))
        return StreamingResponse(
            _pieces(file),
            media_type="application/zip",
            headers={
                "Content-Length": str(os.fstat(file.fileno()).st_size),
                "Content-Disposition": f'attachment; filename="etappi-{ledger}-{name}.zip"',
                "Repr-Digest": f"sha-256=:{base64.b64encode(bytes.fromhex(made.digest)).decode()}:",
                "Cache-Control": "private, no-store",
            },
        )

    return router


@dataclass(frozen=True, slots=True, kw_only=True)
class _Made:
    """A bundle of the first `size` events: what it is about, and the SHA-256 of all of it."""

    scope: Scope
    subjects: frozenset[SubjectId] | None
    size: int
    digest: Digest


def _unnamed(folder: Path) -> BinaryIO:
    """A file that has no name, only a descriptor: nothing of it is left, even of a process that is killed."""
    folder.mkdir(parents=True, exist_ok=True)
    return tempfile.TemporaryFile(dir=folder)


async def _made(parts: Parts, reader: Reader, maker: BundleMaker, asked: Asked, path: Path) -> _Made:
    """Make the bundle, if the reader may have it."""
    try:
        looks = asked.scope == "looks"
        sealed = await maker.sealed(access_ledger(reader.ledger) if looks else reader.ledger)
        of = await scope_asked(parts, reader, asked, sealed.size)
        subjects = await maker.about(sealed, of)
        await parts.handler.read(reader.ledger, lambda view: check_known(view, of, subjects))
        _covered(reader, subjects)
        wanted = Wanted(
            scope=of,
            pinned=asked.pinned,
            files=asked.files == "all",
            words=asked.disclosures == "all",
            reading=await _reading(parts, reader),
        )
        digest = await maker.make(path, sealed, wanted)
    except NothingSealed:
        raise Refusal(
            404, "unknown-checkpoint", "Nothing of this ledger is sealed yet.", mend="Try again in a second."
        ) from None
    except NoSuchCheckpoint:
        raise Refusal(
            422,
            "no-such-checkpoint",
            f"No checkpoint of {asked.pinned} events is kept that the log continues.",
            field="pinned",
            mend="Name the size of the checkpoint that you pinned; if it is this one, keep your pin: it is the proof.",
        ) from None
    except NotSealedYet:
        raise Refusal(
            503,
            "not-sealed-yet",
            "Words were erased just now, and the erasure isn't sealed yet.",
            mend="Try again in a second.",
            headers={"Retry-After": str(RETRY_SECONDS)},
        ) from None
    except TooLarge as error:
        raise Refusal(422, "bundle-too-large", str(error), mend="Take less of the ledger, or files=hashes.") from None
    except BundleUnsound as error:
        raise Refusal(
            500,
            "bundle-unsound",
            f"What was made doesn't verify, so it wasn't handed out: {error}.",
            rule="C01",
            mend="Have those who run the installation look.",
        ) from error
    except LogBroken as error:
        raise Refusal(
            500,
            "log-broken",
            f"The log can't be shown to be what was sealed: {error}.",
            rule="C01",
            mend="Keep what you pinned, and have those who run the installation look: nothing was handed out.",
        ) from error
    return _Made(scope=of, subjects=subjects or None, size=sealed.size, digest=digest)


def _named(made: _Made, asked: Asked) -> list[str]:
    about = (asked.subject, asked.round, asked.unit)
    return [asked.scope, *(each for each in about if each is not None), str(made.size)]


def _looked_at(made: _Made, asked: Asked) -> str:
    """What is taken, so that nobody needs the bundle to know it."""
    of, further = made.scope, dict[str, object]()
    if isinstance(of, Period | Sample):
        further |= {"from": of.first, "to": of.last}
    if isinstance(of, Sample):
        further |= {"seed": of.seed, "count": of.count, "type": of.types}
    further |= {name: said for name in ("files", "disclosures") if (said := getattr(asked, name)) != "all"}
    return scope("bundle", *_named(made, asked), further=further)


def _covered(reader: Reader, subjects: frozenset[SubjectId]) -> None:
    """Refuse who looks in no engagement that covers these; none: the ledger as a whole."""
    covered = reader.looks.engagement(subjects) is not None if subjects else reader.looks.covers(None)
    if not covered:
        raise Refusal(
            403,
            "not-in-engagement",
            "You look in no engagement in force that covers all of this.",
            mend="Take a bundle of a subject of your engagement, or ask the agency's head to open one that covers it.",
        )


async def _reading(parts: Parts, reader: Reader) -> Reading:
    """What the reader may read of each event, by the table of rules (rules.py)."""

    def followed(view: View) -> list[str]:
        years = sorted(view.get(ORGANISATION).years)
        return [f"cycle/{year}" for year in years] + [f"round/{year}-{kind}" for year in years for kind in RoundKind]

    streams = await parts.handler.read(reader.ledger, followed)
    nothing = [Entry(position=0, stream=each, type="", unit=None, said={}) for each in streams]
    known = await known_of(parts, reader.ledger, nothing)

    def reading(row: Row) -> frozenset[str] | Withheld:
        entry = Entry(position=row.position, stream=row.stream, type=row.type, unit=None, said=body(row))
        seen = sight(reader, entry, known)
        if seen is not Sight.WHOLE:
            return Withheld.ALL if seen is Sight.NOTHING else Withheld.CONTENTS
        secret = hidden(reader, entry, known)
        if not secret:
            return frozenset()
        return commitments(fact_of(row).event) & {entry.said[name] for name in secret}

    return reading


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while chunk := file.read(_CHUNK):
            yield chunk
