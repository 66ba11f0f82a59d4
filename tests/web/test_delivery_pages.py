"""Compiling, delivering, supplements, final accounts and publications, by hand through the pages."""

from typing import Any

import pytest

from services.demo.documents import pdf
from web.reading import refused_at, words
from web.site import Site

ROUND = "2024-half-year"
CYCLE, PLACE = "/keha/cycles/2024", f"/keha/rounds/{ROUND}"
COORDINATOR = "tuula-kanerva"
HALF, ANNUAL = "/keha/rounds/2024-half-year", "/keha/rounds/2024-annual"
ITEMS = ["payment-processing-time", "payment-satisfaction"]
PDF = ("tilinpaatos.pdf", pdf("Tilinpäätös 2024"), "application/pdf")


async def gaps_of(agency: Site, reason: str = "Raportoidaan vuosiraportissa.") -> dict[str, str]:
    """A reason for every item of the small agency's round."""
    scope = (await agency.api("coordinator", f"rounds/{ROUND}"))["scope"]
    return {f"reason.{each['subject']}": reason for each in scope}


async def approved(agency: Site) -> str:
    """The digest of a compiled report that the head has approved."""
    gaps = [{"subject": name.partition(".")[2], "reason": reason} for name, reason in (await gaps_of(agency)).items()]
    await agency.do("coordinator", "compile-agency-report", round=ROUND, gaps=gaps)
    digest = (await agency.api("head", f"rounds/{ROUND}"))["compiled"]["digest"]
    await agency.do("head", "approve-agency-report", round=ROUND, digest=digest)
    return str(digest)


async def delivered_again(site: Site) -> None:
    """The corrections that are open on 10 June are given up, and the report is delivered again."""
    for subject in ITEMS:
        await site.do(COORDINATOR, "abandon-correction", round="2024-annual", subject=subject, reason="Luvut pitävät.")
    await site.do(COORDINATOR, "compile-agency-report", round="2024-annual", gaps=[])
    digest = (await site.api("marja-ylitalo", "rounds/2024-annual"))["compiled"]["digest"]
    await site.do("marja-ylitalo", "approve-agency-report", round="2024-annual", digest=digest)
    await site.do(COORDINATOR, "deliver-to-ministry", round="2024-annual", digest=digest, case_number="KEHA/2/2025")


async def test_what_is_not_signed_off_is_named_as_a_gap_with_its_reason(agency: Site) -> None:
    client = await agency.client_as("coordinator")

    answer = await client.post(f"{PLACE}/compile", data=await gaps_of(agency))

    assert answer.url.path == CYCLE
    assert "Raportti on koottu." in answer.text
    compiled = (await agency.api("head", f"rounds/{ROUND}"))["compiled"]
    assert {each["reason"] for each in compiled["gaps"]} == {"Raportoidaan vuosiraportissa."}


async def test_a_report_with_something_unsigned_and_unexplained_is_not_compiled(agency: Site) -> None:
    client, before = await agency.client_as("coordinator"), await agency.events()
    gaps = await gaps_of(agency, "Odottaa tietoja.")
    left, _ = gaps.popitem()

    answer = await client.post(f"{PLACE}/compile", data=gaps)

    assert answer.status_code in {409, 422}
    assert 'href="#f-gaps"' in answer.text
    assert answer.text.count('value="Odottaa tietoja."') == len(gaps)
    assert f'id="f-{left}"' in answer.text
    assert await agency.events() == before


async def test_a_correction_under_way_is_told_before_one_compiles(year: Site) -> None:
    client = await year.client_as(COORDINATOR)

    page = (await client.get(f"{ANNUAL}/compile")).text

    assert "125 / 127" in words(page)
    assert 'class="refused"' in page


async def test_the_approved_report_is_delivered_under_its_case_number(agency: Site) -> None:
    client = await agency.client_as("coordinator")
    digest = await approved(agency)
    form = {"digest": digest, "case_number": "KEHA/1204/2024", "key": "once"}

    shown = (await client.get(f"{PLACE}/deliver")).text
    first = await client.post(f"{PLACE}/deliver", data=form)
    after = await agency.events()
    second = await client.post(f"{PLACE}/deliver", data=form)

    assert digest in shown
    assert "Raportti on toimitettu ministeriölle asianumerolla KEHA/1204/2024." in first.text
    assert second.url.path == CYCLE
    assert await agency.events() == after


async def test_a_delivery_without_a_case_number_is_refused_at_its_field(agency: Site) -> None:
    client = await agency.client_as("coordinator")
    digest, before = await approved(agency), await agency.events()

    answer = await client.post(f"{PLACE}/deliver", data={"digest": digest, "case_number": " "})

    refused_at(answer, "case_number", 409, 422)
    assert await agency.events() == before


async def test_a_report_that_changed_is_not_delivered(agency: Site) -> None:
    client = await agency.client_as("coordinator")
    await approved(agency)
    before = await agency.events()

    answer = await client.post(f"{PLACE}/deliver", data={"digest": "0" * 64, "case_number": "KEHA/1/2024"})

    assert answer.status_code == 409
    assert 'value="KEHA/1/2024"' in answer.text
    assert await agency.events() == before


async def test_what_is_not_approved_yet_says_what_comes_first(agency: Site) -> None:
    client = await agency.client_as("coordinator")

    page = (await client.get(f"{PLACE}/deliver")).text

    assert "Toimitettavaa ei vielä ole" in page
    assert '<form method="post" action="/keha/rounds' not in page


async def test_only_a_coordinator_compiles_and_delivers(agency: Site) -> None:
    digest = await approved(agency)
    client, before = await agency.client_as("head"), await agency.events()

    compiled = await client.post(f"{PLACE}/compile", data={})
    delivered = await client.post(f"{PLACE}/deliver", data={"digest": digest, "case_number": "KEHA/1/2024"})

    assert (compiled.status_code, delivered.status_code) == (403, 403)
    assert "koordinoija" in words(delivered.text)
    assert await agency.events() == before


async def test_a_supplement_opens_what_it_names_once_however_often_it_is_sent(year_copy: Site) -> None:
    client = await year_copy.client_as(COORDINATOR)
    form: dict[str, Any] = {
        "reopening": "supplement-1",
        "item": ITEMS,
        "reason": "Luvut tarkentuivat.",
        "reason.payment-satisfaction": "Kysely valmistui.",
        "redeliver_by": "2025-06-20",
        "key": "once",
    }

    first = await client.post(f"{HALF}/supplement", data=form)
    after = await year_copy.events()
    await client.post(f"{HALF}/supplement", data=form)

    assert "Täydennys on avattu." in first.text
    assert "Täydennys on avoinna: 2 kohdetta, toimitetaan viimeistään 20.6.2025." in words(first.text)
    assert await year_copy.events() == after
    trail = await year_copy.api(COORDINATOR, "trail", type="supplement-opened", order="newest", limit=1)
    assert {each["subject"]: each["reason"] for each in trail["entries"][0]["said"]["items"]} == {
        "payment-processing-time": "Luvut tarkentuivat.",
        "payment-satisfaction": "Kysely valmistui.",
    }


async def test_a_supplement_without_items_reasons_or_a_date_to_come_is_refused(year_copy: Site) -> None:
    client, before = await year_copy.client_as(COORDINATOR), await year_copy.events()
    form: dict[str, Any] = {"reopening": "supplement-1", "item": ITEMS, "reason": "Syy.", "redeliver_by": "2025-06-20"}

    nothing = await client.post(f"{HALF}/supplement", data=form | {"item": []})
    unexplained = await client.post(f"{HALF}/supplement", data=form | {"reason": ""})
    past = await client.post(f"{HALF}/supplement", data=form | {"redeliver_by": "2025-06-01"})

    assert nothing.status_code in {409, 422}
    assert 'href="#f-items"' in nothing.text
    refused_at(unexplained, f"reason.{ITEMS[0]}", 422)
    assert f'value="{ITEMS[0]}" checked' in unexplained.text
    refused_at(past, "redeliver_by", 409, 422)
    assert await year_copy.events() == before


async def test_the_approval_of_the_final_accounts_is_corrected_with_document_and_reason(year_copy: Site) -> None:
    client = await year_copy.client_as(COORDINATOR)
    form = {"correcting": "yes", "approved_on": "2025-03-13", "reason": "Pöytäkirja on päivätty seuraavaan päivään."}

    answer = await client.post(f"{CYCLE}/final-accounts", data=form, files={"document": PDF})

    assert "viimeistään 20.3.2025" in answer.text
    assert "hyväksytty 13.3.2025" in words(answer.text)
    shown = words((await client.get(f"{CYCLE}/final-accounts")).text)
    assert "ennen korjausta: 12.3.2025" in shown
    assert "Pöytäkirja on päivätty" in shown


async def test_a_date_to_come_and_a_missing_document_are_refused_at_their_fields(year_copy: Site) -> None:
    client, before = await year_copy.client_as(COORDINATOR), await year_copy.events()
    form = {"correcting": "yes", "approved_on": "2025-08-01", "reason": "Syy."}

    future = await client.post(f"{CYCLE}/final-accounts", data=form, files={"document": PDF})
    without = await client.post(f"{CYCLE}/final-accounts", data=form | {"approved_on": "2025-03-13"})
    disguised = ("tilinpaatos.pdf", b"MZ\x90\x00", "application/pdf")
    unlike = await client.post(f"{CYCLE}/final-accounts", data=form, files={"document": disguised})

    refused_at(future, "approved_on", 409, 422)
    assert 'value="2025-08-01"' in future.text
    refused_at(without, "document", 422)
    refused_at(unlike, "document", 422)
    assert (await year_copy.api(COORDINATOR, "cycles/2024"))["final_accounts"]["approved_on"] == "2025-03-12"
    assert await year_copy.events() == before


async def test_a_publication_is_bound_to_what_was_shown_and_names_what_was_left_out(year_copy: Site) -> None:
    client = await year_copy.client_as(COORDINATOR)
    await delivered_again(year_copy)
    published = (await year_copy.api(COORDINATOR, "cycles/2024"))["publications"][1]
    form: dict[str, Any] = {
        "digest": published["digest"],
        "published_on": "2025-06-10",
        "reference": "https://www.tutkihallintoa.fi/keha/2024/2",
        "redacted": ["digital-security"],
        "redaction_basis": "JulkL 24 § 1 mom. 7 k: turvajärjestelyt.",
    }

    answer = await client.post(f"{CYCLE}/publications/final-accounts", data=form)

    assert "Julkaiseminen on kirjattu." in answer.text
    assert "1 kohde jätetty pois" in words(answer.text)
    now = (await year_copy.api(COORDINATOR, "cycles/2024"))["publications"][1]["published"]
    assert (now["redacted"], now["digest"]) == (["digital-security"], published["digest"])


async def test_a_publication_that_is_not_so_is_refused(year_copy: Site) -> None:
    client = await year_copy.client_as(COORDINATOR)
    await delivered_again(year_copy)
    before = (await year_copy.api(COORDINATOR, "cycles/2024"))["publications"][1]
    form: dict[str, Any] = {
        "digest": before["digest"],
        "published_on": "2025-06-10",
        "reference": "https://example.fi/1",
    }
    address = f"{CYCLE}/publications/final-accounts"

    nowhere = await client.post(address, data=form | {"reference": ""})
    script = await client.post(address, data=form | {"reference": "javascript:alert(1)"})
    early = await client.post(address, data=form | {"published_on": "2025-06-09"})
    groundless = await client.post(address, data=form | {"redacted": ["digital-security"]})
    changed = await client.post(address, data=form | {"digest": "0" * 64})

    refused_at(nowhere, "reference", 409, 422)
    refused_at(script, "reference", 409, 422)
    assert "Tämä ei ole verkkosivun osoite." in script.text
    assert 'href="javascript' not in script.text
    refused_at(early, "published_on", 409, 422)
    refused_at(groundless, "redaction_basis", 409, 422)
    assert 'value="digital-security" checked' in groundless.text
    assert changed.status_code == 409
    assert (await year_copy.api(COORDINATOR, "cycles/2024"))["publications"][1] == before


async def test_what_is_recorded_as_published_is_shown_without_a_form_and_not_replaced(year_copy: Site) -> None:
    client, before = await year_copy.client_as(COORDINATOR), await year_copy.events()
    digest = (await year_copy.api(COORDINATOR, "cycles/2024"))["publications"][1]["digest"]
    form = {"digest": digest, "published_on": "2025-06-10", "reference": "https://example.fi/1"}
    address = f"{CYCLE}/publications/final-accounts"

    page = (await client.get(address)).text
    answer = await client.post(address, data=form)

    assert 'name="reference"' not in page
    assert "Tämä sisältö on jo kirjattu julkaistuksi." in words(page)
    assert answer.status_code == 409
    assert await year_copy.events() == before


async def test_a_report_that_was_delivered_in_time_is_not_called_late_afterwards(year: Site) -> None:
    client = await year.client_as("tuula-kanerva")

    page = (await client.get("/keha/rounds/2024-half-year/deliver")).text

    assert "31.8.2024" in page
    assert "myöhässä" not in page


@pytest.mark.parametrize(
    ("account", "path", "said"),
    [
        ("petri-sund", f"{HALF}/supplement", "Tämän voi tehdä"),
        ("petri-sund", f"{HALF}/return-delivery", "Tämän voi tehdä"),
        ("petri-sund", f"{HALF}/extend-deadline", "Tämän voi tehdä"),
        ("petri-sund", f"{HALF}/compile", "Tämän voi tehdä"),
        ("petri-sund", f"{CYCLE}/publications/final-accounts", "Tämän voi tehdä"),
        (COORDINATOR, f"{HALF}/compile", ""),
        (COORDINATOR, f"{HALF}/extend-deadline", ""),
    ],
)
async def test_who_may_not_use_a_form_is_told_why_instead(year: Site, account: str, path: str, said: str) -> None:
    client = await year.client_as(account)

    answer = await client.get(path)

    assert f'action="{path}"' not in answer.text
    assert 'class="refused"' in answer.text
    assert said in answer.text
