"""Which key seals a ledger, recorded in the ledger itself: the first one, and the one that follows it."""

from datetime import UTC, datetime

from domain.attestation import FOLD, IntroduceSealKey
from domain.proof.note import VerifierKey, verifier_key
from domain.values import OPERATOR, Words
from services.commands import Done, Handler, Request
from services.seal.follow import Introduce
from services.seal.keys import SealKey

FIRST = Words("The first key; introduced before anything was sealed.")


def introducing(handler: Handler) -> Introduce:
    """How the process that seals has a ledger's first key recorded. Safe to repeat."""

    async def introduce(ledger: str, key: VerifierKey) -> None:
        await _introduce(handler, ledger, str(key), None, FIRST)

    return introduce


async def rotate(handler: Handler, ledger: str, key: SealKey, origin: str, reason: Words) -> Done:
    """Record that a ledger is sealed with this key from now on. Unchanged where it is in use.

    `origin` names the log where no key was introduced yet. Raises `Refused`.
    """
    former: str | None = (await handler.read(ledger, lambda view: view.get(FOLD))).key
    ours = str(key.verifier(origin if former is None else verifier_key(former).name))
    if ours == former:
        return Done(first=None, last=None, unchanged=True)
    return await _introduce(handler, ledger, ours, former, reason)


async def _introduce(handler: Handler, ledger: str, key: str, replaces: str | None, reason: Words) -> Done:
    return await handler.handle(
        Request(
            ledger=ledger,
            by=OPERATOR,
            key=f"introduce-seal-key/{key}/{replaces}",
            command=IntroduceSealKey(verifier_key=key, replaces=replaces, reason=reason),
            received_at=datetime.now(UTC),
        )
    )
