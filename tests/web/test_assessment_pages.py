"""The ministry's assessment, its statement, its returns, and a statement that two people copy from its document."""

import re
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from services.demo.documents import pdf
from web.reading import refused_at, table_of, words
from web.site import Site

ASSESSOR, DECIDER, COORDINATOR, SECOND, HEAD = (
    "johanna-tem",
    "henrik-tem",
    "tuula-kanerva",
    "erik-stahl",
    "marja-ylitalo",
)
CYCLE, ANNUAL = "/keha/cycles/2024", "/keha/rounds/2024-annual"
ASSESSMENT, STATEMENT, COPY = f"{CYCLE}/assessment", f"{CYCLE}/statement", f"{CYCLE}/transcription"
CORRECTED = ("payment-processing-time", "payment-satisfaction")
PDF = ("kannanotto.pdf", pdf("Tilinpäätöskannanotto 2024"), "application/pdf")


async def subjects_of(site: Site) -> list[dict[str, Any]]:
    return list((await site.api(ASSESSOR, "cycles/2024/assessment"))["subjects"])


async def left_of(site: Site) -> list[dict[str, Any]]:
    """What has no light yet, and was delivered with one."""
    return [each for each in await subjects_of(site) if each["ministry"] is None and each["light"]]


def light_of(one: dict[str, Any], **more: str) -> dict[str, str]:
    """The form of a light that is the agency's."""
    return {"delivered": one["delivered"], "kind": one["kind"], "light": str(one["light"]), "rationale": "", **more}


async def delivered_again(site: Site) -> None:
    """The corrections that are open on 10 June are given up, and the report is delivered again."""
    for subject in CORRECTED:
        await site.do(COORDINATOR, "abandon-correction", round="2024-annual", subject=subject, reason="Luvut pitävät.")
    await site.do(COORDINATOR, "compile-agency-report", round="2024-annual", gaps=[])
    digest = (await site.api(HEAD, "rounds/2024-annual"))["compiled"]["digest"]
    await site.do(HEAD, "approve-agency-report", round="2024-annual", digest=digest)
    await site.do(COORDINATOR, "deliver-to-ministry", round="2024-annual", digest=digest, case_number="KEHA/2/2025")


async def all_assessed(site: Site) -> None:
    for each in await subjects_of(site):
        if each["ministry"] is None:
            command = "assess-target" if each["kind"] == "target" else "assess-indicator"
            about = {"year": 2024, "subject": each["subject"], "delivered": each["delivered"]}
            await site.do(ASSESSOR, command, **about, light=each["light"])


async def test_the_assessment_says_how_far_it_is_with_both_lights_side_by_side(year: Site) -> None:
    client = await year.client_as(ASSESSOR)

    page = (await client.get(ASSESSMENT)).text
    left = (await client.get(ASSESSMENT, params={"only": "left"})).text

    assert "17 / 33" in words(page)
    assert len(table_of(page, "Tulostavoitteet ja mittarit")) == 33
    assert len(table_of(left, "Tulostavoitteet ja mittarit")) == 16
    differing = (await client.get(ASSESSMENT, params={"only": "differing"})).text
    unlike = [
        each for each in await subjects_of(year) if each["ministry"] and each["ministry"]["light"] != each["light"]
    ]
    assert len(table_of(differing, "Tulostavoitteet ja mittarit")) == len(unlike) == 2
    assert words(differing).count("Ministeriön näkemyksen mukaan osa tavoitteesta jäi vuodelle 2025.") == 2


async def test_the_agency_does_not_see_the_ministrys_lights_before_the_statement(year: Site) -> None:
    client = await year.client_as("hanna-oja")

    rows = table_of((await client.get(ASSESSMENT)).text, "Tulostavoitteet ja mittarit")

    assert all("arvioimatta" in row for row in rows)


async def test_a_light_is_saved_and_the_next_one_without_a_light_comes(year_copy: Site) -> None:
    client = await year_copy.client_as(ASSESSOR)
    first = (await left_of(year_copy))[0]

    answer = await client.post(f"{ASSESSMENT}/{first['subject']}", data=light_of(first, key="once"))
    after = await year_copy.events()
    await client.post(f"{ASSESSMENT}/{first['subject']}", data=light_of(first, key="once"))

    assert "Tallennettu: 18 / 33 on arvioitu." in answer.text
    following = answer.url.path.rpartition("/")[2]
    assert following in {each["subject"] for each in await subjects_of(year_copy) if each["ministry"] is None}
    assert await year_copy.events() == after


async def test_a_light_unlike_the_agencys_needs_its_rationale(year_copy: Site) -> None:
    client, before = await year_copy.client_as(ASSESSOR), await year_copy.events()
    one = next(each for each in await left_of(year_copy) if each["light"] == 3)
    address = f"{ASSESSMENT}/{one['subject']}"

    refused = await client.post(address, data=light_of(one, light="1"))
    same = await year_copy.events()
    given = await client.post(address, data=light_of(one, light="1", rationale="<b>Osa</b> puuttuu.", then="stay"))

    refused_at(refused, "rationale", 409, 422)
    assert 'value="1" checked' in refused.text
    assert same == before
    assert given.url.path == address
    assert "&lt;b&gt;Osa&lt;/b&gt; puuttuu." in given.text


async def test_no_light_is_given_with_a_reason_only(year_copy: Site) -> None:
    client = await year_copy.client_as(ASSESSOR)
    one = (await left_of(year_copy))[0]
    address = f"{ASSESSMENT}/{one['subject']}"

    refused = await client.post(address, data=light_of(one, light="none"))
    chosen = await client.post(address, data=light_of(one, light=""))
    await client.post(address, data=light_of(one, light="none", rationale="Tietoja ei ole saatu."))

    refused_at(refused, "light", 409, 422)
    refused_at(chosen, "light", 409, 422)
    [found] = [each for each in await subjects_of(year_copy) if each["subject"] == one["subject"]]
    assert (found["ministry"]["light"], found["ministry"]["excused"]) == (None, "Tietoja ei ole saatu.")


async def test_a_light_binds_to_what_was_delivered(year_copy: Site) -> None:
    client, before = await year_copy.client_as(ASSESSOR), await year_copy.events()
    one = (await left_of(year_copy))[0]

    answer = await client.post(f"{ASSESSMENT}/{one['subject']}", data=light_of(one, delivered="0" * 64))

    assert answer.status_code == 409
    assert one["delivered"] in answer.text
    assert await year_copy.events() == before


async def test_milestones_are_commented_without_a_light(year_copy: Site) -> None:
    client = await year_copy.client_as(ASSESSOR)
    address = f"{ASSESSMENT}/digital-platforms"
    milestones = re.findall(r'name="(comment\.[^"]+)"', (await client.get(address)).text)

    answer = await client.post(address, data={milestones[0]: "Hyvin edennyt.", milestones[1]: ""})

    assert "Kommentit on tallennettu." in answer.text
    comments = (await year_copy.api(ASSESSOR, "cycles/2024/assessment"))["comments"]
    assert comments == [{"subject": milestones[0].partition(".")[2], "comment": "Hyvin edennyt."}]


@pytest.mark.parametrize("account", [COORDINATOR, DECIDER])
async def test_who_is_no_assessor_reads_without_a_form_and_is_refused(year: Site, account: str) -> None:
    client, before = await year.client_as(account), await year.events()
    one = (await left_of(year))[0]
    address = f"{ASSESSMENT}/{one['subject']}"

    page = (await client.get(address)).text
    answer = await client.post(address, data=light_of(one))

    assert 'name="light"' not in page
    assert answer.status_code == 403
    assert await year.events() == before


async def test_the_group_of_lights_takes_numbers_and_says_so(year: Site) -> None:
    client = await year.client_as(ASSESSOR)

    page = (await client.get(f"{ASSESSMENT}/digital-platforms")).text

    assert "data-number-keys" in page
    assert "näppäimet 1, 2 ja 3" in page
    assert 'href="#f-light"' in page


async def test_the_ministry_returns_named_items_with_reasons_and_a_date(year_copy: Site) -> None:
    await delivered_again(year_copy)
    client = await year_copy.client_as(ASSESSOR)
    address = f"{ANNUAL}/return-delivery"

    shown = (await client.get(address, params={"subject": "payment-satisfaction"})).text
    form: dict[str, Any] = {"reopening": "return-1", "item": ["payment-satisfaction"], "redeliver_by": "2025-06-13"}
    refused = await client.post(address, data=form)
    done = await client.post(address, data=form | {"reason": "Kyselyn raportti puuttuu.", "reference": "VN/9/2025"})

    assert 'value="payment-satisfaction" checked' in shown
    refused_at(refused, "reason.payment-satisfaction", 422)
    assert "Kohteet on palautettu virastolle." in done.text
    assert "Ministeriö palautti 1 kohteen; se toimitetaan uudelleen viimeistään 13.6.2025." in words(done.text)


async def test_the_decider_issues_exactly_the_lights_that_are_shown(year_copy: Site) -> None:
    await delivered_again(year_copy)
    await all_assessed(year_copy)
    client, assessor = await year_copy.client_as(DECIDER), await year_copy.client_as(ASSESSOR)
    digest = (await year_copy.api(DECIDER, "cycles/2024/statement-draft"))["digest"]
    form = {"digest": digest, "narrative": "Vuoden tulos on hyvä."}

    shown = (await client.get(STATEMENT)).text
    empty = await client.post(STATEMENT, data=form | {"narrative": ""})
    other = await client.post(STATEMENT, data=form | {"digest": "0" * 64})
    own = await assessor.post(STATEMENT, data=form)
    issued = await client.post(STATEMENT, data=form)

    assert f'value="{digest}"' in shown
    assert len(table_of(shown, "Kannanoton liikennevalot")) == 33
    refused_at(empty, "narrative", 422)
    assert (other.status_code, own.status_code) == (409, 403)
    assert "Vuoden tulos on hyvä." in other.text
    assert "Kannanotto on annettu." in issued.text
    reader = await year_copy.client_as("hanna-oja")
    assert "Vuoden tulos on hyvä." in (await reader.get(STATEMENT)).text


async def test_a_statement_is_corrected_with_a_reason_and_a_light(year_copy: Site) -> None:
    await delivered_again(year_copy)
    await all_assessed(year_copy)
    digest = (await year_copy.api(DECIDER, "cycles/2024/statement-draft"))["digest"]
    await year_copy.do(DECIDER, "issue-statement", year=2024, digest=digest, narrative="Vuoden tulos on hyvä.")
    client = await year_copy.client_as(DECIDER)
    page = (await client.get(STATEMENT)).text
    [shown] = re.findall(r'name="delivered\.digital-security" value="([^"]+)"', page)
    form = {"narrative": "Vuoden tulos on kohtalainen.", "light.digital-security": "1", "reason": ""}
    form["delivered.digital-security"] = shown
    before = await year_copy.events()

    refused = await client.post(f"{STATEMENT}/correction", data=form)
    other = {"reason": "Kirjoitusvirhe.", "delivered.digital-security": "0" * 64}
    overtaken = await client.post(f"{STATEMENT}/correction", data=form | other)
    unchanged = await year_copy.events()
    corrected = await client.post(f"{STATEMENT}/correction", data=form | {"reason": "Kirjoitusvirhe."})

    refused_at(refused, "reason", 422)
    # A light chosen on content that isn't the one delivered now is none (R16).
    assert overtaken.status_code == 409
    assert unchanged == before
    assert "Kannanotto on korjattu." in corrected.text
    assert "Kirjoitusvirhe." in corrected.text
    lights = (await year_copy.api(DECIDER, "cycles/2024"))["statement"]["lights"]
    assert [each["light"] for each in lights if each["subject"] == "digital-security"] == [1]


async def test_before_all_is_assessed_the_statement_page_says_what_is_missing(year: Site) -> None:
    ministry, agency = await year.client_as(DECIDER), await year.client_as(HEAD)

    waiting, unsaid = (await ministry.get(STATEMENT)).text, (await agency.get(STATEMENT)).text

    assert "Kaikkea ei ole vielä arvioitu." in waiting
    assert "only=left" in waiting
    assert "Ministeriö ei ole antanut kannanottoaan" in unsaid
    assert 'name="narrative"' not in waiting + unsaid


@pytest.fixture
async def copied(year_copy: Site) -> Callable[[], Awaitable[dict[str, str]]]:
    """The form of a copy whose lights are the agency's."""

    async def made() -> dict[str, str]:
        lights = {f"light.{each['subject']}": str(each["light"] or "") for each in await subjects_of(year_copy)}
        return {"proposal": "statement-2024-1", "narrative": "Kannanotto 16.6.2025."} | lights

    return made


async def test_two_people_copy_a_statement_from_its_document(
    year_copy: Site, copied: Callable[[], Awaitable[dict[str, str]]]
) -> None:
    await delivered_again(year_copy)
    first, second = await year_copy.client_as(COORDINATOR), await year_copy.client_as(SECOND)

    proposed = await first.post(COPY, data=await copied(), files={"document": PDF})
    digest = (await year_copy.api(SECOND, "cycles/2024"))["proposals"][0]["digest"]
    own = await first.post(f"{COPY}/statement-2024-1/confirm", data={"digest": digest})
    confirmed = await second.post(f"{COPY}/statement-2024-1/confirm", data={"digest": digest})

    assert "Kirjausta on ehdotettu." in proposed.text
    assert "Vahvista: kirjaus vastaa asiakirjaa" not in proposed.text
    assert own.status_code in {403, 409}
    assert "Kirjaus on vahvistettu" in confirmed.text
    assert "Kaksi henkilöä kirjasi sen ministeriön asiakirjasta" in confirmed.text
    assert (await year_copy.api(SECOND, "cycles/2024"))["stage"] == "stated"


async def test_a_copy_with_a_light_missing_or_unexplained_keeps_all_that_was_typed(
    year_copy: Site, copied: Callable[[], Awaitable[dict[str, str]]]
) -> None:
    client, before = await year_copy.client_as(COORDINATOR), await year_copy.events()
    form = await copied()

    missing = await client.post(COPY, data=form | {"light.te24-reform": ""}, files={"document": PDF})
    without = await client.post(COPY, data=form)

    refused_at(missing, "light.te24-reform", 422)
    assert missing.text.count(" selected>") >= 30
    refused_at(without, "document", 422)
    assert "Kannanotto 16.6.2025." in without.text
    assert await year_copy.events() == before


async def test_who_proposed_a_copy_may_withdraw_it(
    year_copy: Site, copied: Callable[[], Awaitable[dict[str, str]]]
) -> None:
    client = await year_copy.client_as(COORDINATOR)
    await client.post(COPY, data=await copied(), files={"document": PDF})

    answer = await client.post(f"{COPY}/statement-2024-1/withdraw", data={})

    assert "Kirjaus on peruttu." in answer.text
    assert (await year_copy.api(COORDINATOR, "cycles/2024"))["proposals"] == []


async def test_a_substitute_assesses_in_both_names(year_copy: Site) -> None:
    people = {name: (await year_copy.api(name, "me"))["person"] for name in (ASSESSOR, DECIDER)}
    substitution = {
        "substitution": "makela-kesakuu",
        "principal": people[ASSESSOR],
        "substitute": people[DECIDER],
        "roles": ["ministry-assessor"],
        "unit": None,
        "valid_from": "2025-06-10",
        "valid_to": "2025-06-20",
        "basis": "Vuosiloma.",
    }
    await year_copy.do(ASSESSOR, "appoint-substitute", **substitution)
    client = await year_copy.client_as(DECIDER)
    one = (await left_of(year_copy))[0]
    address = f"{ASSESSMENT}/{one['subject']}"

    shown = (await client.get(address)).text
    answer = await client.post(address, data=light_of(one, acting_for=people[ASSESSOR]))

    assert f'name="acting_for" value="{people[ASSESSOR]}"' in shown
    assert "Johanna Mäkelä" in shown
    assert "18 / 33" in answer.text
    trail = await year_copy.api(DECIDER, "trail", subject=one["subject"], order="newest", limit=1)
    assert (trail["entries"][0]["actor"], trail["entries"][0]["acting_for"]) == (people[DECIDER], people[ASSESSOR])


async def test_a_comment_that_somebody_else_changed_meanwhile_is_not_overwritten(year_copy: Site) -> None:
    client = await year_copy.client_as(ASSESSOR)
    address = f"{ASSESSMENT}/digital-platforms"
    first, second = re.findall(r'name="comment\.([^"]+)"', (await client.get(address)).text)[:2]
    shown = {f"shown.{first}": "", f"shown.{second}": ""}
    await year_copy.do(ASSESSOR, "comment-milestone", year=2024, subject=first, comment="Toinen ehti ensin.")

    other = await client.post(address, data={**shown, f"comment.{first}": "", f"comment.{second}": "Hyvin\r\nedennyt."})
    same = await client.post(address, data={**shown, f"comment.{first}": "Minun."})

    # What was left alone stays as the other one wrote it; what both changed is shown twice, and nothing is recorded.
    assert other.status_code == 200
    assert same.status_code == 409
    assert "Minun." in same.text
    assert "Kirjattuna on nyt: Toinen ehti ensin." in same.text
    comments = (await year_copy.api(ASSESSOR, "cycles/2024/assessment"))["comments"]
    assert {each["subject"]: each["comment"] for each in comments} == {
        first: "Toinen ehti ensin.",
        second: "Hyvin\nedennyt.",
    }


async def test_a_light_and_comments_are_saved_by_one_form(year_copy: Site) -> None:
    client = await year_copy.client_as(ASSESSOR)
    one = next(each for each in await left_of(year_copy) if each["kind"] == "target")
    address = f"{ASSESSMENT}/{one['subject']}"
    page = (await client.get(address)).text
    milestone = re.findall(r'name="comment\.([^"]+)"', page)[0]

    answer = await client.post(address, data=light_of(one, **{f"comment.{milestone}": "Hyvin edennyt."}))

    assert page.count('<form method="post" action="/keha/cycles/2024/assessment/') == 1
    assert re.search(rf'name="comment\.{milestone}"[^>]* form="assess"', page)
    assert "Tallennettu: 18 / 33 on arvioitu." in answer.text
    comments = (await year_copy.api(ASSESSOR, "cycles/2024/assessment"))["comments"]
    assert {"subject": milestone, "comment": "Hyvin edennyt."} in comments


async def test_where_only_a_part_of_the_form_is_recorded_it_says_which(year_copy: Site) -> None:
    client = await year_copy.client_as(ASSESSOR)
    one = next(each for each in await left_of(year_copy) if each["kind"] == "target" and each["light"] == 3)
    address = f"{ASSESSMENT}/{one['subject']}"
    first, second = re.findall(r'name="comment\.([^"]+)"', (await client.get(address)).text)[:2]
    await year_copy.do(ASSESSOR, "comment-milestone", year=2024, subject=second, comment="Toinen ehti ensin.")
    typed = {f"comment.{first}": "Hyvin edennyt.", f"comment.{second}": "Minun."}

    answer = await client.post(address, data=light_of(one, light="1", **typed))

    assert answer.status_code in (409, 422)
    said = words(answer.text)
    assert "Tämä kirjattiin Kommentti: " in said
    assert "1 lähettämistäsi asioista kirjattiin, muita ei kirjattu" in said
    assert "Mitään ei kirjattu" not in said
    assert 'href="#f-rationale"' in answer.text
    assert f'href="#f-comment.{second}"' in answer.text
    assert 'value="1" checked' in answer.text
    assert "Minun." in answer.text
    found = await year_copy.api(ASSESSOR, "cycles/2024/assessment")
    assert {each["subject"]: each["comment"] for each in found["comments"]} == {
        first: "Hyvin edennyt.",
        second: "Toinen ehti ensin.",
    }
    assert [each["ministry"] for each in found["subjects"] if each["subject"] == one["subject"]] == [None]
