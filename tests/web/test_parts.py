import re
from collections.abc import Mapping
from typing import Any

import pytest
from jinja2 import nodes
from starlette.datastructures import FormData

from services.web import rendering
from services.web.charts import Level, Outturn, chart
from services.web.page import Typed
from web.parts import NAMES, all_parts, refused

IMPORTS = """
{% import "parts/forms.html" as forms with context %}{% import "parts/lights.html" as lights %}
{% import "parts/problems.html" as problems with context %}{% import "parts/words.html" as words %}
{% import "parts/tables.html" as tables %}{% import "parts/charts.html" as charts %}
{% import "parts/timeline.html" as timelines with context %}
"""


def shown(source: str, language: str = "en", **values: Any) -> str:
    """A piece of a template, with white space as browsers see it."""
    template = rendering._environment(language).from_string(IMPORTS + source)
    return re.sub(r"\s+", " ", template.render({"names": NAMES, "problem": None, "typed": {}} | values)).strip()


def typed(fields: Mapping[str, str]) -> Typed:
    return Typed(FormData(list(fields.items())))


def test_a_field_is_tied_to_its_label_its_hint_and_its_error() -> None:
    html = shown(
        '{{ forms.text_field("risk", "Risk", hint="What may follow") }}', problem=refused("risk", "Say the risk.")
    )

    assert '<label for="f-risk">Risk</label>' in html
    assert 'aria-describedby="f-risk-hint f-risk-error" aria-invalid="true" required' in html
    assert '<p class="hint" id="f-risk-hint">What may follow</p>' in html
    assert re.search(r'<p class="error" id="f-risk-error">.*Say the risk\.', html)


def test_a_field_that_isnt_refused_says_no_error() -> None:
    html = shown('{{ forms.area_field("cause", "Cause") }}', problem=refused("risk", "Say the risk."))

    assert "aria-invalid" not in html
    assert "Say the risk" not in html


def test_what_was_typed_stays_in_every_kind_of_field() -> None:
    html = shown(
        """{{ forms.text_field("a", "A", value="old") }}{{ forms.area_field("b", "B", value="old") }}
        {{ forms.select_field("c", "C", [("x", "X"), ("y", "Y")], value="x") }}
        {{ forms.radios("d", "D", [("x", "X"), ("y", "Y")], value="x") }}
        {{ forms.checkbox("e", "E", checked=true) }}{{ forms.date_field("f", "F", value="2024-01-01") }}""",
        typed=typed({"a": "new a", "b": "new b", "c": "y", "d": "y", "f": "2024-08-31"}),
    )

    assert "old" not in html
    assert 'value="new a"' in html
    assert "new b</textarea>" in html
    assert '<option value="y" selected>' in html
    assert 'name="d" value="y" checked' in html
    assert html.count("checked") == 1
    assert 'value="2024-08-31"' in html


def test_script_in_a_field_stays_text() -> None:
    html = shown(
        '{{ forms.text_field("a", "A") }}{{ forms.area_field("b", "B") }}{{ words.words(said) }}',
        typed=typed({"a": '"><script>x</script>', "b": "</textarea><script>x</script>"}),
        said="<script>x</script>",
    )

    assert "<script>" not in html


def test_each_form_has_a_key_of_its_own() -> None:
    html = shown('{% call forms.form("/a") %}x{% endcall %}{% call forms.form("/b") %}x{% endcall %}')

    keys = re.findall(r'name="key" value="([^"]+)"', html)
    assert len(keys) == len(set(keys)) == 2


def test_a_summary_leads_to_the_field() -> None:
    html = shown("{{ problems.summary() }}", problem=refused("risk", "Say the risk."), page={"recorded": 0})

    assert re.search(r'<a href="#f-risk">.*Say the risk\.</a>', html)
    assert "Nothing was recorded" in html


def test_a_summary_says_how_many_of_several_commands_were_recorded() -> None:
    html = shown("{{ problems.summary() }}", problem=refused("risk", "Say the risk."), page={"recorded": 2})

    assert "2 of the things you sent were recorded; the rest was not" in html
    assert "Nothing was recorded" not in html


def test_a_page_without_a_refusal_has_no_summary() -> None:
    assert shown("{{ problems.summary() }}") == ""


@pytest.mark.parametrize(
    ("arguments", "sign", "said"),
    [
        ("3, 'actual'", "light-green", "Green"),
        ("2, 'forecast'", "light-yellow-forecast", "Yellow forecast"),
        ("'red'", "light-red", "Red"),
        ("none, none, 'not_due'", "light-none", "Not assessed this year"),
        ("none", "light-missing", "No light yet"),
    ],
)
def test_a_light_is_a_sign_and_words(arguments: str, sign: str, said: str) -> None:
    html = shown(f"{{{{ lights.light({arguments}) }}}}")

    assert f'icons.svg#{sign}"' in html
    assert " ".join(re.sub(r"<[^>]+>", " ", html).split()) == said


def test_lights_that_differ_say_so() -> None:
    assert "Differ" in shown("{{ lights.pair(3, 1) }}")
    assert "Differ" not in shown("{{ lights.pair(3, 3) }}")
    assert "Differ" not in shown("{{ lights.pair(3, none) }}")


def test_erased_words_say_when_and_by_whose_authority() -> None:
    html = shown("{{ words.words(said) }}", said={"erased": {"at": "2025-02-01T10:00:00Z", "authority": "TSV-1"}})

    assert "1 February 2025" in html
    assert "TSV-1" in html


def test_what_was_erased_is_nothing_that_a_field_could_record_again() -> None:
    erased = {"erased": {"at": "2025-02-01T10:00:00Z", "authority": "TSV-1"}}

    shut = [shown("{{ said|editable }}", said=said) for said in (erased, {"missing": True}, None)]

    assert shut == ["", "", ""]
    assert shown("{{ said|editable }}", said="<i>") == "&lt;i&gt;"


def test_no_field_begins_with_words_that_say_that_something_was_erased() -> None:
    environment = rendering.Templates()._environments["fi"]
    values = [
        (name, keyword.value)
        for name in environment.list_templates()
        for call in environment.parse((rendering.FOLDER / name).read_text(encoding="utf-8")).find_all(nodes.Call)
        for keyword in call.kwargs
        if keyword.key in {"value", "values"}
    ]

    filled = {name for name, value in values for used in filters(value) if used.name == "editable"}
    wrong = {name for name, value in values for used in filters(value) if used.name == "words"}

    assert "report/evidence.html" in filled
    assert wrong == set()


def filters(value: nodes.Expr) -> list[nodes.Filter]:
    """The filters of an expression, its own among them."""
    return [*([value] if isinstance(value, nodes.Filter) else []), *value.find_all(nodes.Filter)]


def test_a_chart_says_its_numbers_in_a_table_too() -> None:
    made = chart(
        [Level(year=2024, operator="<", value="28", binding=True)], [Outturn(year=2024, value="29.96", final=False)]
    )

    html = shown('{{ charts.trend("Days", made) }}', language="fi", made=made)

    assert re.search(r'<th scope="row">2024</th> <td class="number">&lt; 28</td> <td class="number">29,96', html)
    assert "(alustava)" in html


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_every_part_can_be_shown_in_each_language(language: str) -> None:
    html = all_parts(language, refused("risk", "…"))

    assert html.lstrip().startswith("<!doctype html>")
    assert f'<html lang="{language}">' in html
    assert html.count("<h1>") == html.count("<main ") == 1
    assert f"?light=red&amp;lang={language}" in html
    assert not re.search(r"\s(style|on\w+)=", html)
    ids = re.findall(r'\sid="([^"]+)"', html)
    assert sorted(ids) == sorted(set(ids))
