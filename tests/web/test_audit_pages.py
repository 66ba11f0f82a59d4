"""Engagements, findings, replay and looks as auditors and the agency have them on pages."""

import html
import re
from datetime import date, timedelta

import httpx2

from web.site import Site

AUDIT = "/keha/audit"
ENGAGEMENT, FINDING = f"{AUDIT}/engagements/rrf-2025", f"{AUDIT}/findings/rrf-2025/f-1"


async def test_the_auditors_front_page_tells_what_they_may_look_at_and_how_far_the_log_is_sealed(year: Site) -> None:
    client = await year.client_as("satu-auditor")

    page = (await client.get(AUDIT)).text

    assert "Tarkastusviranomainen, rrf-2025" in page
    assert "koko loki" in page
    assert "Lokin viimeinen tarkistuspiste pitää" in page
    assert f"{await year.events()} tapahtumaa on sinetöity." in page
    assert f'href="{FINDING}"' in page


async def test_a_coordinator_is_offered_only_what_they_may(year: Site) -> None:
    client = await year.client_as("tuula-kanerva")

    page = (await client.get(AUDIT)).text

    assert f'href="{AUDIT}/trail"' in page
    assert f'href="{AUDIT}/replay"' not in page
    assert f'href="{AUDIT}/bundles"' not in page


async def test_a_finding_is_raised_answered_and_closed_and_the_engagement_after_it(year_copy: Site) -> None:
    auditor, coordinator = [await year_copy.client_as(each) for each in ("satu-auditor", "tuula-kanerva")]

    raised = await send(
        auditor,
        ENGAGEMENT,
        f"{ENGAGEMENT}/findings",
        finding="f-2",
        severity="major",
        control="C02",
        positions="754, 1617",
        text="Sama <script>henkilö</script> teki molemmat.",
    )
    assert raised.url.path == f"{AUDIT}/findings/rrf-2025/f-2"
    assert "Havainto on esitetty." in raised.text
    assert "Sama &lt;script&gt;henkilö&lt;/script&gt; teki molemmat." in raised.text
    assert 'href="/keha/audit/events/1617"' in raised.text

    address = raised.url.path
    answered = await send(
        coordinator, address, f"{address}/answer", agreed="yes", mended_by="2025-12-01", text="Korjataan."
    )
    assert "Vastattu: virasto on samaa mieltä" in answered.text
    for each in (address, FINDING):
        closed = await send(auditor, each, f"{each}/close", outcome="remedied", closing_text="Todettu.")
        assert "Suljettu: korjattu" in closed.text
    ended = await send(auditor, ENGAGEMENT, f"{ENGAGEMENT}/close")

    assert "Toimeksianto on päätetty." in ended.text
    assert (await year_copy.api("satu-auditor", "engagements"))["engagements"][0]["stage"] == "closed"


async def test_an_answer_that_agrees_needs_a_date_and_keeps_what_was_typed(year: Site) -> None:
    client = await year.client_as("tuula-kanerva")
    before = await year.events()

    answer = await send(client, FINDING, f"{FINDING}/answer", agreed="yes", text="Korjaamme tämän.")

    assert answer.status_code == 422
    assert 'id="f-mended_by-error"' in answer.text
    assert "Korjaamme tämän.</textarea>" in answer.text
    assert await year.events() == before


async def test_what_is_no_number_of_an_event_is_refused_with_all_that_was_typed(year: Site) -> None:
    client = await year.client_as("satu-auditor")
    before = await year.events()

    answer = await send(
        client, ENGAGEMENT, f"{ENGAGEMENT}/findings", finding="f-9", severity="minor", positions="tapaus", text="Jokin."
    )

    assert answer.status_code == 422
    assert 'value="tapaus"' in answer.text
    assert "Jokin.</textarea>" in answer.text
    assert await year.events() == before


async def test_the_head_opens_an_engagement(year_copy: Site) -> None:
    head = await year_copy.client_as("marja-ylitalo")
    listed = f"{AUDIT}/engagements"
    dates = {
        "period_from": "2024-01-01",
        "period_to": "2024-12-31",
        "valid_from": "2025-06-10",
        "valid_to": "2025-09-30",
    }

    refused = await send(
        head, listed, listed, engagement="vtv-2025", body="national-audit-office", basis="Päätös 7.", **dates
    )
    opened = await send(
        head,
        listed,
        listed,
        engagement="vtv-2025",
        body="national-audit-office",
        auditors="p-24",
        basis="Päätös 7.",
        **dates,
    )

    assert refused.status_code == 422
    assert "Päätös 7.</textarea>" in refused.text
    assert opened.url.path == f"{listed}/vtv-2025"
    assert "Valtiontalouden tarkastusvirasto" in opened.text


async def test_the_history_is_stepped_through_with_what_changed_and_why(year: Site) -> None:
    client = await year.client_as("satu-auditor")

    step = (await client.get(f"{AUDIT}/replay", params={"at": "1217", "round": "2024-annual"})).text

    assert "Lähetetty hyväksyttäväksi" in step
    assert "Timo Virtala" in step
    assert "luonnos" in step.partition("<table")[2]
    assert 'rel="prev" href="/keha/audit/replay?at=1216' in step
    assert 'rel="next" href="/keha/audit/replay?at=1218' in step
    assert 'type="range" name="at"' in step


async def test_a_day_leads_to_its_last_event_and_to_the_board_as_it_was_known(year: Site) -> None:
    client = await year.client_as("satu-auditor")
    told = await year.api(
        "satu-auditor",
        "audit/replay",
        view="board",
        year=2024,
        round="annual",
        known_at="2025-01-31T23:59:59.999999+02:00",
    )

    step = (await client.get(f"{AUDIT}/replay", params={"day": "2025-01-31", "round": "2024-annual"})).text
    then = await client.get(f"{AUDIT}/replay/board", params={"at": told["position"], "round": "2024-annual"})

    assert f"Tapahtuma {told['position']} / " in step
    assert f"tapahtuman {told['position']} jälkeen" in then.text


async def test_two_days_are_compared_with_the_events_between(year: Site) -> None:
    client = await year.client_as("satu-auditor")

    started = (await year.api("satu-auditor", "trail", type="correction-started"))["entries"][0]
    day = date.fromisoformat(started["recorded_at"][:10])
    until = day + timedelta(days=1)
    asked = {"since": str(day - timedelta(days=1)), "until": str(until), "subject": started["subject"]}
    page = (await client.get(f"{AUDIT}/difference", params=asked)).text
    wrong = await client.get(f"{AUDIT}/difference", params={"since": "eilen"})

    assert f'href="{AUDIT}/events/{started["position"]}">Korjaus aloitettu</a>' in page
    assert "Hanna Oja" in page
    assert wrong.status_code == 422
    assert 'id="f-since-error"' in wrong.text


async def test_looks_are_listed_for_those_who_may_see_them(year: Site) -> None:
    auditor, owner = await year.client_as("satu-auditor"), await year.client_as("petri-sund")

    page, refused = await auditor.get(f"{AUDIT}/looks", params={"person": "p-24"}), await owner.get(f"{AUDIT}/looks")

    assert "Satu Rautio, tarkastaja" in page.text
    assert refused.status_code == 403


async def test_a_unit_reads_its_own_findings_and_no_others(year: Site) -> None:
    own, other = await year.client_as("tuula-kanerva"), await year.client_as("hanna-oja")

    seen, unseen = [(await each.get(f"{AUDIT}/findings")).text for each in (own, other)]

    assert f'href="{FINDING}"' in seen
    assert f'href="{FINDING}"' not in unseen
    assert (await other.get(FINDING)).status_code == 404


async def send(client: httpx2.AsyncClient, page: str, action: str, **typed: str) -> httpx2.Response:
    """Open the page of a form, and send it."""
    form = (await client.get(page)).text
    key = re.search(rf'action="{re.escape(html.escape(action))}".*?name="key" value="([^"]+)"', form, re.DOTALL)
    assert key is not None, f"{page} offers no form to {action}"
    return await client.post(action, data={"key": key[1], **typed})
