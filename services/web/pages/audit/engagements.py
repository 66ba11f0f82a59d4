"""Engagements of auditors: the head opens one, its auditors look and raise findings, and it is closed."""

from starlette.responses import Response

from domain.events.engagement import AuditBody, Severity
from services.web.api import Problem
from services.web.page import Page, Pages, Typed
from services.web.pages.audit.coded import coded, looked_at
from services.web.pages.audit.place import Shown, crumbs, number
from services.web.words import word

pages = Pages()
LATEST = 20
"""Looks that an engagement's page shows; the page of looks has the rest."""
CONTROLS = [f"C{each:02}" for each in range(1, 20)]


@pages.get("/{ledger}/audit/engagements")
async def engagements(page: Page) -> Response:
    """All engagements, and for the head the form to open one."""
    return await _listed(page)


@pages.post("/{ledger}/audit/engagements")
async def open_one(page: Page) -> Response:
    """Open an engagement."""
    typed = await page.typed()
    dates = {name: typed.text(name) for name in ("period_from", "period_to", "valid_from", "valid_to")}
    body = {
        "engagement": typed.text("engagement"),
        "body": typed.text("body"),
        "auditors": typed.all("auditors"),
        "subjects": [each for each in typed.all("subjects") if each],
        "basis": typed.text("basis") or "",
        **dates,
    }
    try:
        await page.command("open-engagement", body)
    except Problem as problem:
        return await _listed(page, problem)
    return page.to(
        page.address("audit", "engagements", body["engagement"]),
        page.gettext("The engagement is open. Its auditors may look from its first day on."),
    )


@pages.get("/{ledger}/audit/engagements/{engagement}")
async def engagement(page: Page) -> Response:
    """One engagement: what it covers, what was found, and who looked in it."""
    return await _shown(page)


@pages.post("/{ledger}/audit/engagements/{engagement}/findings")
async def raise_finding(page: Page) -> Response:
    """Raise a finding in it."""
    typed = await page.typed()
    key = page.part("engagement")
    finding = typed.text("finding") or ""
    body = {
        "engagement": key,
        "finding": finding,
        "control": typed.text("control"),
        "severity": typed.text("severity"),
        "unit": typed.text("unit"),
        "subjects": [each for each in typed.all("subjects") if each],
        "positions": _positions(typed),
        "text": typed.text("text") or "",
    }
    try:
        await page.command("raise-finding", body)
    except Problem as problem:
        return await _shown(page, problem)
    return page.to(
        page.address("audit", "findings", key, finding),
        page.gettext("The finding is raised. The agency answers it next."),
    )


@pages.post("/{ledger}/audit/engagements/{engagement}/close")
async def close(page: Page) -> Response:
    """Close it, when all its findings are closed."""
    try:
        await page.command("close-engagement", {"engagement": page.part("engagement")})
    except Problem as problem:
        return await _shown(page, problem)
    return page.to(page.path.removesuffix("/close"), page.gettext("The engagement is closed."))


async def _listed(page: Page, problem: Problem | None = None) -> Response:
    page.crumbs = crumbs(page)
    auditors: list[str] = []
    if "head" in page.roles:
        held = (await page.get("roles"))["roles"]
        auditors = sorted({each["person"] for each in held if each["role"] == "auditor"})
    return await page.render(
        "audit/engagements.html",
        problem=problem,
        engagements=(await page.get("engagements"))["engagements"],
        auditors=auditors,
        bodies=[(each.value, word(each, "body", page.language)) for each in AuditBody],
    )


async def _shown(page: Page, problem: Problem | None = None) -> Response:
    key = page.part("engagement")
    page.crumbs = crumbs(page)
    found = (await page.get("engagements"))["engagements"]
    one: Shown | None = next((each for each in found if each["engagement"] == key), None)
    if one is None:
        raise Problem({"status": 404, "code": "unknown-engagement", "detail": f"There is no engagement {key!r}."})
    findings = (await page.get("findings", engagement=key))["findings"]
    raising = one["stage"] == "in-force" and page.person in one["opened"]["auditors"]
    return await page.render(
        "audit/engagement.html",
        problem=problem,
        one=one,
        findings=findings,
        raising=raising,
        next_finding=_next_id(findings),
        coded=coded,
        looked_at=looked_at,
        looks=await _looks(page, one),
        closing=await page.may("close-engagement", {"engagement": key}) is None if one["stage"] != "closed" else False,
        controls=[(each, f"{each}: {word(each, 'rule', page.language)}") for each in CONTROLS],
        severities=[(each.value, word(each, "severity", page.language)) for each in Severity],
    )


async def _looks(page: Page, one: Shown) -> list[Shown] | None:
    """The last looks in an engagement, the newest first; None for whom they aren't."""
    try:
        found = [
            each
            for person in one["opened"]["auditors"]
            for each in await page.every("audit/looks", "looks", person=person)
        ]
    except Problem:
        return None
    own = [each for each in found if each["engagement"] == one["engagement"]]
    return sorted(own, key=lambda each: -each["position"])[:LATEST]


def _positions(typed: Typed) -> list[int | str]:
    """The positions that were typed, apart by spaces or commas; what is none as it stands, for the API to refuse."""
    written = (typed.text("positions") or "").replace(",", " ").split()
    return [number(each) or each for each in written]


def _next_id(findings: list[Shown]) -> str:
    """The id of the next finding: `f-2` after `f-1`."""
    taken = {each["finding"] for each in findings}
    return next(f"f-{each}" for each in range(1, len(taken) + 2) if f"f-{each}" not in taken)
