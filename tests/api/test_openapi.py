"""The OpenAPI document against the service: whatever is sent, no server error and no answer that isn't documented."""

import asyncio
import re
import sys
from pathlib import Path

import pytest

from api.test_engagements import engage
from api.test_items import REPORT
from api.world import World

SECONDS = 20
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"


async def test_each_operation_has_a_stable_id_and_says_what_it_answers(still: World) -> None:
    document = (await still.client.get("/api/v1/openapi.json")).json()
    operations = [operation for path in document["paths"].values() for operation in path.values()]

    ids = [operation["operationId"] for operation in operations]
    assert len(set(ids)) == len(ids)
    for operation in operations:
        assert operation["summary"]
        assert {"200", "401", "422", "503"} <= set(operation["responses"])
        problem = operation["responses"]["401"]["content"]["application/problem+json"]["schema"]
        assert problem == {"$ref": "#/components/schemas/Problem"}
    named = {part.split("'")[0] for part in str(document).split("#/components/schemas/")[1:]}
    assert named <= set(document["components"]["schemas"])


async def test_a_client_can_be_made_of_the_document(still: World) -> None:
    document = (await still.client.get("/api/v1/openapi.json")).json()
    schemas = document["components"]["schemas"]
    operations = [operation for path in document["paths"].values() for operation in path.values()]

    titles = [schema["title"] for schema in schemas.values()]
    assert sorted(titles) == sorted(set(titles)) == sorted(schemas)
    assert [name for name in schemas if "__" in name or not name.isidentifier()] == []
    stages = {"Agreement", "Cycle", "Deviation", "Engagement", "Erasure", "Finding", "Hold", "Item"}
    stages |= {"LateCompletion", "Round"}
    assert {name for name in schemas if name.endswith("Stage")} == {f"{each}Stage" for each in stages}
    for operation in operations:
        said = operation.get("description", "")
        assert "those of" not in said
        assert "Errors:" not in said
        codes = said.partition("Among the problem codes: ")[2]
        assert re.fullmatch(r"((, )?`[a-z-]+`)*\.?", codes), said
    [signing] = [each for each in operations if each["operationId"] == "sign-off-items"]
    assert "`content-changed`" in signing["description"]


async def test_what_a_client_sends_back_has_a_type(still: World) -> None:
    schemas = (await still.client.get("/api/v1/openapi.json")).json()["components"]["schemas"]
    sent_back = {
        "ShownItem": {"bound": "ShownBound", "milestones": "BoundMilestone", "delivered": "DeliveredRevision"},
        "ShownRound": {"compiled": "CompiledReport"},
        "ShownCycle": {"publications": "ShownPublication", "proposals": "Proposal"},
        "ShownAgreement": {"proposals": "Proposal"},
        "ShownOrganisation": {"proposals": "KindOfProposal"},
        "ShownAssessment": {"subjects": "Assessed"},
        "ShownLateCompletion": {"content": "LateContent"},
    }

    for shown, fields in sent_back.items():
        for field, name in fields.items():
            assert f"#/components/schemas/{name}'" in str(schemas[shown]["properties"][field])
    assert schemas["ShownBound"]["required"] == ["subject", "revision", "digest"]
    for name in ("BoundMilestone", "CompiledReport", "Proposal", "KindOfProposal", "ShownPublication", "LateContent"):
        assert "digest" in schemas[name]["required"]


@pytest.mark.parametrize("person", ["coordinator", "owner", "auditor"])
async def test_nothing_that_is_sent_brings_a_server_error_or_an_answer_that_is_not_documented(
    world: World, served: str, person: str, tmp_path: Path
) -> None:
    await world.do("owner", "report-milestone", **REPORT)
    await engage(world)
    run = await asyncio.create_subprocess_exec(
        *(Path(sys.executable).with_name("schemathesis"), "run", f"{served}/api/v1/openapi.json"),
        *("--header", f"Authorization: Bearer {world.provider.token(person)}"),
        *("--checks", CHECKS, "--max-time", str(SECONDS), "--max-examples", "15", "--workers", "1"),
        *("--phases", "coverage,fuzzing", "--no-color", "--generation-database", "none", "--seed", "1"),
        *("--continue-on-failure", "--warnings", "off", "--suppress-health-check", "all"),
        cwd=tmp_path,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )

    said, _ = await asyncio.wait_for(run.communicate(), SECONDS + 60)

    assert run.returncode == 0, said.decode()[-8_000:]
