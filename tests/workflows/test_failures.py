"""What Temporal is told of a failure: whether to try again, and nobody's data."""

import asyncpg
import pytest
from temporalio.exceptions import ApplicationError

from domain.errors import Refused
from services.commands import Busy
from services.workflows.failures import told_to_temporal


@pytest.mark.parametrize(
    ("error", "kind", "final"),
    [
        (Refused("no-policy", "Aino Aaltonen"), "no-policy", True),
        (Busy("Aino Aaltonen"), "busy", False),
        (ConnectionRefusedError("Aino Aaltonen"), "ConnectionRefusedError", False),
        (asyncpg.UniqueViolationError("Key (name)=(Aino Aaltonen)"), "UniqueViolationError", False),
    ],
)
def test_a_refusal_is_final_and_all_else_is_tried_again_and_no_word_is_quoted(
    error: Exception, kind: str, *, final: bool
) -> None:
    with pytest.raises(ApplicationError) as failed, told_to_temporal():
        raise error

    assert (failed.value.type, failed.value.non_retryable) == (kind, final)
    assert "Aino" not in str(failed.value)
    assert failed.value.__cause__ is None
