"""The board in Chromium: it is narrowed down and taken back in time without losing one's place."""

import re

from playwright.async_api import expect
from web.site import Site

from browser.chromium import too_wide, violations
from browser.conftest import PageAs

BANNER = re.compile("Näet liikennevalot sellaisina kuin ne tiedettiin")


async def test_a_choice_narrows_the_board_and_back_widens_it(year: Site, page_as: PageAs) -> None:
    page = await page_as(year, "hanna-oja")
    await page.goto(f"{year.home}?round=2024-annual")

    await page.get_by_label("Yksikkö").select_option("payments")
    await page.wait_for_url("**unit=payments**")
    await expect(page.get_by_role("link", name="Henkilöstön hyvinvointi työssä (VM Baro)")).to_have_count(0)
    await page.go_back()

    await expect(page.get_by_role("link", name="Henkilöstön hyvinvointi työssä (VM Baro)")).to_have_count(1)


async def test_the_slider_goes_back_in_time_by_keyboard_and_keeps_the_focus(year: Site, page_as: PageAs) -> None:
    page = await page_as(year, "hanna-oja")
    await page.goto(f"{year.home}?round=2024-annual")
    await page.locator("summary", has_text="Näytä aiemman päivän tilanne").click()

    await page.locator("#f-day-slider").press("Home")

    await expect(page.get_by_text(BANNER)).to_be_visible()
    await expect(page).to_have_url(re.compile("day=2024-01-01"))
    await expect(page.locator("#f-day-slider")).to_be_focused()
    assert await violations(page) == []
    assert await too_wide(page) == []


async def test_a_document_opens_beside_its_item(year: Site, page_as: PageAs) -> None:
    page = await page_as(year, "mikko-salo")
    await page.goto(f"{year.home}/rounds/2024-annual/items/release-3-2024")

    await page.get_by_role("link", name="Ohjausryhmän pöytäkirja", exact=True).click()

    document = page.locator("iframe[title='Ohjausryhmän pöytäkirja']")
    await expect(document).to_be_visible()
    await expect(document).to_have_attribute("src", re.compile(r"/keha/files/[0-9a-f]{64}$"))
