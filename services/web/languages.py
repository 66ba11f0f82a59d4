"""The languages of the pages: gettext catalogues, and how each writes dates, instants and numbers.

The msgids are English. Catalogues are .po files, one an area of the pages, read once at the start.
"""

import io
import re
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path
from zoneinfo import ZoneInfo

from babel.dates import format_date
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

FOLDER = Path(__file__).parent / "translations"
LANGUAGES: Mapping[str, str] = {"fi": "Suomi", "sv": "Svenska", "en": "English"}
"""Their codes, each with its own name."""
DEFAULT = "fi"
_HELSINKI = ZoneInfo("Europe/Helsinki")
_DAYS = {"fi": "d.M.y", "sv": "d.M.y", "en": "d MMMM y"}


@cache
def translations(language: str) -> NullTranslations:
    """The catalogue of a language: all of its areas in one. English needs none."""
    if language == "en":
        return NullTranslations()
    merged = Catalog(locale=language)
    for file in sorted((FOLDER / language).glob("*.po")):
        with file.open("rb") as opened:
            for message in read_po(opened, locale=language):
                if message.id and message.string:
                    merged.add(message.id, message.string, context=message.context)
    written = io.BytesIO()
    write_mo(written, merged)
    written.seek(0)
    return GNUTranslations(written)


def preferred(accepted: str) -> str:
    """The language that an Accept-Language header likes best of those that the pages have (RFC 9110, 12.5.4)."""
    liked: dict[str, float] = {}
    for each in accepted.lower().split(","):
        code, _, quality = (part.strip() for part in each.partition(";"))
        weight = re.fullmatch(r"q\s*=\s*([01](?:\.[0-9]{0,3})?)", quality)
        liked.setdefault(code.partition("-")[0], float(weight[1]) if weight else float(not quality))
    ours = [code for code in liked if code in LANGUAGES and liked[code] > 0]
    return max(ours, key=liked.__getitem__, default=DEFAULT)


def day(written: str | date, language: str) -> str:
    """A date as the language writes it: 24.11.2026, in English 24 November 2026."""
    return format_date(date.fromisoformat(written) if isinstance(written, str) else written, _DAYS[language], language)


def instant(written: str | datetime, language: str) -> str:
    """An instant by Helsinki's clock: 24.11.2026 klo 9.05, kl. 9.05, in English 24 November 2026, 09:05."""
    there = datetime.fromisoformat(written) if isinstance(written, str) else written
    local = there.astimezone(_HELSINKI)
    match language:
        case "fi":
            return f"{day(local.date(), language)} klo {local.hour}.{local.minute:02}"
        case "sv":
            return f"{day(local.date(), language)} kl. {local.hour}.{local.minute:02}"
        case _:
            return f"{day(local.date(), language)}, {local:%H:%M}"


def number(written: str | int, language: str) -> str:
    """A decimal with as many digits as it was written with: 1 234 567,50, in English 1,234,567.50."""
    text = str(written)
    places = len(text.partition(".")[2])
    locale = "en_GB" if language == "en" else language
    return str(format_decimal(text, format="#,##0" + ("." + "0" * places if places else ""), locale=locale))


def decimal(typed: str | None, language: str) -> str | None:
    """A number as the language writes it, as the API takes it: 1 234,50 is 1234.50. Blank is None.

    What is no number of the language is left as it was typed: the API says what is wrong with it.
    """
    written = re.sub(r"\s", "", typed or "").replace("\N{MINUS SIGN}", "-")
    if language == "en":
        grouped = re.fullmatch(r"-?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?", written)
        return written.replace(",", "") if grouped else written or None
    return (written.replace(",", ".") if written.count(",") == 1 and "." not in written else written) or None


def chosen(title: Mapping[str, str] | str | None, language: str) -> str:
    """A title in the reader's language, else in Finnish, else in the one that there is."""
    if title is None or isinstance(title, str):
        return title or ""
    return title.get(language) or title.get(DEFAULT) or next((each for each in title.values() if each), "")


__all__ = [
    "DEFAULT",
    "LANGUAGES",
    "chosen",
    "day",
    "decimal",
    "instant",
    "number",
    "preferred",
    "translations",
]
