"""What a reminder's mail says: what is to be done, by when, and where. Short, in Finnish, Swedish or English."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from domain.events.process import ReminderIssued
from domain.values import Date

DEFAULT_LANGUAGE = "fi"
_MONTHS = (
    "January February March April May June July August September October November December".split()  # noqa: SIM905
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A subject and a plain text."""

    language: str
    subject: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Language:
    """The sentences of a language; `steps` say what somebody must do, by the step's name in the event."""

    reminder: str
    by: str
    was_due: str
    unit: str
    open_it: str
    why: str
    any_step: str
    steps: Mapping[str, str]


_LANGUAGES: Mapping[str, _Language] = {
    "fi": _Language(
        reminder="Muistutus: {what}",
        by="Viimeistään {date}.",
        was_due="Määräaika oli {date}.",
        unit="Yksikkö: {unit}",
        open_it="Avaa tehtävä:",
        why="Tämän viestin lähetti Etappi, koska tehtävä odottaa sinua. Viestiin ei voi vastata.",
        any_step="sinulla on tehtävä",
        steps={
            "submit": "lähetä yksikön raportit hyväksyttäviksi",
            "sign-off": "hyväksy tai palauta yksikön raportit",
            "sign-off-escalated": "yksikön raportit odottavat sinun päätöstäsi",
            "compile": "kokoa viraston raportti",
            "approve": "hyväksy tai palauta viraston raportti",
            "deliver": "toimita viraston raportti ministeriölle",
            "record-final-accounts": "kirjaa tilinpäätöksen hyväksyminen",
            "assess": "arvioi tulostavoitteet",
            "issue-statement": "anna tilinpäätöskannanotto",
            "publish": "julkaise puuttuvat tiedot Tutkihallintoa.fi-palvelussa",
            "sign": "allekirjoita tulossopimus",
        },
    ),
    "sv": _Language(
        reminder="Påminnelse: {what}",
        by="Senast {date}.",
        was_due="Tidsfristen gick ut {date}.",
        unit="Enhet: {unit}",
        open_it="Öppna uppgiften:",
        why="Etappi skickade detta meddelande eftersom uppgiften väntar på dig. Det går inte att svara på det.",
        any_step="du har en uppgift",
        steps={
            "submit": "lämna in enhetens rapporter för godkännande",
            "sign-off": "godkänn eller returnera enhetens rapporter",
            "sign-off-escalated": "enhetens rapporter väntar på ditt beslut",
            "compile": "sammanställ ämbetsverkets rapport",
            "approve": "godkänn eller returnera ämbetsverkets rapport",
            "deliver": "lämna ämbetsverkets rapport till ministeriet",
            "record-final-accounts": "anteckna att bokslutet har godkänts",
            "assess": "bedöm resultatmålen",
            "issue-statement": "ge bokslutsställningstagandet",
            "publish": "publicera de uppgifter som saknas i tjänsten Tutkihallintoa.fi",
            "sign": "underteckna resultatavtalet",
        },
    ),
    "en": _Language(
        reminder="Reminder: {what}",
        by="By {date}.",
        was_due="It was due by {date}.",
        unit="Unit: {unit}",
        open_it="Open the task:",
        why="Etappi sent this message because the task waits for you. It takes no replies.",
        any_step="you have a task",
        steps={
            "submit": "submit your unit's reports for approval",
            "sign-off": "approve or return the unit's reports",
            "sign-off-escalated": "a unit's reports wait for your decision",
            "compile": "compile the agency's report",
            "approve": "approve or return the agency's report",
            "deliver": "deliver the agency's report to the ministry",
            "record-final-accounts": "record the approval of the final accounts",
            "assess": "assess the performance targets",
            "issue-statement": "issue the statement on the final accounts",
            "publish": "publish what is missing on Tutkihallintoa.fi",
            "sign": "sign the performance agreement",
        },
    ),
}


def to_do(step: str, language: str) -> str:
    """What somebody must do at a step: `sign-off/2` is the step `sign-off`. An unknown step is a task like any."""
    said = _LANGUAGES[language]
    return said.steps.get(step.partition("/")[0], said.any_step)


def letter(reminder: ReminderIssued, language: str, *, today: Date, unit: str | None, link: str) -> Letter:
    """The letter of a reminder. `unit` is the unit's name in that language; an unknown language is Finnish."""
    if language not in _LANGUAGES:
        language = DEFAULT_LANGUAGE
    said = _LANGUAGES[language]
    what = to_do(reminder.step, language)
    lines = [f"{what[0].upper()}{what[1:]}."]
    if reminder.deadline is not None:
        sentence = said.was_due if reminder.deadline.date < today else said.by
        lines.append(sentence.format(date=written(reminder.deadline.date, language)))
    if unit is not None:
        lines.append(said.unit.format(unit=unit))
    lines += ["", said.open_it, link, "", said.why]
    return Letter(language=language, subject=said.reminder.format(what=what), text="\n".join(lines) + "\n")


def written(day: Date, language: str) -> str:
    """A date as the language writes it: 24.11.2026 in Finnish and Swedish, 24 November 2026 in English."""
    when = date.fromisoformat(day)
    if language == "en":
        return f"{when.day} {_MONTHS[when.month - 1]} {when.year}"
    return f"{when.day}.{when.month}.{when.year}"


def path(ledger: str, process: str) -> str:
    """Where in the service a process's task is done."""
    match process.split("/"):
        case ["submission", round_id, unit]:
            return f"/{ledger}/rounds/{round_id}/units/{unit}"
        case ["reporting-cycle", year]:
            return f"/{ledger}/cycles/{year}"
        case ["signing", version]:
            return f"/{ledger}/agreements/{version}"
        case _:
            return f"/{ledger}"
