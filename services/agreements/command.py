"""From a checked agreement file to what the domain records of it."""

from hashlib import sha256

from domain.agreement import ImportAgreement
from domain.canonical import canonical
from domain.events.agreement import (
    AgreementDrafted,
    ChecklistEntry,
    DatePolicy,
    GoalGroupDefined,
    IndicatorDefined,
    IndicatorLevel,
    IndicatorTableDefined,
    MilestoneDefined,
    NamedAnnex,
    PartDefined,
    PastOutturn,
    Slot,
    TargetDefined,
)
from domain.events.organisation import UnitRegistered
from domain.values import Date, Decimal, Digest, SubjectId, Title, UnitId, VersionId, Words
from services.agreements.format import (
    AgreementFile,
    IndicatorRecord,
    LongThreeLanguages,
    MilestoneRecord,
    TableRecord,
    TargetRecord,
    ThreeLanguages,
)


class VersionDiffers(ValueError):
    """The version that was asked for is not the one that the file names."""


def import_command(file: AgreementFile, version: VersionId, digest: Digest) -> ImportAgreement:
    """The command that records the file as a draft of `version`. Raises `VersionDiffers`.

    `digest` is `fingerprint` of the file's bytes.

    Titles and words hold their text, as at every edge; the signature slots hold positions and no people.
    """
    if version != file.version:
        raise VersionDiffers(f"the file is {file.version}, not {version}")
    sections = {part.id: part.section for part in file.parts}
    return ImportAgreement(
        version=version,
        drafted=_drafted(file, version, digest),
        parts=tuple(
            PartDefined(version=version, part=part.id, section=part.section, title=title(part.title))
            for part in file.parts
        ),
        groups=tuple(
            GoalGroupDefined(
                version=version,
                group=group.id,
                part=group.part,
                section=group.section or sections[group.part],
                title=title(group.title),
            )
            for group in file.groups
        ),
        targets=tuple(_target(target, version, target.section or sections[target.part]) for target in file.targets),
        milestones=tuple(
            _milestone(milestone, target, version, milestone.section or target.section or sections[target.part])
            for target in file.targets
            for milestone in target.milestones
        ),
        tables=tuple(
            IndicatorTableDefined(
                version=version,
                table=table.id,
                part=table.part,
                section=table.section or sections[table.part],
                title=title(table.title),
            )
            for table in file.tables
        ),
        indicators=tuple(
            _indicator(indicator, table, version, indicator.section or table.section or sections[table.part])
            for table in file.tables
            for indicator in table.indicators
        ),
    )


def fingerprint(content: bytes) -> Digest:
    """SHA-256 of a file's bytes: what the draft says it was imported from."""
    return Digest(sha256(content).hexdigest())


def units(file: AgreementFile) -> tuple[UnitRegistered, ...]:
    """The units that the file assigns items to, as the organisation's set-up records them."""
    return tuple(
        UnitRegistered(unit=UnitId(unit.id), name=title(unit.name), valid_from=Date(unit.valid_from))
        for unit in file.units
    )


def title(languages: ThreeLanguages | LongThreeLanguages) -> Title:
    """A title as it is at the edge: canonical JSON of its three languages."""
    return Title(canonical({"en": languages.en, "fi": languages.fi, "sv": languages.sv}).decode())


def _drafted(file: AgreementFile, version: VersionId, digest: Digest) -> AgreementDrafted:
    return AgreementDrafted(
        version=version,
        agreement=file.agreement,
        number=file.number,
        agency=file.agency,
        ministry=file.ministry,
        title=title(file.title),
        first_year=file.first_year,
        last_year=file.last_year,
        binding_year=file.binding_year,
        annexes=tuple(NamedAnnex(id=annex.id, title=title(annex.title)) for annex in file.annexes),
        slots=tuple(
            Slot(id=slot.id, party=slot.party, position=title(slot.position), person=None) for slot in file.slots
        ),
        policies=tuple(
            DatePolicy(
                kind=policy.kind,
                month=policy.month,
                day=policy.day,
                years_after=policy.years_after,
                offset_days=policy.offset_days,
                rolls=policy.rolls,
                source=policy.source,
                assumption=policy.assumption,
            )
            for policy in file.policies
        ),
        source=Words(file.source),
        file=digest,
    )


def _target(target: TargetRecord, version: VersionId, section: str) -> TargetDefined:
    return TargetDefined(
        version=version,
        target=SubjectId(target.id),
        part=target.part,
        group=target.group,
        section=section,
        title=title(target.title),
        lead_unit=UnitId(target.lead_unit),
        contributors=tuple(map(UnitId, target.contributors)),
        assumptions=target.assumptions,
    )


def _milestone(milestone: MilestoneRecord, target: TargetRecord, version: VersionId, section: str) -> MilestoneDefined:
    return MilestoneDefined(
        version=version,
        milestone=SubjectId(milestone.id),
        target=SubjectId(target.id),
        year=milestone.year,
        section=section,
        title=title(milestone.title),
        unit=UnitId(milestone.unit),
        contributors=tuple(map(UnitId, milestone.contributors)),
        due_by=Date(milestone.due_by) if milestone.due_by is not None else None,
        conditional=milestone.conditional,
        checklist=tuple(ChecklistEntry(id=entry.id, title=title(entry.title)) for entry in milestone.checklist),
        continues=SubjectId(milestone.continues) if milestone.continues is not None else None,
        assumptions=milestone.assumptions,
    )


def _indicator(indicator: IndicatorRecord, table: TableRecord, version: VersionId, section: str) -> IndicatorDefined:
    return IndicatorDefined(
        version=version,
        indicator=SubjectId(indicator.id),
        table=table.id,
        section=section,
        title=title(indicator.title),
        note=title(indicator.note) if indicator.note is not None else None,
        unit=UnitId(indicator.unit),
        contributors=tuple(map(UnitId, indicator.contributors)),
        measure=indicator.measure,
        frequency=indicator.frequency,
        outturns=tuple(
            PastOutturn(
                year=outturn.year,
                value=Decimal(outturn.value) if outturn.value is not None else None,
                provisional=outturn.provisional,
            )
            for outturn in sorted(indicator.outturns, key=lambda each: each.year)
        ),
        levels=tuple(
            IndicatorLevel(
                year=level.year,
                operator=level.operator,
                value=Decimal(level.value) if level.value is not None else None,
                binding=level.binding,
                mark=level.mark,
            )
            for level in sorted(indicator.levels, key=lambda each: each.year)
        ),
        assumptions=indicator.assumptions,
    )
