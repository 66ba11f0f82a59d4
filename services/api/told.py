"""Events as a page tells them: who did it, when, and what it says to a reader, by the table of rules.py."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from domain.events.codec import to_json
from domain.events.envelope import Row
from domain.view import Fact, fact_of
from projections.reading import body
from services.api.instants import LAST_POSITION
from services.api.parts import Parts
from services.api.reading import Reader
from services.api.rules import Entry, Sight, known_of, sight
from services.opening import Opened


class Told(BaseModel):
    """What somebody did, with the fields of its event; without them for those who may only know that it was done."""

    model_config = ConfigDict(extra="allow")

    by: str
    acting_for: str | None
    at: str = Field(description="When the request was received.")
    position: int = Field(description="Where the event stands in the ledger.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """Events of some streams that a reader may know of, in order, and how much of each they may read."""

    facts: Sequence[Fact]
    sights: dict[int, Sight]
    opened: Opened

    def tell(self, fact: Fact) -> Told:
        """A fact as far as the reader may read it."""
        said: dict[str, Any] = self.opened.json(fact.event) if self.whole(fact) else {}
        acted = {"by": fact.by.id, "acting_for": fact.by.acting_for, "at": to_json(fact.at), "position": fact.position}
        return Told.model_validate(said | acted)

    def perhaps(self, fact: Fact | None) -> Told | None:
        """The same of what may not have happened."""
        return None if fact is None else self.tell(fact)

    def whole(self, fact: Fact) -> bool:
        """Whether the reader may read all of a fact."""
        return self.sights[fact.position] is Sight.WHOLE


async def story(parts: Parts, reader: Reader, *beginnings: str) -> Story:
    """What happened in all streams whose names begin so, as far as the reader may know of it."""
    return await story_of(parts, reader, await parts.store.read_under(reader.ledger, beginnings, LAST_POSITION))


async def story_of(parts: Parts, reader: Reader, rows: Iterable[Row]) -> Story:
    """What these events tell the reader."""
    found = {row.position: row for row in rows}
    entries = [
        Entry(position=row.position, stream=row.stream, type=row.type, unit=None, said=body(row))
        for row in found.values()
    ]
    known = await known_of(parts, reader.ledger, entries)
    sights = {each.position: sight(reader, each, known) for each in entries}
    sights = {position: each for position, each in sights.items() if each is not Sight.NOTHING}
    facts = [fact_of(found[position]) for position in sights]
    whole = [each.event for each in facts if sights[each.position] is Sight.WHOLE]
    return Story(facts=facts, sights=sights, opened=await Opened.of(parts.store, reader.ledger, whole))
