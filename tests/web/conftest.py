"""The sites that the tests of pages use.

- `year`: the demo year played to 10 June 2025, shared: read it, change nothing. People are those of
  services/demo/people.py (`petri-sund` owns the unit strategy, `tuula-kanerva` coordinates).
- `year_copy`: the same in a database of the test's own, to change.
- `agency`: a small agency on 3 June 2024 with its half-year round open, of the test's own. People are called after
  their roles: `owner`, `stand-in`, `director` (of people-leadership), `other-owner`, `other-director` (of
  digital-services), `head`, `coordinator`, `assessor`, `decider`, `auditor`, `admin`, `admin-two`, `nobody`.

Each is a `Site`: `client = await year.client_as("petri-sund")`, then `await client.get("/keha/work")`;
`await agency.do("owner", "report-milestone", …)` prepares something, `await agency.api("owner", "inbox")` looks.
`await agency.clock(…)` goes on in time. Temporal isn't there. Browsers are in tests/browser/conftest.py.
"""

import asyncio
import contextlib
import secrets
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import structlog
from api.conftest import _as_owner, _dropped
from api.world import PEOPLE, SEAL_KEY, populate, world_over
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from services.demo.people import MEMBERS
from services.eventstore import migrate
from services.evidence import open_objects
from services.identity.demo import DemoProvider
from services.local import PostgresUrls
from services.seal.keys import DEFAULT_FILE
from services.settings import Settings
from web.play import restore
from web.site import Site, fallen_due, site_over
from web.walk import PEOPLE as ROLES
from web.walk import STARTS, Seen, walked
from web.year import DATA, DUMP, played

YEAR, AGENCY = "http://year.localhost", "http://agency.localhost"
PEOPLE_OF = {
    YEAR: {member.account: member.name for member in MEMBERS},
    AGENCY: {person: f"The {person}" for person in PEOPLE},
}
_PLAYS = frozenset({"year", "year_copy"})
_PLAYING_SECONDS = 600


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The first test that needs the year may have to play it."""
    for item in items:
        if isinstance(item, pytest.Function) and _PLAYS & set(item.fixturenames):
            item.add_marker(pytest.mark.timeout(_PLAYING_SECONDS))


@pytest.fixture(scope="session")
async def year_template(
    postgres: PostgresUrls, reachable_folder: Path, pytestconfig: pytest.Config
) -> tuple[str, Path]:
    """The name of a database that holds the played year, and the folder of what lies beside it."""
    name = f"year_{secrets.token_hex(4)}"
    data = reachable_folder / name
    cache = pytestconfig.cache.mkdir("played-year")
    await _as_owner(postgres, f"CREATE DATABASE {name}")
    urls = postgres.for_database(name)

    def fill() -> None:
        with played(cache, f"{YEAR}/idp") as folder:
            restore(urls.owner, reachable_folder, folder / DUMP)
            shutil.copytree(folder / DATA, data)

    await asyncio.to_thread(fill)
    await migrate(urls.owner)
    return name, data


@pytest.fixture(scope="session")
async def year(postgres: PostgresUrls, year_template: tuple[str, Path], quiet_servers: None) -> AsyncIterator[Site]:
    """The demo year on 10 June 2025, shared by all tests that change nothing."""
    async with _copy(postgres, *year_template, YEAR) as site:
        yield site


@pytest.fixture(scope="session")
async def finnish(year: Site) -> list[Seen]:
    """Every page of the year that somebody reaches by links, in Finnish."""
    return [seen for account in ROLES.values() for seen in await walked(year, account, "fi", STARTS)]


@pytest.fixture
async def year_copy(
    postgres: PostgresUrls, year_template: tuple[str, Path], quiet_servers: None
) -> AsyncIterator[Site]:
    """The demo year on 10 June 2025, of the test's own."""
    async with _copy(postgres, *year_template, YEAR) as site:
        yield site


@pytest.fixture(scope="session")
async def agency_template(postgres: PostgresUrls, template: str, reachable_folder: Path) -> tuple[str, Path]:
    """The name of a database that holds the small agency, and the folder of its files."""
    name = f"agency_{secrets.token_hex(4)}"
    data = reachable_folder / name
    data.mkdir()
    # With the key that the agency's ledger names, or what follows the log wouldn't sign.
    key = SEAL_KEY.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (data / DEFAULT_FILE).write_bytes(key)
    await _as_owner(postgres, f"CREATE DATABASE {name} TEMPLATE {template}")
    provider = DemoProvider(f"{AGENCY}/idp", PEOPLE_OF[AGENCY])
    with structlog.testing.capture_logs():
        world = await world_over(postgres.for_database(name).app, provider, objects=open_objects(None, data))
        await populate(world)
        await fallen_due(world.handler)
        await world.client.aclose()
        await world.pool.close()
        # Sealed once, so that no test's events are counted while the key is introduced.
        own = Settings(data=data, public_url=AGENCY, database_owner_url=postgres.for_database(name).owner)
        async with site_over(own, postgres.for_database(name).app, PEOPLE_OF[AGENCY]) as site:
            await site.sealed()
    return name, data


@pytest.fixture
async def agency(postgres: PostgresUrls, agency_template: tuple[str, Path], quiet_servers: None) -> AsyncIterator[Site]:
    """The small agency on 3 June 2024, of the test's own."""
    async with _copy(postgres, *agency_template, AGENCY) as site:
        yield site


@pytest.fixture(scope="session")
def quiet_servers() -> Iterator[None]:
    """Followers and requests log nothing while they run: without a set-up, structlog would print it all."""
    with structlog.testing.capture_logs():
        yield


@contextlib.asynccontextmanager
async def _copy(postgres: PostgresUrls, template: str, data: Path, url: str) -> AsyncIterator[Site]:
    """A site over a copy of a database and of the files beside it."""
    name = f"{template}_{secrets.token_hex(4)}"
    folder = data.with_name(name)
    await asyncio.to_thread(shutil.copytree, data, folder)
    await _as_owner(postgres, f"CREATE DATABASE {name} TEMPLATE {template}")
    urls = postgres.for_database(name)
    own = Settings(data=folder, public_url=url, database_owner_url=urls.owner)
    try:
        async with site_over(own, urls.app, PEOPLE_OF[url]) as site:
            yield site
    finally:
        await _dropped(postgres, name)
        shutil.rmtree(folder)
