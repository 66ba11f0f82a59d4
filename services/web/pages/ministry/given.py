"""What an assessor gives in one form: a light, and comments on the target's milestones. Each is recorded by itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from services.web.api import Problem
from services.web.page import Page, Typed

Shown = dict[str, Any]
COMMENT = "comment."
SHOWN = "shown."
"""The hidden fields of the comments as they stood on the page."""
NO_LIGHT = "none"
"""The choice of giving no light, with a reason."""
COMMANDS = {"target": "assess-target", "indicator": "assess-indicator"}
_OVERTAKEN: Shown = {"status": 409, "code": "content-changed", "detail": "", "instance": None}


@dataclass(slots=True)
class Outcome:
    """What came of a form. `comments` are the milestones whose comments were recorded."""

    light: bool = False
    comments: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def problem(self) -> Problem | None:
        """All that was refused as one problem; None if nothing was."""
        if not self.problems[1:]:
            return next(iter(self.problems), None)
        told = [one for each in self.problems for one in each.said.get("errors") or (each.said,)]
        return Problem({**self.problems[0].said, "field": None, "errors": told})


async def give(page: Page, year: int, subject: str, recorded: Mapping[str, str]) -> Outcome:
    """Record the light and the comments that were changed. `recorded` are the comments that stand now.

    A light that wasn't touched beside a changed comment isn't asked for.
    """
    typed, outcome = await page.typed(), Outcome()
    comments = _changed(typed)
    if typed.text("light") or typed.text("rationale") or not comments:
        about: Shown = {"year": year, "subject": subject, "delivered": typed.text("delivered")}
        try:
            await page.command(
                COMMANDS.get(typed.text("kind") or "", "assess-target"), about | _light(typed), key="light"
            )
            outcome.light = True
        except Problem as problem:
            outcome.problems.append(_at(problem, {"excused": "rationale"}))
    for milestone, comment in comments.items():
        place = COMMENT + milestone
        if recorded.get(milestone, "") not in (_lines(typed.get(SHOWN + milestone, "")), comment):
            # Somebody else commented meanwhile: theirs is shown beside what was typed.
            outcome.problems.append(Problem(_OVERTAKEN | {"field": place}))
            continue
        body = {"year": year, "subject": milestone, "comment": comment}
        try:
            await page.command("comment-milestone", body, key=milestone)
            outcome.comments.append(milestone)
        except Problem as problem:
            outcome.problems.append(_at(problem, {"comment": place, "subject": place}))
    return outcome


def _light(typed: Typed) -> Shown:
    choice, words = typed.text("light"), typed.text("rationale")
    return {
        "light": int(choice) if choice in {"1", "2", "3"} else None,
        "rationale": None if choice == NO_LIGHT else words,
        "excused": words if choice == NO_LIGHT else None,
    }


def _changed(typed: Typed) -> dict[str, str]:
    """The comments that were changed, by milestone.

    Those that were left as they were are taken out: where the page is shown again, it says what stands there now.
    """
    changed = {}
    for name, value in typed.pairs:
        if not name.startswith(COMMENT):
            continue
        milestone, comment = name.removeprefix(COMMENT), _lines(value)
        if comment and comment != _lines(typed.get(SHOWN + milestone, "")):
            changed[milestone] = comment
        else:
            typed.pop(name, None)
    return changed


def _lines(text: str) -> str:
    """A text of several lines as it is recorded: browsers send the ends of lines as two characters."""
    return text.replace("\r\n", "\n").strip()


def _at(problem: Problem, fields: Mapping[str, str]) -> Problem:
    """The problem at the form's fields, by what the command calls them."""

    def moved(said: Mapping[str, Any]) -> Shown:
        return {**said, "field": fields.get(said.get("field") or "", said.get("field"))}

    errors: Sequence[Shown] = problem.said.get("errors") or ()
    return Problem({**moved(problem.said), "errors": [moved(each) for each in errors]})


__all__ = ["COMMANDS", "Outcome", "give"]
