"""The OpenAPI document: what FastAPI gathers, and the models that the operations name themselves."""

from enum import StrEnum
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from domain import agreement, cycle, deviation, item, round, subject  # noqa: A004
from services.api.bodies import body_model
from services.api.commands import persons_commands
from services.api.problems import Problem


def install(app: FastAPI) -> None:
    """Make the document once, when it is first asked for."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]


def _document(app: FastAPI) -> dict[str, Any]:
    found = get_openapi(
        title=app.title, version=app.version, description=app.description, routes=app.routes, openapi_version="3.1.0"
    )
    bodies = [body_model(spec.kind) for spec in persons_commands().values()]
    models: list[type[BaseModel]] = [*bodies, Problem]
    _, extra = models_json_schema(
        [(model, "validation") for model in models], ref_template="#/components/schemas/{model}"
    )
    schemas = found.setdefault("components", {}).setdefault("schemas", {})
    for name, schema in extra["$defs"].items():
        schemas.setdefault(name, schema)
    return _named(found)


_STAGES: dict[str, type[StrEnum]] = {
    "AgreementStage": agreement.Stage,
    "CycleStage": cycle.Stage,
    "DeviationStage": deviation.Stage,
    "ItemStage": item.Stage,
    "LateCompletionStage": subject.Stage,
    "RoundStage": round.Stage,
}
"""The domain calls each of them a stage; a client needs to tell them apart."""


def _named(document: dict[str, Any]) -> dict[str, Any]:
    """The document with a name of its own for each schema, which is its title, too."""
    schemas = document["components"]["schemas"]
    names = {name: _name(name, schema) for name, schema in schemas.items()}
    renamed = {f"#/components/schemas/{name}": f"#/components/schemas/{names[name]}" for name in names}

    def walked(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: walked(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [walked(inner) for inner in value]
        return renamed.get(value, value) if isinstance(value, str) else value

    document["components"]["schemas"] = {names[name]: {**each, "title": names[name]} for name, each in schemas.items()}
    made: dict[str, Any] = walked(document)
    return made


def _name(name: str, schema: dict[str, Any]) -> str:
    values = schema.get("enum")
    return next((clean for clean, kind in _STAGES.items() if values == [each.value for each in kind]), name)
