"""Play the demo year for the tests of pages: `python tests/web/play.py FOLDER ISSUER`. It takes half a minute or more.

It is played to 10 June 2025, where `etappi up` stops: each role has something to do. What is left in the folder is a
dump of the database, and beside it what the service keeps in ETAPPI_DATA.
"""

import asyncio
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from services.cli.demo import play_stages, running
from services.cli.processes import configured
from services.cli.screen import Screen
from services.demo.provider import demo_provider
from services.demo.year import UNTIL_JUNE
from services.local.installation import postgres_account, postgres_programs

DUMP, DATA = "year.dump", "data"
KEPT = ("evidence", "log", "checkpoints", "seal-key.pem")


async def play(folder: Path, issuer: str) -> None:
    """Play it on servers of its own, and leave what came of it in the folder."""
    screen = Screen(quiet=True)
    with tempfile.TemporaryDirectory(prefix="etappi-year-") as temporary:
        own = Path(temporary)
        own.chmod(0o755)  # noqa: ASYNC240 (nothing else runs yet)
        async with running(configured(quiet=True), own, screen) as (parts, _):
            await play_stages(parts, demo_provider(issuer), UNTIL_JUNE, screen)
            # The owner of the tables may read them all.
            await asyncio.to_thread(dump, parts.settings.database_owner_url or "", own, folder / DUMP)
        (folder / DATA).mkdir()
        for name in KEPT:
            if (own / name).is_dir():
                shutil.copytree(own / name, folder / DATA / name)
            elif (own / name).exists():
                shutil.copy2(own / name, folder / DATA / name)


def dump(url: str, folder: Path, file: Path) -> None:
    """Write a database to a file. The folder is one that Postgres's user may enter."""
    run_program("pg_dump", folder, "--format=custom", "--file", file, "--dbname", url)


def restore(url: str, folder: Path, file: Path) -> None:
    """Fill an empty database from a file."""
    run_program("pg_restore", folder, "--exit-on-error", "--dbname", url, file)


def run_program(name: str, folder: Path, *arguments: str | Path) -> None:
    """Run one of Postgres's programs."""
    program = postgres_programs(folder, postgres_account()) / name
    subprocess.run([program, *arguments], check=True, timeout=120)


if __name__ == "__main__":
    asyncio.run(play(Path(sys.argv[1]), sys.argv[2]))
