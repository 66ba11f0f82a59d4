"""An operator opens an agency's ledger, and the one beside it that keeps who looked."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from services.local import PostgresUrls

ETAPPI = Path(sys.executable).parent / "etappi"


def etappi(*arguments: str, **environment: str) -> str:
    """What a command says that succeeds."""
    run = subprocess.run(
        [ETAPPI, *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "ETAPPI_LOG_LEVEL": "ERROR", **environment},
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


@pytest.fixture
def administrators(tmp_path: Path) -> str:
    """The file with the first two."""
    file = tmp_path / "administrators.json"
    one = {"name": "A name", "contact": "c@agency.example", "issuer": "https://idp.example"}
    file.write_text(json.dumps([{"person": each, "subject": each, **one} for each in ("anna", "antti")]))
    return str(file)


async def test_a_ledger_is_opened_once_with_the_one_that_keeps_who_looked(
    database: PostgresUrls, administrators: str, tmp_path: Path
) -> None:
    data = str(tmp_path / "data")

    async def said(*arguments: str) -> str:
        return await asyncio.to_thread(etappi, *arguments, DATABASE_URL=database.app, ETAPPI_DATA=data)

    opening = ("ledger", "open", "keha", "--agency", "keha", "--administrators", administrators)

    assert await said(*opening) == "keha is open\n"
    assert await said(*opening) == "keha was open already\n"
    listed = [line.partition("\t") for line in (await said("ledger", "list")).splitlines()]
    assert [name for name, _, _ in listed] == ["keha", "keha.access"]
    assert listed[1][2] == "0 events"
    assert "(demo)" not in listed[0][2]
