"""Board rows of agreements: `agreement` by version, and by `{version}/{id}` what it defines: `part`, `group`, `target`,
`milestone`, `table`, `indicator`. `organisation` says which version binds a year and what waits for a second person.

Titles stay commitments; whoever shows them opens them.
"""

from collections.abc import Mapping

from domain.events.envelope import Row
from projections.reading import body, people, received
from projections.table import Apply, Cells, Table

AGREEMENT, ORGANISATION = "agreement", "organisation"
DEFINED: Mapping[str, tuple[str, str]] = {
    "part-defined": ("part", "part"),
    "goal-group-defined": ("group", "group"),
    "target-defined": ("target", "target"),
    "milestone-defined": ("milestone", "milestone"),
    "indicator-table-defined": ("table", "table"),
    "indicator-defined": ("indicator", "indicator"),
}
"""Type of event → the kind of row that it makes, and the field that names it."""


def _defined(table: Table, row: Row) -> None:
    said = body(row)
    kind, field = DEFINED[row.type]
    # The agreement file's order: parts, groups and so on are shown as they were defined.
    said["order"] = row.position
    table.put(kind, f"{said['version']}/{said[field]}", said)


def _agreement(table: Table, row: Row) -> None:
    key = row.stream[len("agreement/") :]
    said = body(row)
    found = table.get(AGREEMENT, key)
    if found is None:
        found = {"version": key, "signed": {}, "proposals": {}, "sent_at": None, "digest": None, "declined": None}
    who, acting_for = people(row)
    match row.type:
        case "agreement-drafted":
            found.update(said, stage="draft")
        case "sent-for-signature":
            found.update(
                stage="signing",
                digest=said["digest"],
                slots=said["slots"],
                attached=said["annexes"],
                sent_at=received(row),
                signed={},
                proposals={},
                declined=None,
            )
        case "agreement-signed":
            _sign(found, said["slot"], who, row, outside=False)
        case "external-signature-recorded":
            holder = next(slot["person"] for slot in found["slots"] if slot["id"] == said["slot"])
            found["proposals"] = _without(found["proposals"], said["proposal"])
            _sign(found, said["slot"], holder or who, row, outside=True)
        case "external-signature-proposed":
            proposal = {"slot": said["slot"], "by": who, "for": acting_for, "at": received(row)}
            found["proposals"] = {**found["proposals"], said["proposal"]: proposal}
        case "external-signature-withdrawn":
            found["proposals"] = _without(found["proposals"], said["proposal"])
        case "signature-declined" | "draft-recalled":
            found.update(stage="draft", signed={}, proposals={}, digest=None, sent_at=None)
            found["declined"] = {"slot": said.get("slot"), "reason": said["reason"], "by": who, "at": received(row)}
        case _:
            found.update(stage="ended", successor=said.get("successor"), ended_at=received(row))
    table.put(AGREEMENT, key, found)


def _sign(found: Cells, slot: str, person: str, row: Row, *, outside: bool) -> None:
    found["signed"] = {**found["signed"], slot: {"person": person, "at": received(row), "outside": outside}}
    if all(each["id"] in found["signed"] for each in found["slots"]):
        found.update(stage="in-force", in_force_at=received(row))


def _without(proposals: Mapping[str, Cells], proposal: str) -> dict[str, Cells]:
    return {id_: each for id_, each in proposals.items() if id_ != proposal}


def _organisation(table: Table, row: Row) -> None:
    found = table.get(ORGANISATION, ORGANISATION) or {
        "ledger": row.ledger,
        "agency": None,
        "demo": False,
        "versions": [],
        "proposals": {},
    }
    said = body(row)
    match row.type:
        case "ledger-opened":
            found.update(agency=said["agency"], demo=said["demo"])
        case "agreement-in-force":
            version = {name: said[name] for name in ("version", "agreement", "binding_year", "digest")}
            found["versions"] = [*found["versions"], {**version, "since": received(row)}]
        case "role-proposed" | "setting-proposed":
            who, acting_for = people(row)
            what = row.type.removesuffix("-proposed")
            proposal = {"what": what, what: said["grant" if what == "role" else "setting"]}
            proposal.update(by=who, at=received(row))
            proposal["for"] = acting_for
            found["proposals"] = {**found["proposals"], said["proposal"]: proposal}
        case _:
            found["proposals"] = _without(found["proposals"], said["proposal"])
    table.put(ORGANISATION, ORGANISATION, found)


HANDLERS: Mapping[str, Apply] = {
    **dict.fromkeys(DEFINED, _defined),
    **dict.fromkeys(
        (
            "agreement-drafted",
            "sent-for-signature",
            "agreement-signed",
            "signature-declined",
            "draft-recalled",
            "external-signature-proposed",
            "external-signature-recorded",
            "external-signature-withdrawn",
            "agreement-superseded",
            "agreement-expired",
        ),
        _agreement,
    ),
    **dict.fromkeys(
        (
            "ledger-opened",
            "agreement-in-force",
            "role-proposed",
            "role-confirmed",
            "role-proposal-withdrawn",
            "setting-proposed",
            "setting-confirmed",
            "setting-proposal-withdrawn",
        ),
        _organisation,
    ),
}
"""What each type of event does to the rows of the agreement and of the organisation."""
