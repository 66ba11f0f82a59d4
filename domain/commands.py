"""Every command by its name, and how it is decided. Before a person's command, the steps of the system that are due."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from domain import (
    access,
    agency_report,
    agreement,
    approval,
    assessment,
    attestation,
    clock,
    cycle,
    deviation,
    engagement,
    erasure,
    evidence,
    extension,
    finding,
    hold,
    late_completion,
    mail,
    planner,
    publication,
    report,
    roles,
    round_steps,
    rrf,
    rrf_link,
    setting_change,
    signing,
    staffing,
    statement,
    substitution,
    succession,
    supplement,
    transcription,
    withdrawal,
)
from domain.assessment import AssessIndicator, AssessTarget, CommentMilestone, OpenAssessment
from domain.authority import may
from domain.calendar import day_of, start_of
from domain.cycle import FOLD as CYCLE
from domain.cycle import OpenCycle, RecordFinalAccountsApproval
from domain.cycle import Stage as CycleStage
from domain.errors import Refused
from domain.events.disclosed import commitments
from domain.events.event import Event
from domain.item import FOLD as ITEM
from domain.item import accountable
from domain.organisation import FOLD as ORGANISATION
from domain.round import FOLD as ROUND
from domain.round import Stage as RoundStage
from domain.round import parse_round
from domain.round_steps import EscalateStep, OpenRound, escalations, opens_at
from domain.sound import sound
from domain.statement import IssueStatement
from domain.supplement import OpenSupplement
from domain.transcription import ConfirmTranscription, ProposeTranscription
from domain.values import SYSTEM, ActorKind, Date
from domain.view import Act, View
from domain.withdrawal import WithdrawItems, withdrawals

Decide = Callable[[View, Act, Any], tuple[Event, ...]]


@dataclass(frozen=True, slots=True)
class Spec:
    """A command: its class, its decision, and whether only the system or the operator takes it."""

    kind: type
    decide: Decide
    by: ActorKind = ActorKind.PERSON


def _name(kind: type) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", kind.__name__).lower()


_PERSONS: Mapping[type, Decide] = {
    staffing.RegisterUnit: staffing.register_unit,
    staffing.RenameUnit: staffing.rename_unit,
    succession.SucceedUnit: succession.succeed_unit,
    staffing.RegisterPerson: staffing.register_person,
    staffing.ChangePerson: staffing.change_person,
    staffing.CloseAccount: staffing.close_account,
    roles.ProposeRole: roles.propose_role,
    roles.ConfirmRole: roles.confirm_role,
    roles.WithdrawRoleProposal: roles.withdraw_role_proposal,
    substitution.AppointSubstitute: substitution.appoint_substitute,
    substitution.EndSubstitution: substitution.end_substitution,
    setting_change.ProposeSetting: setting_change.propose_setting,
    setting_change.ConfirmSetting: setting_change.confirm_setting,
    setting_change.WithdrawSettingProposal: setting_change.withdraw_setting_proposal,
    agreement.ImportAgreement: agreement.import_agreement,
    signing.SendForSignature: signing.send_for_signature,
    signing.SignAgreement: signing.sign_agreement,
    signing.DeclineSignature: signing.decline_signature,
    signing.RecallDraft: signing.recall_draft,
    signing.ProposeExternalSignature: signing.propose_external_signature,
    signing.ConfirmExternalSignature: signing.confirm_external_signature,
    signing.WithdrawExternalSignature: signing.withdraw_external_signature,
    report.ReportMilestone: report.report_milestone,
    report.ReportIndicator: report.report_indicator,
    report.ReportTarget: report.report_target,
    evidence.AttachEvidence: evidence.attach_evidence,
    evidence.ReviseEvidence: evidence.revise_evidence,
    evidence.DetachEvidence: evidence.detach_evidence,
    approval.SubmitItems: approval.submit_items,
    approval.RecallItems: approval.recall_items,
    approval.EndorseItems: approval.endorse_items,
    approval.SignOffItems: approval.sign_off_items,
    approval.ReturnItems: approval.return_items,
    approval.RevokeSignOff: approval.revoke_sign_off,
    succession.ReassignItem: succession.reassign_item,
    agency_report.CompileAgencyReport: agency_report.compile_agency_report,
    agency_report.ReturnAgencyReport: agency_report.return_agency_report,
    agency_report.ApproveAgencyReport: agency_report.approve_agency_report,
    agency_report.DeliverToMinistry: agency_report.deliver_to_ministry,
    supplement.ReturnDelivery: supplement.return_delivery,
    supplement.OpenSupplement: supplement.open_supplement,
    supplement.StartCorrection: supplement.start_correction,
    supplement.AbandonCorrection: supplement.abandon_correction,
    extension.ExtendDeadline: extension.extend_deadline,
    cycle.RecordFinalAccountsApproval: cycle.record_final_accounts_approval,
    cycle.CorrectFinalAccountsApproval: cycle.correct_final_accounts_approval,
    publication.Publish: publication.publish,
    cycle.AttachResponse: cycle.attach_response,
    assessment.AssessTarget: assessment.assess,
    assessment.AssessIndicator: assessment.assess,
    assessment.CommentMilestone: assessment.comment_milestone,
    statement.IssueStatement: statement.issue_statement,
    statement.CorrectStatement: statement.correct_statement,
    transcription.ProposeTranscription: transcription.propose_transcription,
    transcription.ConfirmTranscription: transcription.confirm_transcription,
    transcription.WithdrawTranscription: transcription.withdraw_transcription,
    deviation.ReportAction: deviation.report_action,
    deviation.ReturnAction: deviation.return_action,
    deviation.CloseDeviation: deviation.close_deviation,
    late_completion.RecordLateCompletion: late_completion.record_late_completion,
    late_completion.ReturnLateCompletion: late_completion.return_late_completion,
    late_completion.SignOffLateCompletion: late_completion.sign_off_late_completion,
    rrf.RecordMeasure: rrf.record_measure,
    rrf_link.LinkItemToMeasure: rrf_link.link_item_to_measure,
    rrf_link.RecordVerificationSummary: rrf_link.record_verification_summary,
    rrf.RecordRecipients: rrf.record_recipients,
    rrf.RecordRetention: rrf.record_retention,
    rrf.DeclareInterest: rrf.declare_interest,
    engagement.OpenEngagement: engagement.open_engagement,
    engagement.CloseEngagement: engagement.close_engagement,
    finding.RaiseFinding: finding.raise_finding,
    finding.AnswerFinding: finding.answer_finding,
    finding.CloseFinding: finding.close_finding,
    erasure.ProposeErasure: erasure.propose_erasure,
    erasure.ConfirmErasure: erasure.confirm_erasure,
    erasure.WithdrawErasureProposal: erasure.withdraw_erasure_proposal,
    hold.ProposeLegalHold: hold.propose_legal_hold,
    hold.ConfirmLegalHold: hold.confirm_legal_hold,
    hold.WithdrawLegalHoldProposal: hold.withdraw_legal_hold_proposal,
    hold.ProposeLegalHoldLift: hold.propose_legal_hold_lift,
    hold.ConfirmLegalHoldLift: hold.confirm_legal_hold_lift,
    hold.WithdrawLegalHoldLift: hold.withdraw_legal_hold_lift,
}

_SYSTEMS: Mapping[type, Decide] = {
    cycle.OpenCycle: cycle.open_cycle,
    cycle.PassCycleDeadline: cycle.pass_cycle_deadline,
    cycle.CloseCycle: cycle.close_cycle,
    round_steps.OpenRound: round_steps.open_round,
    round_steps.PassDeadline: round_steps.pass_deadline,
    withdrawal.WithdrawItems: withdrawal.withdraw_items,
    round_steps.EscalateStep: round_steps.escalate_step,
    round_steps.CloseRound: round_steps.close_round,
    assessment.OpenAssessment: assessment.open_assessment,
    agreement.ExpireAgreement: agreement.expire_agreement,
    planner.IssueReminder: planner.issue_reminder,
    mail.RecordMailDelivered: mail.record_mail_delivered,
    mail.RecordMailFailed: mail.record_mail_failed,
    attestation.AttestView: attestation.attest_view,
    access.RecordLook: access.record_look,
}

_OPERATORS: Mapping[type, Decide] = {
    staffing.OpenLedger: staffing.open_ledger,
    clock.AdvanceDemoClock: clock.advance_demo_clock,
    attestation.RecordOperation: attestation.record_operation,
    attestation.IntroduceSealKey: attestation.introduce_seal_key,
}

COMMANDS: Mapping[str, Spec] = {
    _name(kind): Spec(kind, decide, by)
    for group, by in ((_PERSONS, ActorKind.PERSON), (_SYSTEMS, ActorKind.SYSTEM), (_OPERATORS, ActorKind.OPERATOR))
    for kind, decide in group.items()
}
"""Every command by its wire name, `report-milestone`: what the API's addresses and the events' metadata say."""

NAMES: Mapping[type, str] = {spec.kind: name for name, spec in COMMANDS.items()}


def decide(view: View, act: Act, command: object) -> tuple[Event, ...]:
    """What a command makes happen; nothing if it has happened already. Raises `Refused` and `NotLoaded`."""
    sound(command)
    events = COMMANDS[NAMES[type(command)]].decide(view, act, command)
    for event in events:
        sound(event)
    return events


_ASSESSING = AssessTarget | AssessIndicator | CommentMilestone | IssueStatement | ProposeTranscription
"""What needs an open assessment."""


def prerequisites(view: View, act: Act, command: object) -> Iterator[object]:
    """The system's steps that are due and that a person's command needs: the person isn't kept waiting for them.

    Each is to be decided and applied to the view before the next is asked for.
    """
    if act.by.kind not in (ActorKind.PERSON, ActorKind.PROGRAM):
        return
    round_id = getattr(command, "round", None)
    if isinstance(round_id, str):
        yield from _opening(view, act, round_id)
        yield from _withdrawing(view, round_id, command)
        if isinstance(command, approval.SignOffItems):
            yield from _escalations(view, act, command)
    if isinstance(command, RecordFinalAccountsApproval):
        due = act.at >= start_of(Date(f"{command.year}-01-01"))
        planned = view.get(CYCLE, command.year).stage is CycleStage.PLANNED
        if due and planned and view.get(ORGANISATION).version_for(command.year) is not None:
            yield OpenCycle(year=command.year)
    if isinstance(command, _ASSESSING | ConfirmTranscription):
        yield from _withdrawing(view, f"{command.year}-annual", command)
    if isinstance(command, _ASSESSING):
        state = view.get(CYCLE, command.year)
        if state.stage is CycleStage.RUNNING and view.get(ROUND, f"{command.year}-annual").first_delivery is not None:
            yield OpenAssessment(year=command.year)


def _withdrawing(view: View, round_id: str, command: object) -> Iterator[object]:
    """What updates removed from a round; from a closed one only when it is opened again."""
    closed = view.get(ROUND, round_id).stage is RoundStage.CLOSED
    if (not closed or isinstance(command, OpenSupplement)) and withdrawals(view, round_id):
        yield WithdrawItems(round=round_id)


def _opening(view: View, act: Act, round_id: str) -> list[object]:
    year, _ = parse_round(round_id)
    if view.get(ROUND, round_id).stage is not RoundStage.PLANNED or view.get(ORGANISATION).version_for(year) is None:
        return []
    if act.at < opens_at(view, round_id):
        return []
    opened = view.get(CYCLE, year).stage is not CycleStage.PLANNED
    return [OpenRound(round=round_id)] if opened else [OpenCycle(year=year), OpenRound(round=round_id)]


def _escalations(view: View, act: Act, command: approval.SignOffItems) -> list[object]:
    state, day = view.get(ROUND, command.round), day_of(act.at)
    named = [each.subject for each in command.items if each.subject in state.scope]
    items = view.get_all(ITEM, [(command.round, subject) for subject in named])
    places = ((accountable(item, state.scope[each].unit, day), each) for each, item in zip(named, items, strict=True))
    units = {unit for unit, subject in places if not state.at_the_head(unit, subject)}
    organisation = view.get(ORGANISATION)
    return [
        EscalateStep(round=command.round, unit=unit)
        for unit in sorted(units)
        if not may(organisation, act, "sign-off-items", unit)
        and may(organisation, act, "sign-off-escalated-items")
        and escalations(view, command.round, unit, act.at)
    ]


def run(view: View, act: Act, command: object) -> tuple[tuple[Event, ...], tuple[Event, ...]]:
    """Decide a command: the system's events that it needed, then its own. Raises `Refused` and `NotLoaded`."""
    by_system: list[Event] = []
    for step in prerequisites(view, act, command):
        system = Act(by=SYSTEM, at=act.at)
        events = decide(view, system, step)
        view.apply(events, SYSTEM, act.at)
        by_system.extend(events)
    own = decide(view, act, command)
    _not_erased(view, own)
    return tuple(by_system), own


def _not_erased(view: View, events: Iterable[Event]) -> None:
    """Refuse to say again what was erased meanwhile: a proposal's words, say."""
    erased = view.erased()
    if erased and any(commitments(event) & erased for event in events):
        raise Refused(
            "words-erased", "Words of this were erased.", rule="case 20", mend="Withdraw it, and write it anew."
        )


__all__ = ["COMMANDS", "NAMES", "Refused", "Spec", "decide", "prerequisites", "run"]
