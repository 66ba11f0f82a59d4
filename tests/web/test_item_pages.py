"""The page of an item: what is known of it, its documents, its history, and what may be done there."""

import re

import httpx2

from web.site import Site

ITEM = "/keha/rounds/2024-annual/items"
CORRECTED = f"{ITEM}/payment-processing-time"
SHORT = f"{ITEM}/te24-change-coaching-2024"


async def test_the_page_tells_what_is_reported_by_whom_and_what_happened(year: Site) -> None:
    client = await year.client_as("maria-backman")

    page = (await client.get(SHORT)).text

    assert "<h1>Muutosvalmennus henkilöstölle ja esihenkilöille</h1>" in page
    assert "Rekrytointi viivästyi" in page
    assert "Henkilöstö ja johtaminen" in page
    assert "Riitta Valo" in page
    assert "29.8.2024 klo 10.00" in page


async def test_an_earlier_content_is_shown_to_the_letter_beside_a_correction(year: Site) -> None:
    client = await year.client_as("hanna-oja")

    now, then = [(await client.get(CORRECTED, params=asked)).text for asked in ({}, {"revision": "1"})]

    assert "27,60" in now
    assert "Korjaus on kesken" in now
    assert "28,40" in then
    assert "Tällaisena se toimitettiin ministeriölle 17.3.2025 klo 10.00." in then


async def test_what_changed_since_the_last_approval_is_told(year: Site) -> None:
    client = await year.client_as("anne-tammi")

    page = (await client.get(CORRECTED)).text

    changes = page.partition('id="changes"')[2].partition("</section>")[0]
    assert "<del>28,40</del>" in changes
    assert "<ins>27,60</ins>" in changes


async def test_an_indicators_chart_has_what_is_reported_beside_what_was_agreed(year: Site) -> None:
    client = await year.client_as("hanna-oja")

    page = (await client.get(CORRECTED)).text

    chart = page.partition('id="trend"')[2]
    assert "27,60" in chart
    assert "29,96" in chart


async def test_others_see_what_was_delivered_until_the_correction_is(year: Site) -> None:
    client = await year.client_as("johanna-tem")

    page = (await client.get(CORRECTED)).text

    assert "28,40" in page
    assert "27,60" not in page


async def test_a_document_is_shown_in_the_page_and_fetched_as_itself(year: Site) -> None:
    client = await year.client_as("mikko-salo")
    page = (await client.get(f"{ITEM}/release-3-2024")).text
    name = commitment(page)

    beside = (await client.get(f"{ITEM}/release-3-2024", params={"file": name})).text
    file = await client.get(f"/keha/files/{name}")

    assert f'<iframe src="/keha/files/{name}"' in beside
    assert file.content.startswith(b"%PDF")
    assert file.headers["Content-Disposition"].startswith("inline")
    assert "frame-ancestors 'self'" in file.headers["Content-Security-Policy"]


async def test_a_document_that_there_is_none_of_is_said_in_a_page(year: Site) -> None:
    client = await year.client_as("mikko-salo")

    answer = await client.get(f"/keha/files/{'0' * 64}")

    assert answer.status_code == 404
    assert "<h1>" in answer.text


async def test_the_latest_round_of_a_subject_is_found(year: Site) -> None:
    client = await year.client_as("hanna-oja")

    answer = await client.get("/keha/subjects/te24-reform")

    assert answer.url.path == f"{ITEM}/te24-reform"


async def test_a_milestone_of_a_year_to_come_shows_what_is_agreed(year: Site) -> None:
    client = await year.client_as("hanna-oja")
    names = await year.api("hanna-oja", "names")
    later = next(key for key, each in names["subjects"].items() if each["year"] == 2026)

    answer = await client.get(f"/keha/subjects/{later}")

    assert answer.status_code == 200
    assert "Tätä ei raportoida millään tähän mennessä avatulla kierroksella." in answer.text
    assert names["subjects"][later]["title"]["fi"] in answer.text


async def test_a_corrective_action_goes_from_its_owner_to_the_director_and_is_closed(year_copy: Site) -> None:
    owner, director = [await year_copy.client_as(account) for account in ("maria-backman", "riitta-valo")]

    reported = await act(owner, SHORT, "report-action", narrative="Valmennus pidettiin <script>keväällä</script>.")
    assert "Korjaava toimenpide on ilmoitettu tehdyksi." in reported.text
    returned = await act(director, SHORT, "return-action", reason="Osallistujaluettelo puuttuu.")
    assert "Korjaava toimenpide on palautettu." in returned.text
    await act(owner, SHORT, "report-action", narrative="Luettelo on liitetty.")
    closed = await act(director, SHORT, "close-deviation", reason="Valmennus on pidetty.")

    assert "Poikkeama on suljettu." in closed.text
    assert "&lt;script&gt;keväällä&lt;/script&gt;" in closed.text
    assert "Osallistujaluettelo puuttuu." in closed.text
    deviation = await year_copy.api("riitta-valo", "deviations/2024/te24-change-coaching-2024")
    assert deviation["stage"] == "closed"


async def test_what_is_refused_is_told_at_its_field_with_all_that_was_typed(year: Site) -> None:
    owner = await year.client_as("maria-backman")
    before = await year.events()
    pages = "Kolmesataa sivua tekstiä. " * 20_000

    empty, strange, long = [
        await act(owner, SHORT, "report-action", narrative=each)
        for each in ("", "Tehty \N{CYRILLIC SMALL LETTER YA}", pages)
    ]

    assert [each.status_code for each in (empty, strange, long)] == [422, 422, 422]
    assert 'id="f-narrative-error"' in strange.text
    assert "Tehty \N{CYRILLIC SMALL LETTER YA}</textarea>" in strange.text
    assert f"{pages}</textarea>" in long.text
    assert await year.events() == before


async def test_nobody_is_offered_or_does_what_is_not_theirs(year: Site) -> None:
    other = await year.client_as("hanna-oja")
    before = await year.events()

    page = await other.get(SHORT)
    answer = await act(other, SHORT, "report-action", narrative="Tehty.")

    assert "act=report-action" not in page.text
    assert answer.status_code == 403
    assert await year.events() == before


async def test_a_correction_is_given_up_with_a_reason(year_copy: Site) -> None:
    owner = await year_copy.client_as("hanna-oja")
    assert "act=abandon-correction" in (await owner.get(CORRECTED)).text

    answer = await act(owner, CORRECTED, "abandon-correction", reason="Luku pysyi samana.")

    assert "Korjauksesta on luovuttu." in answer.text
    assert "28,40" in answer.text
    assert "act=start-correction" in answer.text


async def test_a_milestone_is_recorded_as_reached_later_and_signed_off(year_copy: Site) -> None:
    owner, director = [await year_copy.client_as(account) for account in ("maria-backman", "riitta-valo")]
    form = (await owner.get(SHORT, params={"act": "record-late-completion"})).text
    typed = {
        "key": key_of(form),
        "version": "keha-2024-2027.1",
        "completed_on": "2025-05-20",
        "narrative": "Valmennus pidettiin toukokuussa.",
        "title": "Osallistujat",
        "document_date": "2025-05-20",
    }
    document = {"file": ("osallistujat.csv", "nimi;päivä\nVirtanen;20.5.2025\n".encode(), "text/csv")}

    future = {"key": "another", "document_date": "2025-12-24"}
    refused = await owner.post(f"{SHORT}/acts/record-late-completion", data=typed | future, files=document)
    assert refused.status_code == 422
    assert 'href="#f-document_date"' in refused.text
    recorded = await owner.post(f"{SHORT}/acts/record-late-completion", data=typed, files=document)
    assert "Kirjattu myöhemmin saavutetuksi." in recorded.text
    table = (await owner.get(SHORT, params={"file": commitment(recorded.text)})).text
    signing = (await director.get(SHORT, params={"act": "sign-off-late-completion"})).text
    digest = re.search(r'name="digest" value="([0-9a-f]+)"', signing)
    assert digest is not None
    signed = await act(director, SHORT, "sign-off-late-completion", digest=digest[1])

    assert '<td role="cell">Virtanen</td>' in table
    assert "Saavutettu 20.5.2025. Oman vuoden liikennevalo ei muutu." in signed.text
    assert "Punainen" in signed.text


async def test_an_item_that_is_not_reported_in_a_round_is_no_page(year: Site) -> None:
    client = await year.client_as("hanna-oja")

    answer = await client.get(f"{ITEM}/no-such-thing")

    assert answer.status_code == 404


async def act(client: httpx2.AsyncClient, item: str, name: str, **typed: str) -> httpx2.Response:
    """Open the form of an act, and send it."""
    form = (await client.get(item, params={"act": name})).text
    return await client.post(f"{item}/acts/{name}", data={"key": key_of(form), **typed})


def key_of(form: str) -> str:
    """A form's idempotency key."""
    found = re.search(r'name="key" value="([^"]+)"', form)
    assert found is not None
    return found[1]


def commitment(page: str) -> str:
    """The document that a page links first."""
    found = re.search(r"\?file=([0-9a-f]{64})", page)
    assert found is not None
    return found[1]
