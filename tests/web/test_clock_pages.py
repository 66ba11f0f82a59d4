"""The clock of a demo: its day stands on every page, and it says where one can go and what is in the way."""

import re
from datetime import UTC, datetime

from web.site import Site, set_clock

CLOCK = "/keha/clock"
EARLIER = "2024-06-03T00:00:00.000000Z"
BUTTON = r'<button[^>]*name="to" value="(\w+)"([^>]*)>'


async def test_every_page_of_a_demo_says_its_day_and_has_the_steps(year: Site) -> None:
    client = await year.client_as("petri-sund")

    page = (await client.get("/keha")).text

    assert "Tänään on 10.6.2025" in page
    for step in ("Seuraava päivä", "Seuraava määräaika", "Seuraava vaihe"):
        assert step in page


async def test_the_clock_names_the_days_to_which_it_can_go(year: Site) -> None:
    client = await year.client_as("tuula-kanerva", "en")

    page = (await client.get(CLOCK)).text

    assert "Today is 10 June 2025" in page
    assert "Go to 11 June 2025" in page
    assert "Go to 13 June 2025" in page


async def test_without_the_workflows_the_clock_stands_and_the_page_says_why(agency: Site) -> None:
    client, before = await agency.client_as("owner"), await agency.events()

    answer = await client.post(CLOCK, data={"to": "day"})

    assert answer.status_code == 503
    assert "Tänään on 3.6.2024" in answer.text
    assert await agency.events() == before


async def test_a_button_pressed_on_an_old_page_is_no_step_and_the_day_is_said(agency: Site) -> None:
    client, before = await agency.client_as("owner"), await agency.events()

    # Pressed twice, or moved by somebody else within the day: the page was older.
    answer = await client.post(CLOCK, data={"to": "day", "now": EARLIER})

    assert (answer.status_code, answer.url.path) == (200, CLOCK)
    assert "Nyt on 3.6.2024." in answer.text
    assert await agency.events() == before


async def test_a_step_leads_back_to_where_its_button_was_and_nowhere_else(agency: Site) -> None:
    client = await agency.client_as("owner")

    back = {
        address: (await client.post(CLOCK, data={"now": EARLIER, "back": address})).url
        for address in ("/keha", "https://elsewhere.example/keha", "//elsewhere.example", "/keha\\@elsewhere", "/other")
    }

    assert back.pop("/keha").path == "/keha"
    assert {(url.host, url.path) for url in back.values()} == {("agency.localhost", CLOCK)}


async def test_no_such_day_is_told_at_its_field(agency: Site) -> None:
    client = await agency.client_as("owner")

    answer = await client.post(CLOCK, data={"day": "2024-06-31"})

    assert answer.status_code == 422
    assert 'id="f-day-error"' in answer.text
    assert 'value="2024-06-31"' in answer.text


async def test_a_button_sends_what_the_clock_showed(year: Site) -> None:
    client = await year.client_as("petri-sund")

    page, shown = (await client.get(CLOCK)).text, (await year.api("petri-sund", "clock"))["now"]

    forms = re.findall(rf'<form[^>]*action="{CLOCK}".*?</form>', page, re.DOTALL)
    assert len(forms) > 3
    assert all(f'name="now" value="{shown}"' in form for form in forms)


async def test_a_step_to_what_is_not_determined_is_not_offered(agency: Site) -> None:
    client = await agency.client_as("owner")

    async def offered() -> dict[str, bool]:
        page = (await client.get("/keha/clock")).text
        return {to: "disabled" not in rest for to, rest in re.findall(BUTTON, page)}

    before = await offered()
    await set_clock(agency.parts.handler, datetime(2040, 1, 1, tzinfo=UTC))

    assert before == {"day": True, "deadline": True, "stage": True}
    assert await offered() == {"day": True, "deadline": False, "stage": False}
    refused = await client.post("/keha/clock", data={"to": "stage", "back": "/keha"})
    assert refused.status_code == 409
    assert 'id="problem"' in refused.text
