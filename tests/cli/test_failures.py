"""The command line leaves alone what isn't its own, and tells what goes wrong in one line."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest

from services.cli.demo_folder import demo_folder
from services.cli.failures import told
from services.eventstore.read import LogBroken
from services.local import FolderInUse, PostgresUrls

ETAPPI = Path(sys.executable).parent / "etappi"
NOBODY_THERE = "postgresql://etappi_app:secret@127.0.0.1:1/etappi"


def refused(*arguments: str, **environment: str) -> str:
    """The one line that a command says; the command ends with 1."""
    run = subprocess.run(
        [ETAPPI, *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "ETAPPI_LOG_LEVEL": "ERROR", **environment},
    )
    assert run.returncode == 1, run.stdout + run.stderr
    assert run.stderr.count("\n") == 1, run.stderr
    return run.stderr


def test_a_start_that_was_broken_off_is_begun_again_and_nothing_but_its_own_is_deleted(tmp_path: Path) -> None:
    foreign = tmp_path / "postgres"
    foreign.mkdir()
    with demo_folder(tmp_path) as begun:
        begun.begin()
        (begun.path / "postgres" / "data").mkdir(parents=True)
        (begun.path / "postgres" / "postgres.pid").write_text("{}")
        (begun.path / "postgres" / "beside").symlink_to(foreign)
        (begun.path / "evidence").symlink_to(foreign)

    with demo_folder(tmp_path) as again:
        assert again.issuer is None
        again.begin()
        assert sorted(each.name for each in again.path.rglob("*")) == ["demo.json", "lock", "postgres", "postgres.pid"]
    assert foreign.is_dir()


def test_a_year_that_was_played_is_known_again(tmp_path: Path) -> None:
    with demo_folder(tmp_path) as first:
        first.begin()
        first.played("http://127.0.0.1:8000/idp")

    with demo_folder(tmp_path) as second:
        assert second.issuer == "http://127.0.0.1:8000/idp"


@pytest.mark.parametrize("mark", [None, "", "[]", '{"issuer": 1}'])
def test_a_folder_that_the_demo_did_not_mark_is_refused_and_left_as_it_is(tmp_path: Path, mark: str | None) -> None:
    folder = tmp_path / "demo"
    (folder / "postgres").mkdir(parents=True)
    (folder / "postgres" / "data").write_text("somebody's")
    if mark is not None:
        (folder / "demo.json").write_text(mark)

    said = refused("up", ETAPPI_DATA=str(tmp_path))

    assert f"{folder} holds something that isn't a demo's" in said
    assert (folder / "postgres" / "data").read_text() == "somebody's"
    assert not (folder / "lock").exists()


def test_a_second_demo_on_one_folder_is_refused_before_it_deletes_anything(tmp_path: Path) -> None:
    with demo_folder(tmp_path) as first:
        first.begin()
        with pytest.raises(FolderInUse), demo_folder(tmp_path):
            pass
        assert f"in use by process {os.getpid()}" in refused("up", ETAPPI_DATA=str(tmp_path))


@pytest.mark.parametrize("command", ["up", "demo"])
@pytest.mark.parametrize("setting", ["DATABASE_URL", "TEMPORAL_ADDRESS"])
def test_a_demo_is_refused_where_an_installation_is_named(tmp_path: Path, command: str, setting: str) -> None:
    said = refused(command, ETAPPI_DATA=str(tmp_path), **{setting: NOBODY_THERE})

    assert f"{setting} is set" in said
    assert "etappi api" in said
    assert list(tmp_path.iterdir()) == []


FAULTY = ["mysql://u:secret@h/d", "postgresql://u:sec/ret@h:x/d", "nonsense"]


@pytest.mark.parametrize(
    ("command", "url"),
    [
        *((["ledger", "list"], url) for url in (NOBODY_THERE, *FAULTY)),
        *(([name], NOBODY_THERE) for name in ("api", "worker", "follow", "migrate")),
        (["workflows", "rebuild", "--ledger", "keha"], NOBODY_THERE),
    ],
)
def test_a_database_that_is_not_there_is_told_in_one_line_without_its_password(command: list[str], url: str) -> None:
    said = refused(
        *command,
        DATABASE_URL=url,
        DATABASE_OWNER_URL=url,
        TEMPORAL_ADDRESS="127.0.0.1:1",
        ETAPPI_OIDC_ISSUER="https://idp.example",
        ETAPPI_PUBLIC_URL="https://etappi.example",
    )

    assert "DATABASE_OWNER_URL" in said if command == ["migrate"] else "DATABASE_URL" in said
    assert "sec" not in said


@pytest.mark.parametrize(("url", "status"), [("", 2), ("etappi.example.fi", 1)])
def test_the_api_does_not_start_without_the_address_that_people_use(url: str, status: int) -> None:
    named = {"ETAPPI_PUBLIC_URL": url, "ETAPPI_OIDC_ISSUER": "https://idp.example", "DATABASE_URL": NOBODY_THERE}

    run = subprocess.run(
        [ETAPPI, "api"], capture_output=True, text=True, timeout=60, check=False, env={**os.environ, **named}
    )

    assert run.returncode == status
    assert "ETAPPI_PUBLIC_URL" in run.stderr
    assert run.stderr.count("\n") == 1


def test_a_faulty_mail_server_or_setting_is_told_in_one_line() -> None:
    assert "SMTP_URL is no address" in refused("follow", SMTP_URL="http://user:secret@mail")
    assert "SMTP_URL is no address" in refused("up", SMTP_URL="smtp://user:secret@mail:port")
    assert "ETAPPI_PORT" in refused("api", ETAPPI_PORT="many")


async def test_a_temporal_that_is_not_there_is_told_in_one_line(database: PostgresUrls) -> None:
    command = ["workflows", "rebuild", "--ledger", "keha"]

    said = await asyncio.to_thread(refused, *command, DATABASE_URL=database.app, TEMPORAL_ADDRESS="127.0.0.1:1")

    assert "TEMPORAL_ADDRESS (127.0.0.1:1)" in said


def test_an_api_that_is_not_there_is_told_in_one_line() -> None:
    said = refused("board", "--url", "http://127.0.0.1:1", "--token", "token")

    assert "The API can't be reached" in said


async def test_a_refused_opening_is_told_in_one_line_and_leaves_nothing(database: PostgresUrls, tmp_path: Path) -> None:
    def people(*ids: str, name: str = "A name") -> str:
        file = tmp_path / "administrators.json"
        one = {"name": name, "contact": "c@agency.example", "issuer": "https://idp.example"}
        file.write_text(json.dumps([{"person": each, "subject": each, **one} for each in ids]))
        return str(file)

    async def opening(ledger: str, administrators: str) -> str:
        arguments = ["ledger", "open", ledger, "--agency", "keha", "--administrators", administrators]
        return await asyncio.to_thread(refused, *arguments, DATABASE_URL=database.app)

    assert "no name of a ledger" in await opening("Keha", people("a", "b"))
    assert "no name of a ledger" in await opening("keha/x", people("a", "b"))
    assert "malformed-id" in await opening("keha", people("A person", "b"))
    assert "two-administrators" in await opening("keha", people("a", "a"))
    assert "text-script" in await opening("keha", people("a", "b", name="Имя"))
    connection = await asyncpg.connect(database.app)
    assert await connection.fetchval("SELECT count(*) FROM log.head") == 0
    await connection.close()


def test_a_log_that_is_not_what_it_was_is_told_with_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    """As a follower finds it, among the other jobs of the process."""
    broken = LogBroken("ledger keha: subscription read-models has followed it to position 9, which is no more")

    with pytest.raises(SystemExit), told():
        raise ExceptionGroup("jobs", [ExceptionGroup("followers", [broken])])

    line = capsys.readouterr().err
    assert line.startswith("The log isn't what it was: ledger keha: subscription read-models")
    assert "docs/runbook.md" in line
    assert "`etappi ledger resume`" in line
    assert line.count("\n") == 1
