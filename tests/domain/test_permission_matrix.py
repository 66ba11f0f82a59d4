"""Who may do what: every command by every role, in person and as a substitute; the process's table, row by row."""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from datetime import datetime
from functools import cache

import pytest
from agreed import (
    AGREED,
    ANNUAL,
    DAYS,
    DIGI,
    HALF,
    PORTAL,
    SERVICES,
    STAFFED,
    VANHA,
    VERSION,
    confirmed,
    grant,
    importing,
    registered,
)
from kit import Decision, World, file, on, person, title, words
from story import (
    ACCOUNTS,
    GREEN,
    JUNE,
    YELLOW,
    annual_approved,
    annual_delivered,
    annual_open,
    assess,
    assessed,
    attach,
    deliver,
    document,
    half_year_approved,
    half_year_compiled,
    half_year_delivered,
    half_year_open,
    half_year_signed,
    indicator,
    milestone,
    portal_drafted,
    portal_signed,
    portal_submitted,
    report_digest,
    seen,
    sign_off,
    stated,
    submit,
    target,
)
from test_cycle_of_a_year import PROPOSE as TRANSCRIBE
from test_cycle_of_a_year import correct, issue, publications
from test_deviations import CLOSE, RECORD, REPORT, RETURN, has_deviation, recorded
from test_engagements import ANSWER, OPEN, RAISE
from test_engagements import CLOSE as CLOSE_FINDING
from test_erasures import CONFIRM_LIFT, ERASE, HOLD, LIFT, confirm, confirm_hold, held, told
from test_items_decided import chained, escalated
from test_planned_steps import system_command
from test_reopenings import SEPTEMBER, correcting, returning, supplementing
from test_rrf_data import CONFLICT, LINK, MEASURED, RECIPIENTS, RETENTION, SUMMARY, linked, measured
from test_signing_the_agreement import PROPOSE as PAPER
from test_signing_the_agreement import SEND, imported, proposed, sent
from test_units_and_people import SARI_OWNS, WAITS

from domain.agency_report import ApproveAgencyReport, CompileAgencyReport, ReturnAgencyReport
from domain.approval import EndorseItems, RecallItems, Returning, ReturnItems, RevokeSignOff
from domain.assessment import CommentMilestone
from domain.commands import COMMANDS
from domain.cycle import FOLD as CYCLE
from domain.cycle import AttachResponse, CorrectFinalAccountsApproval
from domain.engagement import CloseEngagement
from domain.erasure import WithdrawErasureProposal
from domain.events.engagement import EngagementOpened
from domain.events.organisation import Handover, RoleProposed, SettingProposed, SubstituteAppointed
from domain.evidence import DetachEvidence, ReviseEvidence
from domain.extension import ExtendDeadline
from domain.hold import WithdrawLegalHoldLift, WithdrawLegalHoldProposal
from domain.late_completion import ReturnLateCompletion, SignOffLateCompletion
from domain.organisation import proposal_digest
from domain.roles import ConfirmRole, ProposeRole, WithdrawRoleProposal
from domain.setting_change import ConfirmSetting, ProposeSetting, WithdrawSettingProposal
from domain.signing import ConfirmExternalSignature, RecallDraft, WithdrawExternalSignature
from domain.staffing import ChangePerson, CloseAccount, RegisterPerson, RegisterUnit, RenameUnit
from domain.substitution import AppointSubstitute, EndSubstitution
from domain.succession import ReassignItem, SucceedUnit
from domain.supplement import AbandonCorrection, StartCorrection
from domain.transcription import ConfirmTranscription, WithdrawTranscription
from domain.values import (
    OPERATOR,
    SYSTEM,
    Date,
    DeadlineKind,
    Language,
    MilestoneStatus,
    PersonId,
    Publication,
    Role,
    UnitId,
)

C, O, D, H, K = Role.CONTRIBUTOR, Role.OWNER, Role.DIRECTOR, Role.HEAD, Role.COORDINATOR  # noqa: E741
A, M, X, Z = Role.MINISTRY_ASSESSOR, Role.MINISTRY_DECIDER, Role.AUDITOR, Role.ADMINISTRATOR
IN_UNIT = (C, O, D)
TESTER = PersonId("tester")

Case = Callable[[Role], tuple[World, object, datetime]]


@dataclass(frozen=True)
class Row:
    """Who may: in person, and of these in which roles a substitute, too."""

    may: tuple[Role, ...]
    substitutes: tuple[Role, ...]
    case: Case
    in_unit: bool = True


def row(may: tuple[Role, ...], case: Case, *, s: tuple[Role, ...] = (), in_unit: bool = True) -> Row:
    """A row of the table."""
    return Row(may, s, case, in_unit)


def named() -> tuple[Returning, ...]:
    """One item with a reason."""
    return (Returning(subject=PORTAL, reason=words("look again")),)


@cache
def role_proposed() -> World:
    """Somebody proposed a role."""
    return AGREED.happened(RoleProposed(proposal="r1", grant=SARI_OWNS), by=person("anna"), at=JUNE)


@cache
def setting_proposed() -> World:
    """Somebody proposed a setting."""
    return AGREED.happened(SettingProposed(proposal="s1", setting=WAITS), by=person("kaisa"), at=JUNE)


@cache
def late_recorded() -> World:
    """A late completion waits for its director."""
    return annual_open().after(RECORD, by="olga", at=on("2025-05-01"))


@cache
def transcribed() -> World:
    """A transcription waits for its second person."""
    return annual_delivered().after(TRANSCRIBE, by="kaisa", at=on("2025-05-01"))


def substitution(role: Role) -> AppointSubstitute:
    """The tester appoints a substitute for their own role."""
    return AppointSubstitute(
        substitution="own",
        principal=TESTER,
        substitute=PersonId("sari"),
        roles=(role,),
        unit=DIGI if role in IN_UNIT else None,
        valid_from=Date("2024-06-10"),
        valid_to=Date("2024-06-30"),
        basis=words("decision"),
    )


def appointed(role: Role) -> SubstituteAppointed:
    """The tester has a substitute."""
    made = substitution(role)
    return SubstituteAppointed(
        substitution="own",
        principal=TESTER,
        substitute=made.substitute,
        roles=made.roles,
        unit=made.unit,
        valid_from=Date("2024-01-01"),
        valid_to=Date("2025-12-31"),
        basis=words("decision"),
    )


def evidence_world() -> World:
    """The portal has a document."""
    return half_year_open().after(attach(PORTAL, document()), by="carl", at=JUNE)


def audited_by_tester() -> World:
    """An engagement in which the tester audits beside another."""
    audits = replace(OPEN, auditors=(PersonId("aino"), TESTER))
    return AGREED.happened(
        EngagementOpened(**{each.name: getattr(audits, each.name) for each in fields(audits)}), at=JUNE
    )


def found_by_tester() -> World:
    """A finding of that engagement."""
    return audited_by_tester().after(RAISE, by="aino", at=JUNE)


WHOLE = replace(RAISE, unit=None)
MAY = on("2025-05-10")
IN_PROGRESS_GREEN = milestone(half_year_open(), PORTAL, MilestoneStatus.IN_PROGRESS, GREEN)
CORRECT_ACCOUNTS = CorrectFinalAccountsApproval(
    year=2024, approved_on=Date("2025-03-09"), document=file("x"), reason=words("misread")
)

MATRIX: dict[str, Row] = {
    # Report…, …Evidence: contributor ●, owner ●s
    "report-milestone": row((C, O), lambda _: (half_year_open(), IN_PROGRESS_GREEN, JUNE), s=(O,)),
    "report-indicator": row(
        (C, O), lambda _: (half_year_open(), indicator(half_year_open(), DAYS, "27", GREEN), JUNE), s=(O,)
    ),
    "report-target": row(
        (C, O), lambda _: (half_year_open(), target(half_year_open(), SERVICES, YELLOW), JUNE), s=(O,)
    ),
    "attach-evidence": row((C, O), lambda _: (half_year_open(), attach(PORTAL, document()), JUNE), s=(O,)),
    "revise-evidence": row(
        (C, O),
        lambda _: (
            evidence_world(),
            ReviseEvidence(round=HALF, subject=PORTAL, evidence=document(revision=2)),
            JUNE,
        ),
        s=(O,),
    ),
    "detach-evidence": row(
        (C, O),
        lambda _: (
            evidence_world(),
            DetachEvidence(round=HALF, subject=PORTAL, evidence="minutes", reason=words("x")),
            JUNE,
        ),
        s=(O,),
    ),
    # SubmitItems, RecallItems, StartCorrection, ReportAction, RecordLateCompletion: owner ●s
    "submit-items": row((O,), lambda _: (portal_drafted(), submit(portal_drafted(), PORTAL), JUNE), s=(O,)),
    "recall-items": row(
        (O,), lambda _: (portal_submitted(), RecallItems(round=HALF, subjects=(PORTAL,)), JUNE), s=(O,)
    ),
    "start-correction": row(
        (O,),
        lambda _: (
            half_year_delivered().after(supplementing(PORTAL, SERVICES), by="kaisa", at=SEPTEMBER),
            StartCorrection(round=HALF, subject=PORTAL, reason=words("x")),
            SEPTEMBER,
        ),
        s=(O,),
    ),
    "report-action": row((O,), lambda _: (has_deviation(), REPORT, JUNE), s=(O,)),
    "record-late-completion": row((O,), lambda _: (annual_open(), RECORD, MAY), s=(O,)),
    # owner or coordinator
    "abandon-correction": row(
        (O, K),
        lambda _: (correcting(), AbandonCorrection(round=HALF, subject=PORTAL, reason=words("x")), SEPTEMBER),
        s=(O, K),
    ),
    # the holder of the step
    "endorse-items": row(
        (O,),
        lambda _: (chained(), EndorseItems(round=HALF, step="owner", items=(seen(chained(), PORTAL),)), JUNE),
        s=(O,),
    ),
    # SignOffItems: director ●s4, head ●s4 when escalated
    "sign-off-items": row((D,), lambda _: (portal_submitted(), sign_off(portal_submitted(), PORTAL), JUNE), s=(D,)),
    "sign-off-items, escalated": row(
        (D, H), lambda _: (escalated(), sign_off(escalated(), PORTAL), on("2024-08-24")), s=(D, H)
    ),
    # ReturnItems: director ●s, head ●s, coordinator ●
    "return-items": row(
        (D, H, K), lambda _: (portal_submitted(), ReturnItems(round=HALF, items=named()), JUNE), s=(D, H)
    ),
    "close-deviation": row((D,), lambda _: (has_deviation().after(REPORT, by="olga", at=JUNE), CLOSE, JUNE), s=(D,)),
    "return-action": row((D,), lambda _: (has_deviation().after(REPORT, by="olga", at=JUNE), RETURN, JUNE), s=(D,)),
    "return-late-completion": row(
        (D,), lambda _: (late_recorded(), ReturnLateCompletion(subject=PORTAL, reason=words("x")), MAY), s=(D,)
    ),
    "sign-off-late-completion": row(
        (D,),
        lambda _: (late_recorded(), SignOffLateCompletion(subject=PORTAL, digest=recorded(late_recorded())), MAY),
        s=(D,),
    ),
    # RevokeSignOff, ApproveAgencyReport: head ●s4; of a head's sign-off the director
    "revoke-sign-off": row(
        (H,), lambda _: (portal_signed(), RevokeSignOff(round=HALF, subject=PORTAL, reason=words("x")), JUNE), s=(H,)
    ),
    "revoke-sign-off, of the head": row(
        (D,),
        lambda _: (
            escalated().after(sign_off(escalated(), PORTAL), by="hanna", at=on("2024-08-24")),
            RevokeSignOff(round=HALF, subject=PORTAL, reason=words("x")),
            on("2024-08-24"),
        ),
        s=(D,),
    ),
    "approve-agency-report": row(
        (H,),
        lambda _: (
            half_year_compiled(),
            ApproveAgencyReport(round=HALF, digest=report_digest(half_year_compiled())),
            on("2024-08-27"),
        ),
        s=(H,),
    ),
    # ReturnAgencyReport, AttachResponse: head ●s
    "return-agency-report": row(
        (H,),
        lambda _: (half_year_compiled(), ReturnAgencyReport(round=HALF, reason=words("x")), on("2024-08-27")),
        s=(H,),
    ),
    "attach-response": row(
        (H,), lambda _: (stated(), AttachResponse(year=2024, narrative=words("x")), on("2025-06-12")), s=(H,)
    ),
    # ExtendDeadline, Compile, Deliver, Supplement, Publish, RecordFinalAccounts, Send/Recall: coordinator ●s
    "extend-deadline": row(
        (K,),
        lambda _: (
            half_year_open(),
            ExtendDeadline(
                round=HALF, kind=DeadlineKind.UNIT, unit=DIGI, date=Date("2024-08-20"), reason=words("x"), consent=None
            ),
            JUNE,
        ),
        s=(K,),
    ),
    "compile-agency-report": row(
        (K,), lambda _: (half_year_signed(), CompileAgencyReport(round=HALF), on("2024-08-25")), s=(K,)
    ),
    "deliver-to-ministry": row(
        (K,), lambda _: (half_year_approved(), deliver(half_year_approved()), on("2024-08-29")), s=(K,)
    ),
    "open-supplement": row((K,), lambda _: (half_year_delivered(), supplementing(SERVICES), SEPTEMBER), s=(K,)),
    "publish": row((K,), lambda _: (stated(), publications(stated())[Publication.STATEMENT], on("2025-06-12")), s=(K,)),
    "record-final-accounts-approval": row((K,), lambda _: (annual_approved(), ACCOUNTS, on("2025-03-11")), s=(K,)),
    "correct-final-accounts-approval": row((K,), lambda _: (annual_delivered(), CORRECT_ACCOUNTS, MAY), s=(K,)),
    "send-for-signature": row((K,), lambda _: (imported(), SEND, on("2024-02-01")), s=(K,)),
    "recall-draft": row((K,), lambda _: (sent(), RecallDraft(version=VERSION, reason=words("x")), JUNE), s=(K,)),
    # Assess…, ReturnDelivery: ministry assessor ●s
    "assess-target": row(
        (A,), lambda _: (annual_delivered(), assess(annual_delivered(), SERVICES, YELLOW), MAY), s=(A,)
    ),
    "assess-indicator": row((A,), lambda _: (annual_delivered(), assess(annual_delivered(), DAYS, GREEN), MAY), s=(A,)),
    "comment-milestone": row(
        (A,),
        lambda _: (annual_delivered(), CommentMilestone(year=2024, subject=PORTAL, comment=words("x")), MAY),
        s=(A,),
    ),
    "return-delivery": row((A,), lambda _: (half_year_delivered(), returning(SERVICES), SEPTEMBER), s=(A,)),
    # IssueStatement: ministry decider ●s4
    "issue-statement": row((M,), lambda _: (assessed(), issue(assessed()), on("2025-06-10")), s=(M,)),
    "correct-statement": row((M,), lambda _: (stated(), correct(stated()), on("2025-06-12")), s=(M,)),
    # AppointSubstitute: for one's own rights
    "appoint-substitute": row((O, D, H, K, A, M), lambda role: (AGREED, substitution(role), JUNE), in_unit=False),
    "end-substitution": row(
        (O, D, H, K, A, M),
        lambda role: (
            AGREED.happened(appointed(role), at=JUNE),
            EndSubstitution(substitution="own", valid_to=Date("2024-06-20")),
            JUNE,
        ),
        in_unit=False,
    ),
    # ProposeRole, ChangeUnit: administrator
    "propose-role": row((Z,), lambda _: (AGREED, ProposeRole(proposal="r1", grant=SARI_OWNS), JUNE)),
    "withdraw-role-proposal": row((Z,), lambda _: (role_proposed(), WithdrawRoleProposal(proposal="r1"), JUNE)),
    "register-unit": row(
        (Z,),
        lambda _: (AGREED, RegisterUnit(unit=UnitId("uusi"), name=title("x"), valid_from=Date("2025-01-01")), JUNE),
    ),
    "rename-unit": row(
        (Z,), lambda _: (AGREED, RenameUnit(unit=DIGI, name=title("x"), valid_from=Date("2025-01-01")), JUNE)
    ),
    "succeed-unit": row(
        (Z,),
        lambda _: (
            AGREED,
            SucceedUnit(unit=DIGI, successor=VANHA, handover=Handover.MOVES, valid_from=Date("2025-01-01")),
            JUNE,
        ),
    ),
    "change-person": row(
        (Z,),
        lambda _: (
            AGREED,
            ChangePerson(person=PersonId("sari"), name=words("x"), contact=words("x"), language=Language.SV),
            JUNE,
        ),
    ),
    "register-person": row(
        (Z,),
        lambda _: (
            AGREED,
            RegisterPerson(person=PersonId("uuno"), name=words("x"), contact=words("x"), login=words("x")),
            JUNE,
        ),
    ),
    "close-account": row(
        (Z,), lambda _: (AGREED, CloseAccount(person=PersonId("olga"), valid_from=Date("2025-01-01")), JUNE)
    ),
    "reassign-item": row(
        (Z,),
        lambda _: (
            half_year_open(),
            ReassignItem(round=HALF, subject=PORTAL, to_unit=VANHA, valid_from=Date("2024-06-15")),
            JUNE,
        ),
    ),
    # ConfirmRole: coordinator ●4, administrator ●4 another
    "confirm-role": row(
        (K, Z),
        lambda _: (
            role_proposed(),
            ConfirmRole(proposal="r1", digest=proposal_digest(RoleProposed(proposal="r1", grant=SARI_OWNS))),
            JUNE,
        ),
    ),
    # settings: coordinator proposes, head ●4 confirms
    "propose-setting": row((K,), lambda _: (AGREED, ProposeSetting(proposal="s1", setting=WAITS), JUNE)),
    "withdraw-setting-proposal": row(
        (K,), lambda _: (setting_proposed(), WithdrawSettingProposal(proposal="s1"), JUNE)
    ),
    "confirm-setting": row(
        (H,),
        lambda _: (
            setting_proposed(),
            ConfirmSetting(proposal="s1", digest=proposal_digest(SettingProposed(proposal="s1", setting=WAITS))),
            JUNE,
        ),
    ),
    "import-agreement": row((K,), lambda _: (STAFFED, importing(), JUNE)),
    # Transcriptions and external signatures: a coordinator proposes, another coordinator or the head confirms
    "propose-external-signature": row((K,), lambda _: (sent(), PAPER, JUNE)),
    "withdraw-external-signature": row(
        (K,),
        lambda _: (
            sent().after(PAPER, by="kaisa", at=JUNE),
            WithdrawExternalSignature(version=VERSION, proposal="paper"),
            JUNE,
        ),
    ),
    "confirm-external-signature": row(
        (K, H),
        lambda _: (
            sent().after(PAPER, by="kaisa", at=JUNE),
            ConfirmExternalSignature(version=VERSION, proposal="paper", digest=proposal_digest(proposed(sent()))),
            JUNE,
        ),
    ),
    "propose-transcription": row((K,), lambda _: (annual_delivered(), TRANSCRIBE, MAY)),
    "withdraw-transcription": row(
        (K,), lambda _: (transcribed(), WithdrawTranscription(year=2024, proposal="copy"), MAY)
    ),
    "confirm-transcription": row(
        (K, H),
        lambda _: (
            transcribed(),
            ConfirmTranscription(
                year=2024,
                proposal="copy",
                digest=proposal_digest(transcribed().state(CYCLE, 2024).proposed["copy"][0]),
            ),
            MAY,
        ),
    ),
    # RRF data: coordinator; interests: each signer their own
    "record-measure": row((K,), lambda _: (AGREED, MEASURED, JUNE)),
    "link-item-to-measure": row((K,), lambda _: (measured(AGREED), LINK, JUNE)),
    "record-verification-summary": row((K,), lambda _: (linked(AGREED), SUMMARY, JUNE)),
    "record-recipients": row((K,), lambda _: (measured(AGREED), RECIPIENTS, JUNE)),
    "record-retention": row((K,), lambda _: (measured(AGREED), RETENTION, JUNE)),
    "declare-interest": row((D, H), lambda _: (measured(AGREED), CONFLICT, JUNE), s=(D, H), in_unit=False),
    # OpenEngagement: head; RaiseFinding, CloseFinding: auditor
    "open-engagement": row((H,), lambda _: (AGREED, OPEN, JUNE)),
    "close-engagement": row((X, H), lambda _: (audited_by_tester(), CloseEngagement(engagement="eca-2025"), JUNE)),
    "raise-finding": row((X,), lambda _: (audited_by_tester(), RAISE, JUNE)),
    "close-finding": row((X,), lambda _: (found_by_tester().after(ANSWER, by="olga", at=JUNE), CLOSE_FINDING, JUNE)),
    "answer-finding": row((O, H, K), lambda _: (found_by_tester(), ANSWER, JUNE), s=(O, H, K)),
    "answer-finding, on the agency": row(
        (H, K), lambda _: (audited_by_tester().after(WHOLE, by="aino", at=JUNE), ANSWER, JUNE), s=(H, K)
    ),
    # Erase, LegalHold: administrator ● proposes, head ●4 confirms
    "propose-erasure": row((Z,), lambda _: (told(), ERASE, JUNE)),
    "withdraw-erasure-proposal": row(
        (Z,), lambda _: (told().after(ERASE, by="anna", at=JUNE), WithdrawErasureProposal(erasure="e1"), JUNE)
    ),
    "confirm-erasure": row((H,), lambda _: ((world := told().after(ERASE, by="anna", at=JUNE)), confirm(world), JUNE)),
    "propose-legal-hold": row((Z,), lambda _: (AGREED, HOLD, JUNE)),
    "withdraw-legal-hold-proposal": row(
        (Z,), lambda _: (AGREED.after(HOLD, by="anna", at=JUNE), WithdrawLegalHoldProposal(hold="h1"), JUNE)
    ),
    "confirm-legal-hold": row((H,), lambda _: (AGREED.after(HOLD, by="anna", at=JUNE), confirm_hold(), JUNE)),
    "propose-legal-hold-lift": row((Z,), lambda _: (held(AGREED), LIFT, JUNE)),
    "withdraw-legal-hold-lift": row(
        (Z,), lambda _: (held(AGREED).after(LIFT, by="anna", at=JUNE), WithdrawLegalHoldLift(hold="h1"), JUNE)
    ),
    "confirm-legal-hold-lift": row((H,), lambda _: (held(AGREED).after(LIFT, by="anna", at=JUNE), CONFIRM_LIFT, JUNE)),
}
SLOT_HOLDERS_ONLY = {"sign-agreement", "decline-signature"}
"""What no role gives; test_signing_the_agreement.py has who may."""
SYSTEM_ONLY = {
    "open-cycle",
    "pass-cycle-deadline",
    "close-cycle",
    "open-round",
    "pass-deadline",
    "escalate-step",
    "withdraw-items",
    "close-round",
    "open-assessment",
    "expire-agreement",
    "issue-reminder",
    "record-mail-delivered",
    "record-mail-failed",
    "attest-view",
    "record-look",
}
OPERATOR_ONLY = {"open-ledger", "advance-demo-clock", "record-operation", "introduce-seal-key"}
NOT_THEIRS = {"not-permitted", "not-escalated"}
NOT_AS_SUBSTITUTE = {"no-substitute-for-this", "substitution-out-of-scope", "not-escalated"}


def attempt(name: str, role: Role, unit: UnitId = DIGI, *, as_substitute: bool = False) -> Decision:
    """The command of a row by one who holds that role alone, or by their substitute."""
    world, command, at = MATRIX[name].case(role)
    held = confirmed(grant(TESTER, role, unit if role in IN_UNIT else None, "2023-01-01"))
    world = world.happened(registered(TESTER), held, at=at)
    if not as_substitute:
        return world.when(command, by=TESTER, at=at)
    stands_in = replace(appointed(role), substitution="stands-in", substitute=PersonId("sulo"), unit=None)
    return world.happened(stands_in, at=at).when(command, by=person("sulo", TESTER), at=at)


def test_the_table_has_every_command() -> None:
    named_here = {name.split(",")[0] for name in MATRIX}

    assert named_here | SLOT_HOLDERS_ONLY | SYSTEM_ONLY | OPERATOR_ONLY == set(COMMANDS)


@pytest.mark.parametrize("name", list(MATRIX))
@pytest.mark.parametrize("role", list(Role))
def test_who_may(name: str, role: Role) -> None:
    decided = attempt(name, role)

    if role not in MATRIX[name].may:
        assert decided.refusal is not None, decided.events
        assert decided.refusal.code in NOT_THEIRS
        return
    assert decided.refusal is None, decided.refusal
    assert decided.events
    assert decided.role is role


@pytest.mark.parametrize("name", list(MATRIX))
@pytest.mark.parametrize("role", list(Role))
def test_in_whose_place_a_substitute_may(name: str, role: Role) -> None:
    """Case 6."""
    decided = attempt(name, role, as_substitute=True)

    if role not in MATRIX[name].substitutes:
        assert decided.refusal is not None, decided.events
        assert decided.refusal.code in NOT_AS_SUBSTITUTE
        return
    assert decided.refusal is None, decided.refusal
    assert decided.events
    assert decided.role is role


@pytest.mark.parametrize(
    "name", [name for name, each in MATRIX.items() if set(each.may) & set(IN_UNIT) and each.in_unit]
)
@pytest.mark.parametrize("role", IN_UNIT)
def test_a_role_in_another_unit_gives_nothing(name: str, role: Role) -> None:
    decided = attempt(name, role, VANHA)

    assert decided.refusal is not None
    assert decided.refusal.code in NOT_THEIRS


@pytest.mark.parametrize("name", sorted(SYSTEM_ONLY | OPERATOR_ONLY))
def test_the_workflows_steps_and_the_operators_are_nobody_elses(name: str) -> None:
    command = system_command(name)

    for who in ("hanna", "kaisa", "anna", "olga"):
        decided = half_year_open().when(command, by=who, at=JUNE)
        decided.refused(
            "not-a-demo"
            if name == "advance-demo-clock"
            else "operator-only"
            if name in OPERATOR_ONLY
            else "system-only"
        )


def test_the_system_takes_no_persons_command() -> None:
    for actor in (SYSTEM, OPERATOR):
        half_year_open().when(IN_PROGRESS_GREEN, by=actor, at=JUNE).refused("people-only")


def test_the_agreements_rounds_are_those_of_this_table() -> None:
    assert {HALF, ANNUAL} == {"2024-half-year", "2024-annual"}
