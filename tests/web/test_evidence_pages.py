"""The documents of an item: added once, with their dates; revised, taken off; what is refused is said and kept."""

import re
from pathlib import Path
from typing import Any

import httpx2
from api.world import PDF
from obstore.store import LocalStore

from services.erasure import ErasureRecords, erasures
from services.eventstore import catch_up
from web.site import LEDGER, Site
from web.test_work_pages import report

PLACE = "rounds/2024-half-year/items/supervisor-training-2024"
PAGE = f"/keha/{PLACE}/evidence"
Files = dict[str, tuple[str, bytes, str]]
TYPED = {"title": "Pöytäkirja <script>x</script>", "document_date": "2024-05-28"}


async def test_a_document_is_added_once_however_often_it_is_sent(agency: Site) -> None:
    client = await agency.client_as("owner")
    typed = {**TYPED, "key": key_of((await client.get(PAGE)).text)}
    before = await agency.events()

    answers = [await client.post(PAGE, data=typed, files=pdf()) for _ in range(2)]

    assert "Asiakirja on lisätty." in answers[0].text
    assert [each.status_code for each in answers] == [200, 200]
    assert "Pöytäkirja &lt;script&gt;x&lt;/script&gt;" in answers[1].text
    assert await agency.events() == before + 1
    assert len(await documents(agency)) == 1


async def test_a_file_name_with_a_path_harms_nothing(agency: Site) -> None:
    client = await agency.client_as("owner")
    before = await agency.events()

    answer = await add(client, files=pdf("../../etc/passwd.pdf"))

    assert answer.status_code == 422
    assert "Tiedoston nimi ei kelpaa." in answer.text
    assert "Pöytäkirja &lt;script&gt;" in answer.text
    assert await agency.events() == before


async def test_what_is_no_document_is_refused_with_its_reason(agency: Site) -> None:
    client = await agency.client_as("owner")
    before = await agency.events()

    program = await add(client, files={"file": ("ohjelma.exe", b"MZ\x00", "application/octet-stream")})
    false = await add(client, files=pdf("kuva.png"))
    empty = await add(client, files={"file": ("tyhja.txt", b"", "text/plain")})
    none = await add(client)

    assert "Tämäntyyppistä tiedostoa ei voi lisätä." in program.text
    assert [each.status_code for each in (program, false, empty, none)] == [415, 422, 422, 422]
    for each in (program, false, empty, none):
        assert 'id="f-file-error"' in each.text
    assert await agency.events() == before


async def test_a_file_that_came_in_need_not_be_chosen_again(agency: Site) -> None:
    client = await agency.client_as("owner")
    refused = await add(client, files=pdf(), title="")
    uploaded = {name: value for name, value in fields(refused.text) if name in ("key", "uploaded", "uploaded_name")}

    answer = await client.post(PAGE, data={**TYPED, **uploaded})

    assert refused.status_code == 422
    assert "Tiedosto todiste.pdf on jo vastaanotettu" in refused.text
    assert "Asiakirja on lisätty." in answer.text
    assert (await documents(agency))[0]["file"]["name"] == "todiste.pdf"


async def test_a_document_dated_outside_the_period_needs_an_explanation(agency: Site) -> None:
    client = await agency.client_as("owner")

    refused = await add(client, files=pdf(), document_date="2023-12-20")
    explained = await add(client, files=pdf(), document_date="2023-12-20", outside_period="Koulutus alkoi joulukuussa.")

    assert refused.status_code == 422
    assert 'id="f-outside_period-error"' in refused.text
    assert "Asiakirja on lisätty." in explained.text
    assert "Päivätty kauden ulkopuolelle: Koulutus alkoi joulukuussa." in explained.text


async def test_a_document_of_a_day_that_is_yet_to_come_is_refused_whatever_explains_it(agency: Site) -> None:
    client = await agency.client_as("owner")
    before = await agency.events()

    answer = await add(client, files=pdf(), document_date="2026-12-24", outside_period="Päivätään vielä.")

    assert answer.status_code == 422
    assert 'id="f-document_date-error"' in answer.text
    assert "Asiakirjan päiväys on vasta tulossa." in answer.text
    assert "viimeistään tämä päivä" in answer.text
    assert "Päivätään vielä.</textarea>" in answer.text
    assert await agency.events() == before


async def test_a_document_is_replaced_by_its_next_revision(agency: Site) -> None:
    client = await agency.client_as("owner")
    await add(client, files=pdf())
    name = (await documents(agency))[0]["id"]
    form = (await client.get(PAGE, params={"revise": name})).text
    typed = {**dict(fields(form)), **TYPED, "title": "Korjattu pöytäkirja"}

    answer = await client.post(PAGE, data=typed, files=pdf("korjattu.pdf"))
    late = await client.post(PAGE, data=typed | {"key": "another"}, files=pdf("muu.pdf", PDF + b"\n"))

    assert "Uusi versio on lisätty." in answer.text
    assert late.status_code in {409, 422}
    assert [(each["revision"], each["title"]) for each in await documents(agency)] == [(2, "Korjattu pöytäkirja")]


async def test_the_title_of_a_document_that_was_erased_does_not_come_back_with_its_next_revision(
    agency: Site, tmp_path: Path
) -> None:
    client = await agency.client_as("owner")
    await add(client, files=pdf(), title="Matin poissaolo")
    await erase(agency, tmp_path, "Matin poissaolo")
    name = (await documents(agency))[0]["id"]
    before = await agency.events()

    form = (await client.get(PAGE, params={"revise": name})).text
    typed = dict(re.findall(r'name="([^"]+)" type="(?:text|date)" value="([^"]*)"', form)) | dict(fields(form))
    answer = await client.post(PAGE, data=typed | {"document_date": "2024-05-28"}, files=pdf("uusi.pdf"))

    assert "[poistettu" in form
    assert typed["title"] == ""
    assert 'id="f-title-error"' in answer.text
    assert await agency.events() == before


async def test_a_document_is_taken_off_with_a_reason(agency: Site) -> None:
    client = await agency.client_as("owner")
    await add(client, files=pdf())
    name = (await documents(agency))[0]["id"]
    form = (await client.get(PAGE, params={"detach": name})).text
    key = dict(fields(form.partition('id="detach"')[2]))["key"]

    refused = await client.post(f"{PAGE}/{name}/detach", data={"key": key, "reason": ""})
    kept = await documents(agency)
    answer = await client.post(f"{PAGE}/{name}/detach", data={"key": "another", "reason": "Väärä tiedosto."})

    assert refused.status_code == 422
    assert len(kept) == 1
    assert "Asiakirja on irrotettu." in answer.text
    assert await documents(agency) == []


async def test_an_upload_that_breaks_off_attaches_nothing(agency: Site) -> None:
    client = await agency.client_as("owner")
    whole = client.build_request("POST", PAGE, data={**TYPED, "key": "broken"}, files=pdf(content=PDF * 100))
    body = whole.read()
    before = await agency.events()

    answer = await client.post(
        PAGE, content=body[: len(body) // 2], headers={"Content-Type": whole.headers["Content-Type"]}
    )

    assert answer.status_code in {400, 422}
    assert await agency.events() == before
    assert await documents(agency) == []


async def test_who_may_not_add_is_told_so_and_adds_nothing(agency: Site) -> None:
    other = await agency.client_as("director")
    before = await agency.events()

    page = await other.get(PAGE)
    answer = await other.post(PAGE, data={**TYPED, "key": "k"}, files=pdf())

    assert page.status_code == 200
    assert 'id="f-file"' not in page.text
    assert answer.status_code == 403
    assert await agency.events() == before


async def test_what_is_reached_is_ready_once_it_is_proved(agency: Site) -> None:
    client = await agency.client_as("owner")
    await report(agency, "supervisor-training-2024", "owner")
    item = await agency.api("owner", PLACE)
    reached = {"round": "2024-half-year", "subject": item["subject"], "seen": item["seen"]}
    await agency.do("owner", "report-milestone", **reached, status="reached", light=3)
    unit = "/keha/rounds/2024-half-year/units/people-leadership"
    before = (await client.get(unit)).text

    await add(client, files=pdf())

    assert "Valmiina lähetettäväksi" not in before
    assert "Valmiina lähetettäväksi" in (await client.get(unit)).text


async def test_a_unit_that_helps_is_led_to_add_its_document(agency: Site) -> None:
    other = await agency.client_as("other-owner")
    agreement = await agency.api("other-owner", "agreements/keha-2024-2027.1")
    helped = next(
        each["milestone"]
        for each in agreement["milestones"]
        if each["year"] == 2024 and "digital-services" in each["contributors"]
    )
    page = f"/keha/rounds/2024-half-year/items/{helped}"

    item = (await other.get(page)).text
    form = (await other.get(f"{page}/evidence")).text
    typed = {**TYPED, "key": key_of(form)}
    answer = await other.post(f"{page}/evidence", data=typed, files=pdf())

    assert f'href="{page}/evidence"' in item
    assert f'href="{page}/report"' not in item
    assert "Asiakirja on lisätty." in answer.text


async def add(client: httpx2.AsyncClient, files: Files | None = None, **typed: str) -> httpx2.Response:
    """Open the form, and send it."""
    key = key_of((await client.get(PAGE)).text)
    return await client.post(PAGE, data={**TYPED, **typed, "key": key}, files=files)


async def erase(site: Site, folder: Path, said: str) -> None:
    """Erase what was said of the item in these words: proposed, confirmed by another person, carried out."""
    found = (await site.api("admin", "erasure-places", subject="supervisor-training-2024"))["words"]
    code = next(each["commitment"] for each in found if each["said"] == said)
    places = (await site.api("admin", "erasure-places", commitment=code))["places"]
    told = [{"of": each["of"], "commitments": [code]} for each in places]
    await site.do("admin", "propose-erasure", erasure="e1", places=told, reason="Pyyntö", authority="Päätös 7/2024")
    digest = (await site.api("head", "erasures/e1"))["digest"]
    await site.do("head", "confirm-erasure", erasure="e1", digest=digest)
    kept = ErasureRecords(LocalStore(folder / "kept", mkdir=True))
    await catch_up(site.parts.pool, erasures(site.parts.pool, kept, site.parts.evidence), LEDGER)
    await site.followed()


def pdf(name: str = "todiste.pdf", content: bytes = PDF) -> Files:
    """A file as a form sends it."""
    return {"file": (name, content, "application/pdf")}


async def documents(site: Site) -> list[dict[str, Any]]:
    """What is attached."""
    found: list[dict[str, Any]] = (await site.api("owner", PLACE))["evidence"]
    return found


def key_of(page: str) -> str:
    """The key of the form that adds."""
    return dict(fields(page.partition('id="add"')[2]))["key"]


def fields(page: str) -> list[tuple[str, str]]:
    """All hidden fields of a page."""
    return re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page)
