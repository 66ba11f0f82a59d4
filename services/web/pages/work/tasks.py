"""Tasks of the inbox in words: what somebody is to do, for which unit and year, and the page on which it is done."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from services.web.page import Page
from services.web.pages.capacity import FOR

Shown = dict[str, Any]


def _(said: str) -> str:
    """Marks a text for the catalogues; it is translated where it is shown."""
    return said


WHAT: Mapping[str, str] = {
    "report": _("Report what isn't reported yet"),
    "report-again": _("Report the target again: a milestone has changed"),
    "returned": _("Mend what was returned"),
    "submit": _("Submit what is ready"),
    "start-correction": _("Start the correction"),
    "endorse": _("Endorse what was submitted"),
    "sign-off": _("Sign off or return what was submitted"),
    "sign-off-escalated": _("Decide what came to the agency's head"),
    "compile": _("Compile the agency's report"),
    "approve-report": _("Approve or return the agency's report"),
    "return-report": _("Return the outdated report"),
    "deliver": _("Deliver the report to the ministry"),
    "record-final-accounts": _("Record the approval of the final accounts"),
    "confirm-transcription": _("Confirm the transcribed statement"),
    "publish": _("Publish"),
    "respond": _("Attach the response to the statement"),
    "assess": _("Assess targets and indicators"),
    "issue-statement": _("Issue the statement on the final accounts"),
    "send-for-signature": _("Send the agreement for signature"),
    "sign-agreement": _("Sign the agreement"),
    "confirm-external-signature": _("Confirm a signature made outside"),
    "confirm-role": _("Confirm a role"),
    "confirm-setting": _("Confirm a change of a setting"),
    "action": _("Carry out the corrective action"),
    "report-action": _("Report the corrective action as done"),
    "close-deviation": _("Close the deviation, or return the action"),
    "sign-off-late-completion": _("Sign off what was reached later"),
    "late-completion-returned": _("Record anew what was reached later"),
}
"""What somebody is to do, by the inbox's name for it."""
_IN_PACKAGE = frozenset({"report", "report-again", "returned", "submit"})
_DECIDED = frozenset({"endorse", "sign-off", "sign-off-escalated"})


def tasks_of(page: Page, found: Iterable[Shown]) -> list[Shown]:
    """The tasks of an inbox, each with what it is in words (`said`), its `href`, and its subjects with theirs.

    An action that one both carries out and reports as done is one task.
    """
    tasks = list(found)
    reported = {(each["unit"], subject) for each in tasks if each["what"] == "report-action" for subject in _of(each)}
    made = []
    for task in tasks:
        if task["what"] == "action" and all((task["unit"], subject) in reported for subject in _of(task)):
            continue
        what = WHAT.get(task["what"], task["what"])
        subjects = [{"subject": subject, "href": _one(page, task, subject)} for subject in _of(task)]
        made.append(task | {"said": page.gettext(what), "href": address(page, task), "subjects": subjects})
    return made


def address(page: Page, task: Mapping[str, Any]) -> str:
    """The page on which a task is done; of one that is about a single subject, that subject's."""
    subjects = task["subjects"]
    if len(subjects) == 1 and task["what"] not in _DECIDED | {"assess", "submit"}:
        return _one(page, task, subjects[0])
    what, query = task["what"], {FOR: task["for"]}
    if what in _IN_PACKAGE or what == "start-correction":
        return page.address("rounds", task["round"], "units", task["unit"], **query)
    if what in _DECIDED:
        return page.address("rounds", task["round"], "units", task["unit"], "decide", **query)
    if what in _PLACES:
        return page.address(*_PLACES[what](task), **query)
    return page.address(*(("cycles", task["year"]) if task["year"] else ("organisation",)))


_PLACES: Mapping[str, Callable[[Mapping[str, Any]], tuple[object, ...]]] = {
    "compile": lambda task: ("rounds", task["round"], "compile"),
    "deliver": lambda task: ("rounds", task["round"], "deliver"),
    "approve-report": lambda task: ("rounds", task["round"]),
    "return-report": lambda task: ("rounds", task["round"]),
    "record-final-accounts": lambda task: ("cycles", task["year"], "final-accounts"),
    "publish": lambda task: ("cycles", task["year"], "publications", task["reference"]),
    "confirm-transcription": lambda task: ("cycles", task["year"], "transcription"),
    "respond": lambda task: ("cycles", task["year"], "response"),
    "assess": lambda task: ("cycles", task["year"], "assessment"),
    "issue-statement": lambda task: ("cycles", task["year"], "statement"),
    "send-for-signature": lambda task: ("agreements", task["reference"]),
    "sign-agreement": lambda task: ("agreements", task["reference"]),
    "confirm-external-signature": lambda task: ("agreements", str(task["reference"]).partition("/")[0]),
    "confirm-role": lambda task: ("organisation", "proposals", task["reference"]),
    "confirm-setting": lambda task: ("organisation", "proposals", task["reference"]),
    "report-action": lambda _: ("deviations",),
    "action": lambda _: ("deviations",),
    "close-deviation": lambda _: ("queue",),
    "sign-off-late-completion": lambda _: ("queue",),
}


def _of(task: Mapping[str, Any]) -> list[str]:
    subjects: list[str] = task["subjects"]
    return subjects


def _one(page: Page, task: Mapping[str, Any], subject: str) -> str:
    """Where a task is done for one of its subjects."""
    what, query = task["what"], {FOR: task["for"]}
    match what:
        case "report" | "report-again" | "returned":
            return page.address("rounds", task["round"], "items", subject, "report", **query)
        case "start-correction":
            return page.address("rounds", task["round"], "items", subject, act=what, **query)
        case "assess":
            return page.address("cycles", task["year"], "assessment", subject, **query)
        case "sign-off-late-completion" | "late-completion-returned":
            act = what if what != "late-completion-returned" else "record-late-completion"
            return page.address("rounds", f"{task['year']}-annual", "items", subject, act=act, **query)
        case _ if task["round"]:
            return page.address("rounds", task["round"], "items", subject)
        case _:
            return page.address("subjects", subject)


__all__ = ["WHAT", "address", "tasks_of"]
