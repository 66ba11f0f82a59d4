"""Templates into pages: one environment a language, with the filters that write what answers hold."""

import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from services.web import languages, problems, static
from services.web.words import word
from verifier.happened import HAPPENED

FOLDER = Path(__file__).parent / "templates"


def new_key() -> str:
    """An idempotency key for a form."""
    return secrets.token_urlsafe(18)


class Templates:
    """All templates in all languages."""

    def __init__(self) -> None:
        """Reads the catalogues; templates are compiled when they are first used."""
        self._environments = {language: _environment(language) for language in languages.LANGUAGES}

    def render(self, name: str, /, **values: Any) -> str:
        """A template with its values; `page` among them says the language."""
        return self._environments[values["page"].language].get_template(name).render(values)

    def gettext(self, language: str, said: str, **values: object) -> str:
        """A sentence outside of a template."""
        translated = languages.translations(language).gettext(said)
        return translated % values if values else translated


def _environment(language: str) -> Environment:
    made = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
    )
    made.install_gettext_translations(languages.translations(language), newstyle=True)  # type: ignore[attr-defined]
    made.globals |= {"LANGUAGES": languages.LANGUAGES, "static": static.address, "key": new_key}
    made.filters |= {
        "title": lambda title: _said(title, language),
        "words": lambda words: _said(words, language),
        "editable": lambda words: words if isinstance(words, str) else "",
        "day": lambda written: "" if written is None else languages.day(written[:10], language),
        "instant": lambda written: "" if written is None else languages.instant(written, language),
        "number": lambda written: "" if written is None else languages.number(written, language),
        "word": lambda value, kind: word(value, kind, language),
        "round_name": lambda round_id: round_name(round_id, language),
        "happened": lambda type_: _happened(type_, language),
        "said": lambda problem: problems.said(getattr(problem, "said", problem) or {}, language),
        "field_name": lambda path: problems.field_name(path, language),
        "person": _named("people", language),
        "unit": _named("units", language),
        "subject": _subject(language),
    }
    return made


def round_name(round_id: str, language: str) -> str:
    """What a round is called: `2024-annual` is the annual report 2024."""
    _ = languages.translations(language).gettext
    year, _sep, kind = round_id.partition("-")
    said = {"half-year": _("Half-year report %(year)s"), "annual": _("Annual report %(year)s")}.get(kind)
    return round_id if said is None else said % {"year": year}


def _happened(type_: str, language: str) -> str:
    """What happened, by an event's type."""
    words = HAPPENED.get(type_)
    return type_ if words is None else words[tuple(languages.LANGUAGES).index(language)]


def _said(words: Any, language: str) -> str | Markup:
    """Words or a title in the reader's language; what was erased says so, by which authority."""
    _ = languages.translations(language).gettext
    if isinstance(words, Mapping):
        erased = words.get("erased")
        if erased is not None:
            said = _("erased on %(day)s by authority of %(authority)s")
            day = languages.day(erased["at"][:10], language)
            return f"[{said % {'day': day, 'authority': erased['authority'] or '-'}}]"
        if words.get("missing"):
            missing = _("the words are missing: tell the operator")
            return f"[{missing}]"
    return languages.chosen(words, language)


def _named(kind: str, language: str) -> Any:
    @pass_context
    def named(context: Context, key: str | None) -> str:
        """What an id is called; an id that has no name stands for itself."""
        names = context.get("names") or {}
        return "" if key is None else str(_said(names.get(kind, {}).get(key, key), language))

    return named


def _subject(language: str) -> Any:
    @pass_context
    def named(context: Context, key: str | None) -> str:
        """The title of a target, milestone or indicator."""
        found = (context.get("names") or {}).get("subjects", {}).get(key)
        return str(key or "") if found is None else str(_said(found["title"], language))

    return named


__all__ = ["Templates", "new_key", "round_name"]
