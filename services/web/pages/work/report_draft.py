"""What somebody typed into the form of a report and has not saved: kept for them, and seen by others only as there."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from domain.values import PATTERNS, Decimal
from services.web.drafts import Draft, Writing
from services.web.languages import decimal, number
from services.web.page import ACTING_FOR, KEY, Page

Shown = dict[str, Any]
FORM = "report"
SEEN = "seen"
"""The field that says which content was open while it was written."""
NUMBER = "value"
"""The field that holds a number: it is kept as the API takes it, for it may be gone on with in another language."""
_OWN = frozenset({KEY, ACTING_FOR, "do"})
"""Fields of the form itself: a draft holds what was typed."""
_DECIMAL = PATTERNS[Decimal]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafted:
    """A draft in a list: of which item it is, and since when."""

    round: str
    subject: str
    kept_at: str


def form_of(page: Page) -> str:
    """The draft's name: one for each item of a round."""
    return f"{FORM}/{page.part('round')}/{page.part('subject')}"


async def find(page: Page) -> Draft | None:
    """The reader's draft of this report, its number as their language writes it."""
    found = await page.drafts.find(page.ledger or "", page.person, form_of(page))
    kept = "" if found is None else str(found.value.get(NUMBER, ""))
    if found is None or not _DECIMAL.fullmatch(kept):
        return found
    return replace(found, value={**found.value, NUMBER: number(kept, page.language)})


async def keep(page: Page) -> None:
    """Keep what was typed. Raises `Problem` where it is too long."""
    typed = await page.typed()
    value = {name: text for name, text in typed.items() if name not in _OWN}
    typed_number = decimal(value.get(NUMBER), page.language)
    if typed_number is not None and _DECIMAL.fullmatch(typed_number):
        value[NUMBER] = typed_number
    await page.drafts.keep(page.ledger or "", page.person, form_of(page), value, typed.text(SEEN))


async def drop(page: Page) -> None:
    """Let the reader's draft go."""
    await page.drafts.drop(page.ledger or "", page.person, form_of(page))


async def others(page: Page) -> Sequence[Writing]:
    """Who else has a draft of the same report."""
    return await page.drafts.others(page.ledger or "", form_of(page), page.person)


async def drafted(page: Page) -> list[Drafted]:
    """All drafts of reports that the reader has, the latest first."""
    found = []
    for each in await page.drafts.of_person(page.ledger or "", page.person):
        kind, _, place = each.form.partition("/")
        round_id, _, subject = place.partition("/")
        if kind == FORM and subject:
            found.append(Drafted(round=round_id, subject=subject, kept_at=each.updated_at.isoformat()))
    return found


__all__ = ["FORM", "SEEN", "Drafted", "drafted", "drop", "find", "form_of", "keep", "others"]
