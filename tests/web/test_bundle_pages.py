"""Bundles that are taken and verified on pages, samples that are drawn, checkpoints that are compared with the log."""

import html
import re
from pathlib import Path

import httpx2
import pytest

from verifier.verify import verify
from web.site import Site

BUNDLES, VERIFICATION = "/keha/audit/bundles", "/keha/audit/verification"
SUBJECT = "transition-provision-systems-2024"


async def test_a_bundle_comes_as_a_file_that_verifies(year: Site, tmp_path: Path) -> None:
    client = await year.client_as("satu-auditor")

    answer = await client.get(f"{BUNDLES}/file", params={"scope": "milestone", "subject": SUBJECT, "hashes": "yes"})
    file = tmp_path / "bundle.zip"
    file.write_bytes(answer.content)

    assert f"etappi-keha-milestone-{SUBJECT}" in answer.headers["Content-Disposition"]
    assert verify(file).faults == []


async def test_a_bundle_is_verified_in_the_page_and_an_altered_one_is_not(year: Site) -> None:
    client = await year.client_as("satu-auditor")
    day = (await year.api("satu-auditor", "trail", type="finding-raised"))["entries"][0]["recorded_at"][:10]
    query = {"scope": "period", "from": day, "to": day, "hashes": "yes"}
    bundle = (await client.get(f"{BUNDLES}/file", params=query)).content
    altered = bytearray(bundle)
    altered[len(bundle) // 2] ^= 1

    good, bad, none = [
        await client.post(
            f"{VERIFICATION}/bundle", data={"key": "k"}, files={"bundle": ("b.zip", each, "application/zip")}
        )
        for each in (bundle, bytes(altered), b"no bundle")
    ]

    assert "Kaikki" in good.text.partition('id="found"')[2]
    assert "Ei pidä" not in good.text
    assert "Ei pidä" in bad.text
    assert "Ei pidä" in none.text
    assert "<code>not-a-bundle</code>" in none.text


async def test_a_form_without_a_file_says_so(year: Site) -> None:
    client = await year.client_as("satu-auditor")

    answer = await client.post(f"{VERIFICATION}/bundle", data={"key": "k"})

    assert answer.status_code == 422
    assert 'id="f-bundle-error"' in answer.text


async def test_the_log_continues_the_checkpoint_of_today_and_no_forged_one(year: Site) -> None:
    client = await year.client_as("satu-auditor")
    note = await checkpoint(client)
    forged = note.replace(note.splitlines()[2], "A" * 43 + "=", 1)

    good, bad = [
        await client.post(f"{VERIFICATION}/checkpoint", data={"key": "k", "note": each}) for each in (note, forged)
    ]

    assert "Loki jatkuu siitä, mitä näit" in good.text
    assert "Lokin ei ole osoitettu jatkuvan siitä, mitä näit" in bad.text
    assert "Mikään lokin nimeämä avain ei ole allekirjoittanut sitä." in bad.text
    assert "Nykyinen loki ei jatka sitä" in bad.text


async def test_what_is_no_checkpoint_is_told_at_its_field_with_what_was_typed(year: Site) -> None:
    client = await year.client_as("satu-auditor")

    answer = await client.post(f"{VERIFICATION}/checkpoint", data={"key": "k", "note": "<script>keha</script>"})

    assert answer.status_code == 422
    assert 'id="f-note-error"' in answer.text
    assert "&lt;script&gt;keha&lt;/script&gt;</textarea>" in answer.text


async def test_a_seed_draws_the_same_events_for_everybody_and_for_the_bundle(year: Site, tmp_path: Path) -> None:
    client = await year.client_as("satu-auditor")
    asked = {"scope": "sample", "seed": "työpaperi 12", "count": "5", "type": "item-signed-off"}

    first, second = [(await client.get(BUNDLES, params={**asked, "draw": "yes"})).text for _ in range(2)]
    bundle = tmp_path / "sample.zip"
    bundle.write_bytes((await client.get(f"{BUNDLES}/file", params={**asked, "hashes": "yes"})).content)
    report = verify(bundle)

    assert len(drawn(first)) == 5
    assert drawn(first) == drawn(second)
    assert "5 tapahtumaa poimitaan" in first
    assert report.faults == []
    assert report.events == 5


async def test_what_is_refused_is_said_above_the_form_with_what_was_chosen(year: Site) -> None:
    client = await year.client_as("satu-auditor")

    answer = await client.get(f"{BUNDLES}/file", params={"scope": "sample", "seed": "oma siemen", "count": "0"})

    assert answer.status_code == 422
    assert 'id="f-count-error"' in answer.text
    assert 'value="oma siemen"' in answer.text


async def test_nobody_takes_a_bundle_without_an_engagement(year: Site) -> None:
    client = await year.client_as("tuula-kanerva")

    page, answer = await client.get(BUNDLES), await client.get(f"{BUNDLES}/file", params={"scope": "ledger"})

    assert "Todistuspaketin voi ottaa vain tarkastaja" in page.text
    assert answer.status_code == 403
    assert "<h1>" in answer.text


@pytest.mark.parametrize("account", ["petri-sund", "hanna-oja"])
async def test_who_does_not_oversee_starts_no_verification_and_reads_who_may(year: Site, account: str) -> None:
    client = await year.client_as(account)

    answers = [
        await client.get(VERIFICATION),
        await client.post(f"{VERIFICATION}/bundle", data={"key": "k"}, files={"bundle": ("b.zip", b"none")}),
        await client.post(f"{VERIFICATION}/checkpoint", data={"key": "k", "note": "none"}),
    ]
    front = (await client.get("/keha/audit")).text

    for each in answers:
        assert each.status_code == 403
        assert "Sinulla ei ole oikeutta tähän." in each.text
        assert "tarkastaja" in each.text.partition("Tämän voi tehdä")[2]
    assert f'href="{VERIFICATION}"' not in front


async def test_a_visitor_starts_no_verification(year: Site) -> None:
    client = year.client()

    page, sent = await client.get(VERIFICATION), await client.post(f"{VERIFICATION}/checkpoint", data={"note": "x"})

    assert 'id="found"' not in page.text + sent.text
    assert "/idp/" in page.url.path
    assert sent.status_code == 401


async def checkpoint(client: httpx2.AsyncClient) -> str:
    """The checkpoint that the page of the verification shows."""
    page = (await client.get(VERIFICATION)).text
    found = re.findall(r'<pre tabindex="0">(.*?)</pre>', page, re.DOTALL)
    return html.unescape(found[-1])


def drawn(page: str) -> list[str]:
    """The events of a sample that a page shows."""
    return re.findall(r'href="/keha/audit/events/(\d+)"', page)
