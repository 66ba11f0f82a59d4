"""A year in which every control passes, written by hand: a small agency, both rounds, the ministry, RRF, an erasure."""

from functools import cache

from clean_after import aftermath, ministry
from clean_names import ANNUAL, DIGI, HALF, VERSION, due
from clean_opening import between, facility, opening
from clean_rounds import ACCOUNTS, WRITTEN, corrected, delivered, written
from told import Tale, Told, file, made, on, words

from domain.events.cycle import (
    CycleOpened,
    FinalAccountsApprovalRecorded,
)
from domain.events.round import (
    DeadlineExtended,
    EscalationCause,
    StepEscalated,
)
from domain.values import (
    Date,
    DeadlineKind,
    Role,
    UnitId,
)


@cache
def clean() -> Tale:
    """The whole year."""
    half = written(HALF)
    later = due(DeadlineKind.UNIT, "2024-08-20", "extension")
    extended = made(
        DeadlineExtended,
        round=HALF,
        kind=DeadlineKind.UNIT,
        unit=UnitId("talous"),
        previous=due(DeadlineKind.UNIT, "2024-08-15"),
        deadline=later,
        reason=words("exercise"),
        consent=None,
    )
    approved = made(
        FinalAccountsApprovalRecorded,
        year=2024,
        approved_on=Date("2025-03-10"),
        document=file("accounts"),
        due=due(DeadlineKind.FINAL_ACCOUNTS, "2025-03-17"),
        late=False,
        delivery=ACCOUNTS,
    )
    told = [
        *opening(),
        Told(event=CycleOpened(year=2024, version=VERSION), at=on("2024-01-01", 0), label="cycle"),
        *facility(),
        *between(),
        *half,
        Told(event=extended, by="kaisa", at=on("2024-08-07"), label="extended"),
        *delivered(HALF, 1, "2024-08-28", due(DeadlineKind.DELIVERY, "2024-08-31")),
        *written(ANNUAL),
        Told(event=approved, by="kaisa", at=on("2025-03-11"), label="accounts"),
        *delivered(ANNUAL, 1, "2025-03-14", ACCOUNTS),
        *corrected(),
        *ministry(),
        *aftermath(),
    ]
    tale = Tale(told=tuple(told))
    # Two sign-offs are other people's: the substitute's, and the head's after an escalation.
    escalated = made(StepEscalated, round=HALF, unit=DIGI, step="sign-off", cause=EscalationCause.NO_APPROVER)
    tale = tale.instead("half-year days signed", by="dirk", acting_for="dora")
    tale = tale.before("half-year portal signed", Told(event=escalated, at=WRITTEN[HALF], label="escalated"))
    return tale.instead("half-year portal signed", by="hanna", role=Role.HEAD, escalated=True)
