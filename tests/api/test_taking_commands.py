"""What the API asks of a command before the domain sees it, and how it says no."""

import asyncio
import socket
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import asyncpg
import httpx2
import pytest
import structlog

from api.world import AGREEMENT, HALF_YEAR, JUNE, LEDGER, UNIT, World, named, world_over
from domain.commands import COMMANDS
from domain.staffing import OpenLedger
from domain.values import OPERATOR, ActorKind
from services.api import health
from services.commands import Request
from services.identity.demo import DemoProvider

SUPPLEMENT: dict[str, Any] = {"round": HALF_YEAR, "reopening": "r", "items": [], "redeliver_by": "2024-09-30"}
NAME = {"fi": "Nimi", "sv": "Namn", "en": "Name"}
UNIT_BODY: dict[str, Any] = {"unit": "new-unit", "name": NAME, "valid_from": "2024-06-01"}
REGISTER = f"/api/v1/{LEDGER}/commands/register-unit"
INDICATOR: dict[str, Any] = {
    "round": HALF_YEAR,
    "subject": "staff-work-ability",
    "value": "3.7",
    "finality": "provisional",
    "light": 3,
}


def problem(answer: httpx2.Response) -> tuple[int, str]:
    """Status and code, after a look at the form of the problem."""
    said = answer.json()
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert said["status"] == answer.status_code
    assert said["type"].endswith(said["code"])
    assert said["instance"] == f"urn:uuid:{answer.headers['X-Request-Id']}"
    return answer.status_code, said["code"]


async def test_every_command_of_a_person_has_an_operation_and_no_other_command_has(still: World) -> None:
    paths = still.app.openapi()["paths"]
    names = {path.rsplit("/", 1)[-1] for path in paths if "/commands/" in path}

    persons = {name for name, spec in COMMANDS.items() if spec.by is ActorKind.PERSON}
    assert names == persons - {"import-agreement"}
    assert problem(await still.post("admin", "open-round", round=HALF_YEAR)) == (404, "unknown-address")


async def test_a_repeated_request_gets_its_first_answer_and_changes_nothing(world: World) -> None:
    """Case 24."""
    headers = world.headers("admin")

    answers = await asyncio.gather(*(world.client.post(REGISTER, json=UNIT_BODY, headers=headers) for _ in range(10)))

    found = [answer.json() for answer in answers]
    assert len({(each["first"], each["last"]) for each in found}) == 1
    assert sum(not each["repeated"] for each in found) == 1


@pytest.mark.parametrize(
    ("body", "more"),
    [
        (UNIT_BODY | {"unit": "another"}, {}),
        (UNIT_BODY, {"Etappi-Acting-For": "admin-two"}),
        (UNIT_BODY, {"If-Match": f'"{"0" * 64}"'}),
    ],
)
async def test_a_key_used_for_another_request_is_refused(
    world: World, body: dict[str, Any], more: dict[str, str]
) -> None:
    headers = world.headers("admin")
    await world.client.post(REGISTER, json=UNIT_BODY, headers=headers)

    answer = await world.client.post(REGISTER, json=body, headers=headers | more)

    assert problem(answer) == (409, "key-reused")


@pytest.mark.parametrize(
    ("key", "code"),
    [
        (None, "idempotency-key-missing"),
        ("", "idempotency-key-malformed"),
        ("two words", "idempotency-key-malformed"),
        ("k" * 201, "idempotency-key-malformed"),
    ],
)
async def test_a_post_without_a_sound_key_is_refused(still: World, key: str | None, code: str) -> None:
    headers = still.headers("admin")
    del headers["Idempotency-Key"]

    for path in (REGISTER, f"/api/v1/{LEDGER}/files?name=a.pdf", f"/api/v1/{LEDGER}/agreement-files"):
        answer = await still.client.post(
            path, json=UNIT_BODY, headers=headers | ({} if key is None else {"Idempotency-Key": key})
        )
        assert problem(answer) == (400, code)


@pytest.mark.parametrize(
    ("change", "field", "reason"),
    [
        ({"value": 3.7}, "value", "string"),
        ({"value": "1e3"}, "value", "A decimal is digits"),
        ({"light": True}, "light", "whole number"),
        ({"light": 2.0}, "light", "whole number"),
        ({"light": 4}, "light", ""),
        ({"round": "2024-summer"}, "round", "pattern"),
        ({"subject": "Ä"}, "subject", "pattern"),
        ({"subject": "a\0"}, "subject", "pattern"),
        ({"extra": 1}, "extra", "not permitted"),
        ({"seen": "abc"}, "seen", "pattern"),
        ({"value": "\u0661"}, "value", "A decimal is digits"),
    ],
)
async def test_a_field_that_cannot_be_taken_is_named_with_the_reason(
    still: World, change: dict[str, Any], field: str, reason: str
) -> None:
    answer = await still.post("owner", "report-indicator", **INDICATOR | change)

    assert problem(answer) == (422, "invalid-input")
    [error] = answer.json()["errors"]
    assert error["field"] == field
    assert reason in error["reason"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("x" * 1_000_000, "text-too-long"),
        ("a\0b", "text-control-character"),
        ("Анна", "text-script"),
        (" ", "text-missing"),
    ],
)
async def test_words_that_cannot_be_taken_are_refused(still: World, text: str, code: str) -> None:
    body = {"person": "x", "name": text, "contact": "x@keha.example", "login": "{}"}

    answer = await still.post("admin", "register-person", **body)

    assert problem(answer) == (422, code)
    assert answer.json()["field"] == "name"
    assert code == "text-missing" or answer.json()["rule"] == "R10"


@pytest.mark.parametrize(
    ("written", "mend"), [("3,66", "Write 3.66."), ("1,000.5", "Write a point, and no separators.")]
)
async def test_a_comma_in_a_decimal_is_told_with_the_number_as_it_is_written(
    still: World, written: str, mend: str
) -> None:
    answer = (await still.post("owner", "report-indicator", **INDICATOR | {"value": written})).json()

    assert (answer["code"], answer["field"], answer["rule"]) == ("decimal-comma", "value", "case 12")
    assert answer["mend"] == mend


@pytest.mark.parametrize("written", ["4,1,2", "3,", "1" * 26, "1.2.3"])
async def test_what_is_no_decimal_is_told_how_one_is_written(still: World, written: str) -> None:
    answer = (await still.post("owner", "report-indicator", **INDICATOR | {"value": written})).json()

    [told] = answer["errors"]
    assert (told["code"], told["field"], told["rule"]) == ("malformed-decimal", "value", "case 12")
    assert "digits, up to 15" in told["reason"]
    assert "3.66" in told["mend"]


async def test_each_mistake_of_a_body_has_a_code(still: World) -> None:
    body = INDICATOR | {"value": "3,66", "light": "3", "extra": 1, "finality": "perhaps", "subject": "Ä"}
    del body["round"]

    answer = await still.post("owner", "report-indicator", **body)

    assert problem(answer) == (422, "invalid-input")
    assert {each["field"]: each["code"] for each in answer.json()["errors"]} == {
        "round": "field-missing",
        "subject": "malformed-text",
        "value": "decimal-comma",
        "finality": "not-one-of-these",
        "light": "not-one-of-these",
        "extra": "unknown-field",
    }


async def test_null_where_something_must_be_said_is_a_missing_field(still: World) -> None:
    """A form sends what was left blank as null."""
    answer = await still.post("director", "return-items", round=None, items=[{"subject": "a", "reason": None}])

    assert {each["field"]: each["code"] for each in answer.json()["errors"]} == {
        "round": "field-missing",
        "items.0.reason": "field-missing",
    }


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "malformed-json"),
        (b"{", "malformed-json"),
        (b"\xff", "malformed-json"),
        (b"[" * 100_000, "malformed-json"),
        (b'{"unit": "\\ud800"}', "malformed-json"),
        (b"[]", "invalid-input"),
        (b"null", "invalid-input"),
        (b'{"unit": NaN}', "invalid-input"),
    ],
)
async def test_a_body_that_is_no_json_object_is_refused(still: World, body: bytes, code: str) -> None:
    answer = await still.client.post(REGISTER, content=body, headers=still.headers("admin"))

    assert problem(answer) == ({"malformed-json": 400, "invalid-input": 422}[code], code)


@pytest.mark.parametrize(
    ("body", "key"),
    [
        (b'{"unit": "a", "unit": "b", "name": {"fi": "a", "sv": "a", "en": "a"}, "valid_from": "2024-06-01"}', "unit"),
        (b'{"unit": "a", "name": {"fi": "a", "fi": "b", "sv": "a", "en": "a"}, "valid_from": "2024-06-01"}', "fi"),
        (
            b'{"unit": "a", "name": {"fi": "a", "f\\u0069": "b", "sv": "a", "en": "a"}, "valid_from": "2024-06-01"}',
            "fi",
        ),
    ],
)
async def test_a_body_that_says_a_key_twice_is_refused(still: World, body: bytes, key: str) -> None:
    answer = await still.client.post(REGISTER, content=body, headers=still.headers("admin"))

    assert problem(answer) == (400, "duplicate-key")
    assert answer.json()["field"] == key


@pytest.mark.parametrize(
    "path",
    [
        "/healthz",
        "/metrics",
        "/api/v1/openapi.json",
        "/api/v1/me",
        f"/api/v1/{LEDGER}/organisation",
        "/nowhere",
        REGISTER,
    ],
)
async def test_head_answers_as_get_does_and_without_a_body(still: World, path: str) -> None:
    headers = still.headers("head")
    got = await still.client.get(path, headers=headers)
    head = await still.client.head(path, headers=headers)

    assert (head.status_code, head.content) == (got.status_code, b"")
    assert head.headers["Content-Type"] == got.headers["Content-Type"]
    assert head.headers.get("Allow") == got.headers.get("Allow")
    assert set(head.headers) == set(got.headers)


async def test_nothing_is_taken_for_what_it_is_not(still: World) -> None:
    answer = await still.post("owner", "report-action", year="2024", subject="a", narrative="Tehty")

    assert problem(answer) == (422, "invalid-input")
    assert [each["field"] for each in answer.json()["errors"]] == ["year"]


async def test_a_body_that_is_announced_too_large_is_not_read(still: World) -> None:
    read: list[bytes] = []

    async def unread() -> AsyncIterator[bytes]:
        read.append(b" ")
        yield b" "

    headers = still.headers("admin", Content_Length="4194305")
    answer = await still.client.post(REGISTER, content=unread(), headers=headers)

    assert problem(answer) == (413, "body-too-large")
    assert read == []


async def test_a_body_that_grows_too_large_is_not_read_to_its_end(still: World) -> None:
    sent: list[int] = []

    async def growing() -> AsyncIterator[bytes]:
        for number in range(20):
            sent.append(number)
            yield b" " * 1_000_000

    answer = await still.client.post(REGISTER, content=growing(), headers=still.headers("admin"))

    assert problem(answer) == (413, "body-too-large")
    assert len(sent) < 20


async def test_a_body_that_was_cut_off_is_refused(still: World) -> None:
    headers = still.headers("admin", Content_Length="500")

    answer = await still.client.post(REGISTER, content=b"{}", headers=headers)

    assert problem(answer) == (400, "body-cut-off")


async def test_there_is_no_such_date_as_31_february(still: World) -> None:
    answer = await still.post("admin", "register-unit", **UNIT_BODY | {"valid_from": "2024-02-31"})

    assert problem(answer) == (422, "invalid-input")


@pytest.mark.parametrize("change", [{"fi": " "}, {"fi": None}, {"de": "Name"}])
async def test_a_title_is_given_in_three_languages(still: World, change: dict[str, Any]) -> None:
    answer = await still.post("admin", "register-unit", **UNIT_BODY | {"name": NAME | change})

    assert answer.status_code == 422


async def test_an_unknown_unit_is_not_found(still: World) -> None:
    grant = {"person": "owner", "role": "owner", "unit": "no-unit", "valid_from": "2024-06-01"}

    answer = await still.post("admin", "propose-role", proposal="p", grant=grant)

    assert problem(answer) == (404, "unknown-unit")
    assert answer.json()["field"] == "grant.unit"


async def test_an_unknown_ledger_is_not_found(still: World) -> None:
    answer = await still.client.post("/api/v1/other/commands/register-unit", headers=still.headers("admin"))

    assert problem(answer) == (404, "unknown-ledger")


@pytest.mark.parametrize(
    ("authorization", "code"),
    [
        (None, "token-missing"),
        ("Basic YTpi", "token-missing"),
        ("Bearer x.y.z", "token-invalid"),
        ("expired", "token-expired"),
        ("another audience", "token-invalid"),
        ("another issuer", "token-invalid"),
    ],
)
async def test_a_wrong_token_is_refused(still: World, authorization: str | None, code: str) -> None:
    made = {
        "expired": still.provider.token("admin", seconds=-3_600),
        "another audience": still.provider.token("admin", audience="other"),
        "another issuer": DemoProvider("https://other.example", {}).token("admin"),
    }
    headers = still.headers("admin")
    del headers["Authorization"]
    if authorization is not None:
        headers["Authorization"] = f"Bearer {made[authorization]}" if authorization in made else authorization

    answer = await still.client.post(REGISTER, json=UNIT_BODY, headers=headers)

    assert problem(answer) == (401, code)
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


async def test_one_whom_the_ledger_does_not_know_is_refused(still: World) -> None:
    assert problem(await still.post("stranger", "register-unit", **UNIT_BODY)) == (403, "not-registered")


async def test_one_without_a_role_may_neither_write_nor_read(still: World) -> None:
    assert problem(await still.post("nobody", "register-unit", **UNIT_BODY)) == (403, "not-permitted")
    assert problem(await still.get("nobody", "organisation")) == (403, "no-role")
    assert problem(await still.upload("nobody")) == (403, "no-role")


async def test_a_refusal_for_want_of_a_role_names_the_roles_that_could(still: World) -> None:
    refused = await still.post("nobody", "register-unit", **UNIT_BODY)

    assert refused.json()["roles"] == ["administrator"]


async def test_one_whose_role_ended_is_told_so(still: World) -> None:
    report = {"round": HALF_YEAR, "subject": "te24-cooperation-talks-2024", "status": "in-progress", "light": 3}

    assert problem(await still.post("leaver", "report-milestone", **report)) == (403, "role-ended")
    assert problem(await still.get("leaver", "organisation")) == (403, "no-role")


async def test_a_substitute_acts_for_the_principal_within_the_scope(world: World) -> None:
    """Case 6."""
    report = {"round": HALF_YEAR, "subject": "te24-cooperation-talks-2024", "status": "in-progress", "light": 3}
    path = f"/api/v1/{LEDGER}/commands/report-milestone"
    before = await world.client.post(path, json=report, headers=world.headers("head", Etappi_Acting_For="owner"))
    await world.do(
        "owner",
        "appoint-substitute",
        substitution="s1",
        principal="owner",
        substitute="head",
        roles=["owner"],
        unit=UNIT,
        valid_from="2024-06-03",
        valid_to="2024-06-10",
        basis="Loma",
    )

    answer = await world.client.post(path, json=report, headers=world.headers("head", Etappi_Acting_For="owner"))

    assert problem(before) == (403, "substitution-not-in-force")
    assert answer.status_code == 200, answer.text
    item = await world.read("head", f"rounds/{HALF_YEAR}/items/te24-cooperation-talks-2024")
    assert item["preparers"] == ["head", "owner"]
    [mine] = (await world.client.get("/api/v1/me", headers=world.headers("head"))).json()["ledgers"]
    assert mine["principals"] == ["owner"]
    assert {"role": "owner", "unit": UNIT, "principal": "owner"} in mine["roles"]


async def test_what_a_unit_may_read_its_substitute_may_read_too(world: World) -> None:
    await world.do(
        "owner",
        "appoint-substitute",
        substitution="s1",
        principal="owner",
        substitute="other-owner",
        roles=["owner"],
        unit=UNIT,
        valid_from="2024-06-03",
        valid_to="2024-06-10",
        basis="Loma",
    )
    report = {"round": HALF_YEAR, "subject": "te24-cooperation-talks-2024", "status": "in-progress", "light": 3}
    await world.do("owner", "report-milestone", **report)

    item = await world.read("other-owner", f"rounds/{HALF_YEAR}/items/te24-cooperation-talks-2024")

    assert item["content"] == "draft"


async def test_while_postgres_is_down_nothing_is_half_done_and_the_client_is_told_to_come_again(
    world: World, provider: DemoProvider
) -> None:
    headers = world.headers("admin")
    world.pool.terminate()
    down = await world.client.post(REGISTER, json=UNIT_BODY, headers=headers)
    ready = await world.client.get("/readyz")
    alive = await world.client.get("/healthz")

    assert problem(down) == (503, "unavailable")
    assert int(down.headers["Retry-After"]) > 0
    assert (ready.status_code, alive.status_code) == (503, 200)


async def test_a_refused_port_is_answered_503(world: World) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    pool = asyncpg.create_pool(f"postgresql://nobody@127.0.0.1:{port}/none", min_size=0, timeout=1)
    await pool
    world.handler.store._pool = pool
    for part in (world.store._digests, world.evidence):
        part._pool = pool

    answer = await world.client.post(REGISTER, json=UNIT_BODY, headers=world.headers("admin"))

    assert problem(answer) == (503, "unavailable")


async def test_an_agreement_file_with_mistakes_is_answered_with_all_their_places(still: World) -> None:
    answer = await still.client.post(
        f"/api/v1/{LEDGER}/agreement-files", content=b"format: 1\nversion: 7\n", headers=still.headers("coordinator")
    )

    assert problem(answer) == (422, "malformed-agreement")
    assert len(answer.json()["errors"]) > 3
    assert any(each["reason"].startswith("line 2: ") for each in answer.json()["errors"])


async def test_an_agreement_comes_as_a_file_and_in_no_other_way(still: World) -> None:
    agreement = await still.read("coordinator", "agreements/keha-2024-2027.1")
    refused = await still.post("coordinator", "import-agreement", version="keha-2024-2027.2")

    assert (agreement["stage"], agreement["missing"], len(agreement["milestones"])) == ("in-force", [], 124)
    assert problem(refused) == (404, "unknown-address")


async def test_one_mistake_of_an_agreement_file_is_told_as_one(still: World) -> None:
    content = AGREEMENT.read_bytes().replace(b"format: 1", b"format: 2", 1)
    answer = await still.client.post(
        f"/api/v1/{LEDGER}/agreement-files", content=content, headers=still.headers("coordinator")
    )

    assert problem(answer) == (422, "malformed-agreement")
    assert answer.json()["detail"] == "The file has a mistake."


async def test_a_limit_of_requests_is_kept_where_one_is_set(world: World, provider: DemoProvider) -> None:
    limited = await world_over(world.url, provider, rate_limit="3/minute")

    answers = [await limited.get("head", "organisation") for _ in range(4)]
    another = await limited.get("owner", "organisation")

    await limited.pool.close()
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert problem(answers[-1]) == (429, "too-many-requests")
    assert another.status_code == 200


async def test_what_is_answered_carries_the_headers_of_a_careful_service(still: World) -> None:
    answer = await still.get("head", "organisation")

    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Referrer-Policy"] == "no-referrer"


async def test_refusals_and_commands_are_counted(world: World) -> None:
    await world.do("admin", "register-unit", **UNIT_BODY)
    await world.post("nobody", "register-unit", **UNIT_BODY)

    counted = (await world.client.get("/metrics")).text

    assert 'etappi_commands_total{command="register-unit"} 1.0' in counted
    assert 'etappi_refusals_total{code="not-permitted"} 1.0' in counted
    assert 'etappi_requests_total{operation="register-unit",status="200"} 1.0' in counted


async def test_the_service_is_ready_when_the_database_is_migrated_and_the_clocks_agree(still: World) -> None:
    answer = await still.client.get("/readyz")

    assert answer.status_code == 200, answer.text
    assert answer.json()["checks"] == dict.fromkeys(("postgres", "clocks", "migrations", "seal", "subscriptions"), "ok")


async def test_the_service_is_not_ready_while_clocks_or_migrations_differ(
    still: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "CLOCKS_SECONDS", -1)
    monkeypatch.setattr(health, "migrations", list)

    answer = await still.client.get("/readyz")

    assert answer.status_code == 503
    checks = answer.json()["checks"]
    assert "apart" in checks["clocks"]
    assert "differ" in checks["migrations"]


async def test_the_service_is_not_ready_while_a_subscription_has_stopped(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.store.create_ledger("real", demo=False)
    opening = OpenLedger(ledger="real", agency="keha", demo=False, administrators=(named("admin"), named("admin-two")))
    now = datetime.now(UTC)
    await world.handler.handle(Request(ledger="real", by=OPERATOR, key="open", command=opening, received_at=now))
    await world.pool.execute("INSERT INTO app.subscription (name, ledger, position) VALUES ('board', 'real', 0)")
    ready = await world.client.get("/readyz")
    monkeypatch.setattr(health, "STOPPED_SECONDS", -1)

    stopped = await world.client.get("/readyz")

    assert (ready.status_code, stopped.status_code) == (200, 503)
    assert stopped.json()["checks"]["subscriptions"] == "stopped: board in real"


async def test_one_who_has_left_reads_nothing_any_more(world: World) -> None:
    """Case 7."""
    await world.do("admin", "close-account", person="head", valid_from="2024-06-01")

    assert problem(await world.get("head", "organisation")) == (403, "no-role")
    assert problem(await world.post("head", "open-supplement", **SUPPLEMENT)) == (403, "account-closed")


async def test_an_unexpected_error_says_nothing_but_the_id_under_which_it_is_logged(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: Any) -> None:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr(world.handler, "handle", broken)

    with structlog.testing.capture_logs(processors=[structlog.contextvars.merge_contextvars]) as logged:
        answer = await world.post("admin", "register-unit", **UNIT_BODY)

    assert problem(answer) == (500, "unexpected")
    assert "secret" not in answer.text
    [told] = [each for each in logged if each["log_level"] == "error"]
    assert told["request"] == answer.headers["X-Request-Id"]
    assert isinstance(told["exc_info"], ZeroDivisionError)


async def test_the_time_of_receipt_is_taken_before_anything_else(world: World) -> None:
    done = await world.do("admin", "register-unit", **UNIT_BODY)

    [row] = await world.store.read(LEDGER, done["first"] - 1)
    assert row.received_at == JUNE  # The demo's own clock; the wall clock stands beside it.
