"""A bundle in which a bit has changed never verifies, wherever it is, and the verifier never stumbles."""

import random
from functools import cache
from pathlib import Path

import pytest
from bundled import contents, ledger, rebuilt, resealed, write

from verifier import manifest, package
from verifier.container import LAST_RECORD_BYTES, Malformed
from verifier.report import Report
from verifier.verify import verify

PARTS = 8
INNER = 2_000


@cache
def bundle(folder: Path, *, whole: bool = False) -> bytes:
    path = folder / "flips.zip"
    write(path, ledger()[0], program=package.program() if whole else b"(another program)\n")
    return path.read_bytes()


def verified(path: Path, data: bytes) -> Report:
    path.write_bytes(data)
    return verify(path)


def flipped(data: bytes, at: int, bit: int) -> bytes:
    changed = bytearray(data)
    changed[at] ^= 1 << bit
    return bytes(changed)


@pytest.mark.parametrize("part", range(PARTS))
def test_one_byte_flipped_anywhere_never_verifies(tmp_path: Path, part: int) -> None:
    data = bundle(tmp_path)
    assert verified(tmp_path / "one.zip", data).ok

    found = [
        at
        for at in range(part, len(data), PARTS)
        if verified(tmp_path / "one.zip", flipped(data, at, at // PARTS % 8)).ok
    ]

    assert found == []


def test_bytes_flipped_in_a_bundle_with_its_program_never_verify(tmp_path: Path) -> None:
    data, chance = bundle(tmp_path, whole=True), random.Random(3)

    found = [
        at
        for at in (chance.randrange(len(data)) for _ in range(150))
        if verified(tmp_path / "one.zip", flipped(data, at, chance.randrange(8))).ok
    ]

    assert found == []


@pytest.mark.parametrize("part", range(4))
def test_a_flip_under_a_new_last_record_is_caught_or_changes_nothing_that_is_said(tmp_path: Path, part: int) -> None:
    data, chance = bundle(tmp_path), random.Random(part)
    said, meaningless = contents(data), 0

    for _ in range(INNER // 4):
        at, bit = chance.randrange(len(data) - LAST_RECORD_BYTES), chance.randrange(8)
        changed = resealed(flipped(data, at, bit))
        if verified(tmp_path / "one.zip", changed).ok:
            # Packed bytes have several spellings; what they say is the same to the letter.
            assert contents(changed) == said, at
            meaningless += 1

    assert meaningless < INNER // 100


@pytest.mark.parametrize("part", range(4))
def test_a_flip_in_a_file_under_new_hashes_everywhere_is_caught(tmp_path: Path, part: int) -> None:
    files, chance = contents(bundle(tmp_path)), random.Random(part)
    # The program is bound by nothing but its hash: the report says that it isn't the one that verifies.
    places = [(name, at) for name in files if name != "verify.pyz" for at in range(len(files[name]))]

    for _ in range(INNER // 4):
        name, at = chance.choice(places)
        changed = {**files, name: flipped(files[name], at, chance.randrange(8))}
        data = rebuilt(changed, listed=name != manifest.NAME)

        assert not verified(tmp_path / "one.zip", data).ok, (name, at)


def test_another_program_under_new_hashes_is_told(tmp_path: Path) -> None:
    files = contents(bundle(tmp_path, whole=True))

    honest = verified(tmp_path / "one.zip", rebuilt(files))
    changed = verified(tmp_path / "one.zip", rebuilt({**files, "verify.pyz": flipped(files["verify.pyz"], 100, 0)}))

    assert honest.notes[0] == "The program in the bundle is this one."
    assert changed.notes[0] == "The program in the bundle is another version than this."


def test_a_flip_that_no_unzipper_can_read_is_no_bundle(tmp_path: Path) -> None:
    data = bundle(tmp_path)

    with pytest.raises(Malformed):
        contents(resealed(flipped(data, 0, 0)))
