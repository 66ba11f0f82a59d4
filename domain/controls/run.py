"""All controls in one pass over the history."""

from collections.abc import Callable, Iterable
from typing import Any

from domain.controls.access_rights import AccessRights
from domain.controls.attestations import Attested, Operations
from domain.controls.authority_held import AuthorityHeld
from domain.controls.changes import ChangesAfterSignOff
from domain.controls.completeness import Completeness
from domain.controls.control import Control
from domain.controls.deviations import Explained, Followed
from domain.controls.entry import Entry, read
from domain.controls.erasures import Erasures
from domain.controls.evidence import EvidenceHeld, EvidenceInPeriod
from domain.controls.facility import FacilityData, InterestsDeclared
from domain.controls.given import Files, Given, Replay, Seal
from domain.controls.history import TAKEN, History
from domain.controls.ministry import MinistryLights
from domain.controls.policies import Policies
from domain.controls.result import ControlResult
from domain.controls.segregation import Segregation
from domain.controls.signed_content import SignedContent
from domain.controls.timeliness import Timeliness
from domain.controls.whole_log import WholeLog
from domain.events.codec import Undecodable
from domain.events.envelope import Row
from domain.events.event import Event

CONTROLS: tuple[type[Control], ...] = (
    WholeLog,
    Segregation,
    AuthorityHeld,
    EvidenceHeld,
    SignedContent,
    Timeliness,
    Explained,
    ChangesAfterSignOff,
    EvidenceInPeriod,
    FacilityData,
    Erasures,
    Attested,
    Completeness,
    AccessRights,
    Policies,
    Followed,
    InterestsDeclared,
    Operations,
    MinistryLights,
)
"""C01 to C19, in their order."""


def run_controls(
    rows: Iterable[Row],
    access_rows: Iterable[Row] | None = None,
    seal: Seal | None = None,
    cycle: int | None = None,
    *,
    files: Files | None = None,
    replay: Replay | None = None,
) -> tuple[ControlResult, ...]:
    """Test C01 to C19 over a ledger's rows from position 1 on, which are read once; for a cycle or for all.

    What belongs to no cycle (the log itself, roles, settings, erasures, operations) is tested whole in each case.
    `access_rows` are those of `AGENCY.access`, read once after the ledger's. `files` and `replay` are what C04 and C12
    need (`Given`): a replay is fed beside the controls. The order of results and of exceptions follows from the rows
    alone.
    """
    given = Given(seal=seal, files=files, replay=replay, looks=access_rows is not None)
    history = History()
    controls = [control(history, given) for control in CONTROLS]
    whole = next(control for control in controls if isinstance(control, WholeLog))
    handlers: dict[type[Event], list[Callable[[Entry, Any], None]]] = {kind: [] for kind in TAKEN}
    for control in controls:
        for kind, handler in control.on().items():
            handlers.setdefault(kind, []).append(handler)
    for row in rows:
        history.ledger = history.ledger or row.ledger
        history.now = row.recorded_at
        whole.row(row)
        if replay is not None:
            replay.take(row)
        try:
            entry = read(row, handlers)
            if entry is None:
                continue
        except Undecodable as error:
            whole.unreadable(row, str(error))
            continue
        event = entry.event
        for handler in handlers[type(event)]:
            handler(entry, event)
        history.take(entry)
    for row in access_rows or ():
        for control in controls:
            control.look(row)
    for control in controls:
        control.end()
    return tuple(control.result(cycle) for control in controls)
