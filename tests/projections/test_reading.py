"""What projections read of stored events."""

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.events.codec import EVENTS, encode_metadata
from domain.events.envelope import Metadata, Row
from projections import board
from projections.reading import instant, people
from projections.table import DictTable, digest, first_difference

NOT_READ = {
    "account-closed",
    "demo-clock-advanced",
    "mail-delivered",
    "mail-failed",
    "person-changed",
    "person-registered",
    "reminder-issued",
    "substitute-appointed",
    "substitution-ended",
    "unit-registered",
    "unit-renamed",
    "unit-succeeded",
}
"""The organisation's state is folded by the domain, and what people were told isn't on the board."""
AUDITORS = {
    "disclosures-erased",
    "engagement-closed",
    "engagement-opened",
    "erasure-confirmed",
    "erasure-proposal-withdrawn",
    "erasure-proposed",
    "finding-answered",
    "finding-closed",
    "finding-raised",
    "legal-hold-confirmed",
    "legal-hold-lift-proposal-withdrawn",
    "legal-hold-lift-proposed",
    "legal-hold-lifted",
    "legal-hold-proposal-withdrawn",
    "legal-hold-proposed",
    "look-recorded",
    "operation-recorded",
    "rrf-interest-declared",
    "rrf-measure-recorded",
    "rrf-recipients-recorded",
    "rrf-retention-recorded",
    "rrf-verification-summary-recorded",
    "seal-key-introduced",
    "view-attested",
}
"""What auditors come for; it changes no light. Erased words are seen where words are opened."""

INSTANTS = st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=3))]))


def row(actor: str, acting_for: str | None) -> Row:
    metadata = Metadata(
        actor_kind="person",
        actor=actor,
        acting_for=acting_for,
        role=None,
        command="x",
        cause=None,
        caused_by_command=False,
        version=None,
        wall=None,
    )
    return Row(
        ledger="town",
        position=1,
        stream="organisation",
        version=1,
        id=b"",
        type="x",
        schema=1,
        received_at=datetime(2024, 1, 1, tzinfo=UTC),
        recorded_at=datetime(2024, 1, 1, tzinfo=UTC),
        effective_at=None,
        command_id=b"",
        nonce=b"",
        body=b"{}",
        metadata=encode_metadata(metadata),
    )


def test_each_type_of_event_is_read_by_the_board_or_known_not_to_be() -> None:
    assert set(EVENTS) - NOT_READ - AUDITORS == set(board.HANDLERS)


@pytest.mark.parametrize(
    ("stream", "place", "slice_"),
    [
        ("item/2024-annual/m-1", ("item", "2024-annual/m-1"), "2024"),
        ("round/2024-half-year", ("round", "2024-half-year"), "2024"),
        ("cycle/2024", ("cycle", "2024"), "2024"),
        ("deviation/2024/m-1", ("deviation", "2024/m-1"), "2024"),
        ("agreement/town.1", ("agreement", "town.1"), "town.1"),
        ("subject/m-1", ("late-completion", "m-1"), ""),
        ("organisation", ("organisation", "organisation"), ""),
    ],
)
def test_an_event_reads_the_row_that_its_stream_names(stream: str, place: tuple[str, str], slice_: str) -> None:
    assert board.key_of(stream) == place
    assert board.slice_of(*place) == slice_


def test_streams_without_a_row_have_no_key() -> None:
    assert board.key_of("process/reporting-cycle/2024") is None
    assert board.key_of("clock") is None


@given(INSTANTS)
def test_instants_are_written_in_utc_with_six_decimals(at: datetime) -> None:
    # strftime writes years before 1000 without their zeros on some systems; none occurs.
    if at.year > 1000:
        assert instant(at) == at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@given(st.text(), st.none() | st.text())
def test_people_are_found_in_any_metadata(actor: str, acting_for: str | None) -> None:
    try:
        made = row(actor, acting_for)
    except ValueError:
        return
    said = json.loads(made.metadata)

    assert people(made) == (said["actor"], said["acting_for"]) == (actor, acting_for)


def test_a_restored_snapshot_shares_nothing_with_its_table() -> None:
    table = DictTable()
    table.put("item", "a", {"evidence": [{"id": "e"}], "stage": "draft"})
    restored = DictTable.restored(table.snapshot())
    assert digest(restored) == digest(table)

    row = restored.get("item", "a")
    assert row is not None
    row["stage"] = "submitted"

    assert table.get("item", "a") == {"evidence": [{"id": "e"}], "stage": "draft"}
    assert first_difference(table, restored) == "item a"


def test_the_digest_of_rows_is_that_of_their_content_in_whatever_order() -> None:
    one, other = DictTable(), DictTable()
    one.put("item", "a", {"x": 1, "y": 2})
    one.put("item", "b", {})
    other.put("item", "b", {})
    other.put("item", "a", {"y": 2, "x": 1})

    assert digest(one) == digest(other)
    other.delete("item", "b")
    assert digest(one) != digest(other)
    assert first_difference(one, other) == "item b"
