"""Why a command is refused: a stable code, the field, the rule, and how to mend it."""

from collections.abc import Sequence


class Refused(Exception):
    """A command that the domain refuses; nothing is recorded.

    `code` is stable and part of the interface; `field` the command's field; `rule` names the rule or case of the domain
    (`R15`, `case 12`); `mend` says what to do, `roles` in which roles others could. `further` are reasons that stand
    beside it; `skipped` says of a command on many items, all of which were refused, why each was. `by` is the person
    who decided meanwhile.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        field: str | None = None,
        rule: str | None = None,
        mend: str | None = None,
        roles: Sequence[str] = (),
        by: str | None = None,
    ) -> None:
        """Say why, in one sentence."""
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field
        self.rule = rule
        self.mend = mend
        self.roles = tuple(roles)
        self.by = by
        self.further: tuple[Refused, ...] = ()
        self.skipped: tuple[tuple[str, Refused], ...] = ()


def first_of(reasons: Sequence[Refused]) -> Refused:
    """The first of at least one reason, with the others beside it."""
    first, *others = reasons
    first.further = tuple(others)
    return first


NOT_YET = "not-yet"
SUPERSEDED = "superseded"


def not_yet(why: str) -> Refused:
    """A step of the system came before its time; it is owed later."""
    return Refused(NOT_YET, f"Not yet: {why}.")


def superseded(why: str) -> Refused:
    """The cause of a step of the system no longer governs; it is owed no more."""
    return Refused(SUPERSEDED, f"Superseded: {why}.")
