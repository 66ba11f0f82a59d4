"""What a refusal of the API is called in the reader's language: what is wrong, what to do, who can, by which rule.

English is what the API says itself.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.web.words import FOLDER, word


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A problem in a language. `field` is the path of the field that it is about; `who` says who can do it instead.

    `by` decided meanwhile. `errors`: where several fields are wrong, each; `skipped`: what a command on many items left
    out, by subject.
    """

    message: str
    mend: str | None = None
    rule: str | None = None
    field: str | None = None
    who: str | None = None
    by: str | None = None
    errors: tuple["Said", ...] = ()
    skipped: tuple[tuple[str, "Said"], ...] = ()


TEXTS: Mapping[str, Mapping[str, Sequence[str]]] = {
    language: tomllib.loads((FOLDER / language / "problems.toml").read_text(encoding="utf-8"))
    for language in ("fi", "sv")
}
"""By language and code: what is wrong and, where something can be done, what to do."""
_NAMES = re.compile(r"[RC]\d+|PROCESS, \w+|\d+")
"""The rules that a problem names: `R1, cases 12 and 13` are R1 and the cases 12 and 13."""

_STEPS = re.compile(r"[\w-]+")
"""The steps of a path: `items.0.reason`, and in an agreement file `targets[3].year`."""


def said(problem: Mapping[str, Any], language: str) -> Said:
    """A problem in a language, from the API's JSON. One without words of its own is told in general, with its id."""
    message, mend = _told(problem, language)
    rule = problem.get("rule")
    return Said(
        message=message,
        mend=mend,
        rule=rule_meant(rule, language) if rule else None,
        field=problem.get("field"),
        who=who_can(problem, language),
        by=problem.get("by"),
        errors=tuple(said(each, language) for each in problem.get("errors") or ()),
        skipped=tuple((each["subject"], said(each, language)) for each in problem.get("skipped") or ()),
    )


def who_can(problem: Mapping[str, Any], language: str) -> str | None:
    """Who can do what this person may not: a sentence with the roles; none where it isn't a question of roles."""
    roles = [word(each, "role", language) for each in problem.get("roles") or ()]
    if not roles:
        return None
    either = f" {word('or', 'phrase', language)} ".join([", ".join(roles[:-1]), roles[-1]] if roles[1:] else roles)
    return word("who", "phrase", language).format(roles=either)


def rule_meant(rule: str, language: str) -> str:
    """The rules that a problem follows from, each with what it means: `R15: no one approves their own work`."""
    return "; ".join(_meaning(each, language) for each in _NAMES.findall(rule))


def field_name(path: str, language: str) -> str:
    """What a field is called by its path; in a list with its number, from 1 on: `items.0.reason` is "reason (1)".

    A field without a name of its own is called by its code.
    """
    steps = _STEPS.findall(path)
    names, numbers = [step for step in steps if not step.isdigit()], [step for step in steps if step.isdigit()]
    if not names:
        return path
    name = word(names[-1], "field", language)
    return f"{name} ({int(numbers[-1]) + 1})" if numbers else name


def _told(problem: Mapping[str, Any], language: str) -> tuple[str, str | None]:
    english = problem.get("detail") or problem.get("reason")
    if language not in TEXTS and english:
        return str(english), problem.get("mend")
    texts = TEXTS.get(language, {}).get(str(problem.get("code")))
    if texts is not None:
        return texts[0], texts[1] if texts[1:] else None
    instance = str(problem.get("instance") or "").removeprefix("urn:uuid:")
    mend = word("other-mend", "phrase", language).format(instance=instance) if instance else None
    return word("other", "phrase", language), mend


def _meaning(name: str, language: str) -> str:
    if name[0] in "RC":
        return f"{name}: {word(name, 'rule', language)}"
    return word(f"process-{name.partition(', ')[2]}" if "," in name else f"case-{name}", "rule", language)


__all__ = ["TEXTS", "Said", "field_name", "rule_meant", "said", "who_can"]
