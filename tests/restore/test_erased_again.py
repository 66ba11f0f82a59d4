"""A restore to a point before an erasure: nothing is served until it is all erased again (case 20, C18)."""

from datetime import UTC, datetime

import asyncpg

from domain.erasure import ConfirmErasure, ProposeErasure
from domain.erasures import FOLD as ERASURE
from domain.events.organisation import Grant
from domain.organisation import FOLD as ORGANISATION
from domain.organisation import proposal_digest
from domain.roles import ConfirmRole, ProposeRole
from domain.values import Actor, Date, Digest, PersonId, Role, Words
from restore.conftest import LEDGER, Installation
from services.cli.stack import Stack
from services.commands import Request
from services.eventstore import catch_up
from services.places import about_person, find, places

RESUME = ("ledger", "resume", LEDGER, "--by", "Matti", "--reason", "the disk was lost", "--after-restore")


async def do(parts: Stack, by: str, command: object) -> None:
    """Give a command."""
    key = f"{by}-{type(command).__name__}"
    await parts.handler.handle(
        Request(ledger=LEDGER, by=Actor(id=PersonId(by)), key=key, command=command, received_at=datetime.now(UTC))
    )


async def erased(parts: Stack) -> None:
    """Carl is erased: an administrator proposes it, the head confirms."""
    found = await find(parts.store, LEDGER, await about_person(parts.store, LEDGER, PersonId("carl")))
    propose = ProposeErasure(erasure="e1", places=places(found), reason=Words("x"), authority=Words("1/2024"))
    await do(parts, "anna", propose)
    state = await parts.handler.read(LEDGER, lambda view: view.get(ERASURE, "e1"))
    await do(parts, "hanna", ConfirmErasure(erasure="e1", digest=proposal_digest(state.proposed)))
    [erasures] = [each for each in parts.subscriptions() if each.name == "erasures"]
    await catch_up(parts.pool, erasures, LEDGER)


async def known(installation: Installation) -> bool:
    """Whether Carl's name is there."""
    async with installation.parts() as parts:
        person = (await parts.handler.read(LEDGER, lambda view: view.get(ORGANISATION))).people[PersonId("carl")]
        return bool(await parts.store.disclosures(LEDGER, [bytes.fromhex(Digest(person.name))]))


async def test_a_restore_to_before_an_erasure_is_resumed_with_everything_erased_again(
    installation: Installation,
) -> None:
    await installation.register("carl", "hanna")
    async with installation.parts() as parts:
        head = Grant(person=PersonId("hanna"), role=Role.HEAD, unit=None, valid_from=Date("2024-01-01"), valid_to=None)
        await do(parts, "anna", ProposeRole(proposal="r1", grant=head))
        proposed = (await parts.handler.read(LEDGER, lambda view: view.get(ORGANISATION))).proposed["r1"][0]
        await do(parts, "bert", ConfirmRole(proposal="r1", digest=proposal_digest(proposed)))
    await installation.sealed()
    restored = await installation.backup()
    async with installation.parts() as parts:
        await erased(parts)
    await installation.sealed()
    assert not await known(installation)
    assert await known(restored)

    refused = await restored.etappi(*RESUME)
    assert refused.returncode == 1
    assert "e1 (position" in refused.stderr
    assert "DATABASE_OWNER_URL" in refused.stderr
    done = await restored.etappi(*RESUME, DATABASE_OWNER_URL=restored.urls.owner)

    assert done.returncode == 0, done.stderr
    assert "3 of the 13 sealed events of keha are lost" in done.stdout
    assert not await known(restored)
    await restored.sealed()
    owner = await asyncpg.connect(restored.urls.owner)
    assert await owner.fetchval("SELECT count(*) FROM log.erased_again") == 3
    await owner.close()
    async with restored.parts() as parts:
        await parts.erase_again()
