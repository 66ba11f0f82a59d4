"""Drafts: what was typed stays for whoever typed it, beside what others type, until it is saved or forgotten."""

from collections.abc import AsyncIterator
from datetime import timedelta

import asyncpg
import pytest

from services.eventstore import EventStore
from services.eventstore.connections import Pool
from services.local import PostgresUrls
from services.web.api import Problem
from services.web.drafts import MOST_BYTES, Drafts

FORM = "report/2024-annual/m-12"
TYPED = {"cause": 'Hankinta viivästyi "hieman"\nja <b>maksaa</b>.', "lights": ["2", "1"]}


@pytest.fixture
async def pool(database: PostgresUrls) -> AsyncIterator[Pool]:
    async with asyncpg.create_pool(database.app, min_size=1, max_size=4) as pool:
        store = EventStore(pool)
        for ledger in ("keha", "other"):
            await store.create_ledger(ledger, demo=False)
        yield pool


@pytest.fixture
def drafts(pool: Pool) -> Drafts:
    return Drafts(pool)


async def test_what_was_typed_is_there_again_with_what_it_was_based_on(drafts: Drafts) -> None:
    at = await drafts.keep("keha", "p-03", FORM, TYPED, "ab12")

    found = await drafts.find("keha", "p-03", FORM)

    assert found is not None
    assert (found.form, found.value, found.based_on, found.updated_at) == (FORM, TYPED, "ab12", at)


async def test_what_is_typed_on_replaces_what_was_before(drafts: Drafts) -> None:
    first = await drafts.keep("keha", "p-03", FORM, TYPED, "ab12")

    second = await drafts.keep("keha", "p-03", FORM, {"cause": "x"})

    found = await drafts.find("keha", "p-03", FORM)
    assert found is not None
    assert (found.value, found.based_on) == ({"cause": "x"}, None)
    assert second > first


async def test_two_people_write_at_the_same_form_side_by_side_and_each_knows_of_the_other(drafts: Drafts) -> None:
    mine = await drafts.keep("keha", "p-03", FORM, {"cause": "mine"})
    theirs = await drafts.keep("keha", "p-12", FORM, {"cause": "theirs"})

    found = [await drafts.find("keha", person, FORM) for person in ("p-03", "p-12", "p-13")]
    others = {person: await drafts.others("keha", FORM, person) for person in ("p-03", "p-12", "p-13")}

    assert [None if each is None else each.value["cause"] for each in found] == ["mine", "theirs", None]
    assert [(each.person, each.updated_at) for each in others["p-03"]] == [("p-12", theirs)]
    assert [(each.person, each.updated_at) for each in others["p-12"]] == [("p-03", mine)]
    assert [each.person for each in others["p-13"]] == ["p-12", "p-03"]


async def test_a_draft_that_is_let_go_leaves_the_others(drafts: Drafts) -> None:
    for person, form in (("p-03", FORM), ("p-03", "report/2024-annual/m-13"), ("p-12", FORM)):
        await drafts.keep("keha", person, form, TYPED)

    await drafts.drop("keha", "p-03", FORM)
    await drafts.drop("keha", "p-03", FORM)

    assert await drafts.find("keha", "p-03", FORM) is None
    assert [each.form for each in await drafts.of_person("keha", "p-03")] == ["report/2024-annual/m-13"]
    assert await drafts.find("keha", "p-12", FORM) is not None


async def test_a_persons_drafts_come_with_the_latest_first_and_stay_in_their_ledger(drafts: Drafts) -> None:
    for form in ("a/1", "b/1", "a/1"):
        await drafts.keep("keha", "p-03", form, {})
    await drafts.keep("other", "p-03", "c/1", {})

    found = await drafts.of_person("keha", "p-03")

    assert [each.form for each in found] == ["a/1", "b/1"]
    assert await drafts.others("other", "a/1", "p-12") == []


@pytest.mark.parametrize(("text", "code"), [("ä" * (MOST_BYTES // 2), "draft-too-large"), ("\ud800", "invalid-input")])
async def test_what_cannot_be_kept_is_refused_and_what_was_kept_before_stays(
    drafts: Drafts, text: str, code: str
) -> None:
    await drafts.keep("keha", "p-03", FORM, TYPED)

    with pytest.raises(Problem) as refused:
        await drafts.keep("keha", "p-03", FORM, {"cause": text})

    assert refused.value.code == code
    found = await drafts.find("keha", "p-03", FORM)
    assert found is not None
    assert found.value == TYPED


async def test_zero_bytes_and_scripts_are_text_like_any_other(drafts: Drafts) -> None:
    value = {"cause": "a\0b", "risk": "<script>alert(1)</script>'; DROP TABLE app.draft; --"}

    await drafts.keep("keha", "p-03", FORM, value)

    found = await drafts.find("keha", "p-03", FORM)
    assert found is not None
    assert found.value == value


async def test_what_nobody_goes_on_with_is_forgotten(drafts: Drafts, pool: Pool) -> None:
    await drafts.keep("keha", "p-03", "old/1", TYPED)
    await pool.execute("UPDATE app.draft SET updated_at = clock_timestamp() - $1::interval", timedelta(days=91))
    await drafts.keep("keha", "p-03", "new/1", TYPED)

    await drafts.sweep()

    assert [each.form for each in await drafts.of_person("keha", "p-03")] == ["new/1"]
