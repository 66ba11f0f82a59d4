"""Deciding in Chromium: a document beside the items, nothing lost by it, many at once, a double click."""

from typing import Any

from api.world import HALF_YEAR, UNIT
from web.site import Site
from web.test_decision_pages import DECIDE, milestones, submitted, uploaded

from browser.chromium import violations
from browser.conftest import PageAs

TITLE = "Pöytäkirja"


async def waiting(site: Site) -> list[Any]:
    """All of the unit's milestones are handed over, the first of them with a document."""
    first, *others = sorted(each["subject"] for each in await milestones(site, "owner"))
    report = {"round": HALF_YEAR, "subject": first, "status": "in-progress", "light": 3, "narrative": "Etenee"}
    await site.do("owner", "report-milestone", **report)
    # Text, for Chromium shows PDF by an extension of its own, whose files are no concern of the page's.
    file = await uploaded(site, "owner", "muistio.txt", b"Kokous pidettiin.", "text/plain")
    evidence = {"id": "e", "revision": 1, "file": file, "title": TITLE, "document_date": "2024-05-01"}
    await site.do("owner", "attach-evidence", round=HALF_YEAR, subject=first, evidence=evidence)
    [bound] = [each["bound"] for each in await milestones(site, "owner") if each["subject"] == first]
    await site.do("owner", "submit-items", round=HALF_YEAR, items=[bound])
    await submitted(site, *others)
    return [first, *others]


async def test_a_document_opens_beside_the_items_and_nothing_chosen_is_lost(agency: Site, page_as: PageAs) -> None:
    first, second, *_ = await waiting(agency)
    page = await page_as(agency, "director")
    await page.goto(f"{agency.url}{DECIDE}")
    await page.check(f"[name='decide-{second}'][value='return']")
    await page.fill(f"[name='reason-{second}']", "Kerro enemmän.")

    await page.click(f"#item-{first} .file-title a")

    await page.wait_for_selector("#beside pre")
    assert page.url.endswith(DECIDE)
    assert await page.input_value(f"[name='reason-{second}']") == "Kerro enemmän."
    assert await page.is_visible(f"[name='reason-{second}']")
    assert not await page.is_visible(f"[name='reason-{first}']")
    assert await violations(page) == []


async def test_all_are_marked_and_signed_off_by_a_double_click_once(agency: Site, page_as: PageAs) -> None:
    subjects = await waiting(agency)
    page = await page_as(agency, "director")
    await page.goto(f"{agency.url}{DECIDE}")
    await page.get_by_role("link", name="Merkitse kaikki hyväksyttäviksi").click()
    await page.wait_for_selector("[value='sign-off']:checked")
    assert await violations(page) == []

    await page.get_by_role("button", name="Kirjaa päätökset").dblclick()

    await page.get_by_text(f"Hyväksytty: {len(subjects)}.").wait_for()
    await agency.followed()
    entries = (await agency.api("head", "trail", unit=UNIT, type="item-signed-off"))["entries"]
    assert len(entries) == len(subjects)
    assert await violations(page) == []
