"""The page of a reporting year: its dates on a line, who has delivered, what comes next; extending a date."""

import dataclasses
import re

import pytest

from web.reading import refused_at, table_of, words
from web.site import Site

CYCLE = "/keha/cycles/2024"
EXTEND = "/keha/rounds/2024-half-year/extend-deadline"
HALF_YEAR = {"kind": "unit", "unit": "people-leadership", "date": "2024-08-20", "reason": "Lomakausi.", "consent": ""}


async def test_every_date_of_the_year_stands_on_the_page_with_its_state(year: Site) -> None:
    client = await year.client_as("tuula-kanerva")

    page = (await client.get(CYCLE)).text

    table = table_of(page, "Vuoden määräajat")
    dates = (await year.api("tuula-kanerva", "deadlines", year=2024))["deadlines"]
    kinds = {(each["round"], each["kind"]) for each in dates if each["kind"] != "action"}
    assert len(table) == len(kinds) == 10
    [units] = [row for row in table if row.startswith("Yksiköt lähettävät Puolivuotisraportti 2024")]
    assert "15.8.2024 Turvallisuus ja varautuminen: pidennetty 20.8.2024 asti" in units
    assert units.endswith("tehty myöhässä 7 yksikköä ajoissa 1 yksikkö myöhässä mutta valmis 20.8.2024")
    assert any("16.6.2025 (siirtynyt pyhän yli" in row for row in table if row.startswith("Ministeriön kannanotto"))


async def test_the_line_has_a_mark_for_each_date_and_publication_and_todays_line(year: Site) -> None:
    client = await year.client_as("tuula-kanerva")

    page = (await client.get(CYCLE)).text

    [drawing] = re.findall(r'<svg class="chart" viewBox="0 0 1040.*?</svg>', page, re.DOTALL)
    # Ten dates, and one publication within the year: that of the agreement was made before.
    assert drawing.count("<title>") == 11
    assert "Tänään" in drawing
    assert "taulukossa" in drawing


async def test_it_says_which_unit_has_delivered_what_and_what_waits(year: Site) -> None:
    client = await year.client_as("tuula-kanerva")

    page = (await client.get(CYCLE)).text

    rows = table_of(page, "Yksiköt ja kierrokset")
    assert len(rows) == 8
    [payments] = [row for row in rows if row.startswith("Maksatus")]
    assert "tehty myöhässä 6 kohdetta, 16.8.2024" in payments
    assert "1 kohde odottaa" in payments


async def test_what_is_to_be_done_next_is_named_with_who_does_it(year: Site) -> None:
    client = await year.client_as("henrik-tem")

    page = (await client.get(CYCLE)).text

    owed = re.findall(r"<li><span class=\"owed-day\">.*?</li>", page, re.DOTALL)
    assert [words(each) for each in owed] == [
        "13.6.2025 Täydennys toimitetaan · Vuosiraportti 2024 koordinoija",
        "16.6.2025 Ministeriön kannanotto ratkaisija (ministeriö)",
    ]


async def test_reminders_escalations_and_extensions_are_told(year: Site) -> None:
    client = await year.client_as("tuula-kanerva")

    page = words((await client.get(CYCLE)).text)

    assert "Siirtyi päällikölle: Digipalvelut" in page
    assert "Pidennetty 20.8.2024 asti: Yksiköt lähettävät" in page
    assert "Valmiusharjoitus sitoo yksikön väen" in page
    assert "9.6.2025 Johanna Mäkelä arviointi" in page


@pytest.mark.parametrize("account", ["hanna-oja", "johanna-tem", "satu-auditor", "aino-lehtonen"])
async def test_others_are_offered_nothing_that_only_a_coordinator_may_do(year: Site, account: str) -> None:
    client = await year.client_as(account)

    answer = await client.get(CYCLE)

    assert answer.status_code == 200
    for address in ("compile", "extend-deadline", "supplement", "transcription", "publications", "final-accounts"):
        assert not re.search(rf'href="/keha/(rounds|cycles)/[^/]+/{address}', answer.text)


async def test_an_owner_sees_their_own_unit_and_the_ministry_none(year: Site) -> None:
    owner, ministry = await year.client_as("hanna-oja"), await year.client_as("johanna-tem")

    own, none = (await owner.get(CYCLE)).text, (await ministry.get(CYCLE)).text

    assert [row.split()[0] for row in table_of(own, "Yksiköt ja kierrokset")] == ["Maksatus"]
    assert "Yksiköt ja kierrokset" not in none


@pytest.mark.parametrize(
    ("account", "shown"),
    [("tuula-kanerva", True), ("aino-lehtonen", True), ("hanna-oja", False), ("johanna-tem", False)],
)
async def test_the_workflow_is_linked_for_those_who_look_after_it(year: Site, account: str, *, shown: bool) -> None:
    settings = year.parts.settings.model_copy(update={"temporal_ui_url": "https://temporal.example"})
    parts = dataclasses.replace(year.parts, settings=settings)
    verifier = year.provider.verifier()
    app = parts.served(verifier, year.provider.beside(parts.api(verifier)), year.provider.client())
    client = await dataclasses.replace(year, app=app).client_as(account)

    page = (await client.get(CYCLE)).text

    link = "https://temporal.example/namespaces/default/workflows/keha%2Freporting-cycle%2F2024"
    assert (link in page) is shown


async def test_where_the_address_of_temporal_is_not_known_there_is_no_link(year: Site) -> None:
    client = await year.client_as("tuula-kanerva")

    assert "Temporal" not in (await client.get(CYCLE)).text


@pytest.mark.parametrize("path", ["cycles/nix", "cycles/20244", "cycles/2024/publications/nothing"])
async def test_what_is_no_year_and_no_publication_is_not_found(year: Site, path: str) -> None:
    client = await year.client_as("tuula-kanerva")

    assert (await client.get(f"/keha/{path}")).status_code == 404


async def test_a_year_that_has_not_begun_says_so(year: Site) -> None:
    client = await year.client_as("tuula-kanerva")

    page = (await client.get("/keha/cycles/2026")).text

    assert "vuosi ei ole alkanut" in page


async def test_a_deadline_is_extended_for_one_unit(agency: Site) -> None:
    client = await agency.client_as("coordinator")

    answer = await client.post(EXTEND, data=HALF_YEAR)

    assert (answer.status_code, answer.url.path) == (200, CYCLE)
    assert "Määräaikaa on pidennetty: uusi määräpäivä on 20.8.2024." in answer.text
    assert "pidennetty 20.8.2024 asti" in words(answer.text)
    assert "Lomakausi." in answer.text
    moved = [each for each in (await agency.api("coordinator", "rounds/2024-half-year"))["deadlines"] if each["unit"]]
    assert [(each["unit"], each["date"]) for each in moved] == [("people-leadership", "2024-08-20")]


async def test_beyond_the_contractual_date_the_ministrys_consent_is_asked_for(agency: Site) -> None:
    client, before = await agency.client_as("coordinator"), await agency.events()
    beyond = HALF_YEAR | {"kind": "delivery", "unit": "", "date": "2024-09-15", "reason": "<script>alert(1)</script>"}

    refused = await client.post(EXTEND, data=beyond)

    refused_at(refused, "consent", 409, 422)
    assert 'value="2024-09-15"' in refused.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in refused.text
    assert await agency.events() == before
    agreed = await client.post(EXTEND, data=beyond | {"consent": "VN/123/2024"})
    assert agreed.url.path == CYCLE
    assert "VN/123/2024" in agreed.text


async def test_an_earlier_date_and_no_date_are_refused_at_their_field(agency: Site) -> None:
    client, before = await agency.client_as("coordinator"), await agency.events()

    earlier = await client.post(EXTEND, data=HALF_YEAR | {"date": "2024-07-01"})
    without = await client.post(EXTEND, data=HALF_YEAR | {"date": ""})

    refused_at(earlier, "date", 409, 422)
    refused_at(without, "date", 422)
    assert "Lomakausi." in without.text
    assert await agency.events() == before


async def test_who_is_no_coordinator_is_told_who_can_extend(agency: Site) -> None:
    client, before = await agency.client_as("owner"), await agency.events()

    answer = await client.post(EXTEND, data=HALF_YEAR)

    assert answer.status_code == 403
    assert "koordinoija" in words(answer.text)
    assert await agency.events() == before
