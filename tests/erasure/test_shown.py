"""What is shown where words were: by which erasure they went, when, and by what authority (case 20)."""

from typing import Any

from domain.erasures import FOLD
from domain.events.erasure import Place
from domain.organisation import FOLD as ORGANISATION
from domain.organisation import Organisation
from domain.values import Digest, PersonId
from erasure.conftest import LEDGER, NAME, Town
from services.erasure import apply_erasures
from services.eventstore import catch_up
from services.opening import Opened


async def shown(town: Town) -> dict[str, Any]:
    """The person as a read shows them."""
    state: Organisation = await town.handler.read(LEDGER, lambda view: view.get(ORGANISATION))
    person = state.people[PersonId("matti")]
    found: dict[str, Any] = (await Opened.of(town.store, LEDGER, [person])).json(person)
    return found


async def test_erased_words_say_by_which_erasure_when_and_by_what_authority(town: Town) -> None:
    _, organisation = await town.said()
    name = organisation.commitments[0]
    await town.confirmed(Place(of="organisation", commitments=(name,)))
    await catch_up(town.pool, town.subscription, LEDGER)

    person = await shown(town)

    confirmed = (await town.store.read(LEDGER, 0))[-2]
    assert (confirmed.type, confirmed.stream) == ("erasure-confirmed", "erasure/e1")
    assert person["name"] == {
        "erased": {
            "erasure": "e1",
            "at": confirmed.recorded_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "position": confirmed.position,
            "authority": "decision 1/2024",
        }
    }
    assert person["contact"] == "matti.meikalainen@agency.example"


async def test_what_two_erasures_name_went_with_the_first(town: Town) -> None:
    file, _ = (await town.said())[0].commitments
    await town.confirmed(Place(of="item/2024-half-year/portal", commitments=(file,)))
    first = await town.store.head(LEDGER) - 1
    await town.append_copy()
    await town.confirmed(Place(of="item/2024-half-year/towns", commitments=(file,)), erasure="e2")
    await catch_up(town.pool, town.subscription, LEDGER)

    opened = await Opened.of_rows(town.store, LEDGER, [{"file": file}])

    assert opened.text(file)["erased"]["position"] == first


async def test_an_authority_that_was_erased_itself_is_shown_no_more(town: Town) -> None:
    """It may have named the person."""
    _, organisation = await town.said()
    await town.confirmed(organisation)
    state = await town.handler.read(LEDGER, lambda view: view.get(FOLD, "e1"))
    await town.confirmed(Place(of="erasure/e1", commitments=(Digest(state.proposed.authority),)), erasure="e2")
    await catch_up(town.pool, town.subscription, LEDGER)

    person = await shown(town)

    assert (person["name"]["erased"]["erasure"], person["name"]["erased"]["authority"]) == ("e1", None)


async def test_what_was_erased_again_after_a_restore_says_so_without_a_position(town: Town) -> None:
    """C18. The event is lost; what stands at its position by now is another one."""
    assert (await shown(town))["name"] == NAME
    await town.lost()
    await apply_erasures(town.pool, town.records, town.evidence, LEDGER, town.urls.owner)

    erased = (await shown(town))["name"]["erased"]

    assert (erased["erasure"], erased["position"], erased["authority"]) == ("lost", None, None)
    applied = await town.pool.fetchval("SELECT min(applied_at) FROM log.erased_again")
    assert erased["at"] == applied.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


async def test_what_no_erasure_took_is_missing(town: Town) -> None:
    """Somebody deleted it past the rules: nobody is told that it was erased by authority."""
    absent = "0" * 64

    opened = await Opened.of_rows(town.store, LEDGER, [{"narrative": absent}])

    assert opened.text(absent) == {"missing": True}
