"""`index.fi.html`, `index.sv.html`, `index.en.html`: what a bundle holds, for people; it opens offline, in any browser.

Made from what is verified and from nothing else, so that the verifier makes it anew and compares. Long lists are cut,
and say so: a page that no browser opens tells nobody anything.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from domain.canonical import canonical
from verifier.contents import Contents, Listed
from verifier.scope import scope_json
from verifier.words import LANGUAGES, word

__all__ = ["LANGUAGES", "Facts", "index", "name_of"]

MOST_LIGHTS = 2_000
MOST_FILES = 2_000
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_STYLE = """
:root{color-scheme:light}
body{font:1rem/1.5 system-ui,sans-serif;color:#222;background:#fff;max-width:80rem;margin:0 auto;padding:1rem}
h1{font-size:1.6rem}h2{font-size:1.25rem;margin-top:2rem}
table{border-collapse:collapse;width:100%}
caption{text-align:left;color:#444;padding:.25rem 0}
th,td{border:1px solid #767676;padding:.25rem .5rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}
th{background:#eee}
.wide{overflow-x:auto}
.note{border-left:.25rem solid #2a6ebb;padding:.25rem .75rem}
@media print{body{max-width:none;padding:0;font-size:9pt}thead{display:table-header-group}tr{break-inside:avoid}
.wide{overflow:visible}}
"""

_Say = Callable[[str], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What an index tells. `root` is the checkpoint's, in hex; `lights` are the first `MOST_LIGHTS` of `light_count`,
    None where none are replayed; `stamps` the sizes of the checkpoints that were stamped.
    """

    contents: Contents
    ledger: str
    origin: str
    size: int
    root: str
    lights: Sequence[Mapping[str, Any]] | None
    light_count: int
    stamps: Sequence[int]


def name_of(language: str) -> str:
    """The file of the index in a language."""
    return f"index.{language}.html"


def index(facts: Facts, language: str) -> bytes:
    """The page in a language."""

    def say(key: str) -> str:
        return escape(word(key, language))

    return "".join((*_head(facts, language, say), *_body(facts, say), "</main>\n</body>\n</html>\n")).encode()


def _head(facts: Facts, language: str, say: _Say) -> Iterator[str]:
    title = f"{say('title')}: {escape(facts.ledger)}"
    yield f'<!doctype html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n'
    yield f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
    yield f"<title>{title}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n"
    if facts.contents.demo:
        yield f'<p class="note"><strong>{say("demo")}</strong></p>\n'
    yield f"<p>{say('lead')}</p>\n<p>{say('verify')}</p>\n"


def _body(facts: Facts, say: _Say) -> Iterator[str]:
    contents = facts.contents
    yield f"<h2>{say('about')}</h2>\n"
    yield from _table(say("about"), (), (_row(name, value, head=True) for name, value in _about(facts, say)))
    yield f"<h2>{say('counts')}</h2>\n"
    counts = (_row(say(f"count/{name}"), str(value), head=True) for name, value in contents.counts.json().items())
    yield from _table(say("counts"), (say("what"), say("number")), counts)
    yield from _lights(facts, say)
    yield f"<h2>{say('events')}</h2>\n"
    columns = ("position", "time", "event", "stream", "who", "command", "words")
    all_of_them = contents.counts.events + contents.counts.headers
    yield from _cut(say, len(contents.listed), all_of_them)
    rows = (_event(each, contents.texts, say) for each in contents.listed)
    yield from _table(say("events"), tuple(map(say, columns)), rows)
    yield f"<h2>{say('evidence')}</h2>\n"
    yield from _cut(say, min(MOST_FILES, len(contents.files)), len(contents.files))
    files = (
        _row(escape(each.name), each.sha256, str(each.size), say("yes" if each.sha256 in contents.included else "no"))
        for each in contents.files[:MOST_FILES]
    )
    yield from _table(say("evidence"), (say("file"), "SHA-256", say("bytes"), say("included")), files)
    yield f"<h2>{say('stamps')}</h2>\n"
    stamps = (_row(str(size)) for size in facts.stamps[:MOST_FILES])
    yield from _table(say("stamps"), (say("stamped"),), stamps)


def _about(facts: Facts, say: _Say) -> Iterator[tuple[str, str]]:
    scope = scope_json(facts.contents.scope)
    yield say("ledger"), escape(facts.ledger)
    yield say("origin"), escape(facts.origin)
    limits = {name: value for name, value in scope.items() if name != "kind"}
    said = escape(canonical(limits).decode()) if limits else ""
    yield say("scope"), f"{say(f'kind/{facts.contents.scope.kind}')} {said}".strip()
    yield say("size"), str(facts.size)
    yield say("root"), facts.root
    versions = facts.contents.agreement
    yield say("agreement"), "<br>".join(f"{escape(each)}: {digest}" for each, digest in sorted(versions.items())) or "-"


def _lights(facts: Facts, say: _Say) -> Iterator[str]:
    yield f"<h2>{say('lights')}</h2>\n"
    if facts.lights is None:
        yield f"<p>{say('no-lights')}</p>\n"
        return
    if facts.contents.lights_in_part:
        yield f'<p class="note">{say("lights-in-part")}</p>\n'
    yield from _cut(say, len(facts.lights), facts.light_count)
    columns = ("round", "subject", "stage", "light", "ministry")
    yield from _table(say("lights"), tuple(map(say, columns)), (_light(each, say) for each in facts.lights))


def _light(cell: Mapping[str, Any], say: _Say) -> str:
    basis = "" if cell["light"] is None else f" ({say('basis/' + str(cell['basis']))})"
    ministry = cell["ministry"]
    return _row(
        escape(cell["round"]),
        f"{escape(cell['subject'])} ({say('subject/' + cell['kind'])})",
        say(f"stage/{cell['stage']}"),
        say(f"light/{cell['light']}") + basis,
        say(f"light/{None if ministry is None else ministry['light']}"),
    )


def _event(event: Listed, texts: Mapping[str, str | None], say: _Say) -> str:
    words = (say("not-shown") if texts.get(each) is None else escape(str(texts[each])) for each in event.words)
    return _row(
        str(event.position),
        event.recorded_at,
        escape(event.type),
        escape(event.stream),
        escape(event.who) if event.who else say("hidden"),
        escape(event.command),
        "<br>".join(words),
    )


def _cut(say: _Say, shown: int, count: int) -> Iterator[str]:
    if shown < count:
        yield f'<p class="note">{say("more").format(shown=shown, all=count)}</p>\n'


def _table(caption: str, columns: Sequence[str], rows: Iterable[str]) -> Iterator[str]:
    """A table that scrolls within itself where the page is narrow. Without columns its rows have heads."""
    yield f'<div class="wide" role="region" aria-label="{caption}" tabindex="0">\n'
    yield f"<table>\n<caption>{caption}</caption>\n"
    if columns:
        yield "<thead><tr>" + "".join(f'<th scope="col">{each}</th>' for each in columns) + "</tr></thead>\n"
    yield "<tbody>\n"
    yield from rows
    yield "</tbody>\n</table>\n</div>\n"


def _row(*cells: str, head: bool = False) -> str:
    first = f'<th scope="row">{cells[0]}</th>' if head else f"<td>{cells[0]}</td>"
    return "<tr>" + first + "".join(f"<td>{each}</td>" for each in cells[1:]) + "</tr>\n"
