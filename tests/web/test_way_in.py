"""The way in and out of the whole service: pages for what goes wrong, and nothing done by who comes from elsewhere."""

import pytest

from web.site import Site

EVIL = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}


async def test_who_follows_a_link_signs_in_and_is_there(agency: Site) -> None:
    client = agency.client("sv")

    choice = await client.get(f"{agency.home}?year=2024")
    back = await client.get(str(choice.url.copy_merge_params({"login": "owner"})))

    assert choice.url.path == "/idp/authorize"
    assert '<html lang="sv">' in choice.text
    assert (back.status_code, back.url.path, back.url.query) == (200, agency.home, b"year=2024")


async def test_a_form_from_elsewhere_does_nothing_and_gets_a_page(agency: Site) -> None:
    client = await agency.client_as("owner", "en")

    answer = await client.post("/sign-out", headers=EVIL)

    assert answer.status_code == 403
    assert '<html lang="en">' in answer.text
    assert (await client.get(agency.home)).url.path == agency.home, "still signed in"


@pytest.mark.parametrize("path", ["/signed-in?state=x&code=y", "/signed-in"])
async def test_an_answer_that_nobody_asked_for_gets_a_page(agency: Site, path: str) -> None:
    answer = await agency.client("fi").get(path)

    assert answer.status_code == 400
    assert '<html lang="fi">' in answer.text
    assert '<a href="/">' in answer.text


async def test_after_signing_out_the_way_back_leads_to_signing_in(agency: Site) -> None:
    client = await agency.client_as("owner", "fi")

    still = await client.get("/sign-out")
    out = await client.post("/sign-out")
    again = await client.get(agency.home)

    assert str(still.url) == f"{agency.url}{agency.home}", "a link signs nobody out"
    assert (out.status_code, out.url.path) == (200, "/")
    assert again.url.path == "/idp/authorize"
