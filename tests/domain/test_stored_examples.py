"""One stored body of each type and schema of event: what was written once is read for ever, and written alike.

A new type needs its example; a new schema needs another file beside the old one. Files here are never changed.
"""

from pathlib import Path

import pytest

from domain.events.codec import EVENTS, decode, encode

FOLDER = Path(__file__).parent / "examples"
FILES = sorted(FOLDER.glob("*.*.json"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_stored_body_is_decoded_and_written_byte_for_byte(path: Path) -> None:
    name, _, schema = path.stem.rpartition(".")
    body = path.read_bytes().removesuffix(b"\n")

    event = decode(name, int(schema), body)

    assert event.type == name
    if event.schema == int(schema):
        assert encode(event) == body


def test_every_type_of_event_has_an_example_of_every_schema() -> None:
    wanted = {f"{name}.{schema}" for name, kind in EVENTS.items() for schema in range(1, kind.schema + 1)}

    assert {path.stem for path in FILES} == wanted
