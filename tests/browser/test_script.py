"""What the pages' script adds, over every part on one page and a server that counts what comes."""

import asyncio
import re
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from playwright.async_api import expect
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from web.parts import all_parts, refused
from web.site import Site

from browser.chromium import Watch, violations
from browser.conftest import PageAs
from services.web import static
from services.web.headers import Headers
from services.web.page import Typed

URL = "http://parts.localhost"
SEND = "form.form button[type=submit] >> nth=0"
MEGABYTE = 1 << 20


@dataclass
class Server:
    """Shows the parts, and notes what it is sent."""

    refuses: bool = False
    forms: list[dict[str, Any]] = field(default_factory=list)
    drafts: list[dict[str, Any]] = field(default_factory=list)

    def site(self) -> Site:
        routes = [
            Route("/", self.page),
            Route("/x", self.form, methods=["POST"]),
            Route("/d", self.draft, methods=["POST"]),
            Mount(static.MOUNTED, static.files()),
        ]
        app = Headers(Starlette(routes=routes), issuer=URL, public_url=None)
        return Site(url=URL, app=app, parts=cast("Any", None), provider=cast("Any", None))

    async def page(self, _: Request) -> Response:
        return HTMLResponse(all_parts("fi"))

    async def form(self, request: Request) -> Response:
        form = await request.form()
        self.forms.append(dict(form))
        await asyncio.sleep(0.2)
        if self.refuses:
            return HTMLResponse(all_parts("fi", refused("risk", "Kirjoita riski."), Typed(form)), status_code=422)
        return RedirectResponse("/?sent", status_code=303)

    async def draft(self, request: Request) -> Response:
        self.drafts.append(dict(await request.form()))
        return Response(status_code=204)


@pytest.fixture
def server() -> Server:
    return Server()


async def test_a_double_click_is_sent_once(server: Server, page_as: PageAs) -> None:
    page = await page_as(server.site(), None)

    await page.evaluate("() => { const b = document.querySelector('form.form button'); b.click(); b.click(); }")
    await page.wait_for_url("**/?sent")

    assert len(server.forms) == 1


async def test_a_refusal_takes_the_focus_and_keeps_what_was_typed(server: Server, page_as: PageAs, seen: Watch) -> None:
    seen.expect("422")
    server.refuses = True
    page = await page_as(server.site(), None)
    await page.fill("#f-cause", "Toimittaja vaihtui")

    await page.click(SEND)

    await expect(page.locator("#problem")).to_be_focused()
    await expect(page.locator("#f-cause")).to_have_value("Toimittaja vaihtui")
    assert page.url == f"{URL}/"
    assert await violations(page) == []


async def test_what_is_typed_is_kept_as_a_draft(server: Server, page_as: PageAs) -> None:
    page = await page_as(server.site(), None)

    await page.fill("#f-risk", "Aikataulu")

    told = re.compile(r"^Luonnos tallennettu klo \d{1,2}[.:]\d\d\.$")
    await expect(page.locator("[data-draft-status]")).to_have_text(told)
    assert [each["risk"] for each in server.drafts] == ["Aikataulu"]
    assert server.forms == []


async def test_where_no_answer_comes_the_form_stays_and_can_be_sent_again_under_its_key(
    server: Server, page_as: PageAs, seen: Watch
) -> None:
    seen.expect("net::ERR|htmx:error|Failed to fetch|failed")
    page = await page_as(server.site(), None)
    await page.fill("#f-cause", "Toimittaja vaihtui")
    key = await page.input_value("form.form [name=key]")
    await page.route("**/x", lambda route: route.abort())

    await page.click(SEND)
    await expect(page.locator("form [data-unsent]")).to_be_visible()
    await page.unroute("**/x")
    await page.click(SEND)
    await page.wait_for_url("**/?sent")

    assert [(each["key"], each["cause"]) for each in server.forms] == [(key, "Toimittaja vaihtui")]


async def test_a_file_is_sent_with_the_form(server: Server, page_as: PageAs) -> None:
    page = await page_as(server.site(), None)
    await page.set_input_files("#f-file", {"name": "a.pdf", "mimeType": "application/pdf", "buffer": b"x" * MEGABYTE})

    await page.click(SEND)
    await page.wait_for_url("**/?sent")

    assert [each["file"].size for each in server.forms] == [MEGABYTE]


async def test_without_scripts_the_form_is_sent_all_the_same(server: Server, page_as: PageAs) -> None:
    page = await page_as(server.site(), None, javascript=False)

    await page.click(SEND)
    await page.wait_for_url("**/?sent")

    assert len(server.forms) == 1


async def test_the_slider_moves_the_day_that_is_sent(server: Server, page_as: PageAs) -> None:
    page = await page_as(server.site(), None)

    await page.focus("#f-as_of-slider")
    await page.keyboard.press("ArrowRight")

    await expect(page.locator("#f-as_of")).to_have_value("2024-08-31")
    await expect(page.locator("#f-as_of-slider")).to_have_attribute("aria-valuetext", "31.8.2024")
