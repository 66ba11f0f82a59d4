"""`attested-view/1`: a frozen view of a year, whose digest the system records and a replay comes to again (C12).

Its fields are listed here one by one and never change: a new column of the board breaks no digest, and another view
gets another number. It holds no words and no instants. docs/log-format.md describes it byte by byte.
"""

from collections.abc import Mapping
from hashlib import sha256

from domain.canonical import Json, written
from domain.events.attestation import Occasion
from domain.events.envelope import Row
from domain.values import Digest, RoundKind
from projections import board
from projections.content import content_digest
from projections.cycles import ASSESSMENT, CYCLE
from projections.items import ITEM
from projections.reading import body
from projections.rounds import ROUND
from projections.table import Cells, DictTable, Rows

VIEW = "attested-view/1"
OCCASIONS: Mapping[str, Occasion] = {
    "delivered-to-ministry": Occasion.DELIVERY,
    "statement-issued": Occasion.STATEMENT,
    "statement-corrected": Occasion.STATEMENT,
    "cycle-closed": Occasion.CLOSE,
}
"""The types of event as of which the view is attested."""


class Replayed:
    """The digests of a ledger's occasions, made again from its events: what the control C12 is given.

    A log that was tampered with may be none that can be replayed: from the event on at which a projection stumbles
    there are no digests.
    """

    def __init__(self) -> None:
        """Begin before the first event."""
        self._table: DictTable | None = DictTable()
        self._digests: dict[int, Digest] = {}

    def take(self, row: Row) -> None:
        """One event on."""
        if self._table is None:
            return
        try:
            board.apply(self._table, row)
            if row.type in OCCASIONS:
                self._digests[row.position] = digest(self._table, year_of(row))
        except Exception:  # noqa: BLE001 (whatever it stumbles over; C01 says what is wrong with the log)
            self._table = None

    def digest(self, view: str, position: int) -> Digest | None:
        """The digest of a view as of an event; None where it is no occasion, or of another view."""
        return self._digests.get(position) if view == VIEW else None


def year_of(row: Row) -> int:
    """The year of an event that is an occasion."""
    fields = body(row)
    return int(fields["year"]) if "year" in fields else int(fields["round"][:4])


def digest(table: Rows, year: int) -> Digest:
    """SHA-256 of the canonical view."""
    return Digest(sha256(written(attested(table, year))).hexdigest())


def attested(table: Rows, year: int) -> Json:
    """The view of a year over the board's rows; the work grows with the year's items alone."""
    cycle = table.of(CYCLE).get(str(year))
    found = (table.of(ROUND).get(f"{year}-{kind}") for kind in sorted(RoundKind))
    return {
        "format": VIEW,
        "year": year,
        "cycle": None if cycle is None else _cycle(cycle),
        "rounds": [_round(table, each) for each in found if each is not None],
        "ministry": [] if cycle is None else _ministry(table, cycle),
    }


def _cycle(cycle: Cells) -> Json:
    accounts, statement = cycle["final_accounts"], cycle["statement"]
    return {
        "stage": cycle["stage"],
        "version": cycle["version"],
        "approved_on": None if accounts is None else accounts["approved_on"],
        "statement": None if statement is None else statement["digest"],
        "published": [
            {"kind": kind, "published_on": made["published_on"], "digest": made["digest"]}
            for kind, made in sorted(cycle["published"].items())
        ],
    }


def _round(table: Rows, found: Cells) -> Json:
    items = table.of(ITEM)
    return {
        "round": found["round"],
        "stage": found["stage"],
        "version": found["version"],
        "deliveries": [{name: each[name] for name in ("report", "digest")} for each in found["deliveries"]],
        "items": [_item(items[f"{found['round']}/{subject}"]) for subject in sorted(found["scope"])],
    }


def _item(item: Cells) -> Json:
    report, delivered = item["report"] or {}, item["delivered"]
    reported = item["report"] is not None or item["evidence"]
    return {
        "subject": item["subject"],
        "stage": item["stage"],
        "revision": item["revision"],
        "light": report.get("light"),
        "basis": report.get("basis"),
        "digest": content_digest(item) if reported else None,
        "delivered": delivered and {name: delivered[name] for name in ("revision", "digest")},
    }


def _ministry(table: Rows, cycle: Cells) -> list[Json]:
    """What the ministry has said of each subject so far, in the order of the subjects."""
    subjects = () if cycle["assessment"] is None else cycle["assessment"]["subjects"]
    given = table.of(ASSESSMENT)
    found = (given.get(f"{cycle['year']}/{each}") for each in sorted(one["subject"] for one in subjects))
    return [
        {name: each[name] for name in ("subject", "light", "revision", "delivered")}
        for each in found
        if each is not None and each["given"]
    ]
