"""Erasing words with the proof standing, and what must not be erased: holds and retention (case 20, R13, C11)."""

from dataclasses import replace
from functools import cache

import pytest
from agreed import AGREED, COURSE, DIGI, HALF, PORTAL, SERVICES, TOWNS, VERSION
from kit import World, on, replayed, title, words
from story import (
    GREEN,
    JUNE,
    YELLOW,
    annual_open,
    attach,
    document,
    half_year_delivered,
    half_year_open,
    milestone,
    portal_submitted,
    seen,
    sign_off,
    stated,
    submit,
)
from test_deviations import RECORD, recorded
from test_items_decided import chained
from test_rrf_data import LINK, MEASURED, P3, RECIPIENTS, RETENTION

from domain.approval import EndorseItems, RecallItems, Returning, ReturnItems
from domain.erasure import ConfirmErasure, ProposeErasure, WithdrawErasureProposal
from domain.events.disclosed import commitments
from domain.events.erasure import (
    DisclosuresErased,
    ErasureConfirmed,
    ErasureProposalWithdrawn,
    ErasureProposed,
    LegalHoldConfirmed,
    LegalHoldLifted,
    LegalHoldLiftProposalWithdrawn,
    LegalHoldLiftProposed,
    LegalHoldProposalWithdrawn,
    LegalHoldProposed,
    Place,
)
from domain.events.organisation import Setting, SettingProposed
from domain.hold import (
    ConfirmLegalHold,
    ConfirmLegalHoldLift,
    ProposeLegalHold,
    ProposeLegalHoldLift,
    WithdrawLegalHoldLift,
    WithdrawLegalHoldProposal,
)
from domain.item import FOLD as ITEM
from domain.item import Stage, content_digest
from domain.late_completion import SignOffLateCompletion
from domain.organisation import FOLD as ORGANISATION
from domain.organisation import proposal_digest
from domain.rrf import RecordRetention
from domain.setting_change import ConfirmSetting
from domain.streams import fold_of
from domain.values import Date, Digest, MilestoneStatus, PersonId, SubjectId, Words

ITEM_STREAM = f"item/{HALF}/{PORTAL}"
SAID = Digest(words("what Matti said"))
REASON, AUTHORITY = words("names a person"), words("decision of 3 June")


def erase(of: str, *said: str, erasure: str = "e1") -> ProposeErasure:
    """A proposal to erase words of one stream."""
    place = Place(of=of, commitments=tuple(Digest(each) for each in said))
    return ProposeErasure(erasure=erasure, places=(place,), reason=REASON, authority=AUTHORITY)


ERASE = erase(ITEM_STREAM, SAID)


@cache
def told() -> World:
    """The portal's report names a person, and is submitted."""
    world = half_year_open()
    report = milestone(world, PORTAL, MilestoneStatus.IN_PROGRESS, GREEN, narrative=Words(SAID))
    world = world.after(report, by="olga", at=JUNE)
    return world.after(submit(world, PORTAL), by="olga", at=JUNE)


def confirm(world: World, erasure: str = "e1") -> ConfirmErasure:
    """The confirmation of what is proposed."""
    proposed = next(
        fact.event for fact in world.facts if isinstance(fact.event, ErasureProposed) and fact.event.erasure == erasure
    )
    return ConfirmErasure(erasure=erasure, digest=proposal_digest(proposed))


def erased(world: World, command: ProposeErasure = ERASE) -> World:
    """Two people erased something."""
    world = world.after(command, by="anna", at=JUNE)
    return world.after(confirm(world, command.erasure), by="hanna", at=JUNE)


def test_an_erasure_is_proposed_by_the_administrator_and_confirmed_by_the_head() -> None:
    """Case 20. It stands in the stream itself, too, so that whoever reads that knows."""
    world = told().when(ERASE, by="anna", at=JUNE)
    proposed = ErasureProposed(
        erasure="e1", places=(Place(of=ITEM_STREAM, commitments=(SAID,)),), reason=REASON, authority=AUTHORITY
    )

    confirmed = world.then(proposed).when(confirm(world.world), by="hanna", at=JUNE)

    confirmed.then(
        ErasureConfirmed(erasure="e1", digest=proposal_digest(proposed), commitments=(SAID,)),
        DisclosuresErased(of=ITEM_STREAM, erasure="e1", commitments=(SAID,)),
    )


def test_an_erasure_changes_no_digest() -> None:
    """Case 20. Every proof still holds."""
    before = told()
    after = erased(before)

    shown = content_digest(HALF, PORTAL, before.state(ITEM, HALF, PORTAL))

    assert content_digest(HALF, PORTAL, after.state(ITEM, HALF, PORTAL)) == shown
    assert replayed(after).state(ITEM, HALF, PORTAL) == after.state(ITEM, HALF, PORTAL)
    assert after.ask(lambda view: view.folded(ITEM, HALF, PORTAL)).erased == {SAID}


def test_an_item_with_an_erased_field_is_not_signed_off_until_it_is_written_anew() -> None:
    """Case 20."""
    world = erased(told())

    world.when(sign_off(world, PORTAL), by="dora", at=JUNE).refused("words-erased", rule="case 20")

    named = (Returning(subject=PORTAL, reason=words("write it anew")),)
    world = world.after(ReturnItems(round=HALF, items=named), by="dora", at=JUNE)
    report = milestone(world, PORTAL, MilestoneStatus.IN_PROGRESS, GREEN, narrative=words("without names"))
    world = world.after(report, by="olga", at=JUNE)
    world = world.after(submit(world, PORTAL), by="olga", at=JUNE)
    world = world.after(sign_off(world, PORTAL), by="dora", at=JUNE)
    assert world.state(ITEM, HALF, PORTAL).stage is Stage.SIGNED_OFF


def test_erased_evidence_is_not_endorsed_either() -> None:
    """Case 20."""
    world = chained().after(RecallItems(round=HALF, subjects=(PORTAL,)), by="olga", at=JUNE)
    world = world.after(attach(PORTAL, document()), by="olga", at=JUNE)
    world = world.after(submit(world, PORTAL), by="olga", at=JUNE)
    world = erased(world, erase(ITEM_STREAM, document().file))
    endorse = EndorseItems(round=HALF, step="owner", items=(seen(world, PORTAL),))

    world.when(endorse, by="sulo", at=JUNE).refused("words-erased", rule="case 20")


def test_a_late_completion_with_erased_words_is_not_signed_off() -> None:
    """Case 20."""
    now = on("2025-05-01")
    world = annual_open().after(RECORD, by="olga", at=now)
    world = erased(world, erase(f"subject/{PORTAL}", RECORD.narrative))

    world.when(SignOffLateCompletion(subject=PORTAL, digest=recorded(world)), by="dora", at=now).refused("words-erased")


def test_what_was_erased_is_not_said_again_by_a_confirmation() -> None:
    """Case 20. A proposal whose words are gone can't take effect."""
    setting = Setting(key="response.days", value="21", source=words("a letter by Matti"))
    proposed = SettingProposed(proposal="s1", setting=setting)
    world = AGREED.happened(proposed, at=JUNE)
    world = erased(world, erase("organisation", setting.source))

    world.when(ConfirmSetting(proposal="s1", digest=proposal_digest(proposed)), by="hanna", at=JUNE).refused(
        "words-erased", rule="case 20"
    )


def test_words_that_were_superseded_long_ago_can_be_erased() -> None:
    """Case 20. The state no longer holds them, the stream's history does."""
    world = half_year_open()
    first = milestone(world, PORTAL, MilestoneStatus.IN_PROGRESS, GREEN, narrative=Words(SAID))
    world = world.after(first, by="olga", at=JUNE)
    world = world.after(milestone(world, PORTAL, MilestoneStatus.NOT_STARTED, GREEN), by="olga", at=JUNE)

    world = erased(world)

    world = world.after(submit(world, PORTAL), by="olga", at=JUNE)
    assert world.when(sign_off(world, PORTAL), by="dora", at=JUNE).events


def test_a_persons_name_contact_and_login_can_be_erased() -> None:
    """Case 20, case 7."""
    said = {Digest(words(each)) for each in ("olga", "contact of olga", "login of olga")}

    world = erased(AGREED, erase("organisation", *said))

    assert world.state(ORGANISATION).people[PersonId("olga")].name == words("olga")
    assert world.ask(lambda view: view.folded(ORGANISATION)).erased == said


def test_one_erasure_takes_words_of_many_streams() -> None:
    """Case 20. Each is told."""
    world = half_year_delivered()
    named = [
        (fact.event.stream, min(commitments(fact.event)))
        for fact in world.facts
        if fact.event.stream in (f"item/{HALF}/{TOWNS}", f"deviation/2024/{TOWNS}") and commitments(fact.event)
    ]
    places = tuple(Place(of=stream, commitments=(said,)) for stream, said in dict(named).items())
    command = replace(ERASE, places=places)

    decided = world.after(command, by="anna", at=on("2024-09-10"))
    confirmed = decided.when(confirm(decided), by="hanna", at=on("2024-09-10"))

    assert len(places) == 2
    assert [event.stream for event in confirmed.events] == [
        "erasure/e1",
        f"deviation/2024/{TOWNS}",
        f"item/{HALF}/{TOWNS}",
    ]


@pytest.mark.parametrize(
    ("places", "code"),
    [
        ((), "places-missing"),
        ((Place(of=ITEM_STREAM, commitments=()),), "places-missing"),
        ((Place(of=ITEM_STREAM, commitments=(SAID,)),) * 2, "places-doubled"),
        ((Place(of="process/reporting-cycle", commitments=(SAID,)),), "unknown-stream"),
        ((Place(of="item/2024-half-year", commitments=(SAID,)),), "unknown-stream"),
        ((Place(of="item/x/portal", commitments=(SAID,)),), "unknown-stream"),
        ((Place(of="Organisation", commitments=(SAID,)),), "unknown-stream"),
        ((Place(of="organisation", commitments=(SAID,)),), "unknown-commitment"),
        ((Place(of=ITEM_STREAM, commitments=(SAID, Digest("0" * 64))),), "unknown-commitment"),
        ((Place(of=f"item/{HALF}/{TOWNS}", commitments=(SAID,)),), "unknown-commitment"),
    ],
)
def test_only_what_a_stream_really_holds_is_erased(places: tuple[Place, ...], code: str) -> None:
    """Case 20."""
    told().when(replace(ERASE, places=places), by="anna", at=JUNE).refused(code, field="places")


def test_a_digest_is_no_commitment() -> None:
    """Case 20. What a sign-off binds to can't be erased."""
    submitted = told().state(ITEM, HALF, PORTAL).submitted
    assert submitted is not None

    told().when(erase(ITEM_STREAM, submitted.digest), by="anna", at=JUNE).refused("unknown-commitment")


def test_nothing_is_erased_twice() -> None:
    """Case 20."""
    erased(told()).when(replace(ERASE, erasure="e2"), by="anna", at=JUNE).refused("already-erased", field="places")


def test_the_head_confirms_exactly_what_another_proposed() -> None:
    """R16, C11."""
    world = told().after(ERASE, by="anna", at=JUNE)

    world.when(replace(confirm(world), digest=Digest("0" * 64)), by="hanna", at=JUNE).refused(
        "proposal-changed", rule="R16"
    )
    world.when(replace(confirm(world), erasure="e2"), by="hanna", at=JUNE).refused("unknown-proposal")
    world.when(confirm(world), by="anna", at=JUNE).refused("not-permitted")
    world.when(replace(ERASE, reason=words("another")), by="bert", at=JUNE).refused("proposal-exists")


def test_a_withdrawn_erasure_takes_no_effect_and_a_confirmed_one_is_not_withdrawn() -> None:
    """Case 20."""
    withdraw = WithdrawErasureProposal(erasure="e1")
    world = told().after(ERASE, by="anna", at=JUNE)

    withdrawn = world.when(withdraw, by="bert", at=JUNE).then(ErasureProposalWithdrawn(erasure="e1"))

    withdrawn.when(confirm(world), by="hanna", at=JUNE).refused("proposal-withdrawn")
    erased(told()).when(withdraw, by="anna", at=JUNE).refused("already-decided")
    told().when(withdraw, by="anna", at=JUNE).refused("unknown-proposal")


HOLD = ProposeLegalHold(
    hold="h1", subjects=(PORTAL,), people=(), reason=words("investigation"), authority=words("EPPO's letter")
)
LIFT = ProposeLegalHoldLift(hold="h1", reason=words("closed"), authority=words("EPPO's second letter"))


def confirm_hold(command: ProposeLegalHold = HOLD) -> ConfirmLegalHold:
    """The confirmation of a hold."""
    return ConfirmLegalHold(hold=command.hold, digest=proposal_digest(held_event(command)))


def held_event(command: ProposeLegalHold = HOLD) -> LegalHoldProposed:
    """What is proposed."""
    return LegalHoldProposed(
        hold=command.hold,
        subjects=command.subjects,
        people=command.people,
        reason=command.reason,
        authority=command.authority,
    )


def held(world: World, command: ProposeLegalHold = HOLD) -> World:
    """The hold is in force."""
    return world.after(command, by="anna", at=JUNE).after(confirm_hold(command), by="hanna", at=JUNE)


LIFTED = LegalHoldLiftProposed(hold="h1", reason=LIFT.reason, authority=LIFT.authority)
CONFIRM_LIFT = ConfirmLegalHoldLift(hold="h1", digest=proposal_digest(LIFTED))


def test_a_hold_and_its_lift_need_two_people() -> None:
    """Case 20, C11."""
    world = told().when(HOLD, by="anna", at=JUNE).then(held_event())

    world = world.when(confirm_hold(), by="hanna", at=JUNE).then(
        LegalHoldConfirmed(hold="h1", digest=proposal_digest(held_event()), subjects=(PORTAL,), people=())
    )
    world = world.when(LIFT, by="bert", at=JUNE).then(LIFTED)
    world = world.when(CONFIRM_LIFT, by="hanna", at=JUNE).then(
        LegalHoldLifted(hold="h1", digest=proposal_digest(LIFTED))
    )

    world.when(replace(LIFT, reason=words("again")), by="anna", at=JUNE).refused("not-held", field="hold")
    world.when(replace(CONFIRM_LIFT, digest=Digest("0" * 64)), by="hanna", at=JUNE).refused("unknown-proposal")


def test_only_a_confirmed_hold_stands_in_the_way_and_until_it_is_lifted() -> None:
    """Case 20."""
    proposed = told().after(HOLD, by="anna", at=JUNE)
    in_force = held(told())
    lifting = in_force.after(LIFT, by="anna", at=JUNE)

    assert proposed.when(ERASE, by="anna", at=JUNE).events
    for world in (in_force, lifting):
        world.when(ERASE, by="anna", at=JUNE).refused("under-legal-hold", field="places", rule="case 20")
    assert lifting.after(CONFIRM_LIFT, by="hanna", at=JUNE).when(ERASE, by="anna", at=JUNE).events


def test_a_hold_that_came_after_the_proposal_stands_in_the_way_of_its_confirmation() -> None:
    """Case 20."""
    world = told().after(ERASE, by="anna", at=JUNE)

    held(world).when(confirm(world), by="hanna", at=JUNE).refused("under-legal-hold")


@pytest.mark.parametrize(
    ("subjects", "people", "stream", "said", "code"),
    [
        ((PORTAL,), (), ITEM_STREAM, SAID, "under-legal-hold"),
        ((TOWNS,), (), ITEM_STREAM, SAID, None),
        ((), (PersonId("olga"),), ITEM_STREAM, SAID, None),
        ((), (), ITEM_STREAM, SAID, "under-legal-hold"),
        ((), (PersonId("olga"),), "organisation", words("olga"), "under-legal-hold"),
        ((), (PersonId("otto"),), "organisation", words("olga"), None),
        ((PORTAL,), (), "organisation", words("olga"), None),
        ((), (), "organisation", words("olga"), "under-legal-hold"),
        ((), (PersonId("otto"),), "organisation", title(DIGI), "under-legal-hold"),
        ((PORTAL,), (), f"agreement/{VERSION}", title("portal"), "under-legal-hold"),
        ((SubjectId("elsewhere"),), (), f"agreement/{VERSION}", title("portal"), None),
        ((TOWNS,), (), "holds", words("investigation"), "under-legal-hold"),
    ],
)
def test_a_hold_is_on_subjects_or_people_or_on_all(
    subjects: tuple[SubjectId, ...], people: tuple[PersonId, ...], stream: str, said: str, code: str | None
) -> None:
    """Case 20. Where it can't be told whom words concern, any hold stands in the way."""
    world = held(told(), replace(HOLD, subjects=subjects, people=people))

    decided = world.when(erase(stream, said), by="anna", at=JUNE)

    assert code == (None if decided.refusal is None else decided.refusal.code)


def test_words_of_a_round_and_a_cycle_concern_all_that_is_reported_in_them() -> None:
    """Case 20."""
    world = held(stated(), replace(HOLD, subjects=(COURSE,)))

    world.when(erase("cycle/2024", words("statement")), by="anna", at=on("2025-06-12")).refused("under-legal-hold")

    other = held(stated(), replace(HOLD, subjects=(SubjectId("elsewhere"),)))
    assert other.when(erase("cycle/2024", words("statement")), by="anna", at=on("2025-06-12")).events


def test_a_hold_is_withdrawn_before_it_is_confirmed_and_a_lift_likewise() -> None:
    withdraw, keep = WithdrawLegalHoldProposal(hold="h1"), WithdrawLegalHoldLift(hold="h1")
    world = told().after(HOLD, by="anna", at=JUNE)

    withdrawn = world.when(withdraw, by="anna", at=JUNE).then(LegalHoldProposalWithdrawn(hold="h1"))
    withdrawn.when(confirm_hold(), by="hanna", at=JUNE).refused("proposal-withdrawn")
    held(told()).when(withdraw, by="anna", at=JUNE).refused("already-decided")

    kept = held(told()).after(LIFT, by="anna", at=JUNE).when(keep, by="bert", at=JUNE)
    kept.then(LegalHoldLiftProposalWithdrawn(hold="h1"))
    kept.world.when(CONFIRM_LIFT, by="hanna", at=JUNE).refused("unknown-proposal")
    kept.world.when(ERASE, by="anna", at=JUNE).refused("under-legal-hold")
    again = kept.world.after(LIFT, by="anna", at=JUNE)
    again.when(replace(LIFT, reason=words("another")), by="anna", at=JUNE).refused("proposal-exists")
    assert again.when(CONFIRM_LIFT, by="hanna", at=JUNE).events


def test_a_hold_names_people_that_there_are_and_an_id_once() -> None:
    told().when(replace(HOLD, people=(PersonId("nobody"),)), by="anna", at=JUNE).refused("unknown-person")
    held(told()).when(replace(HOLD, subjects=()), by="anna", at=JUNE).refused("proposal-exists", field="hold")
    for command in (confirm_hold(), LIFT, CONFIRM_LIFT, WithdrawLegalHoldProposal(hold="h1")):
        by = "hanna" if isinstance(command, ConfirmLegalHold | ConfirmLegalHoldLift) else "anna"
        told().when(command, by=by, at=JUNE).refused("unknown-hold", field="hold")
    told().after(HOLD, by="anna", at=JUNE).when(LIFT, by="anna", at=JUNE).refused("not-held")


def flagged(world: World) -> World:
    """The portal counts for a measure of the RRF."""
    return world.after(MEASURED, by="kaisa", at=JUNE).after(LINK, by="kaisa", at=JUNE)


def test_what_counts_for_the_rrf_is_kept_without_end_until_a_date_is_recorded() -> None:
    """R13, case 20."""
    world = flagged(told())

    world.when(ERASE, by="anna", at=on("2060-01-01")).refused("under-retention", field="places", rule="R13")


def test_what_counts_for_the_rrf_is_kept_to_the_last_day_of_its_retention() -> None:
    """R13, case 20."""
    world = flagged(told()).after(RETENTION, by="kaisa", at=JUNE)

    world.when(ERASE, by="anna", at=on("2029-03-01", 23, 59)).refused("under-retention", rule="R13")

    assert world.when(ERASE, by="anna", at=on("2029-03-02", 0)).events


def test_a_flag_that_came_after_the_proposal_keeps_what_was_to_be_erased() -> None:
    """Case 21."""
    world = told().after(ERASE, by="anna", at=JUNE)

    flagged(world).when(confirm(world), by="hanna", at=JUNE).refused("under-retention")


def test_retention_keeps_a_measures_own_data_and_no_other_item() -> None:
    """R13."""
    world = flagged(told()).after(RECIPIENTS, by="kaisa", at=JUNE)

    world.when(erase(f"rrf/{P3}", words("owner")), by="anna", at=JUNE).refused("under-retention")
    world.when(erase("round/2024-half-year", words("x")), by="anna", at=JUNE).refused("unknown-commitment")

    over = RecordRetention(measure=P3, balance_paid_on=Date("2024-01-01"), years=3, basis=words("small"))
    world = world.after(over, by="kaisa", at=JUNE)
    assert world.when(erase(f"rrf/{P3}", words("owner")), by="anna", at=on("2027-01-02")).events
    other = half_year_open()
    other = other.after(
        milestone(other, TOWNS, MilestoneStatus.IN_PROGRESS, YELLOW, narrative=Words(SAID)), by="olga", at=JUNE
    )
    assert flagged(other).when(erase(f"item/{HALF}/{TOWNS}", SAID), by="anna", at=JUNE).events


def test_every_stream_with_words_is_known() -> None:
    """Case 20."""
    worlds = (stated(), flagged(held(portal_submitted())))
    spoken = {fact.event.stream for world in worlds for fact in world.facts if commitments(fact.event)}

    assert [stream for stream in spoken if fold_of(stream) is None] == []
    assert fold_of(f"item/{HALF}/{SERVICES}") == (ITEM, (HALF, SERVICES))
    assert fold_of(f"engagement/{DIGI}") is not None
    assert fold_of("clock") is None
