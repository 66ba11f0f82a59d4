"""Agreements as the log has them: what each version defines, who was to sign, who did, and which one binds a year."""

from dataclasses import dataclass, field

from domain.controls.entry import Entry
from domain.events.agreement import (
    AgreementDrafted,
    AgreementEvent,
    AgreementSigned,
    DraftRecalled,
    ExternalSignatureProposed,
    ExternalSignatureRecorded,
    IndicatorDefined,
    MilestoneDefined,
    SentForSignature,
    SignatureDeclined,
    TargetDefined,
)
from domain.events.organisation import AgreementInForce


@dataclass(slots=True)
class Version:
    """One version."""

    drafted: AgreementDrafted | None = None
    targets: set[str] = field(default_factory=set)
    milestones: dict[str, MilestoneDefined] = field(default_factory=dict)
    indicators: dict[str, IndicatorDefined] = field(default_factory=dict)
    sent: SentForSignature | None = None
    sent_at: int = 0
    signed: dict[str, tuple[str, int]] = field(default_factory=dict)
    proposed: dict[str, tuple[tuple[str, ...], int]] = field(default_factory=dict)
    in_force_at: int = 0

    def binding(self, year: int, *, annual: bool) -> set[str]:
        """All that is to be reported on a year: its milestones, their targets, the indicators of the round."""
        milestones = {each.milestone: each.target for each in self.milestones.values() if each.year == year}
        indicators = {each.indicator for each in self.indicators.values() if annual or each.frequency == "half-year"}
        return {*milestones, *milestones.values(), *indicators}


@dataclass(slots=True)
class Agreements:
    """All versions; `binding` names the last one in force for a year."""

    versions: dict[str, Version] = field(default_factory=dict)
    binding: dict[int, AgreementInForce] = field(default_factory=dict)

    def version(self, version: str) -> Version:
        """A version, new where nothing was said of it yet."""
        found = self.versions.get(version)
        if found is None:
            found = self.versions[version] = Version()
        return found

    def take(self, entry: Entry) -> None:
        """One event on."""
        event = entry.event
        if isinstance(event, AgreementInForce):
            self.binding[event.binding_year] = event
            self.version(event.version).in_force_at = entry.position
        elif isinstance(event, AgreementEvent):
            self._take(self.version(event.version), entry)

    @staticmethod
    def _take(state: Version, entry: Entry) -> None:
        match entry.event:
            case AgreementDrafted() as event:
                state.drafted = event
            case TargetDefined() as event:
                state.targets.add(event.target)
            case MilestoneDefined() as event:
                state.milestones[event.milestone] = event
            case IndicatorDefined() as event:
                state.indicators[event.indicator] = event
            case SentForSignature() as event:
                state.sent, state.sent_at = event, entry.position
                state.signed, state.proposed = {}, {}
            case AgreementSigned() as event:
                state.signed[event.slot] = (event.digest, entry.position)
            case ExternalSignatureProposed() as event:
                state.proposed[event.proposal] = (entry.people, entry.position)
            case ExternalSignatureRecorded() as event:
                state.signed[event.slot] = (event.digest, entry.position)
            case SignatureDeclined() | DraftRecalled():
                state.sent, state.signed = None, {}
            case _:
                pass
