"""The form of a report: what it asks and computes, and that nothing typed is ever lost."""

import re
from datetime import UTC, datetime

import httpx2
import pytest

from services.web.languages import decimal
from web.site import Site
from web.test_work_pages import report

HALF, ANNUAL = "/keha/rounds/2024-half-year/items", "/keha/rounds/2024-annual/items"
MILESTONE = f"{HALF}/supervisor-training-2024"
PLACE = "rounds/2024-half-year/items/supervisor-training-2024"
SHORT = {
    "status": "in-progress",
    "light": "2",
    "explanation.cause": "Kouluttaja vaihtui <script>alert(1)</script>",
    "explanation.risk": "Valmistuu myöhässä.",
    "explanation.action": "Hankitaan uusi kouluttaja.",
    "explanation.action_owner": "owner",
    "explanation.action_due": "2024-11-30",
}


async def test_a_milestone_is_reported_and_its_deviation_kept_to_the_letter(agency: Site) -> None:
    client = await agency.client_as("owner")
    before = await agency.events()

    answer = await send(client, MILESTONE, **SHORT)

    assert "Raportti on tallennettu luonnoksena." in answer.text
    assert answer.url.path == "/keha/rounds/2024-half-year/units/people-leadership"
    assert await agency.events() == before + 1
    saved = (await agency.api("owner", PLACE))["report"]
    assert saved["explanation"]["cause"] == SHORT["explanation.cause"]
    form = (await client.get(f"{MILESTONE}/report")).text
    assert "<script>alert" not in form
    assert "&lt;script&gt;alert(1)&lt;/script&gt;</textarea>" in form


async def test_one_goes_on_to_what_is_to_be_reported_next(agency: Site) -> None:
    client = await agency.client_as("owner")

    answer = await send(client, MILESTONE, do="next", status="in-progress", light="3")

    assert "Tässä on seuraava." in answer.text
    assert re.fullmatch(rf"{HALF}/(?!supervisor-training)[a-z0-9-]+/report", answer.url.path)


async def test_sent_twice_it_is_one_event(agency: Site) -> None:
    client = await agency.client_as("owner")
    typed = {**SHORT, "key": key_of((await client.get(f"{MILESTONE}/report")).text)}
    before = await agency.events()

    answers = [await client.post(f"{MILESTONE}/report", data=typed) for _ in range(2)]

    assert [each.status_code for each in answers] == [200, 200]
    assert await agency.events() == before + 1


async def test_reached_needs_no_light_and_leads_to_the_evidence(agency: Site) -> None:
    client = await agency.client_as("owner")

    answer = await send(client, MILESTONE, status="reached", light="1")

    assert answer.url.path == f"{MILESTONE}/evidence"
    assert "Saavutettu vuositavoite tarvitsee todisteen" in answer.text
    assert (await agency.api("owner", PLACE))["report"]["light"] == 3


async def test_yellow_without_its_reasons_is_refused_at_each_field_and_kept(agency: Site) -> None:
    client = await agency.client_as("owner")
    before = await agency.events()

    answer = await send(client, MILESTONE, **SHORT | {"explanation.risk": "", "explanation.action_due": ""})

    assert answer.status_code == 422
    assert 'id="f-explanation.risk-error"' in answer.text
    assert 'id="f-explanation.action_due-error"' in answer.text
    assert "Kouluttaja vaihtui" in answer.text
    assert 'value="in-progress" checked' in answer.text
    assert await agency.events() == before


async def test_two_people_who_write_the_same_lose_nothing(agency: Site) -> None:
    owner, other = [await agency.client_as(account) for account in ("owner", "stand-in")]
    forms = [(await client.get(f"{MILESTONE}/report")).text for client in (owner, other)]
    await owner.post(f"{MILESTONE}/report", data={**SHORT, "key": key_of(forms[0])})
    before = await agency.events()

    mine = SHORT | {"explanation.cause": "Minun syyni.", "light": "1"}
    refused = await other.post(f"{MILESTONE}/report", data={**mine, "key": key_of(forms[1])})
    kept = await agency.events()
    seen = hidden(refused.text, "seen")
    again = await other.post(f"{MILESTONE}/report", data={**mine, "seen": seen, "key": key_of(refused.text)})

    assert refused.status_code == 409
    assert kept == before
    assert "Joku muu on tallentanut tätä sillä välin" in refused.text
    theirs = refused.text.partition('id="theirs"')[2].partition("</section>")[0]
    assert "Kouluttaja vaihtui" in theirs
    assert "Minun syyni.</textarea>" in refused.text
    assert "Raportti on tallennettu luonnoksena." in again.text
    assert (await agency.api("owner", PLACE))["report"]["explanation"]["cause"] == "Minun syyni."


async def test_a_draft_is_there_after_the_session_ended_and_gone_when_it_is_saved(agency: Site) -> None:
    first, other = [await agency.client_as(account) for account in ("owner", "stand-in")]
    kept = await first.post(f"{MILESTONE}/report/draft", data={"narrative": "Puolivälissä <b>jo</b>", "key": "k"})
    await first.post("/sign-out")

    back = await agency.client_as("owner")
    form, work = [(await back.get(address)).text for address in (f"{MILESTONE}/report", "/keha/work")]
    others = (await other.get(f"{MILESTONE}/report")).text
    await send(back, MILESTONE, **SHORT)

    assert kept.status_code == 204
    assert "Puolivälissä &lt;b&gt;jo&lt;/b&gt;</textarea>" in form
    assert "Lomakkeessa on luonnoksesi" in form
    assert "Aloitettu mutta tallentamatta" in work
    assert "The owner kirjoittaa tätä" in others
    assert "Puolivälissä" not in others
    assert "Lomakkeessa on luonnoksesi" not in (await back.get(f"{MILESTONE}/report")).text


async def test_what_is_sent_after_the_session_ended_comes_along(agency: Site) -> None:
    client = await agency.client_as("owner")
    typed = {**SHORT, "key": key_of((await client.get(f"{MILESTONE}/report")).text)}
    before = await agency.events()
    await client.post("/sign-out")

    ended = await client.post(f"{MILESTONE}/report", data=typed)
    unrecorded = await agency.events()
    back = await agency.client_as("owner")
    again = await back.post(f"{MILESTONE}/report", data=dict(fields(ended.text)))

    assert ended.status_code == 401
    assert unrecorded == before
    assert "Raportti on tallennettu luonnoksena." in again.text


async def test_a_draft_that_somebody_overtook_is_shown_beside_what_they_saved(agency: Site) -> None:
    client = await agency.client_as("owner")
    await client.post(f"{MILESTONE}/report/draft", data=SHORT)
    await report(agency, "supervisor-training-2024", "stand-in", light=1)

    form = (await client.get(f"{MILESTONE}/report")).text

    assert "Joku muu on tallentanut tätä sillä välin" in form
    assert "Kouluttaja vaihtui" in form.partition('id="report"')[2]
    assert "Viive." in form.partition('id="theirs"')[2].partition("</section>")[0]


async def test_a_draft_is_discarded(agency: Site) -> None:
    client = await agency.client_as("owner")
    await client.post(f"{MILESTONE}/report/draft", data=SHORT)

    answer = await client.post(f"{MILESTONE}/report/discard", data={"key": "k"})

    assert "Luonnoksesi on hylätty." in answer.text
    assert "Kouluttaja vaihtui" not in answer.text


async def test_who_may_not_write_keeps_no_draft_and_discards_none(agency: Site) -> None:
    other, owner = await agency.client_as("other-owner"), await agency.client_as("owner")

    answers = [await other.post(f"{MILESTONE}/report/{do}", data=SHORT) for do in ("draft", "discard")]
    nowhere = await owner.post(f"{HALF}/no-such-item/report/draft", data=SHORT)

    assert [each.status_code for each in (*answers, nowhere)] == [403, 403, 404]
    assert "kirjoittaa tätä" not in (await owner.get(f"{MILESTONE}/report")).text
    assert "Aloitettu mutta tallentamatta" not in (await other.get("/keha/work")).text


@pytest.mark.parametrize(("typed", "fi", "en"), [("1 234,50", "1\N{NO-BREAK SPACE}234,50", "1,234.50"), ("4,1,2",) * 3])
async def test_a_draft_keeps_its_number_and_not_the_language_it_was_typed_in(
    agency: Site, typed: str, fi: str, en: str
) -> None:
    client = await annual(agency)
    indicator = f"{ANNUAL}/staff-satisfaction/report"

    await client.post(f"{indicator}/draft", data={"value": typed})
    finnish = (await client.get(indicator)).text
    english = (await (await agency.client_as("owner", "en")).get(indicator)).text
    await (await agency.client_as("owner", "en")).post(f"{indicator}/draft", data={"value": "3.7"})

    assert f'name="value" type="text" inputmode="decimal" class="width-10 number" value="{fi}"' in finnish
    assert f'value="{en}"' in english
    assert 'value="3,7"' in (await client.get(indicator)).text


@pytest.mark.parametrize(("typed", "how"), [("4,1,2", "15 numeroa"), ("9" * 26, "15 numeroa"), ("4,100,200", "3,70")])
async def test_what_is_no_number_is_explained_as_the_page_writes_numbers(agency: Site, typed: str, how: str) -> None:
    client = await annual(agency)
    before = await agency.events()

    answer = await send(client, f"{ANNUAL}/staff-satisfaction", value=typed, finality="final")

    assert answer.status_code == 422
    assert 'id="f-value-error"' in answer.text
    assert how in answer.text.partition('id="f-value-error"')[2].partition("</p>")[0]
    assert "piste" not in answer.text.partition('id="problem"')[2].partition("</div>")[0]
    assert f'value="{typed}"' in answer.text
    assert await agency.events() == before


async def test_three_hundred_pages_are_refused_and_stay_in_the_field(agency: Site) -> None:
    client = await agency.client_as("owner")
    pages = "Kolmesataa sivua tekstiä. " * 24_000
    before = await agency.events()

    answer = await send(client, MILESTONE, status="in-progress", light="3", narrative=pages)
    draft = await client.post(f"{MILESTONE}/report/draft", data={"narrative": pages})

    assert answer.status_code == 422
    assert 'id="f-narrative-error"' in answer.text
    assert f"{pages}</textarea>" in answer.text
    assert draft.status_code == 413
    assert await agency.events() == before


async def test_others_and_closed_items_get_no_form(agency: Site) -> None:
    other = await agency.client_as("other-owner")
    before = await agency.events()

    page = await other.get(f"{MILESTONE}/report")
    answer = await other.post(f"{MILESTONE}/report", data={**SHORT, "key": "k"})

    assert (page.status_code, answer.status_code) == (403, 403)
    assert await agency.events() == before


async def test_what_is_submitted_is_not_written(agency: Site) -> None:
    client = await agency.client_as("owner")
    await report(agency, "supervisor-training-2024", "owner")
    bound = (await agency.api("owner", PLACE))["bound"]
    await agency.do("owner", "submit-items", round="2024-half-year", items=[bound])

    page = await client.get(f"{MILESTONE}/report")

    assert page.status_code == 409
    assert "Kohteen raporttia ei voi nyt muuttaa." in page.text


async def test_a_target_binds_to_its_milestones_as_they_were_shown(agency: Site) -> None:
    client = await agency.client_as("owner")
    target = f"{HALF}/knowledge-skills"
    first = (await client.get(f"{target}/report")).text
    await report(agency, "e-oppiva-training-2024", "owner")
    typed = {"light": "3", "rationale": "Etenee.", "milestone": milestones(first), "key": key_of(first)}
    before = await agency.events()

    refused = await client.post(f"{target}/report", data=typed)
    unrecorded = await agency.events()
    fresh = {"milestone": milestones(refused.text), "key": key_of(refused.text)}
    saved = await client.post(f"{target}/report", data=typed | fresh)

    assert refused.status_code == 409
    assert unrecorded == before
    assert "Etenee.</textarea>" in refused.text
    assert "Vuositavoite on muuttunut sen jälkeen, kun avasit lomakkeen" in refused.text
    assert 'id="theirs"' not in refused.text
    assert "Raportti on tallennettu luonnoksena." in saved.text


async def test_green_is_suggested_for_a_target_only_where_all_its_milestones_are(agency: Site) -> None:
    client = await agency.client_as("owner")
    target = f"{HALF}/knowledge-skills"
    mine = [each["subject"] for each in (await agency.api("owner", target.removeprefix("/keha/")))["milestones"]]
    before = (await client.get(f"{target}/report")).text
    for subject in mine:
        item = await agency.api("owner", f"rounds/2024-half-year/items/{subject}")
        await report(agency, subject, "owner" if item["unit"] == "people-leadership" else "other-owner")

    after = (await client.get(f"{target}/report")).text

    assert "Ehdotusta ei ole" in before
    assert "ehdotus on vihreä" in after
    assert 'value="3" checked' in after


async def test_an_outturn_is_typed_with_a_comma_and_compared_unrounded(agency: Site) -> None:
    client = await annual(agency)
    indicator = f"{ANNUAL}/staff-satisfaction"

    short, long = [(await client.get(f"{indicator}/report", params={"value": each})).text for each in ("3,66", "3,70")]
    refused = await send(client, indicator, value="3,66", finality="final")
    saved = await send(client, indicator, value="3,70", finality="final")

    assert "Toteuma ei saavuta tavoitetasoa." in short
    assert 'data-reached="yes"' in long
    assert short.count('id="f-light-hint"') == 1
    assert refused.status_code == 422
    assert 'id="f-light-error"' in refused.text
    assert 'value="3,66"' in refused.text
    assert "Raportti on tallennettu luonnoksena." in saved.text
    item = await agency.api("owner", indicator.removeprefix("/keha/"))
    assert (item["report"]["value"], item["report"]["light"]) == ("3.70", 3)


async def test_a_provisional_outturn_needs_its_reason(agency: Site) -> None:
    client = await annual(agency)
    indicator = f"{ANNUAL}/staff-satisfaction"

    refused = await send(client, indicator, value="3,9", finality="provisional")
    saved = await send(client, indicator, value="3,9", finality="provisional", reason="Lopullinen huhtikuussa.")

    assert refused.status_code == 422
    assert 'id="f-reason-error"' in refused.text
    assert "Raportti on tallennettu luonnoksena." in saved.text


async def test_the_annual_form_is_filled_in_from_the_half_year_and_shows_it_beside(agency: Site) -> None:
    await report(agency, "supervisor-training-2024", "owner", light=2)
    client = await annual(agency)

    form = (await client.get(f"{ANNUAL}/supervisor-training-2024/report")).text

    assert "Esitäytetty edellisen kierroksen raportista" in form
    assert "Viive.</textarea>" in form
    assert 'name="status" value="in-progress"' not in form
    assert not re.search(r'name="light" value="\d" checked', form)
    beside = form.partition('id="previous"')[2].partition("</section>")[0]
    assert "Viive." in beside


async def test_no_need_arose_is_offered_for_a_conditional_milestone_alone_and_needs_a_reason(year: Site) -> None:
    form = (await (await year.client_as("hanna-oja")).get(f"{ANNUAL}/payment-satisfaction/report")).text

    assert "no-need-arose" not in form


@pytest.mark.parametrize(
    ("typed", "language", "taken"),
    [
        ("3,70", "fi", "3.70"),
        ("1 234,5", "fi", "1234.5"),
        ("1\N{NO-BREAK SPACE}234,50", "sv", "1234.50"),
        ("3.7", "fi", "3.7"),
        ("\N{MINUS SIGN}0,5", "fi", "-0.5"),
        ("1,234.5", "en", "1234.5"),
        ("3,7", "en", "3,7"),
        ("1.234,5", "fi", "1.234,5"),
        ("  ", "fi", None),
    ],
)
def test_a_number_is_taken_as_the_language_writes_it(typed: str, language: str, taken: str | None) -> None:
    assert decimal(typed, language) == taken


async def annual(agency: Site) -> httpx2.AsyncClient:
    """The owner, in the annual round."""
    await agency.clock(datetime(2025, 1, 8, 8, tzinfo=UTC))
    return await agency.client_as("owner")


async def send(client: httpx2.AsyncClient, item: str, **typed: str) -> httpx2.Response:
    """Open the form, and send it with what is typed."""
    form = (await client.get(f"{item}/report")).text
    seen = {"seen": hidden(form, "seen")} if 'name="seen"' in form else {}
    return await client.post(f"{item}/report", data={"key": key_of(form), **seen, **typed})


def hidden(page: str, name: str) -> str:
    """What a hidden field of the report's form holds."""
    found = re.search(rf'name="{name}" value="([^"]+)"', page.partition('id="report"')[2])
    assert found is not None
    return found[1]


def key_of(page: str) -> str:
    """The idempotency key of the report's form."""
    return hidden(page, "key")


def milestones(page: str) -> list[str]:
    """A target's milestones as the form binds to them."""
    return re.findall(r'name="milestone" value="([^"]+)"', page)


def fields(page: str) -> list[tuple[str, str]]:
    """All hidden fields of a page."""
    return re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page)
