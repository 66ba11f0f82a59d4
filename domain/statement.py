"""The statement on the final accounts: issued over all lights, corrected (R5, R15, R16; case 18)."""

from dataclasses import dataclass

from domain.assessment import FOLD, assessable, assessing, delivered_light, still_agreed
from domain.authority import four_eyes, require
from domain.cycle import FOLD as CYCLE
from domain.cycle import Cycle
from domain.cycle import Stage as CycleStage
from domain.errors import Refused
from domain.events.codec import to_json
from domain.events.cycle import (
    StatementCorrected,
    StatementIssued,
    StatementLight,
)
from domain.events.envelope import digest_of
from domain.events.event import Event
from domain.item import FOLD as ITEM
from domain.round import FOLD as ROUND
from domain.round import Round
from domain.round import Stage as RoundStage
from domain.values import (
    Deadline,
    Digest,
    File,
    PersonId,
    Words,
)
from domain.view import Act, View


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueStatement:
    """Issue the statement on the final accounts: exactly the lights that were shown (R5, R15, R16)."""

    year: int
    digest: Digest
    narrative: Words


def issue_statement(view: View, act: Act, command: IssueStatement) -> tuple[Event, ...]:
    """Errors: `not-assessing`, `not-all-assessed`, `assessed-against-old-content`, `delivery-open`,
    `content-changed`, `own-work`.
    """
    require(view, act, "issue-statement")
    state = view.get(CYCLE, command.year)
    if state.statement is not None and state.statement.digest == command.digest:
        return ()
    state, annual = assessing(view, command.year)
    lights, assessors = statement_lights(view, command.year, state, annual)
    nothing_open(annual)
    if statement_digest(command.year, lights) != command.digest:
        raise Refused(
            "content-changed", "A light changed since you opened it.", field="digest", rule="R16", mend="Open it again."
        )
    four_eyes(act, assessors, "issue the statement on")
    due = statement_deadline(state)
    issued = StatementIssued(
        year=command.year,
        narrative=command.narrative,
        lights=lights,
        digest=command.digest,
        deadline=due,
        late=act.at >= due.instant,
        document=None,
        transcribed=False,
    )
    return (issued,)


def statement_lights(
    view: View, year: int, state: Cycle, annual: Round
) -> tuple[tuple[StatementLight, ...], frozenset[PersonId]]:
    """The lights that a statement would give, each against what is delivered now, and who assessed. What was withdrawn
    has none (case 8).

    Errors: `not-all-assessed`, `assessed-against-old-content`.
    """
    subjects = [each.subject for each in still_agreed(view, year, assessable(state))]
    assessed = view.get_all(FOLD, [(year, subject) for subject in subjects])
    missing = [subject for subject, each in zip(subjects, assessed, strict=True) if each.last is None]
    if missing:
        raise Refused("not-all-assessed", f"{len(missing)} are not assessed: {', '.join(missing[:5])}.", rule="R5")
    lights: list[StatementLight] = []
    people: set[PersonId] = set()
    for subject, each in zip(subjects, assessed, strict=True):
        _, delivered, _ = delivered_light(view, annual, subject)
        if each.last is None or each.last.delivered != delivered:
            raise Refused(
                "assessed-against-old-content",
                f"{subject!r} was corrected after it was assessed.",
                rule="R16",
                mend="Assess it again.",
            )
        lights.append(StatementLight(subject=subject, light=each.last.light, delivered=delivered))
        people |= each.assessors
    return tuple(lights), frozenset(people)


def statement_digest(year: int, lights: tuple[StatementLight, ...]) -> Digest:
    """What a statement binds to."""
    return digest_of({"format": "statement/1", "year": year, "lights": to_json(lights)})


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectStatement:
    """Correct the statement, with a reason; the first one stays in the history."""

    year: int
    narrative: Words
    reason: Words
    lights: tuple[StatementLight, ...] = ()
    document: File | None = None


def correct_statement(view: View, act: Act, command: CorrectStatement) -> tuple[Event, ...]:
    """Errors: `no-statement`, `not-assessed`, `content-changed`, `delivery-open`, `own-work`."""
    require(view, act, "correct-statement")
    state = view.get(CYCLE, command.year)
    if state.stage is not CycleStage.STATED or state.statement is None:
        raise Refused("no-statement", f"The cycle of {command.year} is {state.stage}.", rule="R5")
    present = {each.subject: each for each in state.statement.lights}
    annual = view.get(ROUND, f"{command.year}-annual")
    view.get_all(ITEM, [(f"{command.year}-annual", subject) for subject in present])
    for each in command.lights:
        if each.subject not in present:
            raise Refused("not-assessed", f"{each.subject!r} isn't in the statement.", field="lights")
        if each.delivered != delivered_light(view, annual, each.subject)[1]:
            raise Refused(
                "content-changed",
                f"This isn't what is delivered of {each.subject!r} now.",
                field="lights",
                rule="R16",
                mend="Open it again.",
            )
    assessed = view.get_all(FOLD, [(command.year, subject) for subject in present])
    four_eyes(act, frozenset().union(*(each.assessors for each in assessed)), "correct the statement on")
    changed = {each.subject: each for each in command.lights}
    lights = tuple(changed.get(subject, each) for subject, each in present.items())
    same = command.document is None or command.document == state.statement.document
    if same and lights == state.statement.lights and command.narrative == state.statement.narrative:
        return ()
    nothing_open(annual)
    corrected = StatementCorrected(
        year=command.year,
        narrative=command.narrative,
        lights=lights,
        digest=statement_digest(command.year, lights),
        reason=command.reason,
        document=command.document,
    )
    return (corrected,)


def nothing_open(annual: Round) -> None:
    """Refuse while something that was returned or opened again is not delivered. Errors: `delivery-open`."""
    if annual.stage not in (RoundStage.DELIVERED, RoundStage.CLOSED):
        raise Refused(
            "delivery-open",
            "Items were returned or opened again and are not delivered yet.",
            rule="PROCESS, cycle",
            mend="Wait for the redelivery.",
        )


def statement_deadline(state: Cycle) -> Deadline:
    """By when the statement is to be issued."""
    if state.assessment is None:
        raise Refused("not-assessing", "The assessment is not open.", rule="R5")
    return state.assessment.statement
