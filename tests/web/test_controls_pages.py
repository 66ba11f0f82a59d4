"""The controls as an auditor tests them on their page, with the exceptions that are planted in the sample year."""

from web.site import Site

CONTROLS = "/keha/audit/controls"


async def test_nothing_is_tested_before_the_button_is_pressed(year: Site) -> None:
    client = await year.client_as("satu-auditor")

    page = (await client.get(CONTROLS)).text

    assert "Testaa kontrollit" in page
    assert "Kontrollien tulokset" not in page


async def test_each_control_says_what_it_found_and_opens_the_events_of_exceptions(year: Site) -> None:
    client = await year.client_as("satu-auditor")
    told = await year.api("satu-auditor", "audit/controls", cycle=2024)

    page = (await client.get(CONTROLS, params={"cycle": "2024", "run": "yes"})).text

    exceptions = [one for each in told["controls"] for one in each["exceptions"]]
    assert len(told["controls"]) == 19
    assert all(f"<strong>{each['control']}</strong>" in page for each in told["controls"])
    assert exceptions
    for one in exceptions:
        assert all(
            f'href="/keha/audit/events/{position}"' in page for position in one["positions"] if one["ledger"] == "keha"
        )
    assert "kukaan ei hyväksy omaa työtään" in page
    assert "Todentamisasiakirjojen yhteenveto puuttuu" in page


async def test_what_was_found_is_fetched_as_a_workbook_and_as_text(year: Site) -> None:
    client = await year.client_as("satu-auditor")

    workbook, text = [
        await client.get(f"{CONTROLS}/file", params={"cycle": "2024", "format": form}) for form in ("xlsx", "text")
    ]

    assert workbook.content.startswith(b"PK")
    assert 'filename="controls-keha-2024.xlsx"' in workbook.headers["Content-Disposition"]
    assert "C19" in text.text


async def test_only_an_engaged_auditor_tests(year: Site) -> None:
    client = await year.client_as("tuula-kanerva")

    page, answer = await client.get(CONTROLS), await client.get(CONTROLS, params={"run": "yes"})

    assert "Kontrollit voi testata vain tarkastaja" in page.text
    assert answer.status_code == 403
    assert "<h1>" in answer.text


async def test_a_year_that_no_agreement_binds_is_refused_in_a_page(year: Site) -> None:
    client = await year.client_as("satu-auditor")

    answer = await client.get(CONTROLS, params={"cycle": "2031", "run": "yes"})

    assert answer.status_code == 404
    assert "<h1>" in answer.text
