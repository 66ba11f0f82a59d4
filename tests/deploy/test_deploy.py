import asyncio
import importlib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import threading
import tomllib
from collections.abc import AsyncIterator, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

import asyncpg
import pytest
import typer
import yaml
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.client import Client

from services.eventstore import EventStore, migrate
from services.eventstore.migrations import migrations
from services.local import PostgresUrls, TemporalServer, embedded_postgres
from services.local.installation import postgres_account, postgres_programs
from services.seal import seal_key
from services.settings import Settings
from services.workflows.ring import SEARCH_ATTRIBUTES

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = sorted(name for name, service in SERVICES.items() if service["image"].startswith("etappi:"))
DOCKERFILE = (DEPLOY / "Dockerfile").read_text()
DOCUMENTS = [DEPLOY / "README.md", ROOT / "docs" / "runbook.md"]

# What the command line is to have. A command that is not there yet is taken on trust; any other is a mistake.
COMMANDS = {
    ("migrate",),
    ("api",),
    ("worker",),
    ("follow",),
    ("ledger", "list"),
    ("ledger", "open"),
    ("workflows", "rebuild"),
    ("up",),
    ("demo",),
}
# By their own documentation: the Postgres image, Temporal's sql tool, its server's configuration template, its command
# line, its pages.
THEIR_VARIABLES = {
    "postgres": {"POSTGRES_DB", "POSTGRES_PASSWORD", "POSTGRES_INITDB_ARGS"},
    "temporalio/admin-tools": {
        "SQL_PLUGIN",
        "SQL_HOST",
        "SQL_PORT",
        "SQL_USER",
        "SQL_PASSWORD",
        "TEMPORAL_ADDRESS",
        "TEMPORAL_NAMESPACE",
    },
    "temporalio/server": {
        "DB",
        "DB_PORT",
        "POSTGRES_SEEDS",
        "POSTGRES_USER",
        "POSTGRES_PWD",
        "NUM_HISTORY_SHARDS",
        "BIND_ON_IP",
        "DYNAMIC_CONFIG_FILE_PATH",
        "LOG_LEVEL",
    },
    "temporalio/ui": {
        "TEMPORAL_ADDRESS",
        "TEMPORAL_DEFAULT_NAMESPACE",
        "TEMPORAL_DISABLE_WRITE_ACTIONS",
        "TEMPORAL_NOTIFY_ON_NEW_VERSION",
    },
}


def variables(service: dict[str, Any]) -> dict[str, str]:
    found: dict[str, str] = service.get("environment", {})
    return found


def settings_variables() -> set[str]:
    return {str(field.validation_alias) for field in Settings.model_fields.values()}


def existing_commands() -> set[tuple[str, ...]]:
    def below(command: Any, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        subcommands = getattr(command, "commands", {})
        if not subcommands:
            yield path
        for name, subcommand in subcommands.items():
            yield from below(subcommand, (*path, name))

    app: typer.Typer = importlib.import_module("services.cli").app
    return set(below(typer.main.get_command(app), ()))


def instructions(name: str) -> list[str]:
    """The arguments of each of the Dockerfile's instructions of one kind, lines put together."""
    whole = re.sub(r"\\\n", " ", re.sub(r"^#.*\n", "", DOCKERFILE, flags=re.MULTILINE))
    return [match[1].strip() for match in re.finditer(rf"^{name}\s+(.*)$", whole, flags=re.MULTILINE)]


# The composition


@pytest.mark.parametrize("name", OURS)
def test_what_a_service_runs_is_a_command_of_ours(name: str) -> None:
    assert SERVICES[name]["entrypoint"][-1] == "etappi"
    assert tuple(SERVICES[name]["command"]) in COMMANDS | existing_commands()


def test_the_processes_of_a_production_installation_are_there() -> None:
    assert OURS == ["api", "follow", "migrate", "worker"]


@pytest.mark.parametrize("name", OURS)
def test_each_variable_of_ours_is_a_setting(name: str) -> None:
    given = {each.removesuffix("_FILE") for each in variables(SERVICES[name])}

    assert given <= settings_variables()


@pytest.mark.parametrize("name", sorted(set(SERVICES) - set(OURS)))
def test_each_variable_of_theirs_is_documented(name: str) -> None:
    image = SERVICES[name]["image"].partition(":")[0]
    # A plain name, but for secrets, which come by file.
    given = {
        each if each in THEIR_VARIABLES[image] else each.removesuffix("_FILE") for each in variables(SERVICES[name])
    }

    assert given <= THEIR_VARIABLES[image]


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_secrets_come_by_files_only(name: str) -> None:
    service = SERVICES[name]
    by_file = {value for each, value in variables(service).items() if value.startswith("/run/secrets/")}

    for variable, value in variables(service).items():
        if re.search(r"PASSWORD|PWD|SECRET|KEY|DATABASE_\w*URL|SMTP_URL", variable):
            assert variable.endswith("_FILE"), variable
            assert value.startswith("/run/secrets/"), variable
    assert by_file <= {f"/run/secrets/{secret}" for secret in service.get("secrets", [])}
    if any(variable.endswith("_FILE") for variable in variables(service)) and not service["image"].startswith(
        "postgres"
    ):
        assert "/with-secrets.sh" in service["entrypoint"]


def test_no_login_of_the_application_is_given_to_who_needs_none() -> None:
    holders = {
        secret: {name for name, service in SERVICES.items() if secret in service.get("secrets", [])}
        for secret in COMPOSE["secrets"]
    }

    assert holders["database_owner_url"] == {"migrate"}
    assert holders["database_url"] == {"api", "worker", "follow"}
    assert holders["seal_key"] == {"follow"}
    assert holders["postgres_password"] == {"postgres"}
    assert all(holders.values())


def test_all_that_is_named_is_declared() -> None:
    for name, service in SERVICES.items():
        assert set(service.get("secrets", [])) <= set(COMPOSE["secrets"]), name
        assert {each["source"] for each in service.get("configs", [])} <= set(COMPOSE["configs"]), name
        assert {each.partition(":")[0] for each in service.get("volumes", [])} <= set(COMPOSE["volumes"]), name
        assert set(service["networks"]) <= set(COMPOSE["networks"]), name
        assert set(service.get("depends_on", {})) <= set(SERVICES), name


def test_each_mounted_file_is_there() -> None:
    for config in COMPOSE["configs"].values():
        assert (DEPLOY / config["file"]).is_file(), config


def test_images_are_pinned_to_a_release() -> None:
    for name, service in SERVICES.items():
        tag = service["image"].partition(":")[2].removeprefix("${ETAPPI_VERSION:-").removesuffix("}")
        assert re.fullmatch(r"\d+\.\d+(\.\d+)?(-[a-z]+)?", tag), name
    for image in instructions("FROM"):
        assert re.fullmatch(r"python:\d+\.\d+\.\d+-slim-[a-z]+ AS python|python AS [a-z]+", image)


def test_our_images_tag_is_the_projects_version() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]

    assert {SERVICES[name]["image"] for name in OURS} == {f"etappi:${{ETAPPI_VERSION:-{version}}}"}
    assert f'org.opencontainers.image.version="{version}"' in DOCKERFILE


def test_temporal_is_of_the_version_that_the_tests_run_on() -> None:
    program = Path(sys.executable).parent / "temporal"
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    match = re.search(r"Server (\S+), UI ([^)\s]+)", said)
    assert match is not None

    assert SERVICES["temporal"]["image"] == f"temporalio/server:{match[1]}"
    assert SERVICES["temporal-schema"]["image"] == f"temporalio/admin-tools:{match[1]}"
    assert SERVICES["temporal-namespace"]["image"] == f"temporalio/admin-tools:{match[1]}"
    assert SERVICES["temporal-ui"]["image"] == f"temporalio/ui:{match[2]}"


async def test_postgres_is_of_the_major_version_that_the_tests_run_on(postgres: PostgresUrls) -> None:
    connection = await asyncpg.connect(postgres.owner)
    major = connection.get_server_version().major
    await connection.close()

    assert SERVICES["postgres"]["image"].startswith(f"postgres:{major}.")
    # From 18 on the image keeps its data below this folder, each major version in its own.
    assert SERVICES["postgres"]["volumes"] == ["postgres:/var/lib/postgresql"]


def test_nothing_but_the_api_and_temporals_pages_is_published_and_only_on_loopback() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}

    assert published.keys() == {"api", "temporal-ui"}
    assert all(port.startswith("127.0.0.1:") for ports in published.values() for port in ports)


def test_only_who_must_reaches_beyond_the_internal_networks() -> None:
    internal = {name for name, network in COMPOSE["networks"].items() if network.get("internal")}

    assert {name for name, service in SERVICES.items() if not set(service["networks"]) <= internal} == {
        "api",  # the identity provider, and its port
        "follow",  # the mail server
        "temporal-ui",  # its port
    }


def test_the_order_of_the_start_is_by_conditions() -> None:
    waits = {
        (name, other): wait["condition"].removeprefix("service_")
        for name, service in SERVICES.items()
        for other, wait in service.get("depends_on", {}).items()
    }

    assert waits == {
        ("temporal-schema", "temporal-postgres"): "healthy",
        ("temporal", "temporal-schema"): "completed_successfully",
        ("temporal-namespace", "temporal"): "healthy",
        ("temporal-ui", "temporal"): "healthy",
        ("migrate", "postgres"): "healthy",
        ("api", "migrate"): "completed_successfully",
        ("worker", "migrate"): "completed_successfully",
        ("worker", "temporal-namespace"): "completed_successfully",
        ("follow", "migrate"): "completed_successfully",
    }
    for (_, other), condition in waits.items():
        assert condition != "healthy" or "test" in SERVICES[other]["healthcheck"], other
        # What ends must not be started again for ever.
        assert condition == "healthy" or SERVICES[other]["restart"].startswith("on-failure"), other


def test_only_the_api_is_asked_whether_it_lives() -> None:
    assert {name for name in OURS if SERVICES[name].get("healthcheck") != {"disable": True}} == {"api"}


@pytest.mark.parametrize("name", OURS)
def test_our_processes_have_no_privileges_and_can_write_only_their_data(name: str) -> None:
    service = SERVICES[name]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert set(service.get("volumes", [])) <= {"data:/var/lib/etappi"}


def test_the_example_of_the_variables_names_only_what_the_composition_asks_for() -> None:
    asked = set(re.findall(r"\$\{(\w+)", (DEPLOY / "compose.yaml").read_text()))
    example = set(re.findall(r"^(?:# )?([A-Z_]+)=", (DEPLOY / "env.example").read_text(), flags=re.MULTILINE))

    assert example == asked


# The image


def test_the_image_runs_as_nobody_of_importance() -> None:
    users = instructions("USER")

    assert users == ["10001:10001"]
    assert DOCKERFILE.index("\nUSER") > DOCKERFILE.rindex("\nRUN"), "nothing is set up as the user that runs"


def test_the_image_is_one_command_with_a_check_and_labels() -> None:
    assert instructions("ENTRYPOINT") == ['["etappi"]']
    assert len(instructions("HEALTHCHECK")) == 1
    for label in ("title", "description", "version"):
        assert f"org.opencontainers.image.{label}=" in DOCKERFILE


def health_check(port: int) -> int:
    command = json.loads(instructions("HEALTHCHECK")[0].partition("CMD ")[2])
    environment = {"PATH": f"{Path(sys.executable).parent}:{os.defpath}", "ETAPPI_PORT": str(port)}
    return subprocess.run(command, env=environment, check=False, capture_output=True).returncode


def test_the_images_check_asks_whether_the_api_lives() -> None:
    asked = []

    class Alive(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Alive) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        assert health_check(server.server_port) == 0
        server.shutdown()

    assert asked == ["/healthz"]
    assert health_check(server.server_port) != 0


def test_all_that_the_image_installs_is_locked_by_hash() -> None:
    installs = [
        shlex.split(part)
        for run in instructions("RUN")
        for part in run.split("&&")
        if re.search(r"\bpip (install|wheel)\b", part)
    ]

    assert len(installs) == 4
    for words in installs:
        local = "--no-deps" in words and ("--no-index" in words or "--no-build-isolation" in words)
        assert "--require-hashes" in words or local, words


def test_what_the_image_copies_is_let_through_to_the_builder_and_is_there() -> None:
    ignored = (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines()
    let_through = {line.removeprefix("!") for line in ignored if line.startswith("!")}
    copied = {words.split()[0] for words in instructions("COPY") if not words.startswith("--from=")}

    assert "*" in ignored
    assert copied == let_through
    assert all((ROOT / name).exists() for name in copied)


def test_the_wheel_needs_nothing_that_is_not_copied() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())

    assert not {"readme", "license-files"} & project["project"].keys()
    assert set(project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]) <= set(
        " ".join(instructions("COPY")).split()
    )


def pins(lock: str) -> dict[str, str]:
    """The versions of a lock file; of a package with several, by its conditions, all of them."""
    found: dict[str, str] = {}
    for name, version in re.findall(r"^([a-zA-Z0-9._-]+)(?:\[[^]]*\])?==(\S+.*?) \\$", lock, flags=re.MULTILINE):
        found[name.lower()] = f"{found[name.lower()]} or {version}" if name.lower() in found else version
    return found


@pytest.mark.parametrize("name", ["requirements-runtime.lock", "requirements-build.lock"])
def test_the_images_locks_hold_the_versions_that_are_tested(name: str) -> None:
    tested = {each: version.split(" ;")[0] for each, version in pins((ROOT / "requirements.lock").read_text()).items()}
    text = (ROOT / name).read_text()

    for each, version in pins(text).items():
        assert tested.get(each) == version.split(" ;")[0], f"{each} differs: run `make lock`"
    assert text.count("--hash=sha256:") >= len(pins(text)) > 0
    assert "://" not in text


def test_the_image_has_all_that_the_project_needs_and_nothing_that_only_tests_need() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    runtime = pins((ROOT / "requirements-runtime.lock").read_text())
    build = pins((ROOT / "requirements-build.lock").read_text())
    needed = {re.split(r"[\[<>=!~; ]", each)[0].lower() for each in project["dependencies"]}

    assert needed <= runtime.keys(), "run `make lock`"
    assert not {"pytest", "mypy", "ruff", "hypothesis"} & runtime.keys()
    assert "hatchling" in build


# The scripts


@pytest.fixture
def secrets_folder(reachable_folder: Path) -> Iterator[Path]:
    folder = reachable_folder / "deploy-secrets"
    subprocess.run(["sh", DEPLOY / "make-secrets.sh", folder], check=True)
    yield folder
    shutil.rmtree(folder)


def test_the_secrets_that_are_declared_are_made_and_kept(secrets_folder: Path) -> None:
    made = {file.name: file.read_text() for file in secrets_folder.iterdir()}

    subprocess.run(["sh", DEPLOY / "make-secrets.sh", secrets_folder], check=True)

    assert {file.name: file.read_text() for file in secrets_folder.iterdir()} == made
    assert made.keys() == COMPOSE["secrets"].keys()
    assert {each["file"] for each in COMPOSE["secrets"].values()} == {f"./secrets/{name}" for name in made}
    assert {name for name, secret in made.items() if not secret} == {"oidc_client_secret", "smtp_url"}
    passwords = [secret for name, secret in made.items() if name.endswith("_password")]
    assert all(re.fullmatch("[0-9a-f]{48}", password) for password in passwords)
    assert len(set(passwords)) == len(passwords)
    assert str(seal_key(made["seal_key"], None, secrets_folder).verifier("log")).startswith("log+")
    assert secrets_folder.stat().st_mode & 0o777 == 0o700
    assert "/secrets/" in (DEPLOY / ".gitignore").read_text().splitlines()


def test_a_program_finds_its_secrets_in_its_environment(tmp_path: Path) -> None:
    (tmp_path / "database_url").write_text("postgresql://a:b'$(c) d@e/f\n")
    environment = {
        "PATH": os.defpath,
        "SECRETS_FOLDER": str(tmp_path),
        "DATABASE_URL_FILE": str(tmp_path / "database_url"),
        "SSL_CERT_FILE": "/etc/ssl/certs/all.pem",
    }

    result = subprocess.run(
        [
            "sh",
            DEPLOY / "with-secrets.sh",
            sys.executable,
            "-c",
            "import json, os; print(json.dumps(dict(os.environ)))",
        ],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )

    seen = json.loads(result.stdout)
    assert seen["DATABASE_URL"] == "postgresql://a:b'$(c) d@e/f"
    assert seen["SSL_CERT_FILE"] == "/etc/ssl/certs/all.pem"
    assert not {"DATABASE_URL_FILE", "SSL_CERT"} & seen.keys()


def test_a_program_whose_secret_cannot_be_read_is_not_started(tmp_path: Path) -> None:
    environment = {"PATH": os.defpath, "SECRETS_FOLDER": str(tmp_path), "SMTP_URL_FILE": str(tmp_path / "none")}

    result = subprocess.run(
        ["sh", DEPLOY / "with-secrets.sh", "echo", "started"], env=environment, capture_output=True, check=False
    )

    assert result.returncode != 0
    assert result.stdout == b""


def test_both_of_temporals_databases_get_their_tables(tmp_path: Path) -> None:
    tool = tmp_path / "temporal-sql-tool"
    tool.write_text('#!/bin/sh\necho "$@"\n')
    tool.chmod(0o755)
    environment = {"PATH": f"{tmp_path}:{os.defpath}"}

    result = subprocess.run(
        ["sh", DEPLOY / "temporal" / "schema.sh"], env=environment, capture_output=True, text=True, check=True
    )

    schemas = "/etc/temporal/schema/postgresql/v12"
    assert result.stdout.splitlines() == [
        "--db temporal setup-schema -v 0.0",
        f"--db temporal update-schema -d {schemas}/temporal/versioned",
        "--db temporal_visibility setup-schema -v 0.0",
        f"--db temporal_visibility update-schema -d {schemas}/visibility/versioned",
    ]


async def test_the_namespace_is_made_with_what_workflows_are_found_by(temporal: TemporalServer, tmp_path: Path) -> None:
    environment = {
        "PATH": f"{Path(sys.executable).parent}:{os.defpath}",
        "HOME": str(tmp_path),
        "TEMPORAL_ADDRESS": temporal.address,
        "TEMPORAL_NAMESPACE": "deployed",
    }
    script = str(DEPLOY / "temporal" / "namespace.sh")

    for _ in range(2):
        run = await asyncio.create_subprocess_exec("sh", script, env=environment)
        assert await run.wait() == 0

    client = await Client.connect(temporal.address, namespace="deployed")
    found = await client.operator_service.list_search_attributes(ListSearchAttributesRequest(namespace="deployed"))
    listed = dict(re.findall(r"(\w+)=(\w+)", (DEPLOY / "temporal" / "namespace.sh").read_text()))
    assert SEARCH_ATTRIBUTES.items() <= listed.items()
    assert found.custom_attributes.keys() >= SEARCH_ATTRIBUTES.keys()


def test_ours_look_for_workflows_where_the_namespace_is_made() -> None:
    wanted = {variables(SERVICES[name])["TEMPORAL_NAMESPACE"] for name in ("api", "worker", "follow")}

    assert wanted == {variables(SERVICES["temporal-namespace"])["TEMPORAL_NAMESPACE"]}
    assert wanted == {variables(SERVICES["temporal-ui"])["TEMPORAL_DEFAULT_NAMESPACE"]}


# The databases


def as_superuser(urls: PostgresUrls, folder: Path, database: str) -> str:
    """The superuser's address; the embedded server keeps its password beside its data."""
    password = json.loads((folder / "passwords.json").read_text())["postgres"]
    socket = parse_qs(urlsplit(urls.owner).query)["host"][0]
    return f"postgresql://postgres:{password}@/{database}?host={quote(socket)}&port=5432"


def on_the_socket(url: str, urls: PostgresUrls) -> str:
    """A secret's address, but of the embedded server."""
    wanted = urlsplit(url)
    return f"postgresql://{wanted.username}:{wanted.password}@{wanted.path}?{urlsplit(urls.owner).query}"


def run_sql_file(program: str, url: str, *arguments: str | Path, secrets: Path) -> None:
    """Run a program of Postgres as its image's entry point does."""
    server = urlsplit(url)
    environment = {
        "PATH": os.defpath,
        "PGHOST": parse_qs(server.query)["host"][0],
        "PGPORT": "5432",
        "PGUSER": server.username or "",
        "PGPASSWORD": unquote(server.password or ""),
        "PGDATABASE": server.path.removeprefix("/"),
        "PGOPTIONS": f"-c etappi.secrets={secrets}",
    }
    programs = postgres_programs(secrets.parent, postgres_account())
    subprocess.run([programs / program, *arguments], env=environment, check=True, capture_output=True)


@pytest.fixture
def mounted_secrets(secrets_folder: Path) -> Path:
    """The secrets as a container sees them: the files, without the folder that bars others from them on the host."""
    secrets_folder.chmod(0o755)
    return secrets_folder


@pytest.fixture
async def fresh(reachable_folder: Path, mounted_secrets: Path) -> AsyncIterator[tuple[PostgresUrls, str]]:
    """A server with no login but the superuser, and an empty database, as the image has before its scripts run."""
    folder = reachable_folder / "deploy-postgres"
    async with embedded_postgres(folder) as urls:
        connection = await asyncpg.connect(as_superuser(urls, folder, "postgres"))
        await connection.execute("DROP DATABASE etappi")
        await connection.execute("DROP ROLE etappi_owner")
        await connection.execute("DROP ROLE etappi_app")
        await connection.execute("CREATE DATABASE etappi")
        await connection.close()
        yield urls, as_superuser(urls, folder, "etappi")
    shutil.rmtree(folder)


async def test_the_two_logins_are_made_and_the_migration_works_with_them(
    fresh: tuple[PostgresUrls, str], secrets_folder: Path
) -> None:
    urls, superuser = fresh
    owner = on_the_socket((secrets_folder / "database_owner_url").read_text(), urls)
    application = on_the_socket((secrets_folder / "database_url").read_text(), urls)

    run_sql_file(
        "psql", superuser, "-v", "ON_ERROR_STOP=1", "-f", DEPLOY / "postgres" / "init.sql", secrets=secrets_folder
    )

    assert await migrate(owner) == len(migrations())
    async with asyncpg.create_pool(application, min_size=1, max_size=2) as pool:
        await EventStore(pool).create_ledger("keha", demo=False)
        assert await EventStore(pool).ledgers() == {"keha": False}
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await pool.execute("CREATE TABLE log.mine (n integer)")
        rights = await pool.fetch(
            "SELECT rolname, rolsuper, rolcreaterole, rolcreatedb FROM pg_roles "
            "WHERE rolname LIKE 'etappi%' ORDER BY rolname"
        )
        assert [tuple(row) for row in rights] == [
            ("etappi_app", False, False, False),
            ("etappi_owner", False, False, False),
        ]
        assert not await pool.fetchval(
            "SELECT has_database_privilege('etappi_app', 'etappi', 'CREATE') "
            "OR EXISTS (SELECT FROM pg_database, aclexplode(datacl) WHERE datname = 'etappi' AND grantee = 0)"
        )


async def test_a_dump_holds_all_that_a_restore_needs(
    fresh: tuple[PostgresUrls, str], secrets_folder: Path, tmp_path: Path
) -> None:
    urls, superuser = fresh
    script = ("-v", "ON_ERROR_STOP=1", "-f", DEPLOY / "postgres" / "init.sql")
    run_sql_file("psql", superuser, *script, secrets=secrets_folder)
    await migrate(on_the_socket((secrets_folder / "database_owner_url").read_text(), urls))
    application = on_the_socket((secrets_folder / "database_url").read_text(), urls)
    async with asyncpg.create_pool(application, min_size=1, max_size=2) as pool:
        await EventStore(pool).create_ledger("keha", demo=False)

    run_sql_file("pg_dump", superuser, "--format=custom", "--file", tmp_path / "etappi.dump", secrets=secrets_folder)
    connection = await asyncpg.connect(superuser.replace("/etappi?", "/postgres?"))
    await connection.execute("DROP DATABASE etappi")
    await connection.execute("CREATE DATABASE etappi OWNER etappi_owner")
    await connection.close()
    restore = ("--exit-on-error", "--dbname=etappi", tmp_path / "etappi.dump")
    run_sql_file("pg_restore", superuser, *restore, secrets=secrets_folder)

    async with asyncpg.create_pool(application, min_size=1, max_size=2) as pool:
        assert await EventStore(pool).ledgers() == {"keha": False}
    assert await migrate(on_the_socket((secrets_folder / "database_owner_url").read_text(), urls)) == 0


async def test_temporal_gets_a_login_and_two_databases_of_its_own(
    fresh: tuple[PostgresUrls, str], secrets_folder: Path
) -> None:
    urls, superuser = fresh

    run_sql_file(
        "psql", superuser, "-v", "ON_ERROR_STOP=1", "-f", DEPLOY / "temporal" / "init.sql", secrets=secrets_folder
    )

    password = (secrets_folder / "temporal_password").read_text()
    for database in ("temporal", "temporal_visibility"):
        url = on_the_socket(f"postgresql://temporal:{password}@temporal-postgres/{database}", urls)
        connection = await asyncpg.connect(url)
        await connection.execute("CREATE TABLE schema_version (n integer)")
        await connection.close()


async def test_an_empty_password_makes_no_login(fresh: tuple[PostgresUrls, str], secrets_folder: Path) -> None:
    _, superuser = fresh
    (secrets_folder / "etappi_app_password").chmod(0o644)
    (secrets_folder / "etappi_app_password").write_text("\n")

    with pytest.raises(subprocess.CalledProcessError) as failed:
        run_sql_file(
            "psql", superuser, "-v", "ON_ERROR_STOP=1", "-f", DEPLOY / "postgres" / "init.sql", secrets=secrets_folder
        )

    assert b"the password of etappi_app is empty" in failed.value.stderr
    connection = await asyncpg.connect(superuser)
    assert not await connection.fetchval("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname LIKE 'etappi%')")
    await connection.close()


# What is written about it


def environment_table() -> str:
    """The table of README.md: each variable, what holds when it isn't set, and the setting's own description."""
    rows = ["| variable | not set | what it is |", "| --- | --- | --- |"]
    for field in Settings.model_fields.values():
        default = (
            ""
            if field.default is None
            else f"`{str(field.default).lower() if field.default is False else field.default}`"
        )
        rows.append(f"| `{field.validation_alias}` | {default} | {field.description} |")
    return "\n".join(rows)


def test_the_table_of_the_environment_is_that_of_the_settings() -> None:
    assert environment_table() in (DEPLOY / "README.md").read_text()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_documents_name_only_commands_that_are_there(document: Path) -> None:
    known = COMMANDS | existing_commands()
    named = re.findall(r"`etappi ((?:[a-z][a-z-]*)(?: [a-z][a-z-]*)?)", document.read_text())
    run = re.findall(r"run --rm (?:--volume \S+ )?worker ([a-z]+(?: [a-z]+)?)", document.read_text())

    assert named
    for words in map(str.split, named + run):
        assert tuple(words) in known or tuple(words[:1]) in known, words


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_documents_name_only_services_that_are_there(document: Path) -> None:
    named = re.findall(
        r"docker compose (?:stop|start|restart|logs|exec|up --detach)(?: -[-\w]+(?:[= ]\d+\w*)?)* ((?:[a-z][a-z-]*)?)",
        document.read_text(),
    )

    assert named
    assert {name for name in named if name} <= set(SERVICES)


async def test_the_queries_of_the_runbook_can_be_asked(database: PostgresUrls) -> None:
    text = (ROOT / "docs" / "runbook.md").read_text()
    queries = [match[1] for match in re.finditer(r"<<'SQL'\n(.*?)^SQL$", text, flags=re.MULTILINE | re.DOTALL)]
    queries += [match[2] for match in re.finditer(r"""--command=(['"])(SELECT .*?)\1$""", text, flags=re.MULTILINE)]

    connection = await asyncpg.connect(database.owner)
    await connection.execute("INSERT INTO log.head (ledger, demo) VALUES ('keha', false)")
    await connection.execute("INSERT INTO app.subscription (name, ledger, position) VALUES ('board', 'keha', 0)")
    answers = [await connection.fetch(query) for query in queries]
    await connection.close()

    assert len(answers) == 5
    assert [(row["name"], row["behind"]) for row in answers[0]] == [("board", 0)]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", document.read_text()):
        assert (document.parent / target).exists(), target
