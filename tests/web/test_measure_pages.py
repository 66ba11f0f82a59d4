"""Measures of the recovery facility on pages: recorded, linked, verified, with recipients, interests and retention."""

import re
from typing import Any

import httpx2
import pytest

from services.demo.documents import pdf
from web.site import Site

HOME = "/keha/measures"
NEW = {"code": "P3C2I1", "title.fi": "Palvelut", "title.sv": "Tjänster", "title.en": "Services"}


def hidden(answer: httpx2.Response) -> dict[str, str]:
    """The hidden fields of the page's last form that is sent."""
    form = answer.text[answer.text.rindex('<form method="post"') :]
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form))


async def sent(client: httpx2.AsyncClient, address: str, files: Any = None, **typed: str) -> httpx2.Response:
    """Fill in the form of a page and send it."""
    return await client.post(address, data=hidden(await client.get(address)) | typed, files=files)


async def test_a_measure_is_recorded_with_all_that_auditors_ask_for(agency: Site) -> None:
    client, director = await agency.client_as("coordinator"), await agency.client_as("director")
    subject = (await agency.api("coordinator", "rounds/2024-half-year/items", limit=1))["items"][0]["subject"]
    place = f"{HOME}/p3c2i1"
    assert "Toimenpide on kirjattu." in (await sent(client, f"{HOME}/new", **NEW)).text

    await sent(client, f"{place}/link", subject=subject, kind="target", reference="119", basis="Päätös <1>")
    document = {"file": ("p.pdf", pdf("Pöytäkirja"), "application/pdf")}
    await sent(
        client, f"{place}/verification", document, subject=subject, year="2024", summary="Ok", title="Pöytäkirja"
    )
    row = {"recipients.0.name": "Oy Palvelut", "recipients.0.kind": "contractor", "recipients.0.amount": "12500.50"}
    await sent(client, f"{place}/recipients", year="2024", **row)
    await sent(director, f"{place}/interest", year="2024", conflict="no")
    done = await sent(client, f"{place}/retention", balance_paid_on="2024-05-31", years="5", basis="Maksu")

    assert "Asia on kirjattu." in done.text
    for said in ("Päätös &lt;1&gt;", "Pöytäkirja", "Oy Palvelut", "toimeksisaaja", "The director", "31.5.2029"):
        assert said in done.text, said
    assert (await client.get(HOME)).text.count("P3C2I1") == 1
    [one] = (await agency.api("coordinator", "measures"))["measures"]
    assert [each["recipients"][0]["amount"] for each in one["recipients"]] == ["12500.50"]
    owner = await (await agency.client_as("assessor")).get(place)
    assert owner.status_code == 200
    assert "Oy Palvelut" not in owner.text


@pytest.mark.parametrize(
    ("act", "typed", "field"),
    [
        ("interest", {"year": "2024", "statement": "Maksu <x>"}, "conflict"),
        ("retention", {"balance_paid_on": "", "years": "x", "basis": "Maksu <x>"}, "balance_paid_on"),
        ("recipients", {"year": "kaksi", "recipients.0.name": "Maksu <x>"}, "year"),
    ],
)
async def test_what_is_refused_stands_at_its_field_and_stays_typed(
    agency: Site, act: str, typed: dict[str, str], field: str
) -> None:
    client = await agency.client_as("coordinator")
    await sent(client, f"{HOME}/new", **NEW)

    answer = await sent(client, f"{HOME}/p3c2i1/{act}", **typed)

    assert answer.status_code == 422
    assert "Mitään ei kirjattu" in answer.text
    assert f'href="#f-{field}"' in answer.text
    assert "Maksu &lt;x&gt;" in answer.text


@pytest.mark.parametrize("act", ["link", "verification", "recipients", "interest", "retention", "new"])
async def test_a_form_is_not_shown_to_whoever_may_not_send_it(agency: Site, act: str) -> None:
    client, coordinator = await agency.client_as("auditor"), await agency.client_as("coordinator")
    able = await agency.client_as("director") if act == "interest" else coordinator
    await sent(coordinator, f"{HOME}/new", **NEW)
    place = f"{HOME}/new" if act == "new" else f"{HOME}/p3c2i1/{act}"

    seen, form = [(await each.get(place)).text for each in (client, able)]

    assert 'class="refused"' in seen
    assert 'class="form "' not in seen
    assert 'class="form "' in form


async def test_a_code_that_is_none_is_refused(agency: Site) -> None:
    client = await agency.client_as("coordinator")

    answer = await sent(client, f"{HOME}/new", **NEW | {"code": "abc"})

    assert answer.status_code == 422
    assert 'href="#f-code"' in answer.text


async def test_an_act_or_a_measure_that_there_is_not_is_not_found(agency: Site) -> None:
    client = await agency.client_as("coordinator")
    await sent(client, f"{HOME}/new", **NEW)

    assert (await client.get(f"{HOME}/none")).status_code == 404
    assert (await client.get(f"{HOME}/p3c2i1/none")).status_code == 404
