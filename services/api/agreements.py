"""A version of the agreement: its structure with titles, its slots and who has not signed, what a signature binds."""

from typing import Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from domain.agreement import FOLD as AGREEMENT
from domain.agreement import Agreement, Stage, content_digest
from domain.organisation import proposal_digest
from services.api.addresses import PREFIX, Ledger, Version
from services.api.bound import Proposal
from services.api.callers import Callers
from services.api.looks import Watched
from services.api.parts import Parts
from services.api.problems import READS, Refusal
from services.api.reading import readers
from services.opening import Opened

Shown = dict[str, Any]


class ShownAgreement(BaseModel):
    """A version with all that it defines. Titles are {fi, sv, en}."""

    model_config = ConfigDict(extra="forbid")

    version: str
    stage: Stage
    agreement: str
    number: int
    title: Shown | None
    first_year: int
    last_year: int
    binding_year: int
    digest: str | None = Field(description="What a signature binds to; null before it is sent for signature.")
    content_digest: str
    source: str | None = Field(description="The document that the version was taken from.")
    file: str = Field(description="SHA-256 of the imported file.")
    annexes: list[Shown] = Field(description="The annexes that are signed with it: `id` and `title`.")
    attached: list[Shown] = Field(description="The annexes' files, when it was sent for signature.")
    slots: list[Shown] = Field(description="Who signs where; `signed_by` is null while nobody did.")
    missing: list[str] = Field(description="The slots that nobody signed yet.")
    proposals: list[Proposal] = Field(description="Signatures made outside that wait for a second person.")
    parts: list[Shown]
    groups: list[Shown]
    targets: list[Shown]
    milestones: list[Shown]
    tables: list[Shown]
    indicators: list[Shown]
    policies: list[Shown]


class AgreementInList(BaseModel):
    """A version, and where it stands."""

    model_config = ConfigDict(extra="forbid")

    version: str
    stage: Stage
    number: int
    title: Shown | None
    first_year: int
    last_year: int
    binding_year: int
    missing: int = Field(description="How many slots nobody signed yet.")


class Agreements(BaseModel):
    """All versions, by their numbers."""

    model_config = ConfigDict(extra="forbid")

    agreements: list[AgreementInList]


def routes(parts: Parts, callers: Callers) -> APIRouter:
    """GET /{ledger}/agreements and /{ledger}/agreements/{version}."""
    router = APIRouter(tags=["reads"], prefix=PREFIX, route_class=Watched)
    reading = readers(parts, callers)

    @router.get(
        "/{ledger}/agreements", operation_id="list-agreements", responses=READS, dependencies=[Depends(reading)]
    )
    async def list_agreements(ledger: Ledger) -> Agreements:
        """Which versions there are, drafts among them, and where each stands."""
        names = [each.split("/")[1] for each in await parts.store.streams(ledger) if each.startswith("agreement/")]
        states: list[Agreement] = await parts.handler.read(
            ledger, lambda view: view.get_all(AGREEMENT, [(name,) for name in names])
        )
        opened = await Opened.of(parts.store, ledger, [each.drafted for each in states])
        found = [_in_list(each, opened) for each in states if each.drafted is not None]
        return Agreements(agreements=sorted(found, key=lambda each: (each.number, each.version)))

    @router.get(
        "/{ledger}/agreements/{version}",
        operation_id="read-agreement",
        responses=READS,
        dependencies=[Depends(reading)],
    )
    async def agreement(ledger: Ledger, version: Version) -> ShownAgreement:
        """One version: structure, slots, digest, and who hasn't signed yet."""
        state: Agreement = await parts.handler.read(ledger, lambda view: view.get(AGREEMENT, version))
        if state.drafted is None:
            raise Refusal(404, "unknown-version", f"There is no version {version!r}.", field="version")
        defined = (state.parts, state.groups, state.targets, state.milestones, state.tables, state.indicators)
        records = [state.drafted, state.sent, *(event for event, _ in state.proposed.values())]
        opened = await Opened.of(
            parts.store, ledger, [*records, *(each for group in defined for each in group.values())]
        )
        return _shown(state, opened)

    return router


def _in_list(state: Agreement, opened: Opened) -> AgreementInList:
    drafted: Any = state.drafted
    slots = drafted.slots if state.sent is None else state.sent.slots
    return AgreementInList(
        version=drafted.version,
        stage=state.stage,
        number=drafted.number,
        title=opened.text(drafted.title),
        first_year=drafted.first_year,
        last_year=drafted.last_year,
        binding_year=drafted.binding_year,
        missing=sum(slot.id not in state.signed for slot in slots),
    )


def _shown(state: Agreement, opened: Opened) -> ShownAgreement:
    drafted: Any = state.drafted
    slots = drafted.slots if state.sent is None else state.sent.slots
    return ShownAgreement(
        version=drafted.version,
        stage=state.stage,
        agreement=drafted.agreement,
        number=drafted.number,
        title=opened.text(drafted.title),
        first_year=drafted.first_year,
        last_year=drafted.last_year,
        binding_year=drafted.binding_year,
        digest=None if state.sent is None else state.sent.digest,
        content_digest=content_digest(state),
        source=opened.text(drafted.source),
        file=drafted.file,
        annexes=[opened.json(each) for each in drafted.annexes],
        attached=[] if state.sent is None else [opened.json(each) for each in state.sent.annexes],
        slots=[{**opened.json(slot), "signed_by": state.signed.get(slot.id)} for slot in slots],
        missing=[slot.id for slot in slots if slot.id not in state.signed],
        proposals=[
            Proposal(proposal=key, proposer=proposer, digest=proposal_digest(event), content=opened.json(event))
            for key, (event, proposer) in state.proposed.items()
        ],
        parts=[opened.json(each) for each in state.parts.values()],
        groups=[opened.json(each) for each in state.groups.values()],
        targets=[opened.json(each) for each in state.targets.values()],
        milestones=[opened.json(each) for each in state.milestones.values()],
        tables=[opened.json(each) for each in state.tables.values()],
        indicators=[opened.json(each) for each in state.indicators.values()],
        policies=[opened.json(each) for each in drafted.policies],
    )
