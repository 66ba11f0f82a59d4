"""RRF data: measures, links with their gaps, verification, recipients, retention, interests (R9, R13, C10, C17)."""

from dataclasses import replace

import pytest
from agreed import DAYS, DIGI, HALF, PORTAL, TOWNS
from kit import World, file, on, person, title, words
from story import (
    GREEN,
    JUNE,
    attach,
    document,
    half_year_open,
    milestone,
    portal_signed,
    portal_submitted,
    sign_off,
    submit,
)
from test_items_decided import escalated

from domain.approval import Returning, ReturnItems
from domain.events.item import ItemSignedOff
from domain.events.organisation import SubstituteAppointed
from domain.events.rrf import (
    GapKind,
    InterestDeclared,
    ItemLinkedToMeasure,
    MeasureRecorded,
    Recipient,
    RecipientKind,
    RecipientsRecorded,
    RetentionRecorded,
    RrfGap,
    RrfKind,
    VerificationDocument,
    VerificationSummaryRecorded,
)
from domain.item import FOLD as ITEM
from domain.item import Stage
from domain.late_completion import SignOffLateCompletion
from domain.measure import FOLD as MEASURE
from domain.rrf import DeclareInterest, RecordMeasure, RecordRecipients, RecordRetention
from domain.rrf_link import LinkItemToMeasure, RecordVerificationSummary, still_lacking
from domain.subject import FOLD as SUBJECT
from domain.values import Date, Decimal, MilestoneStatus, PersonId, Role, SubjectId

P3 = "p3c2i1"
MEASURED = RecordMeasure(measure=P3, code="P3C2I1", title=title("digital services"), section="5")
LINK = LinkItemToMeasure(
    subject=PORTAL, measure=P3, kind=RrfKind.MILESTONE, reference="119", basis=words("decision of the ministry")
)
SUMMARY = RecordVerificationSummary(
    subject=PORTAL,
    measure=P3,
    year=2024,
    summary=words("what the documents show"),
    documents=(VerificationDocument(file=file("report"), title=words("report")),),
)
OWNER = Recipient(kind=RecipientKind.BENEFICIAL_OWNER, name=words("owner"), identifier=words("born"), amount=None)
RECIPIENTS = RecordRecipients(
    measure=P3,
    year=2024,
    recipients=(
        Recipient(kind=RecipientKind.CONTRACTOR, name=words("Oy"), identifier=None, amount=Decimal("12500.50")),
        OWNER,
    ),
)
RETENTION = RecordRetention(measure=P3, balance_paid_on=Date("2024-02-29"), years=5, basis=words("payment"))
CONFLICT = DeclareInterest(measure=P3, year=2024, conflict=True, statement=words("owns shares in the contractor"))


def measured(world: World) -> World:
    """The measure is recorded."""
    return world.after(MEASURED, by="kaisa", at=JUNE)


def linked(world: World) -> World:
    """The portal counts for the measure."""
    return measured(world).after(LINK, by="kaisa", at=JUNE)


def test_a_measure_is_recorded_and_recorded_again_where_the_plan_changes() -> None:
    """R9. The measures that the agency reports on."""
    world = half_year_open()
    renamed = replace(MEASURED, title=title("digital services for all"))

    world = world.when(MEASURED, by="kaisa", at=JUNE).then(
        MeasureRecorded(measure=P3, code="P3C2I1", title=title("digital services"), section="5")
    )

    world = world.after(renamed, by="kalle", at=JUNE)
    state = world.state(MEASURE, P3).recorded
    assert state is not None
    assert state.title == renamed.title
    for code in ("", "P3", "p3c2i1", "P3C2X1", "P3C2I1 "):
        world.when(replace(MEASURED, code=code), by="kaisa", at=JUNE).refused("malformed-code", field="code")
    world.when(replace(MEASURED, measure="P3 C2"), by="kaisa", at=JUNE).refused("malformed-id", field="measure")


def test_a_flag_added_later_applies_from_the_decision_and_lists_what_is_lacking() -> None:
    """Case 21."""
    world = measured(portal_signed())

    decided = world.when(LINK, by="kaisa", at=on("2024-09-02"))

    decided.then(
        ItemLinkedToMeasure(
            subject=PORTAL,
            measure=P3,
            kind=RrfKind.MILESTONE,
            reference="119",
            valid_from=Date("2024-09-02"),
            basis=LINK.basis,
            gaps=(
                RrfGap(kind=GapKind.RETENTION, round=None, person=None),
                RrfGap(kind=GapKind.VERIFICATION, round=HALF, person=None),
                RrfGap(kind=GapKind.RECIPIENTS, round=HALF, person=None),
                RrfGap(kind=GapKind.INTEREST, round=HALF, person=PersonId("dora")),
            ),
        )
    )


def test_what_is_there_already_is_no_gap() -> None:
    """Case 21."""
    world = measured(portal_signed()).after(RECIPIENTS, by="kaisa", at=JUNE).after(RETENTION, by="kaisa", at=JUNE)
    world = world.after(DeclareInterest(measure=P3, year=2024, conflict=False), by="dora", at=JUNE)

    decided = world.when(LINK, by="kaisa", at=JUNE)

    (event,) = decided.events
    assert isinstance(event, ItemLinkedToMeasure)
    assert event.gaps == (RrfGap(kind=GapKind.VERIFICATION, round=HALF, person=None),)


def test_what_was_reported_as_reached_without_evidence_is_a_gap() -> None:
    """Case 21."""
    world = half_year_open()
    world = world.after(milestone(world, PORTAL, MilestoneStatus.REACHED, GREEN), by="olga", at=JUNE)

    (event,) = measured(world).when(LINK, by="kaisa", at=JUNE).events

    assert isinstance(event, ItemLinkedToMeasure)
    assert RrfGap(kind=GapKind.EVIDENCE, round=HALF, person=None) in event.gaps


def test_each_gap_is_filled_by_what_it_lacked_and_by_nothing_else() -> None:
    """Case 21."""
    world = half_year_open()
    world = world.after(milestone(world, PORTAL, MilestoneStatus.REACHED, GREEN), by="olga", at=JUNE)
    world = linked(world)
    link = world.state(SUBJECT, PORTAL).links[P3]
    gap = {each.kind: each for each in link.gaps}
    steps: list[tuple[object, str, GapKind | None]] = [
        (RETENTION, "kaisa", GapKind.RETENTION),
        (replace(SUMMARY, year=2025), "kaisa", None),
        (SUMMARY, "kaisa", GapKind.VERIFICATION),
        (replace(RECIPIENTS, year=2025), "kaisa", None),
        (RECIPIENTS, "kaisa", GapKind.RECIPIENTS),
        (attach(PORTAL, document()), "olga", GapKind.EVIDENCE),
    ]
    lacking = set(link.gaps)

    for command, by, fills in steps:
        world = world.after(command, by=by, at=JUNE)
        lacking -= {gap[fills]} if fills is not None else set()
        assert world.ask(lambda view: still_lacking(view, link)) == lacking

    assert lacking == set()


def test_a_signers_declaration_fills_their_own_gap() -> None:
    """Case 21; C17."""
    world = linked(portal_signed())
    link = world.state(SUBJECT, PORTAL).links[P3]
    declared = DeclareInterest(measure=P3, year=2024, conflict=False)
    [gap] = [each for each in link.gaps if each.kind is GapKind.INTEREST]

    other = world.after(declared, by="hanna", at=JUNE)
    own = world.after(declared, by="dora", at=JUNE)

    assert other.ask(lambda view: still_lacking(view, link)) == set(link.gaps)
    assert own.ask(lambda view: still_lacking(view, link)) == set(link.gaps) - {gap}


def test_an_item_nobody_reported_lacks_only_what_the_measure_lacks() -> None:
    """Case 21."""
    (event,) = measured(half_year_open()).when(LINK, by="kaisa", at=JUNE).events

    assert isinstance(event, ItemLinkedToMeasure)
    assert event.gaps == (RrfGap(kind=GapKind.RETENTION, round=None, person=None),)


def test_an_indicator_counts_as_a_target_only() -> None:
    """R13. A milestone is qualitative, a target quantitative."""
    world = measured(half_year_open())
    command = replace(LINK, subject=DAYS)

    world.when(command, by="kaisa", at=JUNE).refused("kind-contradicts", field="kind", rule="R13")

    assert world.when(replace(command, kind=RrfKind.TARGET), by="kaisa", at=JUNE).events


def test_only_what_is_agreed_and_recorded_is_linked_and_only_once() -> None:
    world = measured(half_year_open())

    world.when(replace(LINK, measure="p1c1r1"), by="kaisa", at=JUNE).refused("unknown-measure", field="measure")
    world.when(replace(LINK, subject=SubjectId("nothing")), by="kaisa", at=JUNE).refused("unknown-subject")

    world = world.after(LINK, by="kaisa", at=JUNE)
    world.when(replace(LINK, reference="120"), by="kaisa", at=JUNE).refused("already-linked", field="subject")
    assert world.when(LINK, by="kaisa", at=on("2024-07-01")).events == ()


def test_the_summary_of_verification_documents_belongs_to_an_item_a_measure_and_a_year() -> None:
    """C10."""
    world = linked(half_year_open())

    world.when(SUMMARY, by="kaisa", at=JUNE).then(
        VerificationSummaryRecorded(
            subject=PORTAL, measure=P3, year=2024, summary=SUMMARY.summary, documents=SUMMARY.documents
        )
    )

    world.when(replace(SUMMARY, documents=()), by="kaisa", at=JUNE).refused("documents-missing", rule="C10")
    world.when(replace(SUMMARY, subject=TOWNS), by="kaisa", at=JUNE).refused("not-linked", field="measure")


def test_recipients_are_recorded_or_why_there_are_none() -> None:
    """R13. Art. 22(2)(d): final recipients, contractors, subcontractors, beneficial owners."""
    world = measured(half_year_open())
    none = RecordRecipients(measure=P3, year=2023, recipients=(), none_because=words("nothing was bought"))

    world = world.when(RECIPIENTS, by="kaisa", at=JUNE).then(
        RecipientsRecorded(measure=P3, year=2024, recipients=RECIPIENTS.recipients, none_because=None)
    )
    world = world.after(none, by="kaisa", at=JUNE)

    assert set(world.state(MEASURE, P3).recipients) == {2023, 2024}
    world.when(replace(none, none_because=None), by="kaisa", at=JUNE).refused("recipients-missing", rule="R13")
    world.when(replace(none, recipients=(OWNER,)), by="kaisa", at=JUNE).refused("recipients-contradict")
    world.when(replace(none, measure="p1c1r1"), by="kaisa", at=JUNE).refused("unknown-measure")


@pytest.mark.parametrize(
    ("paid", "years", "until"),
    [("2024-02-29", 5, "2029-03-01"), ("2024-02-29", 4, "2028-02-29"), ("2024-06-09", 3, "2027-06-09")],
)
def test_retention_runs_for_years_from_the_payment_of_the_balance(paid: str, years: int, until: str) -> None:
    """R13. Five years, three up to 60 000 €."""
    command = replace(RETENTION, balance_paid_on=Date(paid), years=years)

    decided = measured(half_year_open()).when(command, by="kaisa", at=JUNE)

    decided.then(
        RetentionRecorded(measure=P3, balance_paid_on=Date(paid), years=years, until=Date(until), basis=RETENTION.basis)
    )


def test_retention_is_never_shortened() -> None:
    """Case 21."""
    world = measured(half_year_open()).after(RETENTION, by="kaisa", at=JUNE)

    world.when(replace(RETENTION, years=4), by="kaisa", at=JUNE).refused("retention-shortened", rule="case 21")
    world.when(replace(RETENTION, years=2), by="kaisa", at=JUNE).refused("retention-years", rule="R13")
    world.when(replace(RETENTION, balance_paid_on=Date("2024-06-11")), by="kaisa", at=JUNE).refused(
        "date-in-the-future", field="balance_paid_on"
    )

    assert world.when(replace(RETENTION, years=6), by="kaisa", at=JUNE).events


def test_each_signer_declares_their_own_interests() -> None:
    """C17."""
    world = measured(half_year_open())

    world.when(CONFLICT, by="dora", at=JUNE).then(
        InterestDeclared(measure=P3, person=PersonId("dora"), year=2024, conflict=True, statement=CONFLICT.statement)
    )

    world.when(replace(CONFLICT, statement=None), by="dora", at=JUNE).refused("statement-missing", rule="C17")
    world.when(CONFLICT, by="kaisa", at=JUNE).refused("not-permitted")


def test_who_declared_a_conflict_signs_no_item_of_the_measure() -> None:
    """C17. Neither as a director nor as the head; of another measure, item or year they may."""
    world = linked(portal_submitted()).after(CONFLICT, by="dora", at=JUNE)

    world.when(sign_off(world, PORTAL), by="dora", at=JUNE).refused("conflict-of-interest", rule="C17")

    other_year = linked(portal_submitted()).after(replace(CONFLICT, year=2025), by="dora", at=JUNE)
    assert other_year.when(sign_off(other_year, PORTAL), by="dora", at=JUNE).events
    unlinked = measured(portal_submitted()).after(CONFLICT, by="dora", at=JUNE)
    assert unlinked.when(sign_off(unlinked, PORTAL), by="dora", at=JUNE).events
    cleared = world.after(DeclareInterest(measure=P3, year=2024, conflict=False), by="dora", at=JUNE)
    assert cleared.when(sign_off(cleared, PORTAL), by="dora", at=JUNE).events


def test_the_heads_conflict_bars_an_escalated_sign_off() -> None:
    """C17."""
    now = on("2024-08-24")
    world = linked(escalated()).after(CONFLICT, by="hanna", at=now)

    world.when(sign_off(world, PORTAL), by="hanna", at=now).refused("conflict-of-interest", rule="C17")


def test_a_substitute_signs_for_a_director_with_a_conflict_unless_they_have_one_themselves() -> None:
    """C17, case 6."""
    stands_in = SubstituteAppointed(
        substitution="s",
        principal=PersonId("dora"),
        substitute=PersonId("sari"),
        roles=(Role.DIRECTOR,),
        unit=DIGI,
        valid_from=Date("2024-01-01"),
        valid_to=Date("2024-12-31"),
        basis=words("decision"),
    )
    world = linked(portal_submitted()).after(CONFLICT, by="dora", at=JUNE).happened(stands_in, at=JUNE)
    sari = person("sari", "dora")

    assert world.when(sign_off(world, PORTAL), by=sari, at=JUNE).events

    world = world.after(CONFLICT, by=sari, at=JUNE)
    world.when(sign_off(world, PORTAL), by=sari, at=JUNE).refused("conflict-of-interest", rule="C17")


def test_a_conflict_skips_its_item_and_the_others_are_signed() -> None:
    """Case 23, C17."""
    world = half_year_open()
    for subject in (PORTAL, TOWNS):
        world = world.after(milestone(world, subject, MilestoneStatus.IN_PROGRESS, GREEN), by="olga", at=JUNE)
    world = world.after(submit(world, PORTAL, TOWNS), by="olga", at=JUNE)
    world = linked(world).after(CONFLICT, by="dora", at=JUNE)

    decided = world.when(sign_off(world, PORTAL, TOWNS), by="dora", at=JUNE)

    assert [(name, why.code) for name, why in decided.skipped] == [(PORTAL, "conflict-of-interest")]
    assert [event.subject for event in decided.events if isinstance(event, ItemSignedOff)] == [TOWNS]


def test_a_conflict_bars_the_sign_off_of_a_late_completion() -> None:
    """C17."""
    from story import annual_open  # noqa: PLC0415
    from test_deviations import RECORD, recorded  # noqa: PLC0415 (its worlds are made on import)

    now = on("2025-05-01")
    world = linked(annual_open()).after(RECORD, by="olga", at=now)
    world = world.after(CONFLICT, by="dora", at=now)

    world.when(SignOffLateCompletion(subject=PORTAL, digest=recorded(world)), by="dora", at=now).refused(
        "conflict-of-interest", rule="C17"
    )


def test_returning_needs_no_declaration() -> None:
    world = linked(portal_submitted()).after(CONFLICT, by="dora", at=JUNE)
    named = (Returning(subject=PORTAL, reason=words("look again")),)

    world = world.after(ReturnItems(round=HALF, items=named), by="dora", at=JUNE)

    assert world.state(ITEM, HALF, PORTAL).stage is Stage.RETURNED
