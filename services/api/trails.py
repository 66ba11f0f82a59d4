"""What of the audit trail a reader may read: drafts' contents their unit's alone, the ministry's lights once stated."""

from collections.abc import Iterable, Mapping
from typing import Any

from domain.cycle import FOLD as CYCLE
from domain.cycle import Stage
from domain.events.item import ItemDelivered
from domain.values import Role, UnitId
from domain.view import View
from services.api.parts import Parts
from services.api.reading import MINISTRY, Reader

_STATED = frozenset({Stage.STATED, Stage.CLOSED})
_OF_A_UNIT = ("item/", "deviation/", "subject/")
_RENAMED = {"by": "actor", "for": "acting_for"}


async def stated_years(parts: Parts, ledger: str, entries: Iterable[Mapping[str, Any]]) -> frozenset[int]:
    """The years of assessments among the entries whose statement is issued."""
    years = sorted({each["year"] for each in entries if each["stream"].startswith("assessment/")})
    if not years:
        return frozenset()

    def question(view: View) -> frozenset[int]:
        states = view.get_all(CYCLE, [(year,) for year in years])
        return frozenset(year for year, state in zip(years, states, strict=True) if state.stage in _STATED)

    found: frozenset[int] = await parts.handler.read(ledger, question)
    return found


def readable(reader: Reader, entry: Mapping[str, Any], stated: frozenset[int]) -> dict[str, Any] | None:
    """The entry as the reader may see it: whole, without its contents, or not at all."""
    named = {_RENAMED.get(name, name): value for name, value in entry.items()}
    bare = named | {"said": None, "changes": None}
    stream, unit = entry["stream"], entry["unit"]
    if stream.startswith("assessment/"):
        if entry["year"] in stated or reader.has(*MINISTRY):
            return named
        return None
    if not stream.startswith(_OF_A_UNIT):
        return named
    if reader.has(Role.HEAD) or (unit is not None and reader.may_read_draft(UnitId(unit))):
        return named
    if entry["type"] == ItemDelivered.type:
        return named
    return bare if reader.has(Role.COORDINATOR) else None
