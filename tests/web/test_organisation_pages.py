"""The organisation on pages: people, units, roles, settings, erasures and holds, each decided by two people."""

import re
from typing import Any

import httpx2
import pytest
from api.world import UNIT

from web.site import Site

HOME = "/keha/organisation"
NEW_PERSON = {
    "name": "Aino <b>Esimerkki</b>",
    "contact": "aino@virasto.example",
    "language": "sv",
    "login": "aino",
    "issuer": "https://tunnistus.example",
}
NEW_ROLE = {"grant.person": "nobody", "grant.role": "owner", "grant.unit": UNIT, "grant.valid_from": "2024-06-10"}


def hidden(answer: httpx2.Response) -> dict[str, str]:
    """The hidden fields of the page's last form that is sent."""
    form = answer.text[answer.text.rindex('<form method="post"') :]
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form))


async def sent(client: httpx2.AsyncClient, address: str, **typed: Any) -> httpx2.Response:
    """Fill in the form of a page and send it."""
    return await client.post(address, data=hidden(await client.get(address)) | typed)


async def organisation(site: Site) -> Any:
    return await site.api("admin", "organisation")


@pytest.mark.parametrize("account", ["admin", "head", "coordinator", "auditor", "owner"])
async def test_every_list_opens(agency: Site, account: str) -> None:
    client = await agency.client_as(account)

    for place in ("", "/units", "/roles", "/roles/review", "/settings"):
        assert (await client.get(HOME + place)).status_code == 200, place


async def test_one_finds_a_person_by_a_part_of_the_name(agency: Site) -> None:
    client = await agency.client_as("admin")

    page = (await client.get(HOME, params={"name": "STAND"})).text
    nobody = (await client.get(HOME, params={"name": "<q>"})).text

    assert "/people/stand-in" in page
    assert "/people/director" not in page
    assert "Kenenkään nimi ei vastaa hakua" in nobody
    assert "&lt;q&gt;" in nobody


async def test_an_administrator_registers_a_person_with_their_account(agency: Site) -> None:
    client = await agency.client_as("admin")

    done = await sent(client, f"{HOME}/people/new", **NEW_PERSON)

    assert "Henkilö on rekisteröity." in done.text
    assert "Aino &lt;b&gt;Esimerkki&lt;/b&gt;" in done.text
    [one] = [each for each in (await organisation(agency))["people"] if each["contact"] == "aino@virasto.example"]
    assert one["language"] == "sv"
    changed = await sent(client, f"{HOME}/people/{one['person']}/change", **NEW_PERSON | {"name": "Aino Uusi"})
    assert "Aino Uusi" in changed.text


@pytest.mark.parametrize("missing", ["name", "contact", "login"])
async def test_a_person_without_something_is_refused_at_its_field(agency: Site, missing: str) -> None:
    client = await agency.client_as("admin")
    events = await agency.events()

    answer = await sent(client, f"{HOME}/people/new", **NEW_PERSON | {missing: ""})

    assert answer.status_code == 422
    assert f'href="#f-{missing}"' in answer.text
    assert "tunnistus.example" in answer.text
    assert await agency.events() == events


async def test_who_leaves_leaves_roles_that_nobody_else_holds(agency: Site) -> None:
    client = await agency.client_as("admin")
    page = await client.get(f"{HOME}/people/director/close")
    assert "Näitä rooleja ei ole kenelläkään muulla" in page.text

    done = await sent(client, f"{HOME}/people/director/close", valid_from="2024-07-01")

    assert "Tili suljetaan 1.7.2024." in done.text
    assert "suljettu 1.7.2024 alkaen" in done.text


async def test_a_unit_is_registered_renamed_and_succeeded(agency: Site) -> None:
    client = await agency.client_as("admin")
    name = {"name.fi": "Uusi", "name.sv": "Ny", "name.en": "New"}

    assert (
        "Yksikkö on rekisteröity."
        in (await sent(client, f"{HOME}/units/new", unit="new-unit", valid_from="2024-06-10", **name)).text
    )
    assert (
        "Uusi nimi on kirjattu."
        in (
            await sent(
                client, f"{HOME}/units/new-unit/rename", valid_from="2024-07-01", **name | {"name.fi": "Uudempi"}
            )
        ).text
    )
    assert (
        "Seuraajayksikkö on kirjattu."
        in (
            await sent(
                client, f"{HOME}/units/new-unit/succeed", successor=UNIT, handover="moves", valid_from="2024-08-01"
            )
        ).text
    )
    [one] = [each for each in (await organisation(agency))["units"] if each["unit"] == "new-unit"]
    assert [each["successor"] for each in one["successors"]] == [UNIT]
    again = await sent(client, f"{HOME}/units/new", unit="new-unit", valid_from="2024-06-10", **name | {"name.fi": "X"})
    assert again.status_code == 409
    assert 'href="#f-unit"' in again.text


async def test_a_role_needs_a_second_person_who_confirms_what_they_saw(agency: Site) -> None:
    first, second = await agency.client_as("admin"), await agency.client_as("admin-two")
    proposed = await sent(first, f"{HOME}/roles/propose", **NEW_ROLE)
    assert "Roolia on ehdotettu." in proposed.text
    assert "Vahvista" not in re.findall(r"<button[^>]*>(.*?)</button>", proposed.text)
    place = proposed.url.path
    refused = await first.post(place, data=hidden(proposed) | {"act": "confirm"})
    assert refused.status_code == 403

    stale = await sent(second, place, act="confirm", digest="0" * 64)
    assert stale.status_code == 409
    done = await sent(second, place, act="confirm")

    assert "Ehdotus on vahvistettu." in done.text
    assert any(each["person"] == "nobody" for each in (await organisation(agency))["grants"])
    ending = await first.get(f"{HOME}/roles/propose?person=nobody&role=owner&unit={UNIT}&valid_from=2024-06-10")
    ended = await first.post(ending.url.path, data=hidden(ending) | {"grant.valid_to": "2024-12-31"})
    assert "31.12.2024" in ended.text
    assert "Ehdotus on peruttu." in (await sent(first, ended.url.path, act="withdraw")).text


async def test_a_role_that_is_held_in_a_unit_is_refused_without_one(agency: Site) -> None:
    client = await agency.client_as("admin")
    events = await agency.events()

    answer = await sent(client, f"{HOME}/roles/propose", **NEW_ROLE | {"grant.unit": ""})

    assert answer.status_code == 422
    assert 'href="#f-grant.unit"' in answer.text
    assert 'value="2024-06-10"' in answer.text
    assert await agency.events() == events


async def test_the_head_confirms_a_setting_whose_source_is_then_shown(agency: Site) -> None:
    place = f"{HOME}/settings/reminders.days-before"
    coordinator, head = await agency.client_as("coordinator"), await agency.client_as("head")
    wrong = await sent(coordinator, place, **{"setting.value": "monta", "setting.source": "Johtoryhmä"})
    assert wrong.status_code == 422
    assert 'href="#f-setting.value"' in wrong.text

    proposed = await sent(coordinator, place, **{"setting.value": "14, 7,1", "setting.source": "Johtoryhmä 3.6.2025"})
    done = await sent(head, proposed.url.path, act="confirm")

    assert "Ehdotus on vahvistettu." in done.text
    assert "14, 7, 1 päivää" in proposed.text
    assert "14, 7, 1 päivää" in done.text
    assert "heinäkuu" in done.text
    assert "Johtoryhmä 3.6.2025" in done.text


async def test_the_chain_of_endorsements_is_chosen_step_by_step(agency: Site) -> None:
    coordinator = await agency.client_as("coordinator")
    typed = {"setting.value": "contributor", "setting.value.2": "owner", "setting.source": "Työjärjestys"}

    proposed = await sent(coordinator, f"{HOME}/settings/approval.chain", **typed)

    assert "Muutosta on ehdotettu." in proposed.text
    [one] = (await organisation(agency))["proposals"]
    assert one["content"]["setting"]["value"] == '["contributor","owner"]'


async def test_words_of_a_person_are_found_and_erased_by_two(agency: Site) -> None:
    admin, head = await agency.client_as("admin"), await agency.client_as("head")
    page = await admin.get(f"{HOME}/erasures/find?person=nobody")
    [*codes] = re.findall(r'name="places" value="([0-9a-f]{64})"', page.text)
    typed = {"places": codes[:1], "reason": "Pyyntö", "authority": "Tietosuoja-asetus 17 artikla"}

    proposed = await admin.post(page.url.path, data=hidden(page) | typed)
    assert "Poistamista on ehdotettu." in proposed.text
    done = await sent(head, proposed.url.path, act="confirm")

    assert "Poistaminen on vahvistettu" in done.text
    assert "vahvistettu" in (await admin.get(f"{HOME}/erasures")).text


async def test_an_erasure_of_nothing_is_refused_and_keeps_the_reason(agency: Site) -> None:
    admin = await agency.client_as("admin")
    page = await admin.get(f"{HOME}/erasures/find?person=nobody")
    events = await agency.events()

    answer = await admin.post(page.url.path, data=hidden(page) | {"reason": "Pyyntö <x>", "authority": "-"})

    assert answer.status_code == 422
    assert "Pyyntö &lt;x&gt;" in answer.text
    assert await agency.events() == events


async def test_a_hold_is_confirmed_stands_in_the_way_and_is_lifted(agency: Site) -> None:
    admin, head = await agency.client_as("admin"), await agency.client_as("head")
    wanted = {"people": "nobody", "reason": "Oikeudenkäynti", "authority": "Helsingin hallinto-oikeus"}
    proposed = await sent(admin, f"{HOME}/holds/new", **wanted)
    place = proposed.url.path
    assert "Asia on kirjattu." in (await sent(head, place, act="confirm")).text
    page = await admin.get(f"{HOME}/erasures/find?person=nobody")
    codes = re.findall(r'name="places" value="([0-9a-f]{64})"', page.text)
    kept = await admin.post(page.url.path, data=hidden(page) | {"places": codes, "reason": "a", "authority": "b"})
    assert kept.status_code == 409

    await sent(admin, place, act="lift", reason="Ohi", authority="Sama")
    done = await sent(head, place, act="confirm-lift")

    assert "Asia on kirjattu." in done.text
    assert [each["stage"] for each in (await agency.api("head", "legal-holds"))["holds"]] == ["lifted"]


async def test_whoever_administers_nothing_is_offered_nothing_and_is_refused(agency: Site) -> None:
    owner = await agency.client_as("owner")
    events = await agency.events()

    assert "/people/new" not in (await owner.get(HOME)).text
    assert (await owner.get(f"{HOME}/erasures")).status_code == 403
    answer = await sent(owner, f"{HOME}/people/new", person="aino", **NEW_PERSON)

    assert answer.status_code == 403
    assert "pääkäyttäjä" in answer.text
    assert await agency.events() == events


@pytest.mark.parametrize(
    "place",
    [
        "people/new",
        "people/director/change",
        "people/director/close",
        f"units/{UNIT}/rename",
        f"units/{UNIT}/succeed",
        "units/new",
        "roles/propose",
        "holds/new",
        "erasures/find",
        "settings/reminders.days-before",
        "settings/approval.chain",
    ],
)
async def test_a_form_is_not_shown_to_whoever_may_not_send_it_but_who_may(agency: Site, place: str) -> None:
    owner = await agency.client_as("owner")
    able = await agency.client_as("coordinator" if place.startswith("settings") else "admin")

    seen, form = [(await client.get(f"{HOME}/{place}")).text for client in (owner, able)]

    assert 'class="refused"' in seen
    assert ("koordinoija" if place.startswith("settings") else "pääkäyttäjä") in seen
    assert 'class="form ' not in seen.partition("<main")[2]
    assert 'class="refused"' not in form
    assert 'class="form ' in form


@pytest.mark.parametrize("place", ["people/none", "units/none/rename", "settings/none", "proposals/none"])
async def test_what_there_is_not_is_not_found(agency: Site, place: str) -> None:
    assert (await (await agency.client_as("admin")).get(f"{HOME}/{place}")).status_code == 404
