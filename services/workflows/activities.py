"""What the workflows do: ask the planner, and take a step as a command of the system."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any, get_args

from temporalio import activity

from domain.canonical import canonical, parse
from domain.commands import COMMANDS, NAMES
from domain.errors import NOT_YET, SUPERSEDED, Refused
from domain.events.codec import decoder, to_json
from domain.organisation import FOLD as ORGANISATION
from domain.planner import IssueReminder, Plan, owed_by, plan, step_key
from domain.planner import Step as OwedStep
from domain.values import SYSTEM, instant_text
from domain.view import View
from services.commands import Handler, Request
from services.workflows.failures import told_to_temporal
from services.workflows.loop import PLAN
from services.workflows.messages import Address, Outcome, Planned, Step

LONGEST_WAIT = timedelta(hours=24)
STEPS = tuple(NAMES[kind] for kind in get_args(OwedStep))

Take = Callable[[Step], Awaitable[Outcome]]


class Activities:
    """The activities over one handler of commands."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler

    def all(self) -> list[Callable[..., Any]]:
        """Every activity: `plan`, and one for each step of the system, called as the step is (`open-round`)."""
        return [self.plan, *(self._named(name) for name in STEPS)]

    @activity.defn(name=PLAN)
    async def plan(self, address: Address) -> Planned:
        """What the process owes at the ledger's clock."""
        with told_to_temporal():
            now = await self._handler.now(address.ledger)
            planned: Planned = await self._handler.read(address.ledger, lambda view: _planned(view, address, now))
            return planned

    async def take(self, step: Step) -> Outcome:
        """Take a step: a command under its business key, so that however often it is tried, it is recorded once."""
        with told_to_temporal():
            command = decoder(COMMANDS[step.name].kind)(parse(step.command.encode()))
            request = Request(
                ledger=step.ledger,
                by=SYSTEM,
                key=step.key,
                command=command,
                received_at=await self._handler.now(step.ledger),
                cause=step.cause or None,
            )
            try:
                done = await self._handler.handle(request)
            except Refused as refused:
                if refused.code in (NOT_YET, SUPERSEDED):
                    return Outcome(refused.code)
                raise
            return Outcome.UNCHANGED if done.unchanged or done.repeated else Outcome.RECORDED

    def _named(self, name: str) -> Take:
        @activity.defn(name=name)
        async def take(step: Step) -> Outcome:
            return await self.take(step)

        return take


def _planned(view: View, address: Address, now: datetime) -> Planned:
    opened = view.get(ORGANISATION).opened
    if opened is None:
        raise Refused("unknown-ledger", f"There is no ledger {address.ledger!r}.", field="ledger")
    owed = plan(view, address.process, now)
    wait = LONGEST_WAIT if owed.wake is None else min(max(owed.wake - now, timedelta(0)), LONGEST_WAIT)
    return Planned(
        steps=tuple(_step(view, address, each) for each in owed.steps),
        # Only its own bell moves a demo's clock.
        wait=None if opened.demo else wait.total_seconds(),
        over=owed.over,
        details=_details(owed),
    )


def _step(view: View, address: Address, step: OwedStep) -> Step:
    cause = owed_by(view, step)
    return Step(
        ledger=address.ledger,
        name=NAMES[type(step)],
        about=about(step),
        command=canonical(to_json(step)).decode(),
        key=step_key(address.process, step, cause),
        cause=cause,
    )


def about(step: OwedStep) -> str:
    """What a step concerns, for Temporal's pages: no person, not even by an opaque id."""
    if isinstance(step, IssueReminder):
        return f"{step.reminder.step}, reminder {step.reminder.ordinal}"
    parts = (getattr(step, name, None) for name in ("round", "year", "version", "kind", "unit"))
    return " ".join(str(part) for part in parts if part is not None)


def _details(owed: Plan) -> str:
    """What is owed, and until when nothing is, in Markdown."""
    if owed.over:
        return "Over."
    if owed.steps:
        lines = [f"- `{NAMES[type(step)]}`: {about(step)}" for step in owed.steps]
        return "\n".join([f"Owed at {instant_text(owed.now)}:", "", *lines])
    if owed.wake is None:
        return "Nothing is owed; something must happen first."
    return f"Nothing is owed until {instant_text(owed.wake)}."
