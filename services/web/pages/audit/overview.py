"""The auditor's front page: engagements, open findings, how far the log is sealed, and where to go from here."""

from starlette.responses import Response

from services.web.page import Page, Pages
from services.web.pages.audit.place import OVERSEEING, engaged
from services.web.pages.audit.sealed import inclusion, sealed

pages = Pages()


@pages.get("/{ledger}/audit")
async def overview(page: Page) -> Response:
    """What the reader may look at, what was found and is open, and that the log is whole as far as it is sealed."""
    seal = await sealed(page)
    last = holds = None
    if seal is not None and seal.checkpoint.size:
        found = (await page.get("trail", after=seal.checkpoint.size - 1, limit=1))["entries"]
        last = found[0] if found else None
        proof = await inclusion(page, seal.checkpoint.size, seal.checkpoint)
        holds = seal.signed and proof is not None and proof["holds"]
    findings = (await page.get("findings"))["findings"]
    return await page.render(
        "audit/overview.html",
        mine=await engaged(page),
        overseeing=bool(page.roles & OVERSEEING),
        engagements=(await page.get("engagements"))["engagements"] if page.roles & OVERSEEING else [],
        open=[each for each in findings if each["stage"] != "closed"],
        seal=seal,
        last=last,
        holds=holds,
    )
