"""Assessing in Chromium by keyboard alone: lights by their numbers, and on to the next; a year at 320 px."""

from playwright.async_api import Page
from web.site import Site

from browser.chromium import violations
from browser.conftest import PageAs

ASSESSOR = "johanna-tem"
MOST_TABS = 120


async def tab_to(page: Page, name: str) -> None:
    """Press Tab until a field whose name begins so has the focus."""
    for _ in range(MOST_TABS):
        await page.keyboard.press("Tab")
        if str(await page.evaluate("document.activeElement?.name ?? ''")).startswith(name):
            return
    raise AssertionError(f"{name} can't be reached by Tab")


async def test_a_subject_is_assessed_by_keyboard_alone(year_copy: Site, page_as: PageAs) -> None:
    assessment = (await year_copy.api(ASSESSOR, "cycles/2024/assessment"))["subjects"]
    one = next(
        each for each in assessment if each["ministry"] is None and each["light"] == 3 and each["kind"] == "target"
    )
    page = await page_as(year_copy, ASSESSOR)
    address = f"{year_copy.url}/keha/cycles/2024/assessment/{one['subject']}"
    await page.goto(address)

    await tab_to(page, "comment.")
    await page.keyboard.type("Hyvin edennyt.")
    await tab_to(page, "light")
    for key, light in (("1", "3"), ("3", "1"), ("2", "2")):
        # The keys follow the order in which the lights stand there: green, yellow, red.
        await page.keyboard.press(key)
        assert await page.is_checked(f"[name='light'][value='{light}']")
    await page.keyboard.press("Tab")
    # Here a number is just a number.
    await page.keyboard.type("1 osa puuttuu")
    assert await page.is_checked("[name='light'][value='2']")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("#flash")

    assert page.url != address
    assert "18 / 33" in await page.inner_text("main")
    [given] = [
        each["ministry"]
        for each in (await year_copy.api(ASSESSOR, "cycles/2024/assessment"))["subjects"]
        if each["subject"] == one["subject"]
    ]
    assert (given["light"], given["rationale"]) == (2, "1 osa puuttuu")
    comments = (await year_copy.api(ASSESSOR, "cycles/2024/assessment"))["comments"]
    assert [each["comment"] for each in comments] == ["Hyvin edennyt."]
    assert await violations(page) == []


async def test_a_year_fits_a_narrow_window(year: Site, page_as: PageAs) -> None:
    page = await page_as(year, "tuula-kanerva", width=320)

    await page.goto(f"{year.url}/keha/cycles/2024")

    assert await page.evaluate("document.documentElement.scrollWidth") <= 320
    assert await violations(page) == []


async def test_a_reason_is_asked_of_what_is_chosen(year: Site, page_as: PageAs) -> None:
    page = await page_as(year, "tuula-kanerva")
    await page.goto(f"{year.url}/keha/rounds/2024-half-year/supplement?subject=digital-platforms")

    assert await page.is_visible("[name='reason.digital-platforms']")
    assert not await page.is_visible("[name='reason.digital-programme']")
    await page.check("#f-item-digital-programme")

    assert await page.is_visible("[name='reason.digital-programme']")
