"""A round unit by unit: how far each has come with its package, by when, and whether somebody was reminded."""

from collections import Counter
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from domain.events.codec import to_json
from domain.item import FOLD as ITEM
from domain.item import Item, Stage, accountable
from domain.organisation import FOLD as ORGANISATION
from domain.reminder import FOLD as PROCESS
from domain.reminder import Process
from domain.round import FOLD as ROUND
from domain.round import Round
from domain.round import Stage as RoundStage
from domain.submission import SubmissionState, submission_state
from domain.values import Date, DeadlineKind, Role, UnitId
from domain.view import View
from services.api.addresses import PREFIX, Ledger, RoundId
from services.api.callers import Callers
from services.api.looks import Watched
from services.api.parts import Parts
from services.api.problems import READS
from services.api.reading import Reader, readers
from services.opening import Opened

Shown = dict[str, Any]
_UNSUBMITTED = frozenset({Stage.NOT_STARTED, Stage.DRAFT, Stage.RETURNED})
_OVERSEEING = (Role.COORDINATOR, Role.HEAD, Role.AUDITOR)


class ReminderSent(BaseModel):
    """The last time that somebody was reminded of a step."""

    model_config = ConfigDict(extra="forbid")

    step: str
    person: str
    at: str


class ShownSubmission(BaseModel):
    """A unit's package. Its state is that of its least advanced item; one returned item makes it partly returned."""

    model_config = ConfigDict(extra="forbid")

    unit: str
    state: SubmissionState
    stages: dict[Stage, int] = Field(description="How many items are in each stage.")
    deadline: Shown | None = Field(description="By when its owner submits; while the round is open again, all do.")
    extended: bool = Field(description="The date was moved for this unit.")
    director: Shown | None = Field(description="By when its director decides; null while the round is open again.")
    overdue: bool = Field(description="Its date has passed, and something isn't submitted.")
    late: bool = Field(description="Something was submitted late.")
    escalated: list[Shown] = Field(description="What came to the head: {step, cause, items}; no items: all.")
    reminders: list[ReminderSent] = Field(description="One's own; all for coordinators, the head and auditors.")


class Submissions(BaseModel):
    """The units' packages that the caller may follow, by unit."""

    model_config = ConfigDict(extra="forbid")

    round: str
    stage: RoundStage
    counts: dict[SubmissionState, int] = Field(description="How many of these packages are in each state.")
    units: list[ShownSubmission]


def routes(parts: Parts, callers: Callers) -> APIRouter:
    """GET /{ledger}/rounds/{round}/submissions."""
    router = APIRouter(tags=["reads"], prefix=PREFIX, route_class=Watched)
    reading = readers(parts, callers)

    @router.get("/{ledger}/rounds/{round}/submissions", operation_id="list-submissions", responses=READS)
    async def submissions(
        ledger: Ledger,
        round: RoundId,  # noqa: A002
        reader: Annotated[Reader, Depends(reading)],
    ) -> Submissions:
        """Who has delivered and who hasn't: each unit's package, for those who may follow it."""
        state, packages, processes = await parts.handler.read(ledger, lambda view: _found(view, round, reader.today))
        followed = {unit: items for unit, items in sorted(packages.items()) if reader.may_follow(unit)}
        opened = await Opened.of(parts.store, ledger, state.escalated)
        units = [_shown(unit, items, state, processes[unit], reader, opened) for unit, items in followed.items()]
        return Submissions(
            round=round, stage=state.stage, counts=dict(Counter(each.state for each in units)), units=units
        )

    return router


def _found(view: View, round_id: str, today: Date) -> tuple[Round, dict[UnitId, list[Item]], dict[UnitId, Process]]:
    """A round, each unit's items that stand, and what it was reminded of."""
    view.get(ORGANISATION)
    state = view.get(ROUND, round_id)
    items = view.get_all(ITEM, [(round_id, subject) for subject in state.scope])
    packages: dict[UnitId, list[Item]] = {}
    for scope, item in zip(state.scope.values(), items, strict=True):
        if item.stage is not Stage.WITHDRAWN:
            packages.setdefault(accountable(item, scope.unit, today), []).append(item)
    processes = view.get_all(PROCESS, [(f"submission/{round_id}/{unit}",) for unit in packages])
    return state, packages, dict(zip(packages, processes, strict=True))


def _shown(
    unit: UnitId, items: list[Item], state: Round, process: Process, reader: Reader, opened: Opened
) -> ShownSubmission:
    again = state.reopening
    due = state.deadline(DeadlineKind.UNIT, unit) if again is None else again.redeliver_by
    waiting = any(item.stage in _UNSUBMITTED for item in items)
    return ShownSubmission(
        unit=unit,
        state=submission_state(items),
        stages=dict(Counter(item.stage for item in items)),
        deadline=opened.json(due),
        extended=again is None and (DeadlineKind.UNIT, unit) in state.deadlines,
        director=None if again is not None else opened.json(state.deadline(DeadlineKind.DIRECTOR, unit)),
        overdue=waiting and due is not None and reader.now >= due.instant,
        late=any(_late(item) for item in items),
        escalated=[opened.json(each) for each in state.escalated if each.unit == unit],
        reminders=[
            ReminderSent(step=step, person=person, at=str(to_json(at)))
            for (step, person), at in sorted(_told(process).items(), key=lambda each: each[1])
            if person == reader.person or reader.has(*_OVERSEEING)
        ],
    )


def _late(item: Item) -> bool:
    judged = item.judged or item.submitted
    return judged is not None and judged.late


def _told(process: Process) -> Mapping[tuple[str, str], Any]:
    """When each person was told of each step last."""
    found: dict[tuple[str, str], Any] = {}
    for (step, person, *_), at in process.told.items():
        key = (str(step), str(person))
        found[key] = max(at, found.get(key, at))
    return found
