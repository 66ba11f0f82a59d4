"""My work and a unit's report: what waits, what it lacks, many at once, submit, late, take back."""

import inspect
import re
from datetime import UTC, datetime

from projections import steps
from services.web.page import Page
from services.web.pages.work.tasks import WHAT, address
from web.site import Site
from web.walk import route_of

ROUND = "2024-half-year"
UNIT = f"/keha/rounds/{ROUND}/units/people-leadership"
TASK = re.compile(r'what="([a-z-]+)"')
FORM = re.compile(rf'<form method="post" action="{re.escape(UNIT)}".*?</form>', re.DOTALL)


class Place(Page):
    """A page of which only addresses are asked."""

    def __init__(self) -> None:
        self.ledger = "keha"


async def test_work_tells_what_is_to_be_done_by_when_and_leads_there(agency: Site) -> None:
    client = await agency.client_as("owner")

    page = (await client.get("/keha/work")).text

    assert "<h1>Omat tehtävät</h1>" in page
    assert "Raportoi se, mitä ei ole vielä raportoitu" in page
    assert "15.8.2024" in page
    assert f'href="{UNIT}"' in page
    assert "13 kohdetta" in page
    assert "supervisor-training-2024/report" in page


def test_each_task_of_the_inbox_has_its_words_and_its_page() -> None:
    asked = set(TASK.findall(inspect.getsource(steps))) | {"confirm-role", "confirm-setting"}
    about = {"unit": "u", "year": 2024, "round": ROUND, "reference": "final-accounts", "for": None}

    led = {what: address(Place(), about | {"what": what, "subjects": of}) for what in asked for of in ([], ["s"])}

    assert set(WHAT) == asked
    assert {what: path for what, path in led.items() if route_of(path.partition("?")[0]) is None} == {}


async def test_who_has_nothing_to_do_is_told_so(agency: Site) -> None:
    client = await agency.client_as("assessor")

    page = (await client.get("/keha/work")).text

    assert "Mikään ei odota sinua" in page


async def test_what_is_late_comes_first_and_is_named_late(agency: Site) -> None:
    client = await agency.client_as("owner")
    await agency.clock(datetime(2024, 8, 16, 8, tzinfo=UTC))

    page = (await client.get("/keha/work")).text

    assert "Myöhässä" in page
    assert "myöhässä</span>" in page


async def test_a_unit_reports_many_as_planned_each_recorded_by_itself(agency: Site) -> None:
    client = await agency.client_as("owner")
    page = (await client.get(UNIT)).text
    planned = re.findall(r'name="planned" value="([^"]+)"', page)
    before = await agency.events()

    ticked = {"key": key_of(page, "planned"), "do": "planned", "planned": planned[:3]}
    answers = [await client.post(UNIT, data=ticked) for _ in range(2)]

    assert len(planned) == 11
    assert "Raportoitu suunnitellusti eteneviksi: 3." in answers[0].text
    assert await agency.events() == before + 3
    item = await agency.api("owner", f"rounds/{ROUND}/items/{planned[0]}")
    assert (item["stage"], item["report"]["status"], item["report"]["light"]) == ("draft", "in-progress", 3)


async def test_what_somebody_wrote_meanwhile_is_left_out_and_named(agency: Site) -> None:
    client = await agency.client_as("owner")
    page = (await client.get(UNIT)).text
    one, other = re.findall(r'name="planned" value="([^"]+)"', page)[:2]
    await report(agency, one, "stand-in", light=1)

    answer = await client.post(UNIT, data={"key": key_of(page, "planned"), "do": "planned", "planned": [one, other]})

    assert "Raportoitu suunnitellusti eteneviksi: 1." in answer.text
    assert "Jätetty pois:" in answer.text
    assert (await agency.api("owner", f"rounds/{ROUND}/items/{one}"))["report"]["light"] == 1


async def test_the_page_says_what_each_item_lacks_before_anything_is_submitted(agency: Site) -> None:
    client = await agency.client_as("owner")
    await agency.do(
        "owner",
        "report-milestone",
        round=ROUND,
        subject="supervisor-training-2024",
        seen=None,
        status="reached",
        light=3,
    )
    before = await agency.events()

    page = (await client.get(UNIT)).text

    row = page.partition("supervisor-training-2024")[2].partition("</tr>")[0]
    assert "Saavutetuksi raportoitu kohde tarvitsee todisteen." in row
    assert "Lisää todiste" in row
    assert 'name="chosen"' not in page
    assert await agency.events() == before


async def test_what_is_ready_is_submitted_once_however_often_it_is_clicked(agency: Site) -> None:
    client = await agency.client_as("owner")
    await report(agency, "supervisor-training-2024", "owner")
    await report(agency, "threat-awareness-2024", "owner")
    page = (await client.get(UNIT)).text
    before = await agency.events()

    typed = submitted(page, "supervisor-training-2024")
    answers = [await client.post(UNIT, data=typed) for _ in range(2)]

    assert "Lähetetty: 1." in answers[0].text
    assert await agency.events() == before + 1
    assert "Odottaa päätöstä" in answers[1].text
    assert (await agency.api("owner", f"rounds/{ROUND}/items/threat-awareness-2024"))["stage"] == "draft"


async def test_content_that_changed_since_it_was_shown_is_not_submitted(agency: Site) -> None:
    client = await agency.client_as("owner")
    await report(agency, "supervisor-training-2024", "owner")
    page = (await client.get(UNIT)).text
    await report(agency, "supervisor-training-2024", "stand-in", light=2)
    before = await agency.events()

    answer = await client.post(UNIT, data=submitted(page, "supervisor-training-2024"))

    assert answer.status_code == 409
    assert "Sisältö on muuttunut sen jälkeen, kun avasit sen." in answer.text
    assert await agency.events() == before


async def test_what_is_late_needs_a_reason_and_is_taken_with_it(agency: Site) -> None:
    client = await agency.client_as("owner")
    await report(agency, "supervisor-training-2024", "owner")
    await agency.clock(datetime(2024, 8, 16, 8, tzinfo=UTC))
    page = (await client.get(UNIT)).text
    typed = submitted(page, "supervisor-training-2024")
    before = await agency.events()

    without = await client.post(UNIT, data=typed)
    unrecorded = await agency.events()
    again = submitted(without.text, "supervisor-training-2024") | {"late_reason": "<b>Sairausloma</b>"}
    taken = await client.post(UNIT, data=again)

    assert without.status_code == 422
    assert 'id="f-late_reason-error"' in without.text
    assert unrecorded == before
    assert "Lähetetty: 1." in taken.text
    item = await agency.api("owner", f"rounds/{ROUND}/items/supervisor-training-2024")
    assert (item["late"], item["late_reason"]) == (True, "<b>Sairausloma</b>")


async def test_what_waits_is_taken_back_into_draft(agency: Site) -> None:
    client = await agency.client_as("owner")
    await report(agency, "supervisor-training-2024", "owner")
    await client.post(UNIT, data=submitted((await client.get(UNIT)).text, "supervisor-training-2024"))
    page = (await client.get(UNIT)).text

    answer = await client.post(
        UNIT, data={"key": key_of(page, "recall"), "do": "recall", "recalled": "supervisor-training-2024"}
    )

    assert "Otettu takaisin luonnokseksi: 1." in answer.text
    assert "Valmiina lähetettäväksi" in answer.text


async def test_a_returned_item_is_submitted_as_it_was_only_with_an_answer(agency: Site) -> None:
    client = await agency.client_as("owner")
    await report(agency, "supervisor-training-2024", "owner")
    await client.post(UNIT, data=submitted((await client.get(UNIT)).text, "supervisor-training-2024"))
    returned = [{"subject": "supervisor-training-2024", "reason": "Kerro osallistujamäärä."}]
    await agency.do("director", "return-items", round=ROUND, items=returned)
    page = (await client.get(UNIT)).text

    refused = await client.post(UNIT, data=submitted(page, "supervisor-training-2024"))
    again = submitted(refused.text, "supervisor-training-2024") | {"reply": "Luku saadaan vasta syksyllä."}
    taken = await client.post(UNIT, data=again)

    assert "Kerro osallistujamäärä." in page
    assert refused.status_code == 422
    assert 'id="f-reply-error"' in refused.text
    assert "Lähetetty: 1." in taken.text


async def test_the_director_is_led_to_the_decision_and_offered_no_submission(agency: Site) -> None:
    await report(agency, "supervisor-training-2024", "owner")
    owner, director = [await agency.client_as(account) for account in ("owner", "director")]
    await owner.post(UNIT, data=submitted((await owner.get(UNIT)).text, "supervisor-training-2024"))

    page = (await director.get(UNIT)).text

    assert f'href="{UNIT}/decide"' in page
    assert 'name="do"' not in page
    assert f'href="{UNIT}/decide"' not in (await owner.get(UNIT)).text


async def test_another_units_owner_submits_nothing(agency: Site) -> None:
    await report(agency, "supervisor-training-2024", "owner")
    owner, other = [await agency.client_as(account) for account in ("owner", "other-owner")]
    typed = submitted((await owner.get(UNIT)).text, "supervisor-training-2024")
    before = await agency.events()

    answer = await other.post(UNIT, data=typed)

    assert answer.status_code == 403
    assert await agency.events() == before


async def test_a_unit_that_there_is_none_of_is_no_page(agency: Site) -> None:
    client = await agency.client_as("owner")

    answer = await client.get(f"/keha/rounds/{ROUND}/units/no-such-unit")

    assert answer.status_code == 404


async def report(site: Site, subject: str, account: str, light: int = 3) -> None:
    """A milestone's report, through the API."""
    seen = (await site.api(account, f"rounds/{ROUND}/items/{subject}"))["seen"]
    why = dict.fromkeys(("cause", "risk", "action"), "Viive.")
    explanation = why | {"action_owner": "owner", "action_due": "2024-11-30"} if light < 3 else None
    body = {"round": ROUND, "subject": subject, "seen": seen, "status": "in-progress", "light": light}
    await site.do(account, "report-milestone", **body, explanation=explanation)


def key_of(page: str, do: str) -> str:
    """The idempotency key of the form that does it."""
    form = next(each for each in FORM.findall(page) if f'name="do" value="{do}"' in each)
    found = re.search(r'name="key" value="([^"]+)"', form)
    assert found is not None
    return found[1]


def submitted(page: str, *subjects: str) -> dict[str, str | list[str]]:
    """The fields of the form that submits, with these ticked."""
    bound = dict(re.findall(r'name="(bound-[^"]+)" value="([^"]+)"', page))
    return {"key": key_of(page, "submit"), "do": "submit", "chosen": list(subjects), **bound}


__all__ = ["report"]
