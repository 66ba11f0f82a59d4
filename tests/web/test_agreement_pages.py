"""The agreement on pages: read, signed as shown, declined, called back, sent, imported with its mistakes told."""

import re
from pathlib import Path
from typing import Any

import httpx2
import pytest
from api.world import SLOTS, VERSION

from services.demo.documents import pdf
from web.site import Site

HOME = "/keha/agreements"
PLACE = f"{HOME}/{VERSION}"
FILE = Path(__file__).parents[2] / "agreements/keha-2024-2027.yaml"


def hidden(answer: httpx2.Response) -> dict[str, str]:
    """The hidden fields of the page's last form that is sent."""
    form = answer.text[answer.text.rindex('<form method="post"') :]
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form))


async def imported(site: Site, content: bytes) -> httpx2.Response:
    client = await site.client_as("coordinator")
    data = hidden(await client.get(f"{HOME}/import"))
    return await client.post(f"{HOME}/import", data=data, files={"file": ("sopimus.yaml", content, "text/yaml")})


def second_version() -> tuple[str, bytes]:
    """The next version of the agreement, as a file."""
    text = FILE.read_text(encoding="utf-8").replace("\nnumber: 1\n", "\nnumber: 2\n", 1)
    return f"{VERSION.rpartition('.')[0]}.2", text.encode()


async def sent(site: Site) -> str:
    """A second version that was sent for signature through the page; its name."""
    version, content = second_version()
    assert "Sopimus on tuotu luonnoksena." in (await imported(site, content)).text
    client = await site.client_as("coordinator")
    page = await client.get(f"{HOME}/{version}/send")
    annexes = re.findall(r'name="(annex\.[^"]+)"', page.text)
    data = hidden(page) | {f"holder.{slot}": person for slot, person in SLOTS.items()}
    files = {name: (f"{name}.pdf", pdf(name), "application/pdf") for name in annexes}
    done = await client.post(page.url.path, data=data, files=files)
    assert "Sopimus on lähetetty allekirjoitettavaksi" in done.text
    return version


@pytest.mark.parametrize("account", ["owner", "assessor", "auditor"])
async def test_everybody_reads_the_agreement_with_its_structure_and_signers(agency: Site, account: str) -> None:
    client = await agency.client_as(account)

    listed, page = await client.get(HOME), await client.get(PLACE)

    assert "voimassa" in listed.text
    agreement: Any = await agency.api(account, f"agreements/{VERSION}")
    assert page.text.count("allekirjoittanut") == len(SLOTS)
    for kind in ("parts", "targets", "milestones", "indicators"):
        for each in agreement[kind][:3]:
            assert str(each["title"]["fi"])[:20] in page.text, kind
    assert "Allekirjoita sopimus" not in page.text


async def test_four_sign_what_they_saw_and_it_is_in_force(agency: Site) -> None:
    version = await sent(agency)

    for person in SLOTS.values():
        client = await agency.client_as(person)
        page = await client.get(f"{HOME}/{version}")
        assert "Allekirjoitustasi pyydetään" in page.text
        done = await client.post(page.url.path, data=hidden(page))
        assert "Olet allekirjoittanut." in done.text

    assert (await agency.api("head", f"agreements/{version}"))["stage"] == "in-force"


async def test_a_signature_under_something_else_is_refused(agency: Site) -> None:
    version = await sent(agency)
    client = await agency.client_as(next(iter(SLOTS.values())))
    page = await client.get(f"{HOME}/{version}")
    events = await agency.events()

    answer = await client.post(page.url.path, data=hidden(page) | {"digest": "0" * 64})

    assert answer.status_code == 409
    assert "Mitään ei kirjattu" in answer.text
    assert await agency.events() == events


async def test_a_signer_declines_with_a_reason(agency: Site) -> None:
    version = await sent(agency)
    client = await agency.client_as(next(iter(SLOTS.values())))
    page = await client.get(f"{HOME}/{version}/decline")
    wordless = await client.post(page.url.path, data=hidden(page))
    assert wordless.status_code == 422

    done = await client.post(page.url.path, data=hidden(page) | {"reason": "Liite 2 puuttuu"})

    assert "Kieltäydyit allekirjoittamasta." in done.text
    assert (await agency.api("head", f"agreements/{version}"))["stage"] == "draft"


async def test_the_coordinator_calls_it_back(agency: Site) -> None:
    version = await sent(agency)
    client = await agency.client_as("coordinator")
    page = await client.get(f"{HOME}/{version}/recall")

    done = await client.post(page.url.path, data=hidden(page) | {"reason": "Kirjoitusvirhe"})

    assert "Versio on jälleen luonnos." in done.text


async def test_a_signature_made_elsewhere_is_confirmed_by_somebody_else(agency: Site) -> None:
    version = await sent(agency)
    client, head = await agency.client_as("coordinator"), await agency.client_as("head")
    page = await client.get(f"{HOME}/{version}/external")
    files = {"document": ("allekirjoitettu.pdf", pdf("Allekirjoitettu"), "application/pdf")}
    data = hidden(page) | {"slot": next(iter(SLOTS))}

    waiting = await client.post(page.url.path, data=data, files=files)
    assert "allekirjoitettu.pdf" in waiting.text
    assert "Vahvista allekirjoitus" not in waiting.text
    page = await head.get(f"{HOME}/{version}")
    form = page.text[page.text.index(f"{HOME}/{version}/signatures/") :]
    place = form[: form.index('"')]
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form[: form.index("</form>")]))
    done = await head.post(place, data=fields | {"act": "confirm"})

    assert "Allekirjoitus on kirjattu." in done.text
    assert len((await agency.api("head", f"agreements/{version}"))["missing"]) == len(SLOTS) - 1


async def test_each_mistake_of_a_file_is_told_with_its_place_and_line(agency: Site) -> None:
    _, content = second_version()
    versions = await agency.api("coordinator", "agreements")

    answer = await imported(agency, content.replace(b"binding_year: 2024", b"binding_year: <b>", 1))

    assert answer.status_code == 422
    assert "Tiedoston virheet" in answer.text
    assert "binding_year" in answer.text
    assert re.search(r'data-label="Rivi"><div>\d+<', answer.text)
    assert await agency.api("coordinator", "agreements") == versions


async def test_no_file_is_told_at_its_field(agency: Site) -> None:
    client = await agency.client_as("coordinator")

    answer = await client.post(f"{HOME}/import", data=hidden(await client.get(f"{HOME}/import")))

    assert answer.status_code == 422
    assert 'href="#f-file"' in answer.text


async def test_only_a_coordinator_imports(agency: Site) -> None:
    client = await agency.client_as("owner")
    assert "/agreements/import" not in (await client.get(HOME)).text
    data = hidden(await client.get(f"{HOME}/import"))
    events = await agency.events()

    answer = await client.post(
        f"{HOME}/import", data=data, files={"file": ("a.yaml", second_version()[1], "text/yaml")}
    )

    assert answer.status_code == 403
    assert await agency.events() == events


@pytest.mark.parametrize("act", ["send", "decline", "recall", "external", "import"])
async def test_a_form_is_not_shown_to_whoever_may_not_send_it(agency: Site, act: str) -> None:
    client = await agency.client_as("auditor")

    page = await client.get(f"{HOME}/import" if act == "import" else f"{PLACE}/{act}")

    assert page.status_code == 200
    assert 'class="refused"' in page.text
    assert 'class="form "' not in page.text


async def test_nothing_is_recalled_that_isnt_out_for_signature(agency: Site) -> None:
    page = await (await agency.client_as("coordinator")).get(f"{PLACE}/recall")

    assert 'class="refused"' in page.text
    assert 'class="form "' not in page.text


async def test_a_version_that_there_is_not_is_not_found(agency: Site) -> None:
    assert (await (await agency.client_as("head")).get(f"{HOME}/none")).status_code == 404
