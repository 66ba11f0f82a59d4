"""Who may read which event: one table by stream and type, for the trail and for files (docs/permissions.md).

What the table doesn't name, nobody may read.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from domain.calendar import day_of
from domain.cycle import FOLD as CYCLE
from domain.cycle import Stage as CycleStage
from domain.events.cycle import TranscriptionConfirmed
from domain.events.engagement import FindingRaised
from domain.events.erasure import DisclosuresErased
from domain.events.round import DeliveredToMinistry
from domain.late_completion import FOLD as SUBJECT
from domain.late_completion import Stage as LateStage
from domain.organisation import FOLD as ORGANISATION
from domain.organisation import Organisation
from domain.values import Role, SubjectId, UnitId
from domain.view import View, fact_of
from services.api.parts import Parts
from services.api.reading import INSIDE, MINISTRY, Reader

_OF_SUBJECTS = frozenset({"assessment", "deviation", "item", "subject"})
_TELLING = frozenset({DeliveredToMinistry.type, FindingRaised.type, TranscriptionConfirmed.type})
_STATED = frozenset({CycleStage.STATED, CycleStage.CLOSED})


class Sight(IntEnum):
    """How much of an event somebody may read."""

    NOTHING = 0
    BARE = 1
    """That it happened: who, when, by which command; nothing of its contents."""
    STATE = 2
    """Its fields, and what it changed of the state, not of the contents."""
    WHOLE = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What the table asks of an event. `unit` is the one accountable, where there is one."""

    position: int
    stream: str
    type: str
    unit: str | None
    said: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What became of what events are about. By round: the `reports` delivered, and the last delivery's position.

    `found` says of each finding, by stream and id, which unit answers for it today; none: the agency as a whole.
    """

    stated: frozenset[int] = frozenset()
    transcribed: frozenset[tuple[str, str]] = frozenset()
    signed_late: frozenset[str] = frozenset()
    reports: Mapping[str, frozenset[int]] = field(default_factory=dict)
    delivered: Mapping[str, int] = field(default_factory=dict)
    found: Mapping[tuple[str, str], UnitId | None] = field(default_factory=dict)


Who = Callable[[Reader, Entry, Known], bool]


def holds(*roles: Role) -> Who:
    """Those with one of the roles, in whichever unit."""
    return lambda reader, _, __: reader.has(*roles)


def _either(*all_of: Who) -> Who:
    return lambda reader, entry, known: any(who(reader, entry, known) for who in all_of)


def _everybody(_: Reader, __: Entry, ___: Known) -> bool:
    """All with a role today; nobody else becomes a reader."""
    return True


def _nobody(_: Reader, __: Entry, ___: Known) -> bool:
    return False


def _unit(reader: Reader, entry: Entry, _: Known) -> bool:
    """The unit's contributors, owners and directors; the head."""
    return reader.has(Role.HEAD) or (entry.unit is not None and reader.may_read_draft(UnitId(entry.unit)))


def _stated(_: Reader, entry: Entry, known: Known) -> bool:
    return int(entry.stream.split("/")[1]) in known.stated


def _signed_late(_: Reader, entry: Entry, known: Known) -> bool:
    return entry.stream.removeprefix("subject/") in known.signed_late


def _transcribed(_: Reader, entry: Entry, known: Known) -> bool:
    return (entry.stream, entry.said["proposal"]) in known.transcribed


def _report_delivered(_: Reader, entry: Entry, known: Known) -> bool:
    return entry.said["report"] in known.reports.get(entry.stream, ())


def _delivered_since(_: Reader, entry: Entry, known: Known) -> bool:
    return entry.position < known.delivered.get(entry.stream, 0)


def _no_unit(_: Reader, entry: Entry, __: Known) -> bool:
    return entry.said.get("unit") is None


def _in_engagement(reader: Reader, entry: Entry, _: Known) -> bool:
    """The auditors of the engagement that a finding belongs to, while it is in force."""
    return entry.stream.removeprefix("engagement/") in reader.looks.engaged


def _found_in_unit(reader: Reader, entry: Entry, known: Known) -> bool:
    """Those of the unit that answers for a finding."""
    unit = known.found.get((entry.stream, entry.said["finding"]))
    return unit is not None and reader.may_read_draft(unit)


def _themselves(reader: Reader, entry: Entry, _: Known) -> bool:
    return bool(entry.said["person"] == reader.person)


_ADMINISTRATORS = holds(Role.ADMINISTRATOR)
_COORDINATORS = holds(Role.COORDINATOR)
_LEADING = holds(Role.COORDINATOR, Role.HEAD)
_INSIDE = holds(*INSIDE)
_OVERSEEING = holds(Role.COORDINATOR, Role.HEAD, Role.AUDITOR)
_KEEPING = holds(Role.ADMINISTRATOR, Role.HEAD)
_FOLLOWING = _either(_unit, _COORDINATORS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Who reads how much. `secret`: fields that only some of them read."""

    whole: Who = _nobody
    state: Who = _nobody
    bare: Who = _nobody
    secret: Mapping[str, Who] = field(default_factory=dict)


def _all(names: str, rule: Rule) -> dict[str, Rule]:
    return dict.fromkeys(names.split(), rule)


_OPEN = Rule(whole=_everybody)
_DRAFT = Rule(whole=_unit, bare=_COORDINATORS)
_STEP = Rule(whole=_unit, state=_COORDINATORS)
_LEADERS = Rule(whole=_LEADING, bare=_INSIDE)

RULES: Mapping[str, Mapping[str, Rule]] = {
    "organisation": {
        **_all(
            "ledger-opened unit-registered unit-renamed unit-succeeded account-closed role-proposed role-confirmed "
            "role-proposal-withdrawn substitute-appointed substitution-ended setting-proposed setting-confirmed "
            "setting-proposal-withdrawn agreement-in-force",
            _OPEN,
        ),
        **_all(
            "person-registered person-changed",
            Rule(whole=_everybody, secret={"contact": _ADMINISTRATORS, "login": _ADMINISTRATORS}),
        ),
    },
    "clock": {"demo-clock-advanced": _OPEN},
    "agreement": _all(
        "agreement-drafted part-defined goal-group-defined target-defined milestone-defined indicator-table-defined "
        "indicator-defined sent-for-signature agreement-signed signature-declined draft-recalled "
        "external-signature-proposed external-signature-recorded external-signature-withdrawn agreement-superseded "
        "agreement-expired",
        _OPEN,
    ),
    "round": {
        **_all("round-opened round-scope-fixed delivered-to-ministry delivery-returned round-closed", _OPEN),
        "deadline-passed": Rule(whole=_either(_no_unit, _FOLLOWING)),
        "step-escalated": Rule(whole=_FOLLOWING),
        **_all("deadline-extended supplement-opened", Rule(whole=_either(_INSIDE, _delivered_since))),
        **_all(
            "agency-report-compiled agency-report-approved",
            Rule(whole=_either(_LEADING, _report_delivered), bare=_INSIDE),
        ),
        "agency-report-returned": _LEADERS,
    },
    "item": {
        **_all(
            "milestone-status-reported outturn-reported target-reported evidence-attached evidence-revised "
            "evidence-detached",
            _DRAFT,
        ),
        **_all(
            "item-submitted item-recalled item-endorsed item-signed-off item-returned sign-off-revoked "
            "correction-started correction-abandoned item-withdrawn item-reassigned",
            _STEP,
        ),
        "item-delivered": Rule(whole=_unit, state=_everybody),
    },
    "deviation": _all(
        "deviation-opened deviation-updated deviation-closure-proposed action-reported action-returned "
        "deviation-closed",
        _DRAFT,
    ),
    "subject": {
        **_all(
            "late-completion-recorded late-completion-signed-off",
            Rule(whole=_either(_unit, _signed_late), bare=_COORDINATORS),
        ),
        "late-completion-returned": _DRAFT,
        **_all("rrf-item-linked rrf-verification-summary-recorded", Rule(whole=_INSIDE)),
    },
    "rrf": {
        **_all("rrf-measure-recorded rrf-retention-recorded", _OPEN),
        "rrf-recipients-recorded": _LEADERS,
        "rrf-interest-declared": Rule(whole=_either(_LEADING, _themselves), bare=_INSIDE),
    },
    "engagements": _all("engagement-opened engagement-closed", Rule(whole=_OVERSEEING, bare=_INSIDE)),
    "engagement": _all(
        "finding-raised finding-answered finding-closed",
        Rule(whole=_either(_LEADING, _in_engagement, _found_in_unit), bare=_INSIDE),
    ),
    "erasure": _all(
        "erasure-proposed erasure-confirmed erasure-proposal-withdrawn", Rule(whole=_KEEPING, bare=_OVERSEEING)
    ),
    "holds": _all(
        "legal-hold-proposed legal-hold-confirmed legal-hold-proposal-withdrawn legal-hold-lift-proposed "
        "legal-hold-lifted legal-hold-lift-proposal-withdrawn",
        Rule(whole=_KEEPING, bare=_OVERSEEING),
    ),
    "attestation": {"view-attested": _OPEN},
    "installation": _all("operation-recorded seal-key-introduced", Rule(whole=_either(_OVERSEEING, _ADMINISTRATORS))),
    "look": {"look-recorded": Rule(whole=_KEEPING)},
    "cycle": {
        **_all(
            "cycle-opened final-accounts-approval-recorded final-accounts-approval-corrected cycle-deadline-passed "
            "assessment-opened statement-issued statement-corrected transcription-confirmed response-attached "
            "published cycle-closed",
            _OPEN,
        ),
        "transcription-proposed": Rule(whole=_either(_LEADING, _transcribed)),
        "transcription-withdrawn": Rule(whole=_LEADING),
    },
    "assessment": _all(
        "target-assessed indicator-assessed milestone-commented", Rule(whole=_either(holds(*MINISTRY), _stated))
    ),
    "process": {
        "reminder-issued": Rule(whole=_either(_OVERSEEING, _themselves)),
        **_all("mail-delivered mail-failed", Rule(whole=_OVERSEEING)),
    },
}
"""By the first part of the stream's name, then by type."""

NOBODYS = Rule()


def rule_of(entry: Entry) -> Rule:
    """The rule for an event."""
    if entry.type == DisclosuresErased.type:
        # In whichever stream: that something is gone, and by which erasure.
        return _OPEN
    return RULES.get(entry.stream.split("/")[0], {}).get(entry.type, NOBODYS)


def sight(reader: Reader, entry: Entry, known: Known) -> Sight:
    """How much of an event a reader may read; without the fields that `hidden` names."""
    rule = rule_of(entry)
    if rule is not NOBODYS and reader.looks.covers(subject_of(entry.stream)):
        return Sight.WHOLE
    for who, found in ((rule.whole, Sight.WHOLE), (rule.state, Sight.STATE), (rule.bare, Sight.BARE)):
        if who(reader, entry, known):
            return found
    return Sight.NOTHING


def subject_of(stream: str) -> SubjectId | None:
    """The subject that a stream's events are about: what an engagement may be limited to."""
    kind, _, rest = stream.partition("/")
    return SubjectId(rest.rpartition("/")[2]) if kind in _OF_SUBJECTS else None


def hidden(reader: Reader, entry: Entry, known: Known) -> frozenset[str]:
    """The fields that the reader may not read all the same."""
    return frozenset(name for name, who in rule_of(entry).secret.items() if not who(reader, entry, known))


async def known_of(parts: Parts, ledger: str, entries: Iterable[Entry]) -> Known:
    """What the table needs to know for these events."""
    streams = {each.stream for each in entries}
    years = sorted({int(each.split("/")[1]) for each in streams if each.startswith("assessment/")})
    subjects = sorted(each.removeprefix("subject/") for each in streams if each.startswith("subject/"))

    def question(view: View) -> tuple[frozenset[int], frozenset[str]]:
        cycles = view.get_all(CYCLE, [(year,) for year in years])
        late = view.get_all(SUBJECT, [(each,) for each in subjects])
        return (
            frozenset(year for year, state in zip(years, cycles, strict=True) if state.stage in _STATED),
            frozenset(each for each, state in zip(subjects, late, strict=True) if state.late is LateStage.SIGNED_OFF),
        )

    stated, signed_late = await parts.handler.read(ledger, question) if years or subjects else ((), ())
    reports: dict[str, set[int]] = {}
    delivered: dict[str, int] = {}
    transcribed: set[tuple[str, str]] = set()
    found: dict[tuple[str, str], UnitId | None] = {}
    followed = {each: 0 for each in streams if each.startswith(("round/", "cycle/", "engagement/"))}
    for row in await parts.store.read_streams(ledger, followed) if followed else ():
        if row.type not in _TELLING:
            continue
        match fact_of(row).event:
            case DeliveredToMinistry() as event:
                reports.setdefault(row.stream, set()).add(event.report)
                delivered[row.stream] = row.position
            case TranscriptionConfirmed() as event:
                transcribed.add((row.stream, event.proposal))
            case FindingRaised() as event:
                found[row.stream, event.finding] = event.unit
            case _:
                pass
    if any(found.values()):
        today = day_of(await parts.handler.now(ledger))
        organisation: Organisation = await parts.handler.read(ledger, lambda view: view.get(ORGANISATION))
        found = {
            key: None if unit is None else organisation.successor(unit, today, today) for key, unit in found.items()
        }
    return Known(
        stated=frozenset(stated),
        signed_late=frozenset(signed_late),
        transcribed=frozenset(transcribed),
        reports={stream: frozenset(each) for stream, each in reports.items()},
        delivered=delivered,
        found=found,
    )
