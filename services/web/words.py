"""The words for what the API names by a code: values of enumerations, settings, fields, rules; in three languages."""

import tomllib
from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from typing import Any

from services.notify.letter import to_do
from verifier.happened import HAPPENED
from verifier.words import LANGUAGES, WORDS

FOLDER = Path(__file__).parent / "translations"
OWN: Mapping[str, Mapping[str, tuple[str, str, str]]] = {
    kind: {name: (fi, sv, en) for name, (fi, sv, en) in words.items()}
    for kind, words in tomllib.loads((FOLDER / "words.toml").read_text(encoding="utf-8")).items()
}
"""By kind and value: the words in the order of `LANGUAGES` that stand nowhere else."""


def word(value: Any, kind: str, language: str) -> str:
    """What a value of a kind is called: `word("signed-off", "stage", "fi")`. A value without a word stands for itself.

    Kinds: the tables of translations/words.toml; `role`, `stage` (of an item), `subject`, `light`, `basis`, `actor` and
    `stream`; `event` for what happened; `step` for what somebody is to do; `assumption` for a field that is assumed.
    """
    text = str(value.value if isinstance(value, Enum) else value)
    if kind == "step":
        return to_do(text, language)
    found = words_of(text, kind)
    return text if found is None else found[LANGUAGES.index(language)]


def words_of(value: str, kind: str) -> tuple[str, str, str] | None:
    """The words of a value in the order of `LANGUAGES`; none where it has no word."""
    if kind == "event":
        return HAPPENED.get(value)
    kind = "field" if kind == "assumption" else kind
    return OWN.get(kind, {}).get(value) or WORDS.get(f"{kind}/{value}")


__all__ = ["LANGUAGES", "OWN", "word", "words_of"]
