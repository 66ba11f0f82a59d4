"""Whatever the service refuses, and whatever value or field it names, is said in the reader's language."""

import ast
import dataclasses
import importlib
import pkgutil
import re
import typing
from collections.abc import Iterator
from enum import Enum

import pytest
from problem_codes import ROOT, codes

import domain
from domain import agreement, cycle, deviation, item, settings, subject, submission, values
from domain import round as rounds
from domain.commands import COMMANDS
from domain.events import access, attestation, engagement, organisation, rrf
from domain.events import item as item_events
from domain.events import round as round_events
from services.api import engagements, erasures
from services.api.errors import _CODES as FIELD_CODES
from services.notify.letter import to_do
from services.web import problems, words
from verifier.happened import HAPPENED

FIELDS_ALONE = frozenset({*FIELD_CODES.values(), "wrong-type", "malformed-value"})
"""Codes of single fields."""
FOREIGN = ("fi", "sv")
UNMEANT = re.compile(r"\b(case|process)-|([RC]\d+): \2")
NOTED = re.compile(r"[a-z]+(-[a-z]+)*")
PLACEHOLDER = re.compile(r"[{}…]|%[(s]")
SENTENCES = re.compile(r"[A-ZÅÄÖ](?!.*  ).*[^ .]\.")
BARE_CODE = re.compile(r"\b[a-z]+(-[a-z]+)+\b")
KINDS: dict[type[Enum], str] = {
    values.TrafficLight: "light",
    values.Basis: "basis",
    values.RoundKind: "round",
    values.SubjectKind: "subject",
    values.MilestoneStatus: "status",
    values.Finality: "finality",
    values.Role: "role",
    values.Language: "language",
    values.DeadlineKind: "deadline",
    values.Publication: "publication",
    values.ActorKind: "actor",
    item.Stage: "stage",
    submission.SubmissionState: "submission",
    rounds.Stage: "round-stage",
    cycle.Stage: "cycle-stage",
    agreement.Stage: "agreement-stage",
    deviation.Stage: "deviation",
    subject.Stage: "late-completion",
    access.Look: "look",
    attestation.Occasion: "occasion",
    attestation.Operation: "operation",
    rrf.RrfKind: "rrf-kind",
    rrf.RecipientKind: "recipient",
    rrf.GapKind: "gap",
    round_events.EscalationCause: "escalation",
    engagement.AuditBody: "body",
    engagement.Severity: "severity",
    engagement.Outcome: "outcome",
    organisation.Handover: "handover",
    erasures.ErasureStage: "erasure",
    erasures.HoldStage: "hold",
    engagements.EngagementStage: "engagement",
    engagements.FindingStage: "finding",
}
"""How each enumeration that pages show is called in words."""


def noted() -> Iterator[object]:
    """The codes of the exceptions that the controls note."""
    for file in (ROOT / "domain" / "controls").glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Attribute(attr="fails" | "_bad"), args=given):
                    yield from (each.value for each in given if isinstance(each, ast.Constant) and each.value)
                case ast.Assign(targets=[ast.Name(id="code")], value=ast.IfExp(body=one, orelse=other)):
                    yield from (each.value for each in (one, other) if isinstance(each, ast.Constant))
                case ast.Assign(targets=[ast.Name(id="lacks")], value=ast.Dict(keys=keys)):
                    yield from (each.value for each in keys if isinstance(each, ast.Constant))
                case _:
                    pass


OTHERS = {
    "exception": {each for each in noted() if isinstance(each, str) and NOTED.fullmatch(each)},
    "level": {"binding", "preliminary"},
    "operator": {"<", "<=", ">", ">="},
    "frequency": {"half-year", "annual"},
    # An agreement file may name others: they are shown as it has them.
    "measure": {"days", "index"},
    "command": set(COMMANDS),
    "deadline": {"redelivery", "action"},
    "party": {"agency", "ministry"},
    "phrase": {"or", "who", "other", "other-mend"},
    "setting": set(settings.SETTINGS),
}
"""Kinds whose values no enumeration has."""
NEVER_SHOWN: dict[str, str] = {}
"""Enumerations of the domain whose values no page shows, each with the reason."""
REPORTS = (item_events.MilestoneStatusReported, item_events.OutturnReported, item_events.TargetReported)
"""Events whose fields a page compares between two reports."""
NO_FIELD = frozenset({"."})
"""What stands for a whole body."""


def enumerations() -> Iterator[type[Enum]]:
    for module in pkgutil.walk_packages(domain.__path__, "domain."):
        found = importlib.import_module(module.name)
        yield from (
            each
            for each in vars(found).values()
            if isinstance(each, type) and issubclass(each, Enum) and each.__module__ == module.name
        )


def fields_of(kind: object) -> Iterator[str]:
    """The names of a dataclass's fields, and of those within."""
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        hints = typing.get_type_hints(kind)
        for each in dataclasses.fields(kind):
            yield each.name
            yield from fields_of(hints[each.name])
    for each in typing.get_args(kind):
        yield from fields_of(each)


def named_in_refusals() -> Iterator[str]:
    """Each path that a refusal in the source gives as its field."""
    for path in sorted(each for folder in ("domain", "services") for each in (ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.keyword) and node.arg == "field" and isinstance(node.value, ast.Constant):
                yield str(node.value.value)


@pytest.mark.parametrize("language", FOREIGN)
def test_each_problem_is_said_and_none_that_no_longer_exists(language: str) -> None:
    assert set(problems.TEXTS[language]) == set(codes()) | FIELDS_ALONE


@pytest.mark.parametrize("language", FOREIGN)
def test_what_is_said_of_a_problem_is_whole_sentences_without_places_to_fill_in(language: str) -> None:
    for code, texts in problems.TEXTS[language].items():
        assert len(texts) in {1, 2}, code
        for text in texts:
            assert SENTENCES.fullmatch(text), code
            assert not PLACEHOLDER.search(text), code


def test_no_problem_is_said_in_one_language_as_in_another() -> None:
    english = {code: {*each.said, *each.mends} for code, each in codes().items()}

    for code, finnish in problems.TEXTS["fi"].items():
        swedish = problems.TEXTS["sv"][code]
        assert len(finnish) == len(swedish), code
        assert {*finnish}.isdisjoint(swedish), code
        assert {*finnish, *swedish}.isdisjoint(english.get(code, ())), code


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_the_rules_of_each_problem_have_a_meaning(language: str) -> None:
    for code, each in codes().items():
        for rule in each.rules:
            meaning = problems.rule_meant(rule, language)
            assert meaning, f"{code}: {rule}"
            assert not UNMEANT.search(meaning), f"{code}: {rule}"


@pytest.mark.parametrize("language", words.LANGUAGES)
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: f"{kind.__module__}.{kind.__name__}")
def test_each_value_that_pages_show_has_a_word(kind: type[Enum], language: str) -> None:
    for value in kind:
        found = words.words_of(str(value.value), KINDS[kind])
        assert found is not None, value
        assert all(found), value
        assert words.word(value, KINDS[kind], language) == found[words.LANGUAGES.index(language)]


def test_each_enumeration_of_the_domain_is_shown_or_not_for_a_reason() -> None:
    there = {f"{each.__module__}.{each.__name__}" for each in enumerations()}
    shown = {f"{each.__module__}.{each.__name__}" for each in KINDS}

    assert there - shown == set(NEVER_SHOWN)


def test_no_word_is_kept_for_a_value_that_no_longer_exists() -> None:
    members = {kind: {str(each.value) for each in enum} for enum, kind in KINDS.items()}

    for kind, kept in words.OWN.items():
        if kind not in {"field", "rule", "policy", "looked-at"}:
            assert set(kept) <= members.get(kind, set()) | OTHERS.get(kind, set()), kind
    assert all(set(values) <= set(words.OWN[kind]) for kind, values in OTHERS.items())


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_each_field_that_a_form_a_problem_or_a_comparison_has_is_called_something(language: str) -> None:
    typed = [spec.kind for spec in COMMANDS.values() if spec.by is values.ActorKind.PERSON]
    named = {name for kind in typed if kind is not agreement.ImportAgreement for name in fields_of(kind)}
    named |= {name for kind in REPORTS for name in fields_of(kind)}
    named |= {path.split(".")[-1] for path in named_in_refusals()} - NO_FIELD

    assert sorted(name for name in named if words.words_of(name, "field") is None) == []
    assert problems.field_name("items.0.reason", language).endswith(" (1)")


def test_events_and_steps_are_called_as_elsewhere() -> None:
    assert words.word("item-signed-off", "event", "sv") == HAPPENED["item-signed-off"][1]
    assert words.word("sign-off/2", "step", "fi") == to_do("sign-off", "fi") == "hyväksy tai palauta yksikön raportit"


def test_a_value_without_a_word_stands_for_itself() -> None:
    assert words.word("never-heard-of", "stage", "fi") == "never-heard-of"


def test_english_is_what_the_api_says() -> None:
    said = problems.said({"code": "evidence-missing", "detail": "It needs evidence.", "mend": "Attach it."}, "en")

    assert (said.message, said.mend) == ("It needs evidence.", "Attach it.")


@pytest.mark.parametrize("language", FOREIGN)
def test_a_problem_without_words_is_told_in_general_with_its_id(language: str) -> None:
    said = problems.said({"code": "brand-new", "detail": "New.", "instance": "urn:uuid:7f0c"}, language)

    assert said.message == words.word("other", "phrase", language)
    assert "7f0c" in str(said.mend)
    assert not BARE_CODE.search(said.message)


def test_a_problem_names_its_rule_its_fields_and_what_was_skipped() -> None:
    said = problems.said(
        {
            "code": "own-work",
            "rule": "R15, case 6",
            "field": "items",
            "errors": [{"field": "items.0.reason", "code": "field-missing", "reason": "Field required"}],
            "skipped": [{"subject": "m1", "code": "content-changed", "detail": "It changed."}],
        },
        "fi",
    )

    assert said.rule == "R15: kukaan ei hyväksy omaa työtään; sijaisuus"
    assert [(each.field, each.message) for each in said.errors] == [("items.0.reason", "Pakollinen tieto puuttuu.")]
    assert [(of, each.message[:9]) for of, each in said.skipped] == [("m1", "Sisältö o")]


@pytest.mark.parametrize(
    ("roles", "sentence"),
    [
        ([], None),
        (["head"], "Tämän voi tehdä viraston päällikkö."),
        (
            ["director", "auditor", "head"],
            "Tämän voi tehdä yksikön johtaja, tarkastaja tai viraston päällikkö.",
        ),
    ],
)
def test_a_refusal_says_whose_it_is(roles: list[str], sentence: str | None) -> None:
    assert problems.who_can({"code": "not-permitted", "roles": roles}, "fi") == sentence


@pytest.mark.parametrize("language", FOREIGN)
def test_the_texts_stand_in_the_order_of_their_codes(language: str) -> None:
    assert list(problems.TEXTS[language]) == sorted(problems.TEXTS[language])
