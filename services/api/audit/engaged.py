"""Who looks in an engagement in force, at what it covers, up to where the history goes: asked by all that audits."""

from datetime import datetime

from domain.values import SubjectId
from services.api.parts import Parts
from services.api.problems import Refusal
from services.api.reading import Reader

_MEND = "The agency's head opens an engagement, for a body, a scope and a time."


def engaged(reader: Reader) -> Reader:
    """The reader, if they look in an engagement in force. Refusals: `not-in-engagement`."""
    if not reader.looks.engaged:
        raise Refusal(403, "not-in-engagement", "Only auditors in an engagement in force look at this.", mend=_MEND)
    return reader


def covering(reader: Reader, subject: SubjectId | None) -> None:
    """Refuse what no engagement of the reader covers; None: the ledger as a whole. Refusals: `not-in-engagement`."""
    if not reader.looks.covers(subject):
        what = "the whole ledger" if subject is None else repr(subject)
        raise Refusal(403, "not-in-engagement", f"You look in no engagement in force that covers {what}.", mend=_MEND)


async def position_of(
    parts: Parts, reader: Reader, asked: datetime | int | None, field: str, sealed: int | None = None
) -> int:
    """The position that is asked for: itself, the last one recorded at an instant or before, or the last of all.

    Where only sealed events count, `sealed` is how many these are.

    Refusals: `no-such-position`, `instant-in-the-future`.
    """
    if isinstance(asked, datetime):
        if asked > reader.now:
            raise Refusal(
                422,
                "instant-in-the-future",
                "This instant is yet to come, by the ledger's clock.",
                field=field,
                mend="Take one that has passed, or leave it out.",
            )
        found = await parts.store.recorded_until(reader.ledger, asked)
        return found if sealed is None else min(found, sealed)
    last = await parts.store.head(reader.ledger) if sealed is None else sealed
    if asked is not None and asked > last:
        raise Refusal(
            422,
            "no-such-position",
            f"{last} events are {'there' if sealed is None else 'sealed'}; none is at {asked}.",
            field=field,
            mend="Take an earlier one, or leave it out.",
        )
    return last if asked is None else asked


def check_order(first: datetime | int | None, last: datetime | int | None, since: int, until: int) -> None:
    """Refuse a period that was asked to end before it begins; `since` and `until` are the positions of its ends.

    Refusals: `period-reversed`.
    """
    if isinstance(first, datetime) and isinstance(last, datetime):
        reverse = last < first
    else:
        reverse = first is not None and last is not None and until < since
    if reverse:
        raise Refusal(
            422, "period-reversed", "The period ends before it begins.", field="to", mend="Name the earlier one first."
        )
