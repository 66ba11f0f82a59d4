"""Signing in and out as people do it, in Chromium: by one click at the demo's identity provider, also by keyboard."""

import re
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Page, expect
from web.site import Site

from browser.chromium import too_wide, violations
from browser.conftest import PageAs
from services.demo.provider import demo_provider
from services.identity.demo_pages import Part

CHOOSE = {"fi": "Kirjaudu kokeilemaan", "sv": "Logga in och prova", "en": "Sign in to try it out"}
IN = {"fi": "Kirjaudu sisään", "sv": "Logga in", "en": "Sign in"}
OUT = {"fi": "Kirjaudu ulos", "sv": "Logga ut", "en": "Sign out"}


@pytest.fixture
def parts(agency: Site) -> dict[str, Part]:
    """The people of the agency have parts, as those of the demo have."""
    theirs = demo_provider("http://demo.example/idp")._parts
    found = {"owner": theirs["maria-backman"], "head": theirs["marja-ylitalo"]}
    agency.provider._parts |= found
    return found


async def _choosing(page: Page, site: Site, language: str) -> None:
    await page.goto(f"{site.home}?year=2024")
    await expect(page.get_by_role("heading", level=1)).to_have_text(CHOOSE[language])


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
async def test_one_signs_in_by_a_click_and_out_by_a_button(agency: Site, page_as: PageAs, language: str) -> None:
    page = await page_as(agency, None, language=language)
    await _choosing(page, agency, language)

    await page.get_by_role("link", name="The owner").click()
    await page.wait_for_url(f"**{agency.home}?year=2024")
    await page.locator("summary", has_text="The owner").click()
    await page.get_by_role("button", name=OUT[language]).click()
    await page.wait_for_url(f"{agency.url}/")

    await expect(page.get_by_role("link", name=IN[language], exact=True).first).to_be_visible()
    await _choosing(page, agency, language)
    assert [each["name"] for each in await page.context.cookies() if each["name"] == "etappi"] == []


async def test_one_signs_in_by_keyboard_alone(agency: Site, page_as: PageAs) -> None:
    page = await page_as(agency, None, language="en")
    await _choosing(page, agency, "en")
    for _ in range(40):
        await page.keyboard.press("Tab")
        if "The owner" in await page.evaluate("document.activeElement.textContent"):
            break

    await page.keyboard.press("Enter")

    await page.wait_for_url(f"**{agency.home}?year=2024")


async def test_who_thinks_better_of_it_is_told_that_nobody_was_signed_in(agency: Site, page_as: PageAs) -> None:
    page = await page_as(agency, None, language="en")
    await _choosing(page, agency, "en")

    await page.get_by_role("link", name="Cancel and go back").click()

    await page.wait_for_url(re.compile("/signed-in"))
    assert await violations(page) == []
    await page.goto(agency.home)
    assert urlsplit(page.url).path == "/idp/authorize"


@pytest.mark.parametrize("width", [1280, 320])
@pytest.mark.parametrize("language", ["fi", "sv", "en"])
async def test_the_choice_of_people_bars_nobody(
    agency: Site, page_as: PageAs, parts: dict[str, Part], language: str, width: int
) -> None:
    page = await page_as(agency, None, language=language, width=width)
    await _choosing(page, agency, language)

    assert [*await violations(page), *await too_wide(page)] == []
    await expect(page.get_by_role("heading", level=2).first).to_be_visible()


async def test_the_page_of_a_token_bars_nobody(agency: Site, page_as: PageAs) -> None:
    page = await page_as(agency, None, width=320)

    await page.goto("/idp/people/owner")

    assert [*await violations(page), *await too_wide(page)] == []
