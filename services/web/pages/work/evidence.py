"""The documents of an item: added, replaced by a later revision, taken off with a reason."""

import hashlib
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from services.web.api import Problem
from services.web.navigation import Link
from services.web.page import KEY, Page, Pages, Typed
from services.web.pages.capacity import acting_for, posted_for
from services.web.pages.items.agreed import agreed
from services.web.pages.work.writing import barred

pages = Pages()
Shown = dict[str, Any]
TAKEN = ".pdf,.png,.jpg,.jpeg,.docx,.xlsx,.pptx,.odt,.ods,.csv,.txt"
"""What the API takes; it looks at the content itself."""
_EVIDENCE = "/{ledger}/rounds/{round}/items/{subject}/evidence"


@dataclass(frozen=True, slots=True, kw_only=True)
class Uploaded:
    """A file that has come in, though the command was refused: it need not be sent again."""

    file: str
    name: str


@pages.get(_EVIDENCE)
async def evidence(page: Page) -> Response:
    """The documents, and a form to add one; `?revise=` to replace one, `?detach=` to take one off."""
    return await _shown(page)


@pages.post(_EVIDENCE)
async def attached(page: Page) -> Response:
    """Add a document, or its next revision."""
    typed = await page.typed()
    place = {"round": page.part("round"), "subject": page.part("subject")}
    revised = typed.text("revise")
    uploaded = None
    try:
        uploaded = await _uploaded(page, typed)
        body = place | {"evidence": await _document(page, typed, revised, uploaded.file)}
        await page.command("attach-evidence" if revised is None else "revise-evidence", body)
    except Problem as problem:
        return await _shown(page, revise=revised, problem=problem.within("evidence"), uploaded=uploaded)
    told = page.gettext("The document is added.") if revised is None else page.gettext("The new revision is added.")
    return page.to(_here(page), told)


@pages.post(_EVIDENCE + "/{evidence}/detach")
async def detached(page: Page) -> Response:
    """Take a document off; it stays in the history."""
    typed, name = await page.typed(), page.part("evidence")
    place = {"round": page.part("round"), "subject": page.part("subject")}
    try:
        await page.command("detach-evidence", place | {"evidence": name, "reason": typed.text("reason")})
    except Problem as problem:
        return await _shown(page, detach=name, problem=problem)
    return page.to(_here(page), page.gettext("The document is taken off. It stays in the history."))


def _here(page: Page) -> str:
    return page.address("rounds", page.part("round"), "items", page.part("subject"), "evidence")


async def _uploaded(page: Page, typed: Typed) -> Uploaded:
    """The file that was chosen, else the one that came in before. Raises `Problem`."""
    if typed.files:
        _, file = typed.files[0]
        return Uploaded(file=await page.upload(file, "file"), name=file.filename or "")
    before = typed.text("uploaded")
    if before is None:
        raise Problem({"status": 422, "code": "field-missing", "detail": "Choose a file.", "field": "file"})
    return Uploaded(file=before, name=typed.text("uploaded_name") or "")


async def _document(page: Page, typed: Typed, revised: str | None, file: str) -> Shown:
    """The evidence as the command takes it; a new one is named by the form's key, so that it is added once."""
    name, revision, link = revised, 1, None
    if name is None:
        name = "document-" + hashlib.sha256(typed.get(KEY, "").encode()).hexdigest()[:12]
    else:
        item = await page.get(f"rounds/{page.part('round')}/items/{page.part('subject')}")
        before = next((each for each in item["evidence"] if each["id"] == revised), None)
        seen = typed.text("revision") or ""
        revision = int(seen) + 1 if seen.isdecimal() and len(seen) < len("1000000") else 1
        link = before["link"] if before is not None and isinstance(before["link"], str) else None
    return {
        "id": name,
        "revision": revision,
        "file": file,
        "title": typed.text("title"),
        "document_date": typed.text("document_date"),
        "link": link,
        "outside_period": typed.text("outside_period"),
    }


async def _shown(
    page: Page,
    *,
    revise: str | None = None,
    detach: str | None = None,
    problem: Problem | None = None,
    uploaded: Uploaded | None = None,
) -> Response:
    """The page as things stand now."""
    round_id, subject = page.part("round"), page.part("subject")
    item = await page.get(f"rounds/{round_id}/items/{subject}")
    principal = await posted_for(page) if problem else acting_for(page, "owner", "contributor", unit=item["unit"])
    round_found = await page.get(f"rounds/{round_id}")
    texts = await agreed(page, round_found["version"], subject)
    revise, detach = revise or page.asked("revise"), detach or page.asked("detach")
    chosen = {each["id"]: each for each in item["evidence"]}
    refused = await barred(page, item, "evidence", principal)
    page.crumbs = [
        Link(page.address(round=round_id), page.gettext("Board")),
        Link(page.address("rounds", round_id, "units", item["unit"]), page.gettext("The unit's report")),
    ]
    return await page.render(
        "report/evidence.html",
        problem=problem,
        item=item,
        round_id=round_id,
        principal=principal,
        revised=chosen.get(revise or ""),
        detached=chosen.get(detach or ""),
        uploaded=uploaded,
        refused=refused if problem is None else None,
        period=_period(round_found["year"], texts["under"]),
        taken=TAKEN,
        here=_here(page),
    )


def _period(year: int, agreement: Shown) -> tuple[str, str]:
    """The days between which a document needs no explanation (case 19)."""
    cutoff = next(each for each in agreement["policies"] if each["kind"] == "evidence-cutoff")
    return f"{year}-01-01", f"{year + cutoff['years_after']}-{cutoff['month']:02}-{cutoff['day']:02}"


__all__ = ["pages"]
