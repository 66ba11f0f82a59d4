"""Where words stand: those about a subject or a person, and all places that an erasure of them has to name (case 20).

Events copy words from stream to stream (a deviation those of its item, a statement those of its assessments), and a
bulk command says the same in many. So who proposes an erasure asks here; one that leaves out a place is refused.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from domain.errors import Refused
from domain.events.disclosed import commitments
from domain.events.erasure import DisclosuresErased, ErasureProposed, Place
from domain.events.event import Event
from domain.values import Digest, PersonId, SubjectId
from domain.view import fact_of
from services.eventstore.store import EventStore
from services.sealing import disclosed_by

_OF_SUBJECTS = ("assessment", "deviation", "item", "subject")
_NAMING_SUBJECTS = ("cycle", "round")
_NAMING_PEOPLE = ("organisation", "rrf")


Standing = Mapping[Digest, tuple[str, ...]]
"""Commitments to words that can be erased, each with the streams that name it and haven't been told: its places."""


async def find(store: EventStore, ledger: str, wanted: Iterable[Digest]) -> Standing:
    """Where these commitments stand. What an erasure took, or will in a moment, is left out.

    What was erased again after a restore that lost the erasure's events is there: it can be proposed anew.
    """
    keys = [bytes.fromhex(each) for each in wanted]
    there = set(await store.disclosures(ledger, keys))
    there |= {key for key, by in (await store.erased_by(ledger, keys)).items() if by.position is None}
    if not there:
        return {}
    streams: dict[str, set[str]] = {each.hex(): set() for each in there}
    for stream, named in (await store.untold(ledger, there)).items():
        for each in named:
            streams[each.hex()].add(stream)
    # What erasures say themselves isn't among the untold, for their events name also what they take.
    for stream, event in await _said(store, ledger, lambda kind, _: kind == "erasure"):
        for said in commitments(event) & streams.keys():
            streams[said].add(stream)
    return {Digest(each): tuple(sorted(streams[each])) for each in sorted(streams) if streams[each]}


async def about_subject(store: EventStore, ledger: str, subject: SubjectId) -> frozenset[Digest]:
    """What was ever said of a milestone, an indicator or a target: its own streams, and what rounds say of it."""

    def bears(kind: str, name: str) -> bool:
        return kind in _NAMING_SUBJECTS or (kind in _OF_SUBJECTS and name.rpartition("/")[2] == subject)

    found: set[Digest] = set()
    for stream, said in await _said(store, ledger, bears):
        found |= _about(said, subject) if stream.startswith(_NAMING_SUBJECTS) else commitments(said)
    return frozenset(found)


async def about_person(store: EventStore, ledger: str, person: PersonId) -> frozenset[Digest]:
    """What a person is registered with, ever, and what they declared; not where others' words speak of them."""
    said = await _said(store, ledger, lambda kind, _: kind in _NAMING_PEOPLE)
    return frozenset().union(*(_about(each, person) for _, each in said))


def places(found: Standing) -> tuple[Place, ...]:
    """The places as an erasure names them."""
    by_stream: dict[str, list[Digest]] = {}
    for commitment, streams in found.items():
        for stream in streams:
            by_stream.setdefault(stream, []).append(commitment)
    return tuple(Place(of=stream, commitments=tuple(sorted(said))) for stream, said in sorted(by_stream.items()))


async def refuse_incomplete(store: EventStore, ledger: str, events: Sequence[Event]) -> None:
    """Refuse what proposes or confirms an erasure and leaves out a stream: holds on it were not asked.

    What is copied at the same moment is found when the erasure is carried out; then it waits for a second one.
    """
    named: dict[str, frozenset[str]] = {}
    for event in events:
        if isinstance(event, ErasureProposed):
            named = {place.of: frozenset(place.commitments) for place in event.places}
        elif isinstance(event, DisclosuresErased):
            named[event.of] = frozenset(event.commitments)
    if not named:
        return
    wanted = {bytes.fromhex(each) for said in named.values() for each in said}
    for stream, said in (await store.untold(ledger, wanted)).items():
        if not {each.hex() for each in said} <= named.get(stream, frozenset()):
            raise Refused(
                "places-incomplete",
                f"These words stand in {stream}, too.",
                field="places",
                rule="case 20",
                mend="Propose it with all places that erasure-places gives.",
            )


def _about(said: Event, entity: str) -> frozenset[Digest]:
    return frozenset(Digest(commitment) for about, _, commitment in disclosed_by(said) if about == entity)


async def _said(store: EventStore, ledger: str, wanted: Callable[[str, str], bool]) -> list[tuple[str, Event]]:
    """The events of some streams, chosen by their kind and name."""
    names = [each for each in await store.streams(ledger) if wanted(each.split("/")[0], each)]
    return [(row.stream, fact_of(row).event) for row in await store.read_streams(ledger, dict.fromkeys(names, 0))]
