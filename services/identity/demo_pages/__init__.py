"""The pages of the identity provider for trying out, in three languages: people to choose from, tokens to copy."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TypeAlias

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, Response

Title: TypeAlias = Mapping[str, str]
"""By language: fi, sv, en."""

FOLDER = Path(__file__).parent
LANGUAGES: Mapping[str, str] = {"fi": "Suomi", "sv": "Svenska", "en": "English"}
"""The first is taken where none is asked for."""
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one of the people does: their role, and their unit where the role has one."""

    role: Title
    unit: Title | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One of the people as they are shown. `href` is where choosing them leads."""

    account: str
    name: str
    href: str
    role: str
    unit: str


def language_of(asked: str | None, accepted: str) -> str:
    """The first language that there is, of `ui_locales` (OIDC Core, 3.1.2.1), then of Accept-Language."""
    wanted = [*(asked or "").split(), *(each.split(";")[0].strip() for each in accepted.split(","))]
    return next((each[:2].lower() for each in wanted if each[:2].lower() in LANGUAGES), next(iter(LANGUAGES)))


def choices(
    people: Mapping[str, str], parts: Mapping[str, Part], language: str, href: Callable[[str], str]
) -> Sequence[tuple[str, Sequence[Choice]]]:
    """The people by role, in the order in which they are given. Those whose part isn't said stand under no heading."""

    def shown(account: str, name: str) -> Choice:
        part = parts.get(account)
        return Choice(
            account=account,
            name=name,
            href=href(account),
            role="" if part is None else part.role[language],
            unit="" if part is None or part.unit is None else part.unit[language],
        )

    found: Iterable[Choice] = (shown(account, name) for account, name in people.items())
    return [(role, list(group)) for role, group in groupby(found, lambda each: each.role)]


def page(template: str, language: str, base: str, languages: Mapping[str, str], **values: object) -> HTMLResponse:
    """A page. `base` is the path where the provider is served, `languages` says where the same is in each language."""
    said = {name: title[language] for name, title in SAID.items()}
    shown = _TEMPLATES.get_template(template).render(
        said=said,
        language=language,
        base=base,
        languages=[(each, LANGUAGES[each], languages[each]) for each in languages],
        **values,
    )
    return HTMLResponse(shown, headers=HEADERS)


def style() -> Response:
    """The style sheet of them all."""
    return Response((FOLDER / "style.css").read_text(), media_type="text/css", headers={"Cache-Control": "no-cache"})


_TEMPLATES = Environment(
    loader=FileSystemLoader(FOLDER), autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined
)

SAID: Mapping[str, Title] = {
    "sign_in": {"fi": "Kirjaudu kokeilemaan", "sv": "Logga in och prova", "en": "Sign in to try it out"},
    "made_up": {
        "fi": "Nämä ihmiset ovat keksittyjä. Valitse, kenenä kirjaudut: salasanaa ei kysytä.",
        "sv": "De här personerna är påhittade. Välj vem du loggar in som: inget lösenord behövs.",
        "en": "These people are made up. Choose whom to sign in as: no password is asked for.",
    },
    "only_trying": {
        "fi": "Tämä kirjautuminen on vain kokeilua varten. Oikean viraston tietoihin kirjaudutaan aina viraston omalla "
        "tunnistautumisella.",
        "sv": "Den här inloggningen är bara till för att prova. Till ett riktigt ämbetsverks uppgifter loggar man "
        "alltid in med ämbetsverkets egen identifiering.",
        "en": "This sign-in is for trying out only. A real agency's data is always reached by its own sign-in.",
    },
    "tokens": {"fi": "API-avaimet kokeiluun", "sv": "API-nycklar för prov", "en": "Tokens for the API"},
    "tokens_lead": {
        "fi": "Valitse henkilö, jonka nimissä kutsut ohjelmointirajapintaa.",
        "sv": "Välj i vems namn du anropar gränssnittet.",
        "en": "Choose in whose name to call the API.",
    },
    "others": {"fi": "Muut", "sv": "Övriga", "en": "Others"},
    "cancel": {"fi": "Peru ja palaa", "sv": "Avbryt och gå tillbaka", "en": "Cancel and go back"},
    "token_of": {"fi": "API-avain:", "sv": "API-nyckel:", "en": "Token of"},
    "token_label": {
        "fi": "Avain, voimassa kahdeksan tuntia",
        "sv": "Nyckel, giltig i åtta timmar",
        "en": "Token, good for eight hours",
    },
    "use": {"fi": "Käytä sitä näin:", "sv": "Använd den så här:", "en": "Use it so:"},
    "somebody_else": {"fi": "Valitse toinen henkilö", "sv": "Välj en annan person", "en": "Choose somebody else"},
    "signed_out": {"fi": "Olet kirjautunut ulos", "sv": "Du har loggats ut", "en": "You are signed out"},
    "language": {"fi": "Kieli", "sv": "Språk", "en": "Language"},
    "provider": {
        "fi": "Etappi, kokeilun tunnistautuminen",
        "sv": "Etappi, identifiering för prov",
        "en": "Etappi, identity provider for trying out",
    },
}

__all__ = ["LANGUAGES", "Choice", "Part", "Title", "choices", "language_of", "page", "style"]
