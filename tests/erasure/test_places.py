"""Where words stand: whoever proposes an erasure names all places, and gets them by asking (case 20)."""

import pytest

from domain.erasure import ConfirmErasure, ProposeErasure
from domain.erasures import FOLD
from domain.errors import Refused
from domain.events.erasure import Place
from domain.organisation import proposal_digest
from domain.staffing import ChangePerson
from domain.values import Digest, Language, PersonId, SubjectId, Words
from erasure.conftest import CONTACT, ITEM, LEDGER, NAME, TITLE, Town
from services.erasure import apply_erasures
from services.eventstore import catch_up
from services.places import about_person, about_subject, find, places

TOWNS = "item/2024-half-year/towns"


async def test_a_file_is_found_wherever_it_is_named(town: Town) -> None:
    file, _ = (await town.said())[0].commitments
    await town.append_copy()

    found = await find(town.store, LEDGER, [file])

    assert found == {file: (ITEM, TOWNS)}
    assert places(found) == (
        Place(of=ITEM, commitments=(file,)),
        Place(of=TOWNS, commitments=(file,)),
    )


async def test_all_that_is_said_of_a_subject_is_found(town: Town) -> None:
    said = await about_subject(town.store, LEDGER, SubjectId("portal"))

    found = await find(town.store, LEDGER, said)

    opened = await town.store.disclosures(LEDGER, map(bytes.fromhex, found))
    assert {kind for kind, _ in opened.values()} == {"file", "title"}
    assert ("title", TITLE) in opened.values()
    assert await about_subject(town.store, LEDGER, SubjectId("elsewhere")) == frozenset()


async def test_all_that_a_person_is_registered_with_is_found_also_what_was_changed_since(town: Town) -> None:
    """Their former name stands in the log behind a commitment, too."""
    await town.do(
        "anna",
        ChangePerson(
            person=PersonId("matti"), name=Words("Matti Uusi"), contact=Words("uusi@x.example"), language=Language.FI
        ),
    )

    found = await find(town.store, LEDGER, await about_person(town.store, LEDGER, PersonId("matti")))

    opened = (await town.store.disclosures(LEDGER, map(bytes.fromhex, found))).values()
    assert {said for kind, said in opened if kind != "login"} == {NAME, "Matti Uusi", CONTACT, "uusi@x.example"}
    assert [kind for kind, _ in opened].count("login") == 1
    assert set(found.values()) == {("organisation",)}


async def test_what_was_found_is_proposed_confirmed_and_gone_and_is_found_no_more(town: Town) -> None:
    await town.append_copy()
    wanted = await about_subject(town.store, LEDGER, SubjectId("portal"))

    await town.confirmed(*places(await find(town.store, LEDGER, wanted)))
    assert await find(town.store, LEDGER, wanted) == {}, "it is on its way out"
    await catch_up(town.pool, town.subscription, LEDGER)

    assert await town.store.disclosures(LEDGER, map(bytes.fromhex, wanted)) == {}
    assert await find(town.store, LEDGER, wanted) == {}


async def test_an_erasure_that_leaves_out_a_place_is_not_proposed(town: Town) -> None:
    file, _ = (await town.said())[0].commitments
    await town.append_copy()
    head = await town.store.head(LEDGER)

    with pytest.raises(Refused, match=f"stand in {TOWNS}, too") as refused:
        await town.confirmed(Place(of=ITEM, commitments=(file,)))

    assert (refused.value.code, refused.value.field) == ("places-incomplete", "places")
    assert await town.store.head(LEDGER) == head


async def test_a_copy_made_after_the_proposal_stands_in_the_way_of_its_confirmation(town: Town) -> None:
    file, _ = (await town.said())[0].commitments
    proposal = ProposeErasure(
        erasure="e1", places=(Place(of=ITEM, commitments=(file,)),), reason=Words("x"), authority=Words("y")
    )
    await town.do("anna", proposal)
    await town.append_copy()
    state = await town.handler.read(LEDGER, lambda view: view.get(FOLD, "e1"))

    with pytest.raises(Refused) as refused:
        await town.do("hanna", ConfirmErasure(erasure="e1", digest=proposal_digest(state.proposed)))

    assert refused.value.code == "places-incomplete"


async def test_what_an_erasure_says_is_found_too_but_not_what_it_takes(town: Town) -> None:
    """Its reason may name the person."""
    organisation = (await town.said())[1]
    proposal = ProposeErasure(erasure="e1", places=(organisation,), reason=Words("Matti asked"), authority=Words("y"))
    await town.do("anna", proposal)
    state = await town.handler.read(LEDGER, lambda view: view.get(FOLD, "e1"))

    found = await find(town.store, LEDGER, [state.proposed.reason, *organisation.commitments])

    assert found == {
        state.proposed.reason: ("erasure/e1",),
        **dict.fromkeys(organisation.commitments, ("organisation",)),
    }


async def test_what_opens_to_nothing_has_no_place(town: Town) -> None:
    assert await find(town.store, LEDGER, [Digest("0" * 64)]) == {}
    assert await find(town.store, LEDGER, []) == {}


async def test_what_was_erased_again_after_a_restore_can_be_proposed_anew_so_that_the_log_says_it(town: Town) -> None:
    """C18. The erasure's events are lost; two people say again by what authority."""
    _, organisation = await town.said()
    await town.lost()
    await apply_erasures(town.pool, town.records, town.evidence, LEDGER, town.urls.owner)

    found = await find(town.store, LEDGER, await about_person(town.store, LEDGER, PersonId("matti")))
    await town.confirmed(*places(found))
    await catch_up(town.pool, town.subscription, LEDGER)

    assert set(found) == set(organisation.commitments)
    by = await town.store.erased_by(LEDGER, map(bytes.fromhex, found))
    assert {(each.erasure, each.position) for each in by.values()} == {("e1", await town.store.head(LEDGER) - 1)}
    assert await apply_erasures(town.pool, town.records, town.evidence, LEDGER) == 2
