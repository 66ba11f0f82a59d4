import gzip
from collections.abc import AsyncIterator

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from services.web import static

FIRST_LOAD = (
    "etappi.css",
    "etappi.js",
    "vendor/htmx.min.js",
    "icons.svg",
    "favicon.svg",
    "fonts/source-sans-3-latin-400-normal.woff2",
    "fonts/source-sans-3-latin-600-normal.woff2",
)
PAGE = 30_000
"""What is left for the page itself, packed."""


@pytest.fixture
async def browser() -> AsyncIterator[httpx2.AsyncClient]:
    app = Starlette(routes=[Mount(static.MOUNTED, static.files())])
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://etappi") as client:
        yield client


async def test_a_file_is_kept_for_a_year_at_the_address_that_pages_give_it(browser: httpx2.AsyncClient) -> None:
    answer = await browser.get(static.address("etappi.css"))

    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/css; charset=utf-8"
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"


async def test_an_address_from_before_an_update_gives_the_present_file_and_isnt_kept(
    browser: httpx2.AsyncClient,
) -> None:
    answer = await browser.get("/static/0123456789abcdef/etappi.js")

    assert answer.text == (static.FOLDER / "etappi.js").read_text()
    assert answer.headers["Cache-Control"] == "no-cache"


async def test_a_file_is_packed_for_those_who_take_it_so(browser: httpx2.AsyncClient) -> None:
    packed = await browser.get(static.address("icons.svg"), headers={"Accept-Encoding": "gzip"})
    plain = await browser.get(static.address("icons.svg"), headers={"Accept-Encoding": "identity"})

    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Vary"] == plain.headers["Vary"] == "Accept-Encoding"
    assert packed.content == plain.content == (static.FOLDER / "icons.svg").read_bytes()


@pytest.mark.parametrize(
    "name", ["vendor/manifest.json", "vendor/htmx.LICENSE", "../static.py", "%2e%2e/static.py", ""]
)
async def test_nothing_else_is_served(browser: httpx2.AsyncClient, name: str) -> None:
    answer = await browser.get(f"{static.MOUNTED}/{static.VERSION}/{name}")

    assert answer.status_code == 404


def test_a_file_that_isnt_there_has_no_address() -> None:
    with pytest.raises(KeyError):
        static.address("nothing.css")


def test_a_first_load_is_under_150_kilobytes() -> None:
    sent = 0
    for name in FIRST_LOAD:
        content = (static.FOLDER / name).read_bytes()
        sent += len(content) if name.endswith(".woff2") else len(gzip.compress(content, 9))

    assert sent + PAGE < 150_000
