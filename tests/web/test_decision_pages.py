"""Directors and the head decide on pages: what waits, what changed, each decision exactly as it was shown."""

import re
from typing import Any

import httpx2
from api.world import HALF_YEAR, PDF, UNIT

from web.site import Site

MILESTONE = "te24-cooperation-talks-2024"
HOME = "/keha"
DECIDE = f"{HOME}/rounds/{HALF_YEAR}/units/{UNIT}/decide"


async def milestones(site: Site, person: str, unit: str = UNIT) -> list[Any]:
    """A unit's milestones in the half-year round."""
    items = (await site.api(person, f"rounds/{HALF_YEAR}/items", unit=unit, limit=500))["items"]
    return [each for each in items if each["kind"] == "milestone"]


async def submitted(site: Site, *subjects: str, by: str = "owner", unit: str = UNIT, words: str = "Etenee") -> None:
    """Report milestones, and hand them over."""
    for subject in subjects:
        body = {"round": HALF_YEAR, "subject": subject, "status": "in-progress", "light": 3, "narrative": words}
        seen = (await site.api(by, f"rounds/{HALF_YEAR}/items/{subject}"))["seen"]
        await site.do(by, "report-milestone", **body, seen=seen)
    waiting = [each["bound"] for each in await milestones(site, by, unit) if each["subject"] in subjects]
    await site.do("owner" if unit == UNIT else "other-owner", "submit-items", round=HALF_YEAR, items=waiting)
    await site.followed()


async def signed_off(site: Site, subject: str) -> None:
    """The director signs an item off."""
    [bound] = [each["bound"] for each in await milestones(site, "director") if each["subject"] == subject]
    await site.do("director", "sign-off-items", round=HALF_YEAR, items=[bound])


def fields(answer: httpx2.Response) -> dict[str, str]:
    """What a page's form would send without a choice: its hidden fields."""
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', answer.text)
    return {name: value for name, value in found if name not in {"today", "back"}}


async def two(site: Site) -> tuple[str, str]:
    """Two milestones of the unit."""
    first, second, *_ = sorted(each["subject"] for each in await milestones(site, "owner"))
    return first, second


async def test_the_queue_says_what_waits_for_a_director_and_leads_there(agency: Site) -> None:
    await submitted(agency, *await two(agency))
    client = await agency.client_as("director")

    page = await client.get(f"{HOME}/queue")

    assert "Odottaa päätöstäsi" in page.text
    assert "2 kohtaa odottaa sinua." in page.text
    assert f'href="{DECIDE}"' in page.text


async def test_an_empty_queue_says_so(agency: Site) -> None:
    page = await (await agency.client_as("head")).get(f"{HOME}/queue")

    assert "Mikään ei odota päätöstäsi" in page.text


async def test_a_director_signs_off_one_item_and_returns_another_with_its_reason(agency: Site) -> None:
    one, other = await two(agency)
    await submitted(agency, one, other)
    client = await agency.client_as("director")
    page = await client.get(DECIDE)
    assert "Etenee" in page.text

    sent = fields(page) | {
        f"decide-{one}": "sign-off",
        f"decide-{other}": "return",
        f"reason-{other}": "Kerro, mitä on tehty.",
    }
    done = await client.post(DECIDE, data=sent)

    assert done.url.path == f"{HOME}/queue"
    assert "Palautettu yksikölle: 1. Hyväksytty: 1." in done.text
    stages = {each["subject"]: each for each in await milestones(agency, "director")}
    assert stages[one]["signed_by"] == "director"
    assert stages[other]["returned"]["reason"] == "Kerro, mitä on tehty."


async def test_the_same_form_sent_twice_is_decided_once(agency: Site) -> None:
    one, _ = await two(agency)
    await submitted(agency, one)
    client = await agency.client_as("director")
    sent = fields(await client.get(DECIDE)) | {f"decide-{one}": "sign-off"}
    await client.post(DECIDE, data=sent)
    events = await agency.events()

    again = await client.post(DECIDE, data=sent)

    assert again.status_code == 200
    assert "Hyväksytty: 1." in again.text
    assert await agency.events() == events


async def test_nothing_chosen_is_nothing_recorded(agency: Site) -> None:
    one, _ = await two(agency)
    await submitted(agency, one)
    client = await agency.client_as("director")
    events = await agency.events()

    answer = await client.post(DECIDE, data=fields(await client.get(DECIDE)))

    assert answer.status_code == 422
    assert await agency.events() == events


async def test_a_return_without_a_reason_keeps_what_was_typed_and_records_nothing(agency: Site) -> None:
    one, other = await two(agency)
    await submitted(agency, one, other)
    client = await agency.client_as("director")
    events = await agency.events()
    sent = fields(await client.get(DECIDE)) | {
        f"decide-{one}": "return",
        f"decide-{other}": "return",
        f"reason-{other}": "Täsmennä <b>lukua</b>.",
    }

    answer = await client.post(DECIDE, data=sent)

    assert answer.status_code == 422
    assert f'href="#f-reason-{one}"' in answer.text
    assert "Pakollinen tieto puuttuu." in answer.text
    assert "Täsmennä &lt;b&gt;lukua&lt;/b&gt;." in answer.text
    assert await agency.events() == events


async def test_content_that_changed_a_second_ago_is_refused_and_the_new_one_is_shown(agency: Site) -> None:
    one, _ = await two(agency)
    await submitted(agency, one)
    client = await agency.client_as("director")
    sent = fields(await client.get(DECIDE)) | {f"decide-{one}": "sign-off"}
    await agency.do("owner", "recall-items", round=HALF_YEAR, subjects=[one])
    await submitted(agency, one, words="Hanke on keskeytetty")
    events = await agency.events()

    answer = await client.post(DECIDE, data=sent)

    assert answer.status_code == 409
    assert "Sitä muutettiin, kun katsoit" in answer.text
    assert "Hanke on keskeytetty" in answer.text
    assert not re.search(r'value="sign-off" checked', answer.text), "it is chosen anew"
    assert await agency.events() == events
    anew = await client.post(DECIDE, data=fields(answer) | {f"decide-{one}": "sign-off"})
    assert "Hyväksytty: 1." in anew.text


async def test_an_old_page_returns_nothing_that_somebody_signed_off_since_and_says_who_did(agency: Site) -> None:
    one, _ = await two(agency)
    await submitted(agency, one)
    client = await agency.client_as("coordinator")
    sent = fields(await client.get(DECIDE)) | {f"decide-{one}": "return", f"reason-{one}": "Luku puuttuu."}
    await signed_off(agency, one)
    events = await agency.events()

    answer = await client.post(DECIDE, data=sent)

    assert answer.status_code == 409
    assert "Kohde on jo hyväksytty." in answer.text
    assert "Päättäjä: The director." in answer.text
    assert "Luku puuttuu." in answer.text, "what was typed isn't lost"
    assert await agency.events() == events


async def test_of_two_who_decide_the_second_is_told_who_was_first(agency: Site) -> None:
    await agency.do("director", "appoint-substitute", **_substitution("director", "other-director"))
    one, other = await two(agency)
    await submitted(agency, one, other)
    client = await agency.client_as("other-director")
    page = await client.get(f"{DECIDE}?for=director")
    returned = {"subject": other, "reason": "Täsmennä."}
    await signed_off(agency, one)
    await agency.do("director", "return-items", round=HALF_YEAR, items=[returned])
    events = await agency.events()

    answer = await client.post(DECIDE, data=fields(page) | {f"decide-{each}": "sign-off" for each in (one, other)})

    assert answer.status_code == 409
    assert "Kohde on jo hyväksytty. Päättäjä: The director." in answer.text
    assert "Kohde on jo palautettu yksikölle. Päättäjä: The director." in answer.text
    assert await agency.events() == events


async def test_an_old_page_takes_no_sign_off_back_that_was_revoked_since(agency: Site) -> None:
    one, _ = await two(agency)
    await submitted(agency, one)
    await signed_off(agency, one)
    client = await agency.client_as("director")
    sent = fields(await client.get(f"{DECIDE}/{one}")) | {"act": "return", "reason": "Korjaa"}
    await agency.do("head", "revoke-sign-off", round=HALF_YEAR, subject=one, reason="Katsotaan uudelleen")
    events = await agency.events()

    answer = await client.post(f"{DECIDE}/{one}", data=sent)

    assert answer.status_code == 409
    assert "Vaihe on muuttunut" in answer.text
    assert await agency.events() == events


async def test_of_many_the_skipped_one_is_named_with_its_reason(agency: Site) -> None:
    one, other = await two(agency)
    await submitted(agency, one, other)
    client = await agency.client_as("director")
    sent = fields(await client.get(DECIDE)) | {f"decide-{each}": "sign-off" for each in (one, other)}
    await agency.do("owner", "recall-items", round=HALF_YEAR, subjects=[other])
    title = (await agency.api("director", "names"))["subjects"][other]["title"]["fi"]

    answer = await client.post(DECIDE, data=sent)

    assert "Hyväksytty: 1. Jätetty pois:" in answer.text
    assert title in answer.text
    assert {each["subject"]: each["stage"] for each in await milestones(agency, "director")}[one] == "signed-off"


async def test_all_that_may_be_signed_off_is_marked_at_once(agency: Site) -> None:
    await submitted(agency, *await two(agency))
    client = await agency.client_as("director")

    marked = await client.get(DECIDE, params={"choose": "sign-off"})

    assert len(re.findall(r'value="sign-off" checked', marked.text)) == 2


async def test_nobody_is_offered_to_sign_off_their_own_work(agency: Site) -> None:
    await agency.do("admin", "propose-role", proposal="writes", grant=_grant("director", "contributor"))
    [proposed] = (await agency.api("admin-two", "organisation"))["proposals"]
    await agency.do("admin-two", "confirm-role", proposal="writes", digest=proposed["digest"])
    one, _ = await two(agency)
    await submitted(agency, one, by="director")
    client = await agency.client_as("director")
    page = await client.get(DECIDE)
    events = await agency.events()

    answer = await client.post(DECIDE, data=fields(page) | {f"decide-{one}": "sign-off"})

    assert 'value="sign-off"' not in page.text
    assert "Asia siirtyy viraston päällikölle." in page.text
    assert answer.status_code == 403
    assert await agency.events() == events


async def test_a_substitute_acts_for_somebody_and_both_names_are_recorded(agency: Site) -> None:
    await agency.do("director", "appoint-substitute", **_substitution("director", "other-director"))
    one, _ = await two(agency)
    await submitted(agency, one)
    client = await agency.client_as("other-director")

    queue = await client.get(f"{HOME}/queue")
    page = await client.get(f"{DECIDE}?for=director")
    await client.post(DECIDE, data=fields(page) | {f"decide-{one}": "sign-off"})

    assert f"{DECIDE}?for=director" in queue.text
    assert "Toimit henkilön The director sijaisena." in page.text
    await agency.followed()
    entries = (await agency.api("head", "trail", subject=one, type="item-signed-off"))["entries"]
    assert [(each["actor"], each["acting_for"]) for each in entries] == [("other-director", "director")]


async def test_the_director_of_another_unit_sees_nothing_and_decides_nothing(agency: Site) -> None:
    one, _ = await two(agency)
    await submitted(agency, one)
    sent = fields(await (await agency.client_as("director")).get(DECIDE))
    client = await agency.client_as("other-director")
    events = await agency.events()

    page = await client.get(DECIDE)
    answer = await client.post(DECIDE, data=sent | {f"decide-{one}": "sign-off"})

    assert f"bound-{one}" not in page.text
    assert answer.status_code == 403
    assert await agency.events() == events


async def test_the_coordinator_may_return_and_is_offered_nothing_else(agency: Site) -> None:
    one, _ = await two(agency)
    await submitted(agency, one)
    client = await agency.client_as("coordinator")
    package = await client.get(DECIDE.removesuffix("/decide"))
    page = await client.get(DECIDE)

    sent = fields(page) | {f"decide-{one}": "return", f"reason-{one}": "Luku puuttuu."}
    done = await client.post(DECIDE, data=sent)

    assert f'href="{DECIDE}"' in package.text
    assert 'value="sign-off"' not in page.text
    assert "Palautettu yksikölle: 1." in done.text
    assert (await agency.api("owner", f"rounds/{HALF_YEAR}/items/{one}"))["stage"] == "returned"


async def test_the_head_revokes_a_sign_off_with_a_reason(agency: Site) -> None:
    one, _ = await two(agency)
    await submitted(agency, one)
    await signed_off(agency, one)
    client = await agency.client_as("head")
    page = await client.get(f"{DECIDE}/{one}")

    blank = await client.post(f"{DECIDE}/{one}", data=fields(page) | {"act": "revoke"})
    done = await client.post(f"{DECIDE}/{one}", data=fields(page) | {"act": "revoke", "reason": "Todiste puuttuu."})

    assert blank.status_code == 422
    assert "Hyväksyntä on peruttu" in done.text
    item = await agency.api("head", f"rounds/{HALF_YEAR}/items/{one}")
    assert (item["stage"], item["signed_by"]) == ("submitted", None)


async def test_a_document_is_shown_beside_the_decision(agency: Site) -> None:
    one, _ = await two(agency)
    file = await uploaded(agency, "owner")
    evidence = {"id": "e", "revision": 1, "file": file, "title": "Pöytäkirja", "document_date": "2024-05-01"}
    body = {"round": HALF_YEAR, "subject": one, "status": "in-progress", "light": 3}
    await agency.do("owner", "report-milestone", **body)
    await agency.do("owner", "attach-evidence", round=HALF_YEAR, subject=one, evidence=evidence)
    [bound] = [each["bound"] for each in await milestones(agency, "owner") if each["subject"] == one]
    await agency.do("owner", "submit-items", round=HALF_YEAR, items=[bound])
    client = await agency.client_as("director")
    page = await client.get(DECIDE)

    link = re.search(r'href="([^"]+/documents/[^"]+)"', page.text)

    assert link
    shown = await client.get(link[1])
    assert "Pöytäkirja" in shown.text
    assert "<iframe" in shown.text


async def uploaded(
    site: Site, person: str, name: str = "proof.pdf", content: bytes = PDF, kind: str = "application/pdf"
) -> str:
    """A file that a person sent; the name that commands take."""
    headers = {
        "Authorization": f"Bearer {site.provider.token(person)}",
        "Idempotency-Key": "file",
        "Content-Type": kind,
    }
    transport = httpx2.ASGITransport(app=site.app)
    async with httpx2.AsyncClient(transport=transport, base_url=site.url, headers=headers) as client:
        answer = await client.post("/api/v1/keha/files", params={"name": name}, content=content)
    return str(answer.json()["file"])


def _grant(person: str, role: str, unit: str | None = UNIT) -> dict[str, Any]:
    return {"person": person, "role": role, "unit": unit, "valid_from": "2024-06-03", "valid_to": None}


def _substitution(principal: str, substitute: str) -> dict[str, Any]:
    return {
        "substitution": "loma",
        "principal": principal,
        "substitute": substitute,
        "roles": ["director"],
        "unit": UNIT,
        "valid_from": "2024-06-03",
        "valid_to": "2024-06-30",
        "basis": "Loma",
    }
