"""Earlier revisions of an item: what was signed and what was delivered stays to the letter (cases 11 and 19)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from domain.events.envelope import Row
from domain.events.item import ItemDelivered, ItemSignedOff
from domain.item import Content, Item, content_digest, evolve
from domain.values import Digest, PersonId, SubjectId
from domain.view import fact_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """A revision as it was signed off, or as it was delivered.

    `by` signed it at `signed_at`; it became so by `done_by` at `at`.
    """

    revision: int
    delivered: bool
    digest: Digest
    content: Content
    by: PersonId | None
    signed_at: datetime
    at: datetime
    done_by: PersonId


def revisions(round_id: str, subject: SubjectId, rows: Iterable[Row]) -> Iterator[Revision]:
    """All that was ever signed off or delivered, in the order in which it was, from the item's stream."""
    state, signed_at = Item(), None
    for row in rows:
        fact = fact_of(row)
        state = evolve(state, fact)
        if isinstance(fact.event, ItemSignedOff):
            signed_at = fact.at
        if isinstance(fact.event, ItemSignedOff | ItemDelivered):
            yield Revision(
                revision=state.revision,
                delivered=isinstance(fact.event, ItemDelivered),
                digest=content_digest(round_id, subject, state),
                content=state.content,
                by=state.signer,
                signed_at=signed_at or fact.at,
                at=fact.at,
                done_by=fact.by.id,
            )


def revision_of(found: Iterable[Revision], number: int, *, drafts: bool) -> Revision | None:
    """A revision as it was delivered; else, for those who read drafts, as it was signed off last."""
    wanted = [each for each in found if each.revision == number and (each.delivered or drafts)]
    return max(wanted, key=lambda each: (each.delivered, each.at), default=None)
