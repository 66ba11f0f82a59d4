"""Deciding on a unit's package: sign off, endorse or return, one or many at once, each exactly as it was shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from starlette.responses import Response

from services.web.api import Problem
from services.web.navigation import DECIDING, Link
from services.web.page import Page, Pages, Typed
from services.web.pages.capacity import FOR, acting_for, posted_for
from services.web.pages.decisions.package import ENDORSE, RETURN, SIGN_OFF, package
from services.web.pages.items.beside import beside
from services.web.problems import said

pages = Pages()
Shown = dict[str, Any]
_DECIDE = "/{ledger}/rounds/{round}/units/{unit}/decide"
_CHOICE, _BOUND, _REASON = "decide-", "bound-", "reason-"
"""How the fields of an item begin; its subject follows."""


@dataclass(slots=True, kw_only=True)
class Decided:
    """What came of decisions that were sent together: how many were recorded of each kind, and what was left out."""

    recorded: dict[str, int] = field(default_factory=dict)
    skipped: list[Shown] = field(default_factory=list)

    def took(self, kind: str, named: Sequence[Shown], skipped: Sequence[Shown]) -> None:
        """One command was carried out."""
        self.skipped += skipped
        count = len(named) - len({each["subject"] for each in skipped})
        self.recorded[kind] = self.recorded.get(kind, 0) + count


@pages.get(_DECIDE)
async def decide(page: Page) -> Response:
    """What waits, item by item; `?choose=sign-off` ticks all that may be, `?file=` opens a document beside it."""
    principal = acting_for(page, "director", "head", unit=page.part("unit"))
    return await _shown(page, principal)


@pages.post(_DECIDE)
async def decided(page: Page) -> Response:
    """Record each decision. Without one, or where all are refused, the page is shown again with what was typed."""
    typed, principal = await page.typed(), await posted_for(page)
    try:
        done = await _recorded(page, typed)
    except Problem as problem:
        return await _shown(page, principal, _by_field(problem, typed))
    names = await page.names()
    told = " ".join(_told(page, done, names))
    skipped = [each["subject"] for each in done.skipped]
    left = skipped or len(_chosen(typed)) < len([name for name in typed if name.startswith(_BOUND)])
    unit = ("rounds", page.part("round"), "units", page.part("unit"))
    here = page.address(*unit, "decide", **{FOR: principal})
    done_with = page.address("queue") if page.roles & DECIDING else page.address(*unit)
    return page.to(here if left else done_with, told, "warning" if skipped else "success")


async def _recorded(page: Page, typed: Typed) -> Decided:
    """Give the commands, the returns first: their reasons were typed. Raises `Problem` where nothing was recorded."""
    done, place = Decided(), {"round": page.part("round")}
    for kind, command, body in _commands(typed):
        try:
            answer = await page.command(command, {**place, **body}, key=kind)
        except Problem as problem:
            if not done.recorded:
                raise
            done.skipped += _each(problem, body["items"])
            continue
        done.took(kind.partition(".")[0], body["items"], answer["skipped"])
    if not done.recorded:
        raise Problem({"status": 422, "code": "items-missing", "detail": "Decide on an item."})
    return done


def _commands(typed: Typed) -> list[tuple[str, str, Shown]]:
    """What was chosen as commands: its kind, which is its key, too, the command, its body."""
    chosen = _chosen(typed)
    returned = [
        {
            "subject": subject,
            "reason": typed.text(_REASON + subject),
            "seen": _bound(typed, subject)["digest"] or None,
            "stage": "submitted",
        }
        for subject, choice in chosen.items()
        if choice == RETURN
    ]
    found: list[tuple[str, str, Shown]] = []
    if returned:
        found.append((RETURN, "return-items", {"items": returned}))
    signed = [_bound(typed, subject) for subject, choice in chosen.items() if choice == SIGN_OFF]
    if signed:
        found.append((SIGN_OFF, "sign-off-items", {"items": signed}))
    endorsed = [(choice.partition(".")[2], subject) for subject, choice in chosen.items() if choice.startswith(ENDORSE)]
    for step in dict.fromkeys(step for step, _ in endorsed):
        items = [_bound(typed, subject) for each, subject in endorsed if each == step]
        found.append((f"{ENDORSE}.{step}", "endorse-items", {"step": step, "items": items}))
    return found


def _chosen(typed: Typed) -> dict[str, str]:
    """What was chosen for which subject."""
    return {name.removeprefix(_CHOICE): value for name, value in typed.items() if name.startswith(_CHOICE) and value}


def _bound(typed: Typed, subject: str) -> Shown:
    """Exactly what was shown of an item."""
    revision, _, digest = typed.get(_BOUND + subject, "").partition(":")
    return {"subject": subject, "revision": int(revision) if revision.isdecimal() else 0, "digest": digest}


def _each(problem: Problem, items: Sequence[Shown]) -> list[Shown]:
    """A refusal of all, item by item."""
    found: list[Shown] = problem.said.get("skipped") or [{**problem.said, "subject": one["subject"]} for one in items]
    return found


def _by_field(problem: Problem, typed: Typed) -> Problem:
    """The refusal with its errors at the fields of the form, not of the command."""
    returned = [subject for subject, choice in _chosen(typed).items() if choice == RETURN]
    errors = []
    for each in problem.said.get("errors") or []:
        first, _, rest = each["field"].partition(".")
        number, _, name = rest.partition(".")
        if first == "items" and name == "reason" and number.isdecimal() and int(number) < len(returned):
            errors.append(each | {"field": f"{_REASON}{returned[int(number)]}"})
        else:
            errors.append(each)
    return Problem({**problem.said, "errors": errors}) if errors else problem


def _told(page: Page, done: Decided, names: Shown) -> list[str]:
    """What is said after it."""
    _ = page.gettext
    kinds = {
        RETURN: _("Returned to the unit: %(count)s.", count=done.recorded.get(RETURN)),
        SIGN_OFF: _("Signed off: %(count)s.", count=done.recorded.get(SIGN_OFF)),
        ENDORSE: _("Endorsed: %(count)s.", count=done.recorded.get(ENDORSE)),
    }
    found = [words for kind, words in kinds.items() if done.recorded.get(kind)]
    if done.skipped:
        reasons = "; ".join(
            f"{_title(page, names, each['subject'])}: {_why(page, names, each)}" for each in done.skipped
        )
        found.append(_("Left out: %(reasons)s", reasons=reasons))
    return found


def _why(page: Page, names: Shown, skipped: Shown) -> str:
    told = said(skipped, page.language)
    if told.by is None:
        return told.message
    return f"{told.message} " + page.gettext("Decided by: %(person)s.", person=names["people"].get(told.by, told.by))


def _title(page: Page, names: Shown, subject: str) -> str:
    title: Mapping[str, str] | str = names["subjects"].get(subject, {}).get("title") or subject
    return title if isinstance(title, str) else title.get(page.language) or title.get("fi") or subject


async def _shown(page: Page, principal: str | None, problem: Problem | None = None) -> Response:
    """The page as things stand now. A choice about content that is another one by now is to be made anew."""
    found = await package(page, principal)
    typed = await page.typed() if page.request.method == "POST" else None
    changed = []
    for each in found.waiting if typed else ():
        subject, bound = each.item["subject"], each.item["bound"]
        shown = _BOUND + subject
        if typed is not None and typed.get(shown) not in (None, f"{bound['revision']}:{bound['digest']}"):
            changed.append(subject)
            typed.pop(_CHOICE + subject, None)
    round_id, unit = page.part("round"), page.part("unit")
    page.crumbs = [
        Link(page.address("queue"), page.gettext("Waiting for your decision")),
        Link(page.address("rounds", round_id, "units", unit), page.gettext("The unit's report")),
    ]
    return await page.render(
        "decision/decide.html",
        problem=problem,
        package=found,
        principal=principal,
        changed=changed,
        skipped=_skipped(problem),
        choose=page.asked("choose"),
        here=page.address("rounds", round_id, "units", unit, "decide"),
    )


@pages.get(_DECIDE + "/documents/{subject}")
async def document(page: Page) -> Response:
    """The document `?file=` of an item: a page of its own, whose content the page above shows beside the decisions."""
    round_id, unit, subject = page.part("round"), page.part("unit"), page.part("subject")
    item = await page.get(f"rounds/{round_id}/items/{subject}")
    found = await beside(page, item["evidence"])
    if found is None:
        raise Problem({"status": 404, "code": "unknown-file", "detail": page.asked("file") or ""})
    here = page.address("rounds", round_id, "units", unit, "decide")
    page.crumbs = [Link(here, page.gettext("Decide"))]
    return await page.render("decision/document.html", subject=subject, beside=found, here=here)


def _skipped(problem: Problem | None) -> list[Shown]:
    found: list[Shown] = [] if problem is None else problem.said.get("skipped") or []
    return found


__all__ = ["pages"]
