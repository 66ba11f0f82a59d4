"""What a page takes: forms that our own pages sent, of bounded length; and the headers that every page bears."""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from services.web.guard import FORM_BYTES, Guard, origin_of
from services.web.headers import Headers

PUBLIC = "https://etappi.example"
UPLOAD_BYTES = 1_000_000
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass(slots=True)
class Pages:
    """An app that notes what reaches it."""

    reached: list[str] = field(default_factory=list)

    def app(self) -> Starlette:
        async def page(request: Request) -> Response:
            taken = await request.body()
            self.reached.append(request.method)
            return PlainTextResponse(str(len(taken)))

        async def refused(_: Request, error: Exception) -> Response:
            assert isinstance(error, HTTPException)
            return PlainTextResponse("too large on its way", status_code=error.status_code)

        methods = ["GET", "POST", "PUT", "PATCH", "DELETE"]
        routes = [Route("/form", page, methods=methods), Route("/static/x.css", page, methods=methods)]
        return Starlette(routes=routes, exception_handlers={HTTPException: refused})


async def _refuse(request: Request, status: int, code: str) -> Response:
    return PlainTextResponse(f"{request.method} {code}", status_code=status)


@pytest.fixture
def pages() -> Pages:
    return Pages()


def _client(pages: Pages, public_url: str | None = PUBLIC, host: str = "http://127.0.0.1:8000") -> httpx2.AsyncClient:
    guard = Guard(pages.app(), public_url, refuse=_refuse, upload_bytes=UPLOAD_BYTES)
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app=guard), base_url=host)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://etappi.example"},
        {"Origin": "https://etappi.example:8443"},
        {"Origin": "https://etappi.example.evil.example"},
        {"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"},
        {"Origin": ""},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Host": "etappi.example"},
        {"Referer": "https://etappi.example/form"},
    ],
)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_what_another_site_sends_is_refused_and_reaches_nothing(
    pages: Pages, method: str, headers: Mapping[str, str]
) -> None:
    answer = await _client(pages).request(method, "/form", headers=headers)

    assert (answer.status_code, answer.text) == (403, f"{method} foreign-form")
    assert pages.reached == []


@pytest.mark.parametrize("headers", [{"Origin": PUBLIC}, {"Sec-Fetch-Site": "same-origin"}])
async def test_what_our_pages_send_is_taken(pages: Pages, headers: Mapping[str, str]) -> None:
    answer = await _client(pages).post("/form", content=b"a=b", headers={**FORM, **headers})

    assert (answer.status_code, answer.text) == (200, "3")


async def test_reading_asks_for_no_origin(pages: Pages) -> None:
    answer = await _client(pages).get("/form", headers={"Origin": "https://elsewhere.example"})

    assert answer.status_code == 200


async def test_without_a_public_address_the_one_that_was_asked_for_counts(pages: Pages) -> None:
    client = _client(pages, None)

    own = await client.post("/form", headers={"Origin": "http://127.0.0.1:8000"})
    other = await client.post("/form", headers={"Origin": "http://127.0.0.1:8001"})

    assert (own.status_code, other.status_code) == (200, 403)


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://Etappi.Example/", "https://etappi.example"),
        ("https://etappi.example:443/below/", "https://etappi.example"),
        ("http://etappi.example:80", "http://etappi.example"),
        ("http://[::1]:8000/x", "http://[::1]:8000"),
        ("https://idp.example:8443/realms/etappi", "https://idp.example:8443"),
    ],
)
def test_an_origin_is_written_as_browsers_write_it(url: str, origin: str) -> None:
    assert origin_of(url) == origin


async def _in_pieces(size: int) -> AsyncIterator[bytes]:
    for start in range(0, size, 65_536):
        yield b"x" * min(65_536, size - start)


@pytest.mark.parametrize(
    ("media_type", "most"),
    [
        ("application/x-www-form-urlencoded", FORM_BYTES),
        ("multipart/form-data; boundary=x", FORM_BYTES + UPLOAD_BYTES),
    ],
)
@pytest.mark.parametrize(
    ("body", "said"),
    [(lambda size: b"x" * size, "POST body-too-large"), (_in_pieces, "too large on its way")],
    ids=["told", "untold"],
)
async def test_a_form_has_four_megabytes_and_its_files_beside_them(
    pages: Pages, media_type: str, most: int, body: Callable[[int], bytes | AsyncIterator[bytes]], said: str
) -> None:
    headers = {"Origin": PUBLIC, "Content-Type": media_type}

    just = await _client(pages).post("/form", content=body(most), headers=headers)
    over = await _client(pages).post("/form", content=body(most + 1), headers=headers)

    assert (just.status_code, just.text) == (200, str(most))
    assert (over.status_code, over.text) == (413, said)
    assert pages.reached == ["POST"]


async def test_a_length_that_is_a_lie_helps_nobody(pages: Pages) -> None:
    headers = {**FORM, "Origin": PUBLIC, "Content-Length": "3"}

    answer = await _client(pages).post("/form", content=b"x" * (FORM_BYTES + 1), headers=headers)

    assert answer.status_code == 413
    assert pages.reached == []


async def _headers(pages: Pages, path: str, public_url: str | None) -> httpx2.Headers:
    app = Headers(pages.app(), issuer="https://idp.example:8443/realms/etappi", public_url=public_url)
    client = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url=PUBLIC)
    return (await client.get(path)).headers


async def test_a_page_takes_nothing_from_elsewhere_and_nothing_inline(pages: Pages) -> None:
    found = await _headers(pages, "/form", PUBLIC)

    policy = dict(each.strip().split(" ", 1) for each in found["Content-Security-Policy"].split(";"))
    assert policy == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "font-src": "'self'",
        "img-src": "'self'",
        "frame-src": "'self'",
        "connect-src": "'self'",
        "form-action": "'self' https://idp.example:8443",
        "frame-ancestors": "'none'",
        "base-uri": "'none'",
    }
    assert found["Referrer-Policy"] == "same-origin"
    assert found["X-Content-Type-Options"] == "nosniff"
    assert "camera=()" in found["Permissions-Policy"]


async def test_only_a_document_may_be_framed_and_only_by_our_own_pages(pages: Pages) -> None:
    document, page = await _headers(pages, "/keha/files/abc", PUBLIC), await _headers(pages, "/keha/files", PUBLIC)

    assert "frame-ancestors 'self'" in document["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in page["Content-Security-Policy"]


async def test_pages_are_kept_nowhere_and_files_are(pages: Pages) -> None:
    page, file = await _headers(pages, "/form", PUBLIC), await _headers(pages, "/static/x.css", PUBLIC)

    assert page["Cache-Control"] == "no-store"
    assert "Cache-Control" not in file


async def test_browsers_are_told_to_come_by_https_only_where_there_is_https(pages: Pages) -> None:
    assert "max-age=31536000" in (await _headers(pages, "/form", PUBLIC))["Strict-Transport-Security"]
    for plain in (None, "http://127.0.0.1:8000"):
        assert "Strict-Transport-Security" not in await _headers(pages, "/form", plain)
