"""What the browsers of the tests see: faults that no test asks for, and what axe finds."""

import hashlib
import re
from pathlib import Path

import pytest
from playwright.async_api import Error
from web.site import Site

from browser.chromium import Watch, too_wide, violations
from browser.conftest import PageAs

HERE = Path(__file__).parent


def test_axe_is_the_file_that_was_vendored() -> None:
    digest = hashlib.sha256((HERE / "axe.min.js").read_bytes()).hexdigest()

    assert digest in (HERE / "AXE.md").read_text(encoding="utf-8")


async def test_faults_that_nobody_asked_for_are_seen(agency: Site, page_as: PageAs, seen: Watch) -> None:
    page = await page_as(agency, None)
    await page.evaluate("console.error('said in the console')")
    await page.evaluate("setTimeout(() => { throw new Error('thrown by a script') })")
    await page.evaluate("fetch('http://elsewhere.example/').catch(() => 0)")
    with pytest.raises(Error, match="ERR_NAME_NOT_RESOLVED"):
        await page.goto("http://elsewhere.example/")

    for fault in ("in the console", "by a script", "violates .* Content Security Policy", "host: http://elsewhere"):
        assert any(re.search(fault, each) for each in seen.left()), fault
        seen.expect(fault)
    assert seen.left() == []


async def test_axe_finds_what_bars_people(agency: Site, page_as: PageAs) -> None:
    page = await page_as(agency, None)
    await page.evaluate("document.body.innerHTML = '<main><h1>Title</h1><p><input></p></main>'")

    assert any(each.startswith("label: ") for each in await violations(page))


async def test_a_page_wider_than_a_phone_is_noticed(agency: Site, page_as: PageAs) -> None:
    page = await page_as(agency, None, width=320)
    assert await too_wide(page) == []

    await page.evaluate("document.querySelector('main').style.width = '400px'")

    assert await too_wide(page) != []
