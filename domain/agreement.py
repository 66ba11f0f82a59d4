"""One version of a performance agreement: imported as data, signed, in force, ended (R1, R2, R8; case 17).

State, evolve, import and end; what leads from the draft to the signatures stands in signing.py.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum

from domain.authority import require, require_system
from domain.calendar import end_of
from domain.errors import Refused, not_yet
from domain.events.agreement import (
    AgreementDrafted,
    AgreementExpired,
    AgreementSigned,
    AgreementSuperseded,
    DatePolicy,
    DraftRecalled,
    ExternalSignatureProposed,
    ExternalSignatureRecorded,
    ExternalSignatureWithdrawn,
    GoalGroupDefined,
    IndicatorDefined,
    IndicatorTableDefined,
    MilestoneDefined,
    PartDefined,
    SentForSignature,
    SignatureDeclined,
    Slot,
    TargetDefined,
)
from domain.events.codec import to_json
from domain.events.envelope import digest_of
from domain.events.event import Event
from domain.organisation import FOLD as ORGANISATION_FOLD
from domain.organisation import known_unit
from domain.values import (
    Digest,
    PersonId,
    RoundKind,
    SubjectId,
    UnitId,
    VersionId,
)
from domain.view import Act, Fact, Fold, View


class Stage(StrEnum):
    """Where a version stands."""

    ABSENT = "absent"
    DRAFT = "draft"
    SIGNING = "signing"
    IN_FORCE = "in-force"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """A version with all that it defines, and its signatures.

    `back` says why it is a draft again; `settled` what became of external signatures that were proposed.
    """

    stage: Stage = Stage.ABSENT
    drafted: AgreementDrafted | None = None
    parts: Mapping[str, PartDefined] = field(default_factory=dict)
    groups: Mapping[str, GoalGroupDefined] = field(default_factory=dict)
    targets: Mapping[SubjectId, TargetDefined] = field(default_factory=dict)
    milestones: Mapping[SubjectId, MilestoneDefined] = field(default_factory=dict)
    tables: Mapping[str, IndicatorTableDefined] = field(default_factory=dict)
    indicators: Mapping[SubjectId, IndicatorDefined] = field(default_factory=dict)
    sent: SentForSignature | None = None
    sent_at: datetime | None = None
    sent_position: int = 0
    signed: Mapping[str, PersonId] = field(default_factory=dict)
    back: SignatureDeclined | DraftRecalled | None = None
    settled: Mapping[str, ExternalSignatureRecorded | ExternalSignatureWithdrawn] = field(default_factory=dict)
    proposed: Mapping[str, tuple[ExternalSignatureProposed, PersonId]] = field(default_factory=dict)

    @property
    def missing(self) -> tuple[Slot, ...]:
        """The slots that nobody signed yet (case 17)."""
        return () if self.sent is None else tuple(slot for slot in self.sent.slots if slot.id not in self.signed)

    def policy(self, kind: str) -> DatePolicy:
        """A date policy of this version. Raises `Refused` where the file has none."""
        policies = () if self.drafted is None else self.drafted.policies
        for each in policies:
            if each.kind == kind:
                return each
        raise Refused("no-policy", f"The agreement has no date policy {kind!r}.", mend="Add it in a new version.")

    def contributors(self, subject: SubjectId) -> tuple[UnitId, ...]:
        """The units that help with a subject beside the accountable one."""
        found = self.milestones.get(subject) or self.targets.get(subject) or self.indicators.get(subject)
        return () if found is None else found.contributors

    def milestones_of(self, target: SubjectId, year: int) -> tuple[MilestoneDefined, ...]:
        """A target's milestones of one year."""
        return tuple(each for each in self.milestones.values() if each.target == target and each.year == year)


def evolve(state: Agreement, fact: Fact) -> Agreement:
    """The version one event later."""
    match fact.event:
        case AgreementDrafted() as event:
            return replace(state, stage=Stage.DRAFT, drafted=event)
        case PartDefined() as event:
            return replace(state, parts={**state.parts, event.part: event})
        case GoalGroupDefined() as event:
            return replace(state, groups={**state.groups, event.group: event})
        case TargetDefined() as event:
            return replace(state, targets={**state.targets, event.target: event})
        case MilestoneDefined() as event:
            return replace(state, milestones={**state.milestones, event.milestone: event})
        case IndicatorTableDefined() as event:
            return replace(state, tables={**state.tables, event.table: event})
        case IndicatorDefined() as event:
            return replace(state, indicators={**state.indicators, event.indicator: event})
        case SentForSignature() as event:
            return replace(
                state,
                stage=Stage.SIGNING,
                sent=event,
                sent_at=fact.at,
                sent_position=fact.position,
                signed={},
                proposed={},
                back=None,
            )
        case AgreementSigned() as event:
            return _signed(state, event.slot, fact.by.id)
        case ExternalSignatureRecorded() as event:
            holder = next(slot.person for slot in state.sent.slots if slot.id == event.slot) if state.sent else None
            left = {key: value for key, value in state.proposed.items() if key != event.proposal}
            settled = {**state.settled, event.proposal: event}
            return _signed(replace(state, proposed=left, settled=settled), event.slot, holder or fact.by.id)
        case ExternalSignatureProposed() as event:
            return replace(state, proposed={**state.proposed, event.proposal: (event, fact.by.id)})
        case ExternalSignatureWithdrawn() as event:
            left = {key: value for key, value in state.proposed.items() if key != event.proposal}
            return replace(state, proposed=left, settled={**state.settled, event.proposal: event})
        case SignatureDeclined() | DraftRecalled() as event:
            return replace(state, stage=Stage.DRAFT, sent=None, signed={}, proposed={}, back=event)
        case AgreementSuperseded() | AgreementExpired():
            return replace(state, stage=Stage.ENDED)
        case _:
            return state


def _signed(state: Agreement, slot: str, person: PersonId) -> Agreement:
    signed = replace(state, signed={**state.signed, slot: person})
    return signed if signed.missing else replace(signed, stage=Stage.IN_FORCE)


FOLD = Fold("agreement/{}", Agreement, evolve)
OPERATORS = frozenset({"<", "<=", ">", ">="})


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportAgreement:
    """Record a version of the agreement as a draft, whole or not at all. The records are what the events will say."""

    version: VersionId
    drafted: AgreementDrafted
    parts: tuple[PartDefined, ...]
    groups: tuple[GoalGroupDefined, ...]
    targets: tuple[TargetDefined, ...]
    milestones: tuple[MilestoneDefined, ...]
    tables: tuple[IndicatorTableDefined, ...]
    indicators: tuple[IndicatorDefined, ...]


def import_agreement(view: View, act: Act, command: ImportAgreement) -> tuple[Event, ...]:
    """Errors: `version-exists`, `duplicate-id`, `dangling-reference`, `unknown-unit`, `year-outside-term`,
    `malformed-frequency`, `malformed-level`.
    """
    require(view, act, "import-agreement")
    organisation = view.get(ORGANISATION_FOLD)
    state = view.get(FOLD, command.version)
    events: tuple[Event, ...] = (
        command.drafted,
        *command.parts,
        *command.groups,
        *command.targets,
        *command.milestones,
        *command.tables,
        *command.indicators,
    )
    if state.stage is not Stage.ABSENT:
        if content_digest(state) == digest_of([to_json(event) for event in events]):
            return ()
        raise Refused(
            "version-exists", f"The version {command.version} is recorded already.", mend="Take the next number."
        )
    if any(event.stream != FOLD.stream(command.version) for event in events):
        raise Refused("dangling-reference", "A record names another version.", field="version")
    _unique([each.part for each in command.parts], "parts")
    _unique([each.group for each in command.groups], "groups")
    _unique([each.table for each in command.tables], "tables")
    subjects = [each.target for each in command.targets] + [each.milestone for each in command.milestones]
    _unique(subjects + [each.indicator for each in command.indicators], "subjects")
    parts = [*(each.part for each in command.groups), *(each.part for each in command.targets)]
    _resolves([*parts, *(each.part for each in command.tables)], command.parts, "part")
    _resolves((each.group for each in command.targets if each.group is not None), command.groups, "group")
    _resolves((each.target for each in command.milestones), command.targets, "target")
    _resolves((each.table for each in command.indicators), command.tables, "table")
    units = {each.lead_unit for each in command.targets} | {each.unit for each in command.milestones}
    units |= {each.unit for each in command.indicators}
    units |= {unit for target in command.targets for unit in target.contributors}
    units |= {unit for milestone in command.milestones for unit in milestone.contributors}
    for unit in units | {unit for indicator in command.indicators for unit in indicator.contributors}:
        known_unit(organisation, unit)
    for each in command.milestones:
        if not command.drafted.first_year <= each.year <= command.drafted.last_year:
            raise Refused(
                "year-outside-term", f"{each.milestone} is of {each.year}, outside the term.", field="milestones"
            )
        _unique([entry.id for entry in each.checklist], "milestones.checklist")
    for indicator in command.indicators:
        _assessable(indicator, command.drafted)
    return events


def content_digest(state: Agreement) -> Digest:
    """The digest of all that the version defines."""
    groups: tuple[Iterable[Event], ...] = (
        state.parts.values(),
        state.groups.values(),
        state.targets.values(),
        state.milestones.values(),
        state.tables.values(),
        state.indicators.values(),
    )
    return digest_of([to_json(state.drafted), *(to_json(event) for group in groups for event in group)])


def _unique(ids: Sequence[str], what: str) -> None:
    doubled = [key for key, count in Counter(ids).items() if count > 1]
    if doubled:
        raise Refused(
            "duplicate-id", f"{doubled[0]!r} stands twice.", field=what, mend="Each id names one thing for ever."
        )


def _assessable(indicator: IndicatorDefined, drafted: AgreementDrafted) -> None:
    """An indicator that a round can report and a level can be compared with: nothing here is put right later."""
    name = indicator.indicator
    if indicator.frequency not in tuple(RoundKind):
        raise Refused("malformed-frequency", f"{name} is reported half-yearly or annually.", field="indicators")
    if any(level.operator not in OPERATORS for level in indicator.levels):
        raise Refused("malformed-level", f"A level of {name} begins with <, <=, > or >=.", field="indicators")
    if sorted(level.year for level in indicator.levels) != [*range(drafted.first_year, drafted.last_year + 1)]:
        raise Refused("malformed-level", f"{name} has one level for each year of the term.", field="indicators")


def _resolves(named: Iterable[str], defined: Iterable[Event], what: str) -> None:
    known = {getattr(each, what) for each in defined}
    for each in named:
        if each not in known:
            raise Refused("dangling-reference", f"There is no {what} {each!r}.", field=what)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpireAgreement:
    """The term ended: a step of the system."""

    version: VersionId


def expire_agreement(view: View, act: Act, command: ExpireAgreement) -> tuple[Event, ...]:
    """Errors: `system-only`, `not-yet`."""
    require_system(act, "expire-agreement")
    state = view.get(FOLD, command.version)
    if state.stage is not Stage.IN_FORCE or state.drafted is None:
        return ()
    if act.at < end_of(date(state.drafted.last_year, 12, 31)):
        raise not_yet(f"the term runs to the end of {state.drafted.last_year}")
    return (AgreementExpired(version=command.version),)
