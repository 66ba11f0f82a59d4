"""The page on which one chooses whom to try the demo as: by role and unit, in three languages, with one click."""

from html.parser import HTMLParser
from urllib.parse import parse_qsl, urlsplit

import httpx2
import pytest
from fastapi import FastAPI

from services.demo.people import MEMBERS
from services.demo.provider import demo_provider
from services.identity.demo import DemoProvider

ISSUER = "http://demo.example/idp"
ASKED = {
    "client_id": "etappi",
    "redirect_uri": "http://demo.example/signed-in",
    "code_challenge": "c" * 43,
    "code_challenge_method": "S256",
    "state": "s",
    "nonce": "n",
    "response_type": "code",
    "scope": "openid profile",
}


class Read(HTMLParser):
    """The headings and links of a page: (level or address, text)."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []
        self._in = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"h1", "h2", "a"}:
            self._in = tag
            self.found.append((dict(attrs).get("href") or tag, ""))

    def handle_endtag(self, tag: str) -> None:
        self._in = "" if tag == self._in else self._in

    def handle_data(self, data: str) -> None:
        if self._in:
            address, text = self.found[-1]
            self.found[-1] = (address, f"{text} {data.strip()}".strip())


@pytest.fixture
def client() -> httpx2.AsyncClient:
    return _client(demo_provider(ISSUER))


def _client(provider: DemoProvider) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app=provider.beside(FastAPI())), base_url=ISSUER)


@pytest.mark.parametrize(
    ("language", "first", "owner", "auditor"),
    [
        ("fi", "Yksikön vastuuhenkilö", "Petri Sund Strategiayksikkö petri-sund", "Tarkastaja"),
        ("sv", "Enhetens ansvarsperson", "Petri Sund Strategienheten petri-sund", "Revisor"),
        ("en", "Unit owner", "Petri Sund Strategy unit petri-sund", "Auditor"),
    ],
)
async def test_everybody_stands_once_under_their_role_with_their_unit(
    client: httpx2.AsyncClient, language: str, first: str, owner: str, auditor: str
) -> None:
    page = await client.get("/authorize", params=ASKED | {"ui_locales": language})

    found = Read(page.text).found
    headings = [text for tag, text in found if tag == "h2"]
    people = [text for address, text in found if "login=" in address]
    assert f'<html lang="{language}">' in page.text
    assert (headings[0], auditor in headings, len(headings)) == (first, True, 8)
    assert owner in people
    assert sorted(each.rsplit(" ", 1)[1] for each in people) == sorted(member.account for member in MEMBERS)


async def test_one_click_leads_back_with_a_code(client: httpx2.AsyncClient) -> None:
    page = await client.get("/authorize", params=ASKED, headers={"Accept-Language": "sv-FI,sv;q=0.9"})
    [href] = [address for address, text in Read(page.text).found if text.endswith("petri-sund")]

    answer = await client.get(str(page.url.join(href)))

    said = dict(parse_qsl(urlsplit(answer.headers["Location"]).query))
    assert '<html lang="sv">' in page.text
    assert answer.headers["Location"].startswith("http://demo.example/signed-in?")
    assert set(said) == {"code", "state"}
    assert said["state"] == "s"


async def test_the_same_page_in_another_language_is_still_of_the_same_attempt(client: httpx2.AsyncClient) -> None:
    page = await client.get("/authorize", params=ASKED)
    [href] = [address for address, text in Read(page.text).found if text == "English"]

    other = page.url.join(href)

    assert dict(other.params) == ASKED | {"ui_locales": "en"}


async def test_one_may_think_better_of_it(client: httpx2.AsyncClient) -> None:
    page = await client.get("/authorize", params=ASKED | {"ui_locales": "en"})
    [href] = [address for address, text in Read(page.text).found if text == "Cancel and go back"]

    answer = await client.get(str(page.url.join(href)))

    assert answer.headers["Location"] == "http://demo.example/signed-in?error=access_denied&state=s"


async def test_tokens_for_the_api_are_a_click_away(client: httpx2.AsyncClient) -> None:
    page = await client.get("/", headers={"Accept-Language": "en"})
    [href] = [address for address, text in Read(page.text).found if text.endswith("satu-auditor")]

    token = await client.get(str(page.url.join(href)))

    assert "Token of Satu Rautio" in token.text
    assert "http://demo.example/api/v1/me" in token.text
    assert (await client.get("/people/nobody-known")).status_code == 404


async def test_the_pages_take_their_style_from_here_and_nothing_else_from_anywhere(client: httpx2.AsyncClient) -> None:
    page, style = await client.get("/authorize", params=ASKED), await client.get("/style.css")

    [policy] = page.headers.get_list("Content-Security-Policy")
    assert policy.startswith("default-src 'none'; style-src 'self';")
    assert page.headers["Cache-Control"] == "no-store"
    assert 'href="/idp/style.css"' in page.text
    assert (style.status_code, style.headers["Content-Type"]) == (200, "text/css; charset=utf-8")
    assert not any(each in page.text for each in ("<script", "<style", "style=", "onclick", "http://fonts"))


async def test_names_and_queries_are_text_and_no_markup() -> None:
    client = _client(DemoProvider(ISSUER, {"<b>": "<script>alert(1)</script>"}))

    page = await client.get("/authorize", params=ASKED | {"state": '"><script>', "ui_locales": "<i>"})

    assert "<script" not in page.text
    assert "<b>" not in page.text
    assert "&lt;script&gt;alert(1)" in page.text


async def test_the_provider_answers_at_its_own_path_alone(client: httpx2.AsyncClient) -> None:
    answers = {
        path: (await client.get(f"http://demo.example{path}")).status_code for path in ("/idp", "/idp/", "/idpx")
    }

    assert answers == {"/idp": 307, "/idp/": 200, "/idpx": 404}
