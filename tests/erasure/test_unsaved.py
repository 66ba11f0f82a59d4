"""What the pages keep outside the log goes with an erasure: drafts, feedback, sessions, flashes (case 20)."""

from domain.events.erasure import Place
from domain.organisation import FOLD as ORGANISATION
from domain.staffing import RegisterPerson
from domain.values import Digest, PersonId
from erasure.conftest import CONTACT, LEDGER, NAME, SUBJECT, TITLE, Town, person
from erasure.test_erasing import dump, found_in
from erasure.test_starts import restored
from services.erasure import apply_erasures
from services.eventstore import catch_up
from services.identity import IDENTITIES, Login
from services.web.drafts import Drafts
from services.web.feedback import Feedback
from services.web.sessions import Sessions

ISSUER = "https://idp.example"


async def _drafts(town: Town) -> set[tuple[str, str]]:
    return {(each["person"], each["form"]) for each in await town.pool.fetch("SELECT person, form FROM app.draft")}


async def _typed(town: Town) -> None:
    """Drafts of the person, about the subject, with the words, and one that has nothing to do with it all."""
    drafts = Drafts(town.pool)
    await drafts.keep(LEDGER, "matti", "report/2024-annual/roads", {"cause": "late"})
    await drafts.keep(LEDGER, "hanna", "report/2024-annual/portal", {"cause": "half of the words, changed"})
    await drafts.keep(LEDGER, "hanna", "report/2024-annual/towns", {"evidence": [{"title": f'See "{TITLE}" of May'}]})
    await drafts.keep(LEDGER, "hanna", "report/2024-annual/bridges", {"cause": "the ice"})


async def test_an_erasure_takes_the_drafts_of_the_person_of_the_subject_and_of_the_words(town: Town) -> None:
    await _typed(town)
    await town.confirmed(*await town.said())

    await catch_up(town.pool, town.subscription, LEDGER)

    assert await _drafts(town) == {("hanna", "report/2024-annual/bridges")}
    assert found_in(await dump(town.urls.owner), town.files, town.kept) == set()


async def test_it_takes_nothing_that_is_typed_afterwards_also_when_it_is_applied_at_each_start(town: Town) -> None:
    await town.confirmed(*await town.said())
    await catch_up(town.pool, town.subscription, LEDGER)
    await Drafts(town.pool).keep(LEDGER, "hanna", "report/2024-annual/portal", {"cause": "anew"})
    sessions = Sessions(town.pool, secure=False)
    session, value = await sessions.begin(Login(issuer=ISSUER, subject="hanna"), "Hanna")
    session.say("Saved.", "success")
    await sessions.save(session)

    await apply_erasures(town.pool, town.records, town.evidence, LEDGER)

    assert await _drafts(town) == {("hanna", "report/2024-annual/portal")}
    found = await sessions.find({sessions.cookie: value})
    assert found is not None
    assert found.flash is not None


async def test_after_a_restore_drafts_are_erased_again_with_the_words(town: Town) -> None:
    await restored(town)
    await _typed(town)

    await apply_erasures(town.pool, town.records, town.evidence, LEDGER)

    assert await _drafts(town) == {("hanna", "report/2024-annual/bridges")}


async def test_after_a_restore_they_are_erased_again_also_where_the_event_is_lost(town: Town) -> None:
    await town.lost()
    await _typed(town)

    await apply_erasures(town.pool, town.records, town.evidence, LEDGER, town.urls.owner)

    assert ("matti", "report/2024-annual/roads") not in await _drafts(town)
    assert ("hanna", "report/2024-annual/bridges") in await _drafts(town)


async def test_it_ends_the_sessions_of_the_person_and_silences_what_was_to_be_said(town: Town) -> None:
    await catch_up(town.pool, IDENTITIES, LEDGER)
    sessions = Sessions(town.pool, secure=False)
    login = Login(issuer=ISSUER, subject=SUBJECT)
    _, theirs = await sessions.begin(login, NAME)
    other, others = await sessions.begin(Login(issuer=ISSUER, subject="hanna"), "Hanna")
    other.say(f"{TITLE} was attached.", "success")
    other.went_to(LEDGER, 7)
    await sessions.save(other)
    assert found_in(await dump(town.urls.owner)) >= {NAME, TITLE}
    await town.confirmed(*await town.said())

    await catch_up(town.pool, town.subscription, LEDGER)

    assert await sessions.find({sessions.cookie: theirs}) is None
    left = await sessions.find({sessions.cookie: others})
    assert left is not None
    assert (left.flash, left.positions) == (None, {LEDGER: 7})
    assert found_in(await dump(town.urls.owner), town.files, town.kept) == set()


async def test_it_takes_the_feedback_that_repeats_the_words(town: Town) -> None:
    quoted = 'Pekka "Pete" Virtanen'
    pekka = person("pekka", quoted, "pekka@x.example", "pekka")
    await town.do(
        "anna", RegisterPerson(person=pekka.person, name=pekka.name, contact=pekka.contact, login=pekka.login)
    )
    registered = (await town.handler.read(LEDGER, lambda view: view.get(ORGANISATION))).people[PersonId("pekka")]
    await _said_on_the_form(town, LEDGER, said=f"It is {NAME} who knows.")
    await _said_on_the_form(town, LEDGER, said=f"Ask\n{quoted}.")
    await _said_on_the_form(town, None, said="It doesn't open.", contact=f"Matti <{CONTACT}>")
    await _said_on_the_form(town, None, said="It doesn't open.", page=f"/search/{TITLE}")
    await _said_on_the_form(town, LEDGER, said="It is slow.", contact="hanna@x.example")
    item, organisation = await town.said()
    names = (*organisation.commitments, Digest(registered.name))
    await town.confirmed(item, Place(of=organisation.of, commitments=names))

    await catch_up(town.pool, town.subscription, LEDGER)

    assert [each["said"] for each in await Feedback(town.pool).of(LEDGER)] == ["It is slow."]
    assert found_in(await dump(town.urls.owner), town.files, town.kept) == set()


async def _said_on_the_form(
    town: Town, ledger: str | None, *, said: str, page: str = "/", contact: str | None = None
) -> None:
    await Feedback(town.pool).keep(ledger, sender="", language="fi", page=page, said=said, contact=contact)
