"""The demo's figures: what they would say of a log that isn't whole."""

from dataclasses import replace
from datetime import UTC, datetime

from domain.events.clock import CLOCK, DemoClockAdvanced
from domain.events.codec import encode
from domain.events.envelope import Row
from services.demo.figures import count

NOW = datetime(2024, 6, 1, tzinfo=UTC)


def row(position: int, command: bytes) -> Row:
    return Row(
        ledger="keha",
        position=position,
        stream=CLOCK,
        version=position,
        id=bytes(16),
        type=DemoClockAdvanced.type,
        schema=1,
        received_at=NOW,
        recorded_at=NOW,
        effective_at=None,
        command_id=command,
        nonce=bytes(16),
        body=encode(DemoClockAdvanced(instant=NOW)),
        metadata=b"{}",
    )


def test_events_of_one_command_lie_together_and_count_no_duplicate() -> None:
    figures = count([row(1, b"a"), row(2, b"a"), row(3, b"b")])

    assert (figures.events, figures.contiguous, figures.duplicates) == (3, True, 0)


def test_a_command_stored_again_further_on_is_a_duplicate() -> None:
    assert count([row(1, b"a"), row(2, b"b"), row(3, b"a")]).duplicates == 1


def test_a_position_that_is_skipped_is_seen() -> None:
    rows = [row(1, b"a"), replace(row(2, b"b"), position=3)]

    assert count(rows).contiguous is False
