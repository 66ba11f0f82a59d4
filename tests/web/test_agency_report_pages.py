"""The page of a round: the head decides on the agency's report that was shown; response and deviations beside it."""

import re
from typing import Any

import httpx2
from api.world import HALF_YEAR

from web.site import Site
from web.test_assessment_pages import CORRECTED, DECIDER, HEAD, PDF, all_assessed, delivered_again

PAGE = f"/keha/rounds/{HALF_YEAR}"
ANNUAL = "/keha/rounds/2024-annual"
REASON = "Raportoidaan vuosiraportissa."


async def compiled(site: Site) -> str:
    """A report of gaps alone is compiled; its digest."""
    items = (await site.api("coordinator", f"rounds/{HALF_YEAR}/items", limit=500))["items"]
    gaps = [{"subject": each["subject"], "reason": REASON} for each in items]
    await site.do("coordinator", "compile-agency-report", round=HALF_YEAR, gaps=gaps)
    await site.followed()
    return str((await site.api("head", f"rounds/{HALF_YEAR}"))["compiled"]["digest"])


def fields(answer: httpx2.Response, action: str) -> dict[str, str]:
    """The hidden fields of a form."""
    form = answer.text.partition(f'action="{action}"')[2].partition("</form>")[0]
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form))


async def stage(site: Site) -> str:
    return str((await site.api("head", f"rounds/{HALF_YEAR}"))["stage"])


async def test_the_head_sees_the_gaps_with_their_reasons_and_approves_exactly_that(agency: Site) -> None:
    digest = await compiled(agency)
    client = await agency.client_as("head")
    queue = await client.get("/keha/queue")
    page = await client.get(PAGE)
    assert "Hyväksy viraston raportti" in queue.text
    assert REASON in page.text
    assert fields(page, f"{PAGE}/approve")["digest"] == digest

    done = await client.post(f"{PAGE}/approve", data=fields(page, f"{PAGE}/approve"))

    assert "Raportti on hyväksytty." in done.text
    assert await stage(agency) == "approved"
    events = await agency.events()
    await client.post(f"{PAGE}/approve", data=fields(page, f"{PAGE}/approve"))
    assert await agency.events() == events


async def test_a_report_that_was_compiled_anew_meanwhile_is_not_approved(agency: Site) -> None:
    await compiled(agency)
    client = await agency.client_as("head")
    page = await client.get(PAGE)
    await agency.do("head", "return-agency-report", round=HALF_YEAR, reason="Korjaa")
    anew = await compiled(agency)
    events = await agency.events()

    answer = await client.post(f"{PAGE}/approve", data=fields(page, f"{PAGE}/approve"))

    assert answer.status_code == 409
    assert fields(answer, f"{PAGE}/approve")["digest"] == anew
    assert await agency.events() == events


async def test_an_old_page_returns_no_report_that_was_approved_since_and_says_who_did(agency: Site) -> None:
    digest = await compiled(agency)
    client = await agency.client_as("head")
    sent = fields(await client.get(PAGE), f"{PAGE}/return") | {"reason": "Puutteita on liikaa."}
    await agency.do("head", "approve-agency-report", round=HALF_YEAR, digest=digest)
    events = await agency.events()

    answer = await client.post(f"{PAGE}/return", data=sent)

    assert answer.status_code == 409
    assert "Raportti on jo hyväksytty. Päättäjä: The head." in answer.text
    assert "Puutteita on liikaa." in answer.text
    assert await agency.events() == events


async def test_the_head_returns_the_report_with_a_reason(agency: Site) -> None:
    await compiled(agency)
    client = await agency.client_as("head")
    sent = fields(await client.get(PAGE), f"{PAGE}/return")

    blank = await client.post(f"{PAGE}/return", data=sent | {"reason": " "})
    done = await client.post(
        f"{PAGE}/return", data=fields(blank, f"{PAGE}/return") | {"reason": "Puutteita on liikaa."}
    )

    assert blank.status_code == 422
    assert 'href="#f-reason"' in blank.text
    assert "Raportti on palautettu koordinoijalle." in done.text
    assert await stage(agency) == "open"


async def test_only_the_head_is_offered_to_decide_and_only_they_may(agency: Site) -> None:
    await compiled(agency)
    sent = fields(await (await agency.client_as("head")).get(PAGE), f"{PAGE}/approve")
    client = await agency.client_as("coordinator")
    events = await agency.events()

    page = await client.get(PAGE)
    answer = await client.post(f"{PAGE}/approve", data=sent)

    assert f'action="{PAGE}/approve"' not in page.text
    assert answer.status_code == 403
    assert await agency.events() == events


async def test_before_delivery_the_ministry_sees_neither_report_nor_units(agency: Site) -> None:
    await compiled(agency)

    page = await (await agency.client_as("assessor")).get(PAGE)

    assert page.status_code == 200
    assert REASON not in page.text
    assert "Yksiköiden raportit" not in page.text


async def test_a_round_that_is_not_open_says_when_it_opens(agency: Site) -> None:
    page = await (await agency.client_as("owner")).get(ANNUAL)

    assert "Kierros ei ole vielä auki" in page.text
    assert "1.1.2025" in page.text


async def test_the_units_of_a_delivered_year_and_what_is_open_again_are_shown(year: Site) -> None:
    page = await (await year.client_as("marja-ylitalo")).get(ANNUAL)

    assert page.status_code == 200
    assert "KEHA/0311/2025" in page.text
    assert "Osa siitä on avattu uudelleen" in page.text


async def test_no_response_is_offered_before_the_statement(agency: Site) -> None:
    client = await agency.client_as("head")
    page = await client.get("/keha/cycles/2024/response")
    events = await agency.events()

    answer = await client.post("/keha/cycles/2024/response", data={"key": "k", "narrative": "Emme yhdy tähän."})

    assert '<form method="post" action="/keha/cycles/2024/response"' not in page.text
    assert answer.status_code == 409
    assert await agency.events() == events


async def test_the_head_attaches_the_response_with_its_document_and_all_may_read_it(year_copy: Site) -> None:
    await delivered_again(year_copy)
    await all_assessed(year_copy)
    digest = (await year_copy.api(DECIDER, "cycles/2024/statement-draft"))["digest"]
    await year_copy.do(DECIDER, "issue-statement", year=2024, digest=digest, narrative="Vuoden tulos on hyvä.")
    await year_copy.followed()
    client, address = await year_copy.client_as(HEAD), "/keha/cycles/2024/response"
    assert f'href="{address}"' in (await client.get("/keha/queue")).text
    form = await client.get(address)
    assert "Vuoden tulos on hyvä." in form.text
    assert 'href="/keha/cycles/2024/statement"' in form.text
    key = fields(form, address)

    blank = await client.post(address, data=key | {"narrative": ""})
    words = key | {"narrative": "Virasto yhtyy <i>kantaan</i>."}
    done = await client.post(address, data=words, files={"document": PDF})
    events = await year_copy.events()
    await client.post(address, data=words, files={"document": PDF})

    assert (blank.status_code, 'href="#f-narrative"' in blank.text) == (422, True)
    assert "Vastine on liitetty kannanottoon." in done.text
    assert await year_copy.events() == events, "sent twice, attached once"
    read = (await (await year_copy.client_as(DECIDER)).get(address)).text
    assert "Virasto yhtyy &lt;i&gt;kantaan&lt;/i&gt;." in read
    assert "kannanotto.pdf" in read


async def test_the_deviations_of_the_year_are_told_with_their_actions(year: Site) -> None:
    listed: list[Any] = (await year.api("marja-ylitalo", "deviations/2024"))["deviations"]
    open_one = next(each for each in listed if each["stage"] == "open")

    page = await (await year.client_as("marja-ylitalo")).get("/keha/deviations", params={"year": "2024"})
    elsewhere = await (await year.client_as("marja-ylitalo")).get("/keha/deviations", params={"year": "x"})

    assert open_one["content"]["explanation"]["action"] in page.text
    assert "Vastuuhenkilö" in page.text
    assert elsewhere.status_code == 200


async def test_a_substitute_closes_a_deviation_from_the_queue_in_the_directors_name(year_copy: Site) -> None:
    listed: list[Any] = (await year_copy.api("elina-koskela", "deviations/2024"))["deviations"]
    unit = "employment-services"
    subject = next(each["subject"] for each in listed if each["unit"] == unit and each["stage"] == "open")
    await year_copy.do("elina-koskela", "report-action", year=2024, subject=subject, narrative="Tehty")
    await year_copy.followed()
    client = await year_copy.client_as("riitta-valo")

    queue = await client.get("/keha/queue")
    [link] = re.findall(rf'href="(/keha/rounds/2024-annual/items/{subject}[^"]*)"', queue.text)
    page = await client.get(link.replace("&amp;", "&"))
    act = f"/keha/rounds/2024-annual/items/{subject}/acts/close-deviation"
    await client.post(act, data=fields(page, act) | {"reason": ""})

    await year_copy.followed()
    entries = (await year_copy.api("marja-ylitalo", "trail", subject=subject, type="deviation-closed"))["entries"]
    assert [(each["actor"], each["acting_for"]) for each in entries] == [("p-15", "p-11")]


async def test_a_year_without_deviations_says_so(agency: Site) -> None:
    page = await (await agency.client_as("director")).get("/keha/deviations")

    assert "Ei poikkeamia" in page.text


async def test_the_head_approves_a_correction_by_its_own_light_not_by_the_one_that_was_delivered(
    year_copy: Site,
) -> None:
    corrected, returned = CORRECTED
    bound = (await year_copy.api("anne-tammi", f"rounds/2024-annual/items/{corrected}"))["bound"]
    await year_copy.do("anne-tammi", "sign-off-items", round="2024-annual", items=[bound])
    await year_copy.do(
        "tuula-kanerva", "abandon-correction", round="2024-annual", subject=returned, reason="Luvut pitävät."
    )
    await year_copy.do("tuula-kanerva", "compile-agency-report", round="2024-annual", gaps=[])
    await year_copy.followed()

    page = (await (await year_copy.client_as(HEAD)).get(ANNUAL)).text

    # The board has the yellow one, which counts until the correction is delivered.
    [row] = [row for row in page.split("<tr") if f'href="{ANNUAL}/items/{corrected}"' in row and "</tr>" in row]
    assert "Vihreä" in row
    assert "Keltainen" not in row
