"""What the codes in events and looks are called: a value's kind follows from its field and its stream."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from services.web.words import word, words_of

KINDS: Mapping[str, tuple[str, ...]] = {
    "role": ("role",),
    "roles": ("role",),
    "light": ("light",),
    "suggested": ("light",),
    "basis": ("basis",),
    "status": ("status",),
    "finality": ("finality",),
    "operator": ("operator",),
    "measure": ("measure",),
    "frequency": ("frequency",),
    "severity": ("severity",),
    "outcome": ("outcome",),
    "body": ("body",),
    "handover": ("handover",),
    "control": ("rule",),
    "step": ("step",),
    "occasion": ("occasion",),
    "operation": ("operation",),
    "party": ("party",),
    "cause": ("escalation",),
    "source": ("policy",),
    "language": ("language",),
    "setting": ("setting",),
    "key": ("setting",),
    "type": ("event",),
    "kind": ("subject", "publication", "recipient", "rrf-kind", "gap", "round"),
    "assumption": ("assumption",),
    "assumptions": ("assumption",),
    "conditional": ("assumption",),
}
"""Fields whose values are codes, and the kinds of words that these have."""
STATES: Mapping[str, tuple[str, ...]] = {
    "item": ("stage",),
    "round": ("round-stage",),
    "cycle": ("cycle-stage",),
    "agreement": ("agreement-stage",),
    "deviation": ("deviation",),
    "late": ("late-completion",),
    "late-completion": ("late-completion",),
    "subject": ("late-completion",),
    "engagement": ("finding", "engagement"),
    "erasure": ("erasure",),
    "holds": ("hold",),
}
"""The words for states, by what is in them."""


def coded(name: str, value: Any, about: str, language: str) -> str | None:
    """The words for the value of a field of what `about` is a stream or a kind of; None for what is no code."""
    if name == "value" and isinstance(value, str) and value.startswith("["):
        return _listed(value)
    if name in {"policy", "id", "kind"} and isinstance(value, str) and (said := _policy(value, language)) is not None:
        return said
    states = STATES.get(about.partition("/")[0], ("stage",)) if name in {"stage", "state"} else ()
    for kind in (*states, *KINDS.get(name, ())):
        if kind == "step" or words_of(str(value), kind) is not None:
            return word(value, kind, language)
    return None


def _listed(value: str) -> str | None:
    """The value of a setting: the numbers of a list."""
    try:
        return ", ".join(str(each) for each in json.loads(value))
    except ValueError:
        return None


def _policy(value: str, language: str) -> str | None:
    """What a deadline follows from: `annual/unit` is the units' deadline of the annual report."""
    first, _, rest = value.partition("/")
    if words_of(first, "round") is None:
        kind = "policy" if words_of(first, "policy") is not None else "deadline"
        return None if words_of(first, kind) is None else f"{word(first, kind, language)} {rest}".strip()
    kind = "deadline" if words_of(rest, "deadline") is not None else "field"
    return f"{word(first, 'round', language)}: {word(rest, kind, language)}"


def looked_at(scope: str) -> tuple[list[str], list[tuple[str, str]]]:
    """What a look was at: the steps of `replay/board/2024-annual?known_at=1217`, and what was asked further."""
    path, _, query = scope.partition("?")
    return path.split("/"), parse_qsl(query)


__all__ = ["KINDS", "STATES", "coded", "looked_at"]
