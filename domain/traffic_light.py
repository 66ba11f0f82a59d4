"""What a light may be, given what was reported (R1, R7; cases 12 to 14). Only "reached" is computed; the rest is
judgement.
"""

from decimal import Decimal as Exact

from domain.errors import Refused
from domain.events.agreement import IndicatorLevel, MilestoneDefined
from domain.events.item import Explanation
from domain.values import Basis, Date, Decimal, MilestoneStatus, RoundKind, TrafficLight, Words

GREEN, YELLOW, RED = TrafficLight.GREEN, TrafficLight.YELLOW, TrafficLight.RED

STATUSES = {
    RoundKind.HALF_YEAR: frozenset({MilestoneStatus.NOT_STARTED, MilestoneStatus.IN_PROGRESS, MilestoneStatus.REACHED}),
    RoundKind.ANNUAL: frozenset(
        {
            MilestoneStatus.REACHED,
            MilestoneStatus.PARTLY_REACHED,
            MilestoneStatus.NOT_REACHED,
            MilestoneStatus.NO_NEED_AROSE,
        }
    ),
}
"""What a milestone's status may be in each round."""

ANNUAL_LIGHTS = {
    MilestoneStatus.REACHED: frozenset({GREEN}),
    MilestoneStatus.PARTLY_REACHED: frozenset({YELLOW, RED}),
    MilestoneStatus.NOT_REACHED: frozenset({RED}),
    MilestoneStatus.NO_NEED_AROSE: frozenset({None}),
}
"""The annual light that a status allows."""


def reached(value: Decimal, level: IndicatorLevel) -> bool | None:
    """Whether an outturn reaches a level, compared as reported, unrounded (case 12); None where the level is
    missing.
    """
    if level.value is None:
        return None
    outturn, wanted = Exact(value), Exact(level.value)
    match level.operator:
        case "<":
            return outturn < wanted
        case "<=":
            return outturn <= wanted
        case ">":
            return outturn > wanted
        case _:
            return outturn >= wanted


def milestone_basis(kind: RoundKind, year: int, status: MilestoneStatus, due_by: Date | None) -> Basis:
    """A half-year light is a forecast unless the milestone is reached or was due by 30 June; an annual one is
    actual.
    """
    if kind is RoundKind.ANNUAL or status is MilestoneStatus.REACHED:
        return Basis.ACTUAL
    return Basis.ACTUAL if due_by is not None and due_by <= f"{year}-06-30" else Basis.FORECAST


def milestone_light(
    *,
    kind: RoundKind,
    milestone: MilestoneDefined,
    status: MilestoneStatus,
    basis: Basis,
    light: TrafficLight | None,
    reason: Words | None,
) -> None:
    """Refuse a light that the status doesn't allow. Errors: `status-not-of-this-round`, `not-conditional`,
    `light-…`.
    """
    if status not in STATUSES[kind]:
        allowed = ", ".join(sorted(STATUSES[kind]))
        raise Refused("status-not-of-this-round", f"A {kind} report takes {allowed}.", field="status", rule="R3, R4")
    if status is MilestoneStatus.NO_NEED_AROSE:
        if not milestone.conditional:
            raise Refused("not-conditional", "This milestone holds without condition.", field="status", rule="case 14")
        if reason is None:
            raise Refused("reason-missing", "Say why no need arose.", field="reason", rule="case 14")
    if kind is RoundKind.ANNUAL:
        allowed_lights = ANNUAL_LIGHTS[status]
    elif status is MilestoneStatus.REACHED:
        allowed_lights = frozenset({GREEN})
    elif basis is Basis.ACTUAL:
        allowed_lights = frozenset({YELLOW, RED})
    else:
        allowed_lights = frozenset({GREEN, YELLOW, RED})
    if light not in allowed_lights:
        wanted = " or ".join(
            "no light" if each is None else each.name for each in sorted(allowed_lights, key=lambda x: x or 0)
        )
        raise Refused(
            "light-contradicts-status",
            f"A milestone that is {status} ({basis}) gets {wanted}.",
            field="light",
            rule="R1",
        )


def indicator_light(
    *, kind: RoundKind, level: IndicatorLevel | None, value: Decimal | None, light: TrafficLight | None
) -> None:
    """Refuse a light that the outturn doesn't allow. Errors: `not-assessable`, `light-without-outturn`, `light-…`."""
    if level is None or level.value is None:
        if light is not None:
            raise Refused(
                "not-assessable",
                "Without a level there is no light.",
                field="light",
                rule="case 13",
                mend="Leave it out.",
            )
        return
    if value is None:
        if light is not None:
            raise Refused("light-without-outturn", "Without an outturn there is no light.", field="light", rule="R1")
        return
    if light is None:
        raise Refused("light-missing", "An outturn with a level needs its light.", field="light", rule="R1")
    if kind is RoundKind.ANNUAL:
        got = reached(value, level)
        if got and light is not GREEN:
            raise Refused(
                "light-contradicts-outturn",
                f"{value} reaches {level.operator} {level.value}: GREEN.",
                field="light",
                rule="R1",
            )
        if not got and light is GREEN:
            raise Refused(
                "light-contradicts-outturn",
                f"{value} doesn't reach {level.operator} {level.value}: YELLOW or RED, never GREEN.",
                field="light",
                rule="R1, cases 12 and 13",
                mend="Outturns are compared as reported, unrounded.",
            )


def explained(light: TrafficLight | None, explanation: Explanation | None) -> None:
    """Refuse a YELLOW or RED without cause, risk and action, and an explanation without them (R7)."""
    if light in (YELLOW, RED) and explanation is None:
        raise Refused(
            "deviation-missing",
            f"A {light.name} light needs its cause, its risk and a corrective action with owner and date.",
            field="explanation",
            rule="R7",
        )
    if light not in (YELLOW, RED) and explanation is not None:
        raise Refused("deviation-not-wanted", "Only YELLOW and RED carry a deviation.", field="explanation", rule="R7")


def suggested(lights: tuple[TrafficLight | None, ...], *, no_need: int) -> TrafficLight | None:
    """GREEN if every milestone is GREEN, where no need arose left aside; else nothing is suggested."""
    counted = len(lights) - no_need
    return GREEN if counted > 0 and sum(each is GREEN for each in lights) == counted else None
