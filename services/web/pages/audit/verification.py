"""Verification in the page: of a bundle as the command does it, of a checkpoint against the log as it is now.

Nothing that is sent is kept. What the page says, the service says: at home a verification needs no trust in it.
"""

import asyncio
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.datastructures import UploadFile
from starlette.responses import Response

from domain.proof.checkpoint import Checkpoint, checkpoint_of
from domain.proof.merkle import ImpossibleSize, ProofRefused, verify_consistency
from domain.proof.note import NoteRefused, VerifierKey, note_of
from services.web.api import Problem
from services.web.page import Page, Pages
from services.web.pages.audit.place import OVERSEEING, crumbs
from services.web.pages.audit.sealed import Sealed, sealed, signed
from verifier.pin import NoPin, Pin, pin_of
from verifier.report import Report
from verifier.verify import verify

pages = Pages()
AT_ONCE = 1
"""How many bundles a process verifies side by side: each takes a core."""
CHUNK = 1 << 18
MOST_TOLD = 20
"""How many faults of one code are told."""
LONGEST_NOTE = 1 << 16
_places = asyncio.Semaphore(AT_ONCE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A checkpoint that an auditor kept, and what holds of it. `continued` is None where that can't be asked."""

    checkpoint: Checkpoint
    same_log: bool
    signed: bool
    continued: bool | None

    @property
    def holds(self) -> bool:
        """Whether all does."""
        return self.same_log and self.signed and self.continued is True


@pages.get("/{ledger}/audit/verification")
async def verification(page: Page) -> Response:
    """The two forms. Refusals, here as where they are sent: `not-permitted`."""
    _overseeing(page)
    return await _shown(page)


@pages.post("/{ledger}/audit/verification/bundle")
async def of_bundle(page: Page) -> Response:
    """Verify a bundle, against the checkpoint that the reader kept or by the keys that the log names."""
    _overseeing(page)
    typed = await page.typed()
    file = next((file for name, file in typed.files if name == "bundle"), None)
    if file is None:
        return await _shown(page, problem=_wrong("field-missing", "bundle", "Choose the file."))
    seal = await sealed(page)
    keys = [] if seal is None else [key for _, key in seal.keys.introduced]
    pin: Pin | None = None
    if written := typed.text("pin"):
        try:
            pin = _pin(page, written, seal)
        except (NoPin, NoteRefused) as error:
            return await _shown(page, problem=_wrong("malformed-value", "pin", str(error)))
    async with _places:
        report = await _verified(file, pin, keys)
    alike = Counter(each.code for each in report.faults) + Counter(report.more)
    return await _shown(
        page,
        report=report,
        pinned=pin is not None,
        faults=_first(report),
        count=alike.total(),
    )


@pages.post("/{ledger}/audit/verification/checkpoint")
async def of_checkpoint(page: Page) -> Response:
    """Compare a checkpoint that was kept with the log as it is now."""
    _overseeing(page)
    typed = await page.typed()
    seal = await sealed(page)
    try:
        kept = None if seal is None else await _compared(page, _note(typed.get("note", "")), seal)
    except (NoPin, NoteRefused) as error:
        return await _shown(page, problem=_wrong("malformed-value", "note", str(error)))
    return await _shown(page, kept=kept)


def _overseeing(page: Page) -> None:
    """Refuse others before anything is read of what they send: a verification takes a core."""
    if not page.roles & OVERSEEING:
        said = "Only the head, a coordinator or an auditor verifies on this page."
        raise Problem({"status": 403, "code": "not-permitted", "detail": said, "roles": sorted(OVERSEEING)})


async def _shown(page: Page, problem: Problem | None = None, **found: Any) -> Response:
    page.crumbs = crumbs(page)
    values: dict[str, Any] = {"report": None, "kept": None, "pinned": False, "faults": [], "count": 0, **found}
    return await page.render("audit/verification.html", problem=problem, seal=await sealed(page), **values)


async def _verified(file: UploadFile, pin: Pin | None, keys: list[VerifierKey]) -> Report:
    """The report on a file that has no name, only a descriptor: nothing of it is left."""
    with tempfile.TemporaryFile() as kept:
        while chunk := await file.read(CHUNK):
            kept.write(chunk)
        kept.flush()
        return await asyncio.to_thread(verify, Path(f"/dev/fd/{kept.fileno()}"), pin=pin, keys=() if pin else keys)


def _first(report: Report) -> list[object]:
    """The faults that are told, a few of each code."""
    told: Counter[str] = Counter()
    found: list[object] = []
    for each in report.faults:
        told[each.code] += 1
        if told[each.code] <= MOST_TOLD:
            found.append(each)
    return found


def _note(written: str) -> str:
    """A checkpoint as it was pasted: the note itself, or the pin that holds it. Raises `NoPin`, `NoteRefused`."""
    text = written.replace("\r\n", "\n").strip()[:LONGEST_NOTE] + "\n"
    note = pin_of(text.encode()).note.decode() if text.startswith("{") else text
    checkpoint_of(note_of(note.encode()).text)
    return note


def _pin(page: Page, written: str, seal: Sealed | None) -> Pin:
    """What was pasted as a pin; a note alone is trusted by the keys that the log names."""
    text = written.replace("\r\n", "\n").strip() + "\n"
    if text.startswith("{"):
        return pin_of(text.encode())
    note = _note(text)
    keys = () if seal is None else tuple(key for _, key in seal.keys.introduced)
    return Pin(ledger=page.ledger or "", keys=keys, note=note.encode())


async def _compared(page: Page, note: str, seal: Sealed) -> Kept:
    """What holds of a checkpoint by the log as it is sealed now."""
    mine, now = checkpoint_of(note_of(note.encode()).text), seal.checkpoint
    continued: bool | None = None
    if mine.origin == now.origin:
        continued = mine.size <= now.size and await _continued(page, mine, now)
    return Kept(
        checkpoint=mine, same_log=mine.origin == now.origin, signed=signed(note, seal.keys), continued=continued
    )


async def _continued(page: Page, mine: Checkpoint, now: Checkpoint) -> bool:
    proof = await page.asking.log(f"{page.ledger}/proof/consistency", **{"from": mine.size, "to": now.size})
    try:
        path = [bytes.fromhex(each) for each in proof["proof"]]
        verify_consistency(mine.size, now.size, path, mine.root, now.root)
    except (ProofRefused, ImpossibleSize):
        return False
    return True


def _wrong(code: str, field: str, detail: str) -> Problem:
    return Problem({"status": 422, "code": code, "detail": detail, "field": field})
