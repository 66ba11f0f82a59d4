"""What went wrong, as Temporal is told it: in one place, and without a word of what was wrong with whose data.

Messages of the database quote rows, and tracebacks quote values: neither may lie in Temporal, where nothing is erased.
They are in our own log.
"""

import contextlib
from collections.abc import Iterator

import structlog
from temporalio.exceptions import ApplicationError

from domain.errors import Refused
from services.commands import Busy

_log = structlog.get_logger(__name__)


def application_error(error: Exception) -> ApplicationError:
    """The failure of an activity. A refusal is final until something changes; all else is tried again."""
    match error:
        case Refused():
            return ApplicationError(error.code, type=error.code, non_retryable=True)
        case Busy():
            return ApplicationError("others keep writing what this step reads", type="busy")
        case ConnectionError() | TimeoutError():
            return ApplicationError("the database isn't reached", type=type(error).__name__)
        case _:
            return ApplicationError("it failed; see the worker's log", type=type(error).__name__)


@contextlib.contextmanager
def told_to_temporal() -> Iterator[None]:
    """Raise whatever goes wrong inside as `application_error`."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 (an activity may raise anything, and none of it may be quoted)
        failure = application_error(error)
        if not isinstance(error, Refused | Busy):
            _log.exception("an activity failed")
        raise failure from None
