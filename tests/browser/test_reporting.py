"""Reporting in a browser: drafts as one types, two people at once, fields when they are asked for, dropped files."""

import asyncio
import re
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.async_api import Page, expect
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from web.site import Site

from browser.chromium import Watch, violations
from browser.conftest import PageAs

PLACE = "rounds/2024-half-year/items/supervisor-training-2024"
REPORT, EVIDENCE = f"/keha/{PLACE}/report", f"/keha/{PLACE}/evidence"
UNIT = "/keha/rounds/2024-half-year/units/people-leadership"
LARGE = b"Koulutus pidettiin.\n" * 1_000_000
"""More than what fits into the buffers between a browser and a server."""
DROP = """([zone, name, text]) => {
  const files = new DataTransfer();
  files.items.add(new File([text], name, { type: "text/plain" }));
  zone.dispatchEvent(new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer: files }));
}"""


async def test_only_what_deviates_asks_for_words(agency: Site, page_as: PageAs) -> None:
    page = await page_as(agency, "owner")
    await page.goto(REPORT)
    cause = page.locator("[id='f-explanation.cause']")

    await choose(page, "status", "in-progress")
    await choose(page, "light", "3")
    await expect(cause).to_be_hidden()
    await choose(page, "light", "2")
    await expect(cause).to_be_visible()
    await choose(page, "status", "reached")
    await expect(cause).to_be_hidden()
    await expect(page.locator("[name=light][value='2']")).to_be_hidden()
    assert await violations(page) == []


async def test_what_one_types_is_there_after_the_session_ended(agency: Site, page_as: PageAs, seen: Watch) -> None:
    seen.expect("401")
    page = await page_as(agency, "owner")
    await page.goto(REPORT)
    await choose(page, "status", "in-progress")
    await choose(page, "light", "1")
    await page.fill("[id='f-explanation.cause']", "Kouluttaja vaihtui.")
    await expect(page.locator("[data-draft-status]")).to_contain_text("Luonnos tallennettu klo")
    await page.context.clear_cookies()

    again = await page_as(agency, "owner")
    await again.goto(REPORT)

    await expect(again.locator("[id='f-explanation.cause']")).to_have_value("Kouluttaja vaihtui.")
    await expect(again.locator("[name=light][value='1']")).to_be_checked()


async def test_two_people_see_both_versions_and_lose_none(agency: Site, page_as: PageAs, seen: Watch) -> None:
    seen.expect("409")
    mine, theirs = [await page_as(agency, account) for account in ("owner", "stand-in")]
    for page, light in ((mine, "3"), (theirs, "3")):
        await page.goto(REPORT)
        await choose(page, "status", "in-progress")
        await choose(page, "light", light)
        await page.locator("summary", has_text="Lisää sanallinen selvitys").click()
    await theirs.fill("#f-narrative", "Toisen teksti.")
    await save(theirs)
    await theirs.wait_for_url(f"**{UNIT}")
    await mine.fill("#f-narrative", "Oma teksti.")

    await save(mine)

    await expect(mine.locator("#theirs")).to_contain_text("Toisen teksti.")
    await expect(mine.locator("#f-narrative")).to_have_value("Oma teksti.")
    assert await violations(mine) == []
    await save(mine)
    await mine.wait_for_url(f"**{UNIT}")
    assert (await agency.api("owner", PLACE))["report"]["narrative"] == "Oma teksti."


@pytest.mark.parametrize("javascript", [True, False])
async def test_a_double_click_is_one_report(agency: Site, page_as: PageAs, *, javascript: bool) -> None:
    page = await page_as(agency, "owner", javascript=javascript)
    await page.goto(REPORT)
    await choose(page, "status", "in-progress")
    await choose(page, "light", "3")
    before = await agency.events()

    await page.get_by_role("button", name="Tallenna raportti").dblclick()
    await page.wait_for_url(f"**{UNIT}")

    assert await agency.events() == before + 1


@pytest.mark.parametrize("javascript", [True, False])
async def test_a_double_click_adds_one_document(agency: Site, page_as: PageAs, *, javascript: bool) -> None:
    page = await page_as(agency, "owner", javascript=javascript)
    await page.goto(EVIDENCE)
    await fill_document(page, "Muistio", b"Koulutus pidettiin.")
    before = await agency.events()

    await page.get_by_role("button", name="Lisää asiakirja").dblclick()

    await expect(page.locator("#flash")).to_contain_text("Asiakirja on lisätty.")
    assert await agency.events() == before + 1
    assert len((await agency.api("owner", PLACE))["evidence"]) == 1


@pytest.mark.parametrize("javascript", [True, False])
async def test_a_double_click_submits_once(agency: Site, page_as: PageAs, *, javascript: bool) -> None:
    item = await agency.api("owner", PLACE)
    report = {"round": "2024-half-year", "subject": item["subject"], "seen": None, "status": "in-progress", "light": 3}
    await agency.do("owner", "report-milestone", **report)
    page = await page_as(agency, "owner", javascript=javascript)
    await page.goto(UNIT)
    before = await agency.events()

    await page.get_by_role("button", name="Lähetä valitut hyväksyttäviksi").dblclick()

    await expect(page.locator("#flash")).to_contain_text("Lähetetty: 1.")
    assert await agency.events() == before + 1


@dataclass
class Narrow:
    """A line that takes a tenth of a large document, and the rest only when it is `wide`."""

    app: ASGIApp
    wide: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or (scope["method"], scope["path"]) != ("POST", EVIDENCE):
            await self.app(scope, receive, send)
            return
        taken = 0

        async def slowly() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > len(LARGE) // 10:
                await self.wide.wait()
            return message

        await self.app(scope, slowly, send)


@pytest.fixture
def line(agency: Site) -> Narrow:
    """What lies between the agency's pages and whoever opens them."""
    agency.app = line = Narrow(agency.app)
    return line


async def test_one_sees_how_far_a_file_is_sent(agency: Site, page_as: PageAs, line: Narrow) -> None:
    page = await page_as(agency, "owner")
    before = await agency.events()

    await send_large(page)

    await expect(page.locator(".drop-progress progress")).to_be_visible()
    assert await agency.events() == before
    line.wide.set()
    await expect(page.locator("#flash")).to_contain_text("Asiakirja on lisätty.")
    assert await agency.events() == before + 1


async def test_a_file_is_dropped_and_added(agency: Site, page_as: PageAs) -> None:
    page = await page_as(agency, "owner")
    await page.goto(EVIDENCE)
    zone: Any = await page.query_selector(".drop-zone")

    await page.evaluate(DROP, [zone, "muistio.txt", "Koulutus pidettiin."])
    await page.fill("#f-title", "Muistio")
    await page.fill("#f-document_date", "2024-05-28")
    await expect(page.locator("#f-outside_period")).to_be_hidden()
    await page.get_by_role("button", name="Lisää asiakirja").click()

    await expect(page.locator("#flash")).to_contain_text("Asiakirja on lisätty.")
    await expect(page.locator(".file-title")).to_have_text("Muistio")


async def test_a_date_outside_the_period_asks_why(agency: Site, page_as: PageAs) -> None:
    page = await page_as(agency, "owner")
    await page.goto(EVIDENCE)

    await page.fill("#f-document_date", "2023-12-20")

    await expect(page.locator("#f-outside_period")).to_be_visible()


@pytest.mark.parametrize("width", [320, 1280])
async def test_a_unit_reports_and_submits_without_a_script(agency: Site, page_as: PageAs, width: int) -> None:
    page = await page_as(agency, "owner", javascript=False, width=width)
    await page.goto(UNIT)
    await page.locator("[name=planned]").first.check()
    await page.get_by_role("button", name="Raportoi valitut suunnitellusti eteneviksi").click()
    await expect(page.locator("#flash")).to_contain_text("Raportoitu suunnitellusti eteneviksi: 1.")

    await page.get_by_role("button", name="Lähetä valitut hyväksyttäviksi").click()

    await expect(page.locator("#flash")).to_contain_text("Lähetetty: 1.")


async def test_a_report_is_written_and_saved_by_keyboard_alone(agency: Site, page_as: PageAs) -> None:
    page = await page_as(agency, "owner")
    await page.goto(REPORT)
    await page.focus("[name=status][value='not-started']")

    for key in ("Space", "ArrowDown", "Tab", "Space", "Tab", "Tab"):
        await page.keyboard.press(key)
    await page.keyboard.press("Enter")

    await page.wait_for_url(f"**{UNIT}")
    saved = (await agency.api("owner", PLACE))["report"]
    assert (saved["status"], saved["light"]) == ("in-progress", 3)


async def fill_document(page: Page, title: str, content: bytes) -> None:
    """Choose a text of this content, and say what it is."""
    await page.set_input_files("#f-file", {"name": "muistio.txt", "mimeType": "text/plain", "buffer": content})
    await page.fill("#f-title", title)
    await page.fill("#f-document_date", "2024-05-28")


async def send_large(page: Page) -> None:
    """Begin to send a large document, until it is seen how much of it is sent."""
    await page.goto(EVIDENCE)
    await fill_document(page, "Muistio", LARGE)
    await page.get_by_role("button", name="Lisää asiakirja").click()
    await expect(page.locator(".drop-status")).to_have_text(re.compile(r"^Lähetetään: [1-9]0 %$"))


async def choose(page: Page, name: str, value: str) -> None:
    """Choose one of several."""
    await page.check(f"[name={name}][value='{value}']")


async def save(page: Page) -> None:
    """Send the report."""
    await page.get_by_role("button", name="Tallenna raportti").click()
