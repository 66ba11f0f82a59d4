"""Erasures and legal holds for those who propose and confirm them, and where words stand that are to be erased."""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from domain.erasures import FOLD as ERASURE
from domain.erasures import Erasure
from domain.events.access import Look
from domain.events.erasure import ErasureProposed, Place
from domain.hold import FOLD as HOLDS
from domain.hold import Held, Hold
from domain.organisation import proposal_digest
from domain.values import Digest, PersonId, Role, SubjectId
from services.api.addresses import PREFIX, After, Ledger, Limit
from services.api.bodies import SLUG
from services.api.callers import Caller, Callers
from services.api.looks import Looks, Watched, scope
from services.api.parts import Parts
from services.api.problems import READS, Refusal
from services.api.reading import Reader, reader_of, readers
from services.opening import Opened
from services.places import about_person, about_subject, find, places

_MOST = 100
_CLOSED = ConfigDict(extra="forbid")
_KEEPING = (Role.ADMINISTRATOR, Role.HEAD)

ErasureId = Annotated[str, Path(pattern=SLUG, description="An erasure.")]


class ErasureStage(StrEnum):
    """How far an erasure is."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    WITHDRAWN = "withdrawn"


class HoldStage(StrEnum):
    """How far a legal hold is. It keeps words while it is in force, also while its lift is proposed."""

    PROPOSED = "proposed"
    WITHDRAWN = "withdrawn"
    IN_FORCE = "in-force"
    LIFT_PROPOSED = "lift-proposed"
    LIFTED = "lifted"


class ShownPlace(BaseModel):
    """A stream, and what is to be erased of it."""

    model_config = _CLOSED

    of: str
    commitments: list[str]


class ShownWords(BaseModel):
    """What a commitment stands for."""

    model_config = _CLOSED

    commitment: str
    said: Any = Field(description="Text, a title in three languages, or a file's manifest; or which erasure took it.")
    of: list[str] = Field(description="The streams that name it.")


class FoundPlaces(BaseModel):
    """What could be erased: `places` as `propose-erasure` takes them, and what each commitment stands for."""

    model_config = _CLOSED

    places: list[ShownPlace]
    words: list[ShownWords]


class ShownErasure(FoundPlaces):
    """An erasure: what it takes, or took."""

    erasure: str
    stage: ErasureStage
    proposer: str
    digest: str = Field(description="What `confirm-erasure` binds to.")
    reason: Any
    authority: Any


class ErasurePage(BaseModel):
    """Erasures in the order of their ids; `next` continues behind the last."""

    model_config = _CLOSED

    erasures: list[ShownErasure]
    next: str | None


class ShownHold(BaseModel):
    """A legal hold. None named, neither subjects nor people: it keeps the whole ledger."""

    model_config = _CLOSED

    hold: str
    stage: HoldStage
    subjects: list[str]
    people: list[str]
    proposer: str = Field(description="Who proposed what waits now, or else the hold.")
    digest: str | None = Field(description="What the head confirms next, of the hold or of its lift; null if nothing.")
    reason: Any
    authority: Any
    lift: dict[str, Any] | None = Field(description="Reason and authority of the lift that is proposed.")


class ShownHolds(BaseModel):
    """All legal holds."""

    model_config = _CLOSED

    holds: list[ShownHold]


def routes(parts: Parts, callers: Callers, looks: Looks) -> APIRouter:
    """GET /{ledger}/erasures, …/erasures/{erasure}, /{ledger}/erasure-places, /{ledger}/legal-holds."""
    router = APIRouter(tags=["reads"], prefix=PREFIX + "/{ledger}", route_class=Watched)
    reading = readers(parts, callers)

    @router.get("/erasures", operation_id="list-erasures", responses=READS)
    async def erasures(
        ledger: Ledger, reader: Annotated[Reader, Depends(reading)], after: After = None, limit: Limit = 100
    ) -> ErasurePage:
        """All erasures with what they take, for administrators, the head, and auditors of the whole ledger."""
        _keeps(reader)
        streams = await parts.store.streams(ledger)
        ids = [each.removeprefix("erasure/") for each in streams if each.startswith("erasure/")]
        rest = [each for each in ids if after is None or each > after]
        return ErasurePage(
            erasures=await _shown(parts, ledger, rest[:limit]), next=rest[limit - 1] if len(rest) > limit else None
        )

    @router.get("/erasure-places", operation_id="find-places", responses=READS)
    async def found(
        ledger: Ledger,
        caller: Annotated[Caller, Depends(callers)],
        commitment: Annotated[
            list[Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]] | None,
            Query(max_length=_MOST, description="Words or files, by their commitments."),
        ] = None,
        subject: Annotated[str | None, Query(pattern=SLUG, description="All that was ever said of this.")] = None,
        person: Annotated[str | None, Query(pattern=SLUG, description="All that this person is known by.")] = None,
    ) -> FoundPlaces:
        """Where words stand, and what they say, for administrators and the head: what `propose-erasure` has to name."""
        reader = await reader_of(parts, caller)
        if not reader.has(*_KEEPING):
            raise Refusal(403, "not-permitted", "Only an administrator or the head looks for what may be erased.")
        if sum(each is not None for each in (commitment, subject, person)) != 1:
            raise Refusal(422, "ask-by-one", "Ask by commitments, or by a subject, or by a person.", field="commitment")
        if commitment is not None:
            wanted = frozenset(Digest(each) for each in commitment)
        elif subject is not None:
            wanted = await about_subject(parts.store, ledger, SubjectId(subject))
        else:
            wanted = await about_person(parts.store, ledger, PersonId(str(person)))
        stands = await find(parts.store, ledger, wanted)
        opened = await Opened.of_commitments(parts.store, ledger, stands.keys())
        further = {"person": person, "subject": subject, "commitment": commitment and sorted(set(commitment))}
        await looks.record(caller, reader, Look.READ, scope("erasure-places", further=further))
        return FoundPlaces(
            places=_places(places(stands)), words=[_words(each, opened, streams) for each, streams in stands.items()]
        )

    @router.get("/erasures/{erasure}", operation_id="read-erasure", responses=READS)
    async def erasure(ledger: Ledger, erasure: ErasureId, reader: Annotated[Reader, Depends(reading)]) -> ShownErasure:
        """An erasure with what it takes, for administrators, the head, and auditors of the whole ledger."""
        _keeps(reader)
        shown = await _shown(parts, ledger, [erasure])
        if not shown:
            raise Refusal(404, "unknown-proposal", f"There is no erasure {erasure!r}.", field="erasure")
        return shown[0]

    @router.get("/legal-holds", operation_id="list-legal-holds", responses=READS)
    async def holds(ledger: Ledger, reader: Annotated[Reader, Depends(reading)]) -> ShownHolds:
        """All legal holds, for administrators, the head, and auditors of the whole ledger."""
        _keeps(reader)
        held: Held = await parts.handler.read(ledger, lambda view: view.get(HOLDS))
        lifts = [each.lift[0] for each in held.holds.values() if each.lift is not None]
        opened = await Opened.of(parts.store, ledger, [*(each.proposed for each in held.holds.values()), *lifts])
        return ShownHolds(holds=[_hold(each, opened) for each in held.holds.values()])

    return router


def _keeps(reader: Reader) -> None:
    if not reader.has(*_KEEPING) and not reader.looks.covers(None):
        raise Refusal(403, "not-permitted", "Erasures and legal holds are for administrators and the head.")


async def _shown(parts: Parts, ledger: str, ids: Sequence[str]) -> list[ShownErasure]:
    """Those of the erasures that there are."""
    states: list[Erasure] = await parts.handler.read(
        ledger, lambda view: view.get_all(ERASURE, [(each,) for each in ids])
    )
    proposed = [each.proposed for each in states if each.proposed is not None]
    named = {said for each in proposed for place in each.places for said in place.commitments}
    words = {said for each in proposed for said in (each.reason, each.authority)}
    opened = await Opened.of_commitments(parts.store, ledger, named | words)
    return [_erasure(each, state, opened) for state in states if (each := state.proposed) is not None]


def _erasure(proposed: ErasureProposed, state: Erasure, opened: Opened) -> ShownErasure:
    streams: dict[str, list[str]] = {}
    for place in proposed.places:
        for each in place.commitments:
            streams.setdefault(each, []).append(place.of)
    stage = ErasureStage.WITHDRAWN if state.withdrawn else ErasureStage.PROPOSED
    return ShownErasure(
        erasure=proposed.erasure,
        stage=stage if state.confirmed is None else ErasureStage.CONFIRMED,
        proposer=str(state.proposer),
        digest=proposal_digest(proposed),
        reason=opened.text(proposed.reason),
        authority=opened.text(proposed.authority),
        places=_places(proposed.places),
        words=[_words(each, opened, streams[each]) for each in sorted(streams)],
    )


def _places(named: Iterable[Place]) -> list[ShownPlace]:
    return [ShownPlace(of=each.of, commitments=list(each.commitments)) for each in named]


def _words(commitment: str, opened: Opened, streams: Sequence[str]) -> ShownWords:
    return ShownWords(commitment=commitment, said=opened.text(commitment), of=list(streams))


def _hold(hold: Hold, opened: Opened) -> ShownHold:
    proposed, lift = hold.proposed, hold.lift
    waits: Any = None
    if hold.confirmed is None and not hold.withdrawn:
        stage, waits = HoldStage.PROPOSED, proposed
    elif hold.confirmed is None:
        stage = HoldStage.WITHDRAWN
    elif hold.lifted is not None:
        stage = HoldStage.LIFTED
    elif lift is not None:
        stage, waits = HoldStage.LIFT_PROPOSED, lift[0]
    else:
        stage = HoldStage.IN_FORCE
    return ShownHold(
        hold=proposed.hold,
        stage=stage,
        subjects=list(proposed.subjects),
        people=list(proposed.people),
        proposer=hold.proposer if lift is None else lift[1],
        digest=None if waits is None else proposal_digest(waits),
        reason=opened.text(proposed.reason),
        authority=opened.text(proposed.authority),
        lift=None
        if lift is None
        else {"reason": opened.text(lift[0].reason), "authority": opened.text(lift[0].authority)},
    )


__all__ = ["routes"]
