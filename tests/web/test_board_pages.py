"""The board: every light with what it is counted by, as now known or as of a day; what changed; indicators."""

import re

from web.site import Site

ANNUAL = {"year": 2024, "round": "annual"}
GROUP = "vitality/municipal-employment-support"
"""One of the three groups of an area of ten targets."""


async def test_the_board_shows_every_target_with_its_light_in_words(year: Site) -> None:
    client = await year.client_as("hanna-oja")

    page = (await client.get("/keha", params={"round": "2024-annual"})).text

    board = (await year.api("hanna-oja", "board", language="fi", **ANNUAL))["board"]
    targets = [each for part in board["parts"] for group in part["groups"] for each in group["targets"]]
    assert len(targets) == 23
    for each in targets:
        assert f'/keha/rounds/2024-annual/items/{each["subject"]}"' in page
    assert "Vuosiraportti 2024" in page
    assert "light-word" in page


async def test_the_counts_are_those_of_the_api_and_add_up(year: Site) -> None:
    client = await year.client_as("tuula-kanerva")

    page = (await client.get("/keha", params={"round": "2024-annual"})).text

    counts = (await year.api("tuula-kanerva", "board", **ANNUAL))["board"]["agency"]["counts"]
    for label, kind in (("Tulostavoitteet", "targets"), ("Vuositavoitteet", "milestones"), ("Mittarit", "indicators")):
        *shown, total = numbers_of(page, label)
        assert total == counts[kind]["total"] == sum(shown)
        assert shown[:3] == [counts[kind]["actual"][colour] for colour in ("green", "yellow", "red")]


async def test_forecasts_are_told_from_what_is_actual(year: Site) -> None:
    client = await year.client_as("hanna-oja")

    half, annual = [
        (await client.get("/keha", params={"round": f"2024-{kind}"})).text for kind in ("half-year", "annual")
    ]

    assert "light-green-forecast" in half
    assert "ennuste</span>" in half
    assert "light-green-forecast" not in annual.partition("<details")[0]


async def test_one_asks_for_a_unit_and_only_for_its_deviations(year: Site) -> None:
    client = await year.client_as("hanna-oja")

    page = (await client.get("/keha", params={"round": "2024-annual", "unit": "payments", "deviations": "yes"})).text

    assert "/items/payment-processing-time" in page
    assert "/items/staff-satisfaction" not in page
    *_, total = numbers_of(page, "Mittarit")
    assert total == 1


async def test_one_asks_for_an_area_and_for_the_recovery_facility(year: Site) -> None:
    client = await year.client_as("hanna-oja")

    area = (await client.get("/keha", params={"area": "preparedness"})).text
    group = (await client.get("/keha", params={"area": GROUP})).text
    facility = (await client.get("/keha", params={"rrf": "yes"})).text

    assert 0 < numbers_of(group, "Tulostavoitteet")[-1] < 10
    assert numbers_of(area, "Tulostavoitteet")[-1] == 2
    assert numbers_of(facility, "Vuositavoitteet")[-1] == 2


async def test_what_matches_nothing_says_how_to_see_all(year: Site) -> None:
    client = await year.client_as("hanna-oja")

    answer = await client.get("/keha", params={"unit": "payments", "light": "red"})

    assert answer.status_code == 200
    assert "Mikään ei vastaa rajausta" in answer.text
    assert "Näytä kaikki" in answer.text


async def test_a_year_without_an_agreement_in_force_says_what_is_missing(year: Site) -> None:
    client = await year.client_as("hanna-oja")

    answer = await client.get("/keha", params={"round": "2027-annual"})

    assert answer.status_code == 200
    assert "Vuotta 2027 ei vielä sido voimassa oleva tulossopimus" in answer.text


async def test_a_board_of_an_earlier_day_says_so_and_knows_nothing_later(year: Site) -> None:
    client = await year.client_as("tuula-kanerva")
    asked = {"round": "2024-half-year", "known_at": "2024-08-28"}

    before = (await client.get("/keha", params=asked)).text
    after = (await client.get("/keha", params=asked | {"known_at": "2024-08-29"})).text

    assert "Näet liikennevalot sellaisina kuin ne tiedettiin päivän 28.8.2024 päättyessä" in before
    missing, not_due, total = numbers_of(before, "Vuositavoitteet")
    assert (missing, not_due, total) == (92, 0, 92)
    assert numbers_of(after, "Vuositavoitteet")[-2:] == [0, 92]


async def test_today_is_no_earlier_day(year: Site) -> None:
    client = await year.client_as("hanna-oja")

    page = (await client.get("/keha", params={"day": "2025-06-10"})).text

    assert "Näet liikennevalot sellaisina" not in page


async def test_what_is_no_date_is_told_at_its_field(year: Site) -> None:
    client = await year.client_as("hanna-oja")

    answer = await client.get("/keha", params={"known_at": "31.8.2024"})

    assert answer.status_code == 422
    assert 'id="f-known_at-error"' in answer.text
    assert 'value="31.8.2024"' in answer.text


async def test_the_ministrys_lights_stand_beside_the_agencys_for_those_who_may_see_them(year: Site) -> None:
    ministry, unit = [await year.client_as(account) for account in ("johanna-tem", "hanna-oja")]

    seen, unseen = [(await each.get("/keha", params={"round": "2024-annual"})).text for each in (ministry, unit)]

    assert "Ministeriön arvioimat" in seen
    assert [numbers_of(seen, whose)[-1] for whose in ("Virasto", "Ministeriö")] == [33, 33]
    assert 'data-label="Ministeriö"' in seen
    assert 'data-label="Ministeriö"' not in unseen


async def test_the_half_year_stands_beside_the_annual_lights_where_one_asks_for_it(year: Site) -> None:
    client = await year.client_as("hanna-oja")

    page = (await client.get("/keha", params={"round": "2024-annual", "beside": "yes"})).text

    assert 'data-label="Puolivuosi"' in page


async def test_what_changed_between_two_days_is_told_from_what_to_what(year: Site) -> None:
    client = await year.client_as("hanna-oja")
    asked = {"round": "2024-annual", "since": "2025-02-03", "until": "2025-03-17"}

    page = (await client.get("/keha/board/changes", params=asked)).text

    assert "/items/payment-processing-time" in page
    assert "Ei vielä valoa" in page
    assert "Mitä muuttui 3.2.2025\N{EN DASH}17.3.2025" in page


async def test_days_between_which_nothing_changed_say_so(year: Site) -> None:
    client = await year.client_as("hanna-oja")
    asked = {"round": "2024-half-year", "since": "2025-06-01", "until": "2025-06-02"}

    page = (await client.get("/keha/board/changes", params=asked)).text

    assert "Mikään ei muuttunut näiden päivien välillä" in page


async def test_indicators_are_drawn_over_the_years_with_levels_outturns_and_operators(year: Site) -> None:
    client = await year.client_as("hanna-oja")

    page = (await client.get("/keha/board/indicators", params={"round": "2024-annual"})).text

    assert page.count('<figure class="trend">') == 10
    assert page.count("Ei lukuja: ei voida arvioida.") == 2
    assert "chart-level preliminary" in page
    assert "chart-outturn provisional" in page
    assert "28,40" in page


async def test_a_round_that_there_is_none_of_is_said(year: Site) -> None:
    client = await year.client_as("hanna-oja")

    answer = await client.get("/keha", params={"round": "2024-whenever"})

    assert answer.status_code == 422
    assert "<h1>" in answer.text


def numbers_of(page: str, label: str) -> list[int]:
    """The numbers of a row of the counts."""
    row = re.search(rf'<th scope="row" role="rowheader">{label}</th>(.*?)</tr>', page, re.DOTALL)
    assert row is not None
    return [int(each) for each in re.findall(r"<div>(\d+)</div>", row[1])]
