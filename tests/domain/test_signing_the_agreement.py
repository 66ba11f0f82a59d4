"""The agreement: imported as a draft, signed by four, in force, superseded, ended."""

from dataclasses import replace

import pytest
from agreed import (
    AGREED,
    ANNEXES,
    DIGI,
    HOLDERS,
    SERVICES,
    STAFFED,
    VERSION,
    importing,
    records,
    sent_digest,
    signed,
    signed_by,
)
from kit import World, file, on, person, words
from story import annual_open, half_year_open

from domain.agreement import FOLD as AGREEMENT
from domain.agreement import ExpireAgreement, Stage
from domain.events.agreement import (
    AgreementExpired,
    AgreementSigned,
    AgreementSuperseded,
    DraftRecalled,
    ExternalSignatureProposed,
    ExternalSignatureRecorded,
    ExternalSignatureWithdrawn,
    SentForSignature,
    SignatureDeclined,
)
from domain.events.organisation import AccountClosed, AgreementInForce
from domain.organisation import FOLD as ORGANISATION
from domain.organisation import proposal_digest
from domain.signing import (
    ConfirmExternalSignature,
    DeclineSignature,
    Holder,
    ProposeExternalSignature,
    RecallDraft,
    SendForSignature,
    SignAgreement,
    WithdrawExternalSignature,
)
from domain.values import SYSTEM, Date, Digest, PersonId, SubjectId, UnitId, VersionId

DECEMBER = on("2023-12-01")
SEND = SendForSignature(version=VERSION, holders=HOLDERS, annexes=ANNEXES)
FIRST_THREE = tuple(each.slot for each in HOLDERS[:3])
NEXT = VersionId("kylki-2024-2027.2")


def imported() -> World:
    """A draft."""
    return STAFFED.after(importing(), by="kaisa", at=DECEMBER)


def sent() -> World:
    """Out for signature."""
    return imported().after(SEND, by="kaisa", at=DECEMBER)


def sign(world: World, slot: str) -> SignAgreement:
    """The signature in a slot, over what is shown now."""
    return SignAgreement(version=VERSION, slot=slot, digest=sent_digest(world))


def test_a_version_is_imported_whole_as_a_draft() -> None:
    """R2. Targets for the term, levels and milestones by the year, binding for the first."""
    decided = STAFFED.when(importing(), by="kaisa", at=DECEMBER)

    later = decided.then(*records(importing()))
    assert later.state(AGREEMENT, VERSION).stage is Stage.DRAFT
    other = importing(binding_year=2025)
    later.when(other, by="kaisa", at=DECEMBER).refused("version-exists")


def test_what_hangs_together_wrongly_is_not_imported() -> None:
    command = importing()
    milestone, target, indicator = command.milestones[0], command.targets[0], command.indicators[0]
    wrong = {
        "dangling-reference": [
            replace(command, milestones=(replace(milestone, target=SubjectId("nowhere")),)),
            replace(command, targets=(replace(target, part="9"),), milestones=()),
            replace(command, targets=(replace(target, group="9"),), milestones=()),
            replace(command, indicators=(replace(indicator, table="9"),)),
            replace(command, version=VersionId("other")),
        ],
        "duplicate-id": [
            replace(command, milestones=(milestone, milestone)),
            replace(command, milestones=(replace(milestone, milestone=SERVICES),)),
            replace(command, parts=command.parts * 2),
        ],
        "unknown-unit": [
            replace(command, milestones=(replace(milestone, unit=UnitId("nowhere")),)),
            replace(command, indicators=(replace(indicator, unit=UnitId("nowhere")),)),
        ],
        "year-outside-term": [replace(command, milestones=(replace(milestone, year=2028),))],
    }

    for code, commands in wrong.items():
        for each in commands:
            STAFFED.when(each, by="kaisa", at=DECEMBER).refused(code)


def test_what_no_round_could_report_or_compare_is_not_imported_whoever_sends_it() -> None:
    """R2. Operators of the four, one level for each year of the term, half-yearly or annual, ids told apart."""
    command = importing()
    indicator, towns = command.indicators[0], command.milestones[1]
    first, *rest = indicator.levels
    wrong = {
        "malformed-level": [
            replace(indicator, levels=(replace(first, operator="~"), *rest)),
            replace(indicator, levels=(replace(first, operator=""), *rest)),
            replace(indicator, levels=(first, first, *rest)),
            replace(indicator, levels=tuple(rest)),
            replace(indicator, levels=()),
            replace(indicator, levels=(replace(first, year=2023), *rest)),
        ],
        "malformed-frequency": [replace(indicator, frequency="sometimes"), replace(indicator, frequency="")],
    }

    for code, indicators in wrong.items():
        for each in indicators:
            doubtful = replace(command, indicators=(each, *command.indicators[1:]))
            STAFFED.when(doubtful, by="kaisa", at=DECEMBER).refused(code)
    doubled = replace(towns, checklist=(towns.checklist[0], towns.checklist[0]))
    doubtful = replace(command, milestones=(doubled, *command.milestones[2:]))
    STAFFED.when(doubtful, by="kaisa", at=DECEMBER).refused("duplicate-id")


def test_a_draft_is_sent_to_four_distinct_people_with_its_annexes() -> None:
    """R8."""
    world = imported()
    decided = world.when(SEND, by="kaisa", at=DECEMBER)
    slots = tuple(
        replace(slot, person=holder.person) for slot, holder in zip(importing().drafted.slots, HOLDERS, strict=True)
    )

    decided.then(SentForSignature(version=VERSION, digest=sent_digest(sent()), slots=slots, annexes=ANNEXES))

    twice = (*HOLDERS[:3], Holder(slot=HOLDERS[3].slot, person=HOLDERS[0].person))
    stranger = (*HOLDERS[:3], Holder(slot=HOLDERS[3].slot, person=PersonId("nemo")))
    for holders, annexes, code in (
        (HOLDERS[:3], ANNEXES, "slots-unfilled"),
        (twice, ANNEXES, "holders-not-distinct"),
        (stranger, ANNEXES, "unknown-person"),
        (HOLDERS, ANNEXES[:2], "annexes-missing"),
        (HOLDERS, (*ANNEXES, ANNEXES[0]), "annexes-missing"),
    ):
        command = replace(SEND, holders=holders, annexes=annexes)
        world.when(command, by="kaisa", at=DECEMBER).refused(code, rule=None if code == "unknown-person" else "R8")
    world.when(replace(SEND, version=VersionId("other")), by="kaisa", at=DECEMBER).refused("unknown-version")


def test_two_people_sign_for_each_party() -> None:
    """R8."""
    lopsided = importing()
    slots = (replace(lopsided.drafted.slots[0], party="agency"), *lopsided.drafted.slots[1:])
    world = STAFFED.after(replace(lopsided, drafted=replace(lopsided.drafted, slots=slots)), by="kaisa", at=DECEMBER)

    world.when(SEND, by="kaisa", at=DECEMBER).refused("slots-malformed", field="version", rule="R8")


def test_three_of_four_signatures_put_nothing_in_force_and_show_who_is_missing() -> None:
    """Case 17."""
    world = signed_by(sent(), VERSION, FIRST_THREE, DECEMBER)

    state = world.state(AGREEMENT, VERSION)

    assert state.stage is Stage.SIGNING
    assert [(slot.id, slot.person) for slot in state.missing] == [("agency-second", "kaisa")]
    assert world.state(ORGANISATION).version_for(2024) is None


def test_the_fourth_signature_brings_the_agreement_into_force() -> None:
    """R8. Case 17."""
    world = signed_by(sent(), VERSION, FIRST_THREE, DECEMBER)
    digest = sent_digest(world)

    decided = world.when(sign(world, "agency-second"), by="kaisa", at=DECEMBER)

    later = decided.then(
        AgreementSigned(version=VERSION, slot="agency-second", digest=digest),
        AgreementInForce(version=VERSION, agreement="kylki-2024-2027", binding_year=2024, digest=digest),
    )
    assert later.state(AGREEMENT, VERSION).stage is Stage.IN_FORCE


def test_a_slots_holder_alone_signs_in_person_and_what_was_shown() -> None:
    """R16."""
    world = sent()
    command = sign(world, "agency-first")

    world.when(command, by="kaisa", at=DECEMBER).refused("not-the-holder", field="slot", rule="R8")
    world.when(command, by=person("sari", "hanna"), at=DECEMBER).refused("not-the-holder")
    world.when(command, by=person("hanna", "mikko"), at=DECEMBER).refused("not-the-holder")
    world.when(replace(command, digest=Digest("0" * 64)), by="hanna", at=DECEMBER).refused(
        "content-changed", field="digest", rule="R16"
    )
    world.when(replace(command, slot="fifth"), by="hanna", at=DECEMBER).refused("unknown-slot", field="slot")
    imported().when(command, by="hanna", at=DECEMBER).refused("not-in-signing", rule="R8")
    left = world.happened(AccountClosed(person=PersonId("hanna"), valid_from=Date("2023-12-02")), at=DECEMBER)
    assert left.when(command, by="hanna", at=DECEMBER).events
    left.when(command, by="hanna", at=on("2023-12-02", 0)).refused("account-closed", rule="case 7")


def test_a_declined_signature_voids_the_others() -> None:
    world = signed_by(sent(), VERSION, FIRST_THREE, DECEMBER)
    command = DeclineSignature(version=VERSION, slot="agency-second", reason=words("not like this"))

    world.when(command, by="hanna", at=DECEMBER).refused("not-the-holder", field="slot")
    world = world.when(command, by="kaisa", at=DECEMBER).then(
        SignatureDeclined(version=VERSION, slot="agency-second", reason=words("not like this"))
    )

    assert world.state(AGREEMENT, VERSION).stage is Stage.DRAFT
    assert world.state(AGREEMENT, VERSION).signed == {}
    again = world.after(SEND, by="kaisa", at=DECEMBER)
    assert len(again.state(AGREEMENT, VERSION).missing) == 4
    imported().when(command, by="kaisa", at=DECEMBER).refused("not-in-signing")


def test_the_coordinator_recalls_the_draft() -> None:
    command = RecallDraft(version=VERSION, reason=words("a mistake"))

    sent().when(command, by="kaisa", at=DECEMBER).then(DraftRecalled(version=VERSION, reason=words("a mistake")))

    imported().when(command, by="kaisa", at=DECEMBER).refused("not-in-signing")
    AGREED.when(command, by="kaisa", at=DECEMBER).refused("not-in-signing", field="version")
    AGREED.when(replace(SEND, annexes=ANNEXES[:2]), by="kaisa", at=DECEMBER).refused("not-a-draft")


PROPOSE = ProposeExternalSignature(version=VERSION, proposal="paper", slot="ministry-first", document=file("scan"))


def proposed(world: World) -> ExternalSignatureProposed:
    """The event of the proposal."""
    return ExternalSignatureProposed(
        version=VERSION, proposal="paper", slot="ministry-first", digest=sent_digest(world), document=file("scan")
    )


def test_a_signature_on_paper_is_recorded_by_two_people() -> None:
    """R8. A coordinator proposes, another coordinator or the head confirms."""
    world = sent()
    event = proposed(world)
    world = world.when(PROPOSE, by="kaisa", at=DECEMBER).then(event)
    confirm = ConfirmExternalSignature(version=VERSION, proposal="paper", digest=proposal_digest(event))

    world.when(confirm, by="kaisa", at=DECEMBER).refused("own-work", rule="C19")
    world.when(replace(confirm, digest=Digest("0" * 64)), by="kalle", at=DECEMBER).refused("proposal-changed")
    world.when(replace(PROPOSE, document=file("other")), by="kaisa", at=DECEMBER).refused("proposal-exists")
    for who in ("kalle", "hanna"):
        later = world.when(confirm, by=who, at=DECEMBER).then(
            ExternalSignatureRecorded(
                version=VERSION,
                proposal="paper",
                slot="ministry-first",
                digest=event.digest,
                document=file("scan"),
            )
        )
        assert later.state(AGREEMENT, VERSION).signed == {"ministry-first": "mikko"}
        later.when(PROPOSE, by="kaisa", at=DECEMBER).refused("proposal-exists", field="proposal")
        rest = tuple(each.slot for each in HOLDERS[1:])
        assert signed_by(later, VERSION, rest, DECEMBER).state(AGREEMENT, VERSION).stage is Stage.IN_FORCE


def test_a_paper_signature_may_be_the_last_one() -> None:
    world = signed_by(sent(), VERSION, tuple(each.slot for each in HOLDERS[1:]), DECEMBER)
    world = world.after(PROPOSE, by="kaisa", at=DECEMBER)
    confirm = ConfirmExternalSignature(version=VERSION, proposal="paper", digest=proposal_digest(proposed(world)))

    decided = world.when(confirm, by="kalle", at=DECEMBER)

    assert [event.type for event in decided.events] == ["external-signature-recorded", "agreement-in-force"]


def test_a_proposed_paper_signature_is_withdrawn() -> None:
    world = sent().after(PROPOSE, by="kaisa", at=DECEMBER)
    command = WithdrawExternalSignature(version=VERSION, proposal="paper")

    world = world.when(command, by="kaisa", at=DECEMBER).then(
        ExternalSignatureWithdrawn(version=VERSION, proposal="paper")
    )

    confirm = ConfirmExternalSignature(version=VERSION, proposal="paper", digest=Digest("0" * 64))
    world.when(confirm, by="kalle", at=DECEMBER).refused("unknown-proposal", field="proposal")
    sent().when(command, by="kaisa", at=DECEMBER).refused("unknown-proposal")
    imported().when(PROPOSE, by="kaisa", at=DECEMBER).refused("not-in-signing")


def test_the_next_version_supersedes_when_all_have_signed_and_binds_its_own_year() -> None:
    """R2. The agreement rolls every year: one version binds 2024, the next 2025."""
    world = half_year_open()
    november = on("2024-11-20")
    world = world.after(importing(NEXT, 2, 2025), by="kaisa", at=november)
    world = world.after(replace(SEND, version=NEXT), by="kaisa", at=november)
    world = signed_by(world, NEXT, FIRST_THREE, november)
    assert world.state(AGREEMENT, VERSION).stage is Stage.IN_FORCE
    digest = sent_digest(world, NEXT)

    decided = world.when(SignAgreement(version=NEXT, slot="agency-second", digest=digest), by="kaisa", at=november)

    later = decided.then(
        AgreementSigned(version=NEXT, slot="agency-second", digest=digest),
        AgreementInForce(version=NEXT, agreement="kylki-2024-2027", binding_year=2025, digest=digest),
        AgreementSuperseded(version=VERSION, successor=NEXT),
    )
    organisation = later.state(ORGANISATION)
    versions = [organisation.version_for(year) for year in (2024, 2025, 2026)]
    assert [None if each is None else each.version for each in versions] == [VERSION, NEXT, None]
    assert later.state(AGREEMENT, VERSION).stage is Stage.ENDED


def test_the_term_ends_with_its_last_year() -> None:
    command = ExpireAgreement(version=VERSION)
    AGREED.when(command, by=SYSTEM, at=on("2027-12-31", 23, 59, 59)).refused("not-yet")

    AGREED.when(command, by=SYSTEM, at=on("2028-01-01", 0)).then(AgreementExpired(version=VERSION))

    sent().when(command, by=SYSTEM, at=on("2028-01-01")).then()


@pytest.mark.parametrize("at", ["2023-12-01", "2030-01-01"])
def test_a_signature_counts_whenever_it_is_given(at: str) -> None:
    world = signed(STAFFED, importing(), on(at))

    assert world.state(AGREEMENT, VERSION).stage is Stage.IN_FORCE
    assert annual_open().state(AGREEMENT, VERSION).drafted == importing().drafted
    assert DIGI in world.state(ORGANISATION).units
