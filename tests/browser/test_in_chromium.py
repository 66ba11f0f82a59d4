"""Every page that somebody reaches, in Chromium: nobody is barred from it, it fits a phone, and it is small."""

from collections.abc import Mapping

import pytest
from playwright.async_api import Page
from web.site import Site
from web.walk import PEOPLE, Seen, walked

from browser.chromium import too_wide, violations
from browser.conftest import PageAs
from services.web.languages import LANGUAGES

PHONE, DESKTOP = {"width": 320, "height": 640}, {"width": 1280, "height": 900}
FIRST_LOAD_BYTES = 150_000
PAGES = ("", "/work", "/cycles/2024")
"""Where people begin."""

Walks = Mapping[str, list[Seen]]


@pytest.fixture(scope="session")
async def walks(year: Site) -> Walks:
    """The pages of each role, as Finnish has them."""
    return {role: [seen for seen in await walked(year, role, "fi") if seen.text] for role in PEOPLE}


async def faults(page: Page, path: str) -> list[str]:
    """What is wrong with a page, on a desktop and on a phone."""
    await page.set_viewport_size(DESKTOP)  # type: ignore[arg-type]
    answer = await page.goto(path)
    found = [] if answer is not None and answer.ok else [f"{answer and answer.status}"]
    found += await violations(page)
    await page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    found += await too_wide(page)
    return [f"{path}: {fault}" for fault in found]


@pytest.mark.parametrize("role", PEOPLE)
async def test_a_role_finds_nothing_in_its_way(role: str, year: Site, walks: Walks, page_as: PageAs) -> None:
    page = await page_as(year, PEOPLE[role])

    assert [fault for seen in walks[role] for fault in await faults(page, seen.path)] == []


@pytest.mark.parametrize("language", [language for language in LANGUAGES if language != "fi"])
async def test_a_language_puts_nothing_in_the_way(language: str, year: Site, walks: Walks, page_as: PageAs) -> None:
    left = {seen.route: seen for walk in walks.values() for seen in walk}

    found = []
    for role in PEOPLE:
        page = await page_as(year, PEOPLE[role], language=language)
        for seen in left.values():
            if seen.role == role:
                found += await faults(page, seen.path)

    assert found == []


@pytest.mark.parametrize("path", PAGES)
async def test_a_first_load_is_small(path: str, year: Site, page_as: PageAs) -> None:
    page = await page_as(year, PEOPLE["coordinator"])
    devtools = await page.context.new_cdp_session(page)
    sizes: list[float] = []
    devtools.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    await devtools.send("Network.enable")
    await devtools.send("Network.setCacheDisabled", {"cacheDisabled": True})

    await page.goto(year.home + path, wait_until="networkidle")

    assert 0 < sum(sizes) < FIRST_LOAD_BYTES, f"{sum(sizes)} bytes in {len(sizes)} answers"
