"""What holds for every page: who may ask, in which language, and what becomes of what was typed."""

import re
from collections.abc import AsyncIterator

import pytest
import structlog

from services.web.guard import FORM_BYTES
from services.web.languages import preferred
from web.site import Site

POSTED = {"key": "k-1", "reason": '<script>alert(1)</script> & "words"', "to": "day", "today": "2024-06-02"}
NO_FORM = "/keha/rounds/2024-half-year/items/no-such-item/report"


async def test_what_was_typed_when_the_session_had_ended_is_kept_and_can_be_sent_again(agency: Site) -> None:
    client, before = await agency.client_as("owner"), await agency.events()
    client.cookies.clear()

    answer = await client.post("/keha/clock", data=POSTED)

    assert answer.status_code == 401
    assert "Istuntosi on päättynyt" in answer.text
    kept = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', answer.text))
    assert kept == {
        "key": "k-1",
        "reason": "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &#34;words&#34;",
        "to": "day",
        "today": "2024-06-02",
    }
    assert await agency.events() == before


async def test_a_file_that_comes_after_the_session_has_ended_is_not_read_whole(agency: Site) -> None:
    client, read = agency.client(), 0

    async def long() -> AsyncIterator[bytes]:
        nonlocal read
        yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n'
        for _ in range(FORM_BYTES // 2**16 * 4):
            read += 2**16
            yield b"x" * 2**16

    answer = await client.post(NO_FORM, content=long(), headers={"Content-Type": "multipart/form-data; boundary=x"})

    assert answer.status_code == 401
    assert "liian suuri säilytettäväksi" in answer.text
    assert 'type="hidden"' not in answer.text
    assert read <= FORM_BYTES + 2**16


async def test_the_fields_beside_a_small_file_are_kept_after_the_session_has_ended(agency: Site) -> None:
    answer = await agency.client().post(NO_FORM, data={"reason": "syy"}, files={"file": ("a.pdf", b"%PDF")})

    assert answer.status_code == 401
    assert '<input type="hidden" name="reason" value="syy">' in answer.text
    assert "Tiedostot on valittava" in answer.text


async def test_an_address_that_only_takes_a_form_leads_to_the_page_above_it_with_its_language(agency: Site) -> None:
    client = await agency.client_as("coordinator")
    posted = await client.post("/keha/rounds/2024-half-year/return", data={"reason": ""})
    assert posted.status_code >= 400
    link = re.search(r'href="([^"]*lang=sv[^"]*)"', posted.text)
    assert link is not None

    there = await client.get(str(posted.url.join(link[1])))

    assert (there.status_code, there.url.path) == (200, "/keha/rounds/2024-half-year")
    assert '<html lang="sv">' in there.text


async def test_who_is_signed_in_has_the_menu_on_a_page_that_there_is_not(agency: Site) -> None:
    inside = await (await agency.client_as("owner")).get("/keha/no/such/page")
    outside = await agency.client().get("/keha/no/such/page")

    assert (inside.status_code, outside.status_code) == (404, 404)
    assert 'href="/keha/work"' in inside.text
    assert 'href="/keha/work"' not in outside.text


async def test_a_page_that_failed_says_the_id_by_which_the_log_tells_it(
    agency: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = await agency.client_as("owner")
    client._transport.raise_app_exceptions = False  # type: ignore[attr-defined]

    async def broken(*_: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr("services.web.sessions.Sessions.find", broken)
    with structlog.testing.capture_logs() as logged:
        answer = await client.get("/keha")

    assert answer.status_code == 500
    ids = [each["request"] for each in logged if each["event"] == "a page failed"]
    assert len(ids) == 1
    assert f"<code>{ids[0]}</code>" in answer.text


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "fi"),
        ("de", "fi"),
        ("sv", "sv"),
        ("en-GB,en;q=0.9", "en"),
        ("en;q=0.5, sv;q=0.8", "sv"),
        ("fi;q=0, en;q=0.1", "en"),
        ("de, sv-FI;q=0.7, en;q=0.7", "sv"),
        ("en;q=nonsense, fi", "fi"),
    ],
)
def test_the_language_is_the_one_that_the_browser_likes_best(accepted: str, language: str) -> None:
    assert preferred(accepted) == language


async def test_a_language_that_was_chosen_stays(agency: Site) -> None:
    client = await agency.client_as("owner", "fi")

    chosen = await client.get("/keha/clock", params={"lang": "sv"})
    later = await client.get("/keha/clock")

    assert chosen.url.query == b""
    assert '<html lang="sv">' in chosen.text
    assert '<html lang="sv">' in later.text


async def test_a_language_that_there_is_not_changes_nothing(agency: Site) -> None:
    client = await agency.client_as("owner", "fi")

    assert '<html lang="fi">' in (await client.get("/keha/clock", params={"lang": "de"})).text


async def test_an_address_that_there_is_not_gets_a_page_in_the_readers_language(agency: Site) -> None:
    client = await agency.client_as("owner")

    answer = await client.get("/keha/no/such/page")

    assert answer.status_code == 404
    assert "Sivua ei löydy" in answer.text


async def test_the_ledger_of_an_agency_that_does_not_know_somebody_shows_them_nothing(agency: Site) -> None:
    client = await agency.client_as("owner")

    assert (await client.get("/another")).status_code == 404


async def test_who_has_no_role_is_told_who_can_give_one(agency: Site) -> None:
    client = agency.client()
    choice = await client.get("/sign-in", params={"to": "/keha"})

    answer = await client.get(str(choice.url.copy_merge_params({"login": "nobody"})))

    assert answer.status_code == 403
    assert "<h1>" in answer.text


async def test_pages_never_say_who_asks_in_a_header_that_the_api_would_believe(agency: Site) -> None:
    client = await agency.client_as("owner")

    # The cookie of a session opens pages, and nothing of the API.
    assert (await client.get("/api/v1/keha/me")).status_code == 401


async def test_a_page_that_anybody_reads_knows_who_is_signed_in(agency: Site) -> None:
    client = await agency.client_as("owner")

    inside, outside = await client.get("/keha/help"), await agency.client().get("/help")

    assert "Kirjaudu ulos" in inside.text
    assert "Kirjaudu sisään" in outside.text
    assert inside.status_code == outside.status_code == 200


async def test_what_was_typed_into_a_form_that_could_not_be_made_again_is_kept(agency: Site) -> None:
    client = await agency.client_as("owner")

    # There is no such item, so its form can't be made.
    answer = await client.post(
        "/keha/rounds/2024-half-year/items/no-such-item/report", data={"key": "k-2", "reason": "A <b>long</b> text"}
    )

    assert answer.status_code >= 400
    assert 'name="reason" value="A &lt;b&gt;long&lt;/b&gt; text"' in answer.text
    assert "Lähetä uudelleen" in answer.text


async def test_a_text_of_more_than_a_megabyte_is_read_and_not_thrown_away(agency: Site) -> None:
    client = await agency.client_as("owner")
    long = "pitkä " * 200_000

    answer = await client.post(NO_FORM, files={"reason": (None, long)})

    assert answer.status_code != 400
    assert long.strip() in answer.text
