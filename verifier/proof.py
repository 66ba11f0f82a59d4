"""`proof.json`: the checkpoint that a bundle rests on, who signed it, and what ties it to earlier ones and to time."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from domain.canonical import Json

FORMAT = "etappi-proof/1"
MOST_LISTED = 10_000
LARGEST_ANSWER = 1 << 17


class ProofMalformed(ValueError):
    """`proof.json` isn't what it should be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timestamp:
    """An RFC 3161 time-stamp on a checkpoint of `size` events: `checkpoint` is the signed note that was stamped,
    `answer` the authority's answer (a TimeStampResp in DER).

    A record of the bundle must end at `size`, so that the root of so many leaves is computed on the way.
    """

    size: int
    checkpoint: bytes
    answer: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What ties a bundle to a log. `keys` are verifier keys, as text, that sign or signed its checkpoints.

    `consistency` is the proof that the log of the checkpoint `pinned` is the beginning of the one of `checkpoint`
    (RFC 6962, section 2.1.2); empty where none is pinned. `timestamps` stand in the order of their sizes.
    """

    keys: tuple[str, ...]
    checkpoint: bytes
    pinned: bytes | None = None
    consistency: tuple[bytes, ...] = ()
    timestamps: tuple[Timestamp, ...] = ()


def name_of(size: int) -> str:
    """The file of the time-stamp on the checkpoint of so many events."""
    return f"timestamps/{size}.tsr"


def proof_json(proof: Proof, ledger: str, origin: str) -> dict[str, Json]:
    """The proof as `proof.json` has it."""
    return {
        "format": FORMAT,
        "ledger": ledger,
        "origin": origin,
        "keys": list(proof.keys),
        "checkpoint": proof.checkpoint.decode(),
        "pinned": None if proof.pinned is None else proof.pinned.decode(),
        "consistency": [each.hex() for each in proof.consistency],
        "timestamps": [
            {"size": each.size, "checkpoint": each.checkpoint.decode(), "file": name_of(each.size)}
            for each in proof.timestamps
        ],
    }


def proof_of(value: Any, answers: Mapping[str, bytes]) -> Proof:
    """A proof from its JSON and the files of its time-stamps, strictly. Raises `ProofMalformed`."""
    try:
        stamps = tuple(_stamp(each, answers) for each in _list(value, "timestamps"))
        found = Proof(
            keys=tuple(_text(each) for each in _list(value, "keys")),
            checkpoint=_text(value["checkpoint"]).encode(),
            pinned=None if value["pinned"] is None else _text(value["pinned"]).encode(),
            consistency=tuple(bytes.fromhex(_text(each)) for each in _list(value, "consistency")),
            timestamps=stamps,
        )
        said = proof_json(found, _text(value["ledger"]), _text(value["origin"]))
    except ProofMalformed:
        raise
    except (KeyError, TypeError, ValueError) as error:
        raise ProofMalformed(f"proof.json: {error}") from error
    if said != value:
        raise ProofMalformed("proof.json has other fields than a proof has")
    if [each.size for each in stamps] != sorted({each.size for each in stamps}):
        raise ProofMalformed("proof.json: time-stamps stand in the order of their sizes, each once")
    return found


def _stamp(value: Any, answers: Mapping[str, bytes]) -> Timestamp:
    size = value["size"]
    if size.__class__ is not int or size < 1:
        raise ProofMalformed("proof.json: a time-stamp on a checkpoint without events")
    return Timestamp(size=size, checkpoint=_text(value["checkpoint"]).encode(), answer=answers[name_of(size)])


def _list(value: Any, name: str) -> list[Any]:
    found = value[name]
    if not isinstance(found, list) or len(found) > MOST_LISTED:
        raise ProofMalformed(f"proof.json: {name} is no list, or one of more than {MOST_LISTED}")
    return found


def _text(value: Any) -> str:
    if value.__class__ is not str:
        raise ProofMalformed("proof.json: a text that is none")
    return str(value)
