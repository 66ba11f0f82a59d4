"""Substitutes on pages: who stands in for whom, appointed with dates and a basis, ended early."""

import re
from typing import Any

import httpx2
import pytest
from api.world import UNIT

from web.site import Site

PAGE = "/keha/substitutes"
WANTED = {
    "principal": "director",
    "substitute": "other-director",
    "roles": "director",
    "unit": UNIT,
    "valid_from": "2024-06-10",
    "valid_to": "2024-06-28",
    "basis": "Työjärjestys 12 §: <loma>",
}


def fields(answer: httpx2.Response) -> dict[str, str]:
    """The hidden fields of the page's last form."""
    form = answer.text[answer.text.rindex('<form method="post" action="/keha/substitutes') :]
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form))


async def substitutions(site: Site) -> list[dict[str, Any]]:
    """What the ledger knows of substitutions."""
    found: list[dict[str, Any]] = (await site.api("head", "organisation"))["substitutions"]
    return found


async def test_a_director_appoints_a_substitute_and_ends_it_early(agency: Site) -> None:
    client = await agency.client_as("director")
    page = await client.get(PAGE)
    assert "Kukaan ei ole tänään toisen sijaisena" in page.text

    appointed = await client.post(PAGE, data=fields(page) | WANTED)

    assert "Sijainen on määrätty." in appointed.text
    assert "Työjärjestys 12 §: &lt;loma&gt;" in appointed.text
    [one] = await substitutions(agency)
    assert (one["principal"], one["substitute"], one["roles"]) == ("director", "other-director", ["director"])
    address = f"{PAGE}/{one['substitution']}"
    ended = await client.post(address, data=fields(await client.get(address)) | {"valid_to": "2024-06-14"})
    assert "Sijaisuus päättyy uutena viimeisenä päivänä." in ended.text
    assert [each["valid_to"] for each in await substitutions(agency)] == ["2024-06-14"]


async def test_a_double_click_appoints_once(agency: Site) -> None:
    client = await agency.client_as("director")
    sent = fields(await client.get(PAGE)) | WANTED
    await client.post(PAGE, data=sent)
    events = await agency.events()

    again = await client.post(PAGE, data=sent)

    assert again.status_code == 200
    assert await agency.events() == events


@pytest.mark.parametrize(
    ("wrong", "status", "field"),
    [
        ({"valid_to": "2024-06-01"}, 422, "valid_to"),
        ({"valid_from": "2024-06-01"}, 422, "valid_from"),
        ({"substitute": ""}, 422, "substitute"),
        ({"substitute": "coordinator"}, 422, "substitute"),
        ({"basis": ""}, 422, "basis"),
        ({"roles": "head"}, 403, "roles"),
    ],
)
async def test_a_refusal_names_its_field_and_keeps_what_was_typed(
    agency: Site, wrong: dict[str, str], status: int, field: str
) -> None:
    client = await agency.client_as("director")
    page = await client.get(PAGE)
    events = await agency.events()

    answer = await client.post(PAGE, data=fields(page) | WANTED | wrong)

    assert answer.status_code == status
    assert f'href="#f-{field}"' in answer.text
    assert "Mitään ei kirjattu" in answer.text
    assert "2024-06" in answer.text
    assert await agency.events() == events


async def test_the_head_appoints_for_somebody_else(agency: Site) -> None:
    client = await agency.client_as("head")

    answer = await client.post(PAGE, data=fields(await client.get(PAGE)) | WANTED)

    assert "Sijainen on määrätty." in answer.text
    assert [each["principal"] for each in await substitutions(agency)] == ["director"]


async def test_another_director_may_not_appoint_for_somebody_else(agency: Site) -> None:
    client = await agency.client_as("other-director")
    page = await client.get(PAGE)
    events = await agency.events()

    answer = await client.post(PAGE, data=fields(page) | WANTED | {"substitute": "owner"})

    assert answer.status_code == 403
    assert await agency.events() == events


async def test_whoever_has_no_role_reads_but_is_offered_nothing(agency: Site) -> None:
    page = await (await agency.client_as("auditor")).get(PAGE)

    assert page.status_code == 200
    assert "Määrää sijainen" not in page.text


async def test_a_substitution_that_there_is_not_is_not_found(agency: Site) -> None:
    assert (await (await agency.client_as("head")).get(f"{PAGE}/none")).status_code == 404
