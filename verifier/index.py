"""`index.fi.html`, `index.sv.html`, `index.en.html`: what a bundle holds, for people; it opens offline, in any browser.

Made from what is verified and from nothing else, so that the verifier makes it anew and compares. People and subjects
go by the names that the bundle discloses, with their ids beside; where a name is withheld or erased, by the id alone.
Long lists are cut, and say so: a page that no browser opens tells nobody anything.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from domain.values import instant_text
from verifier.contents import Contents, Gone, Listed, Opened
from verifier.scope import Milestone, Period, Sample, Submission, Target, WholeLedger, whole_streams
from verifier.spoken import in_language, moment, number
from verifier.words import LANGUAGES, word

__all__ = ["LANGUAGES", "Facts", "index", "name_of"]

MOST_LIGHTS = 2_000
MOST_FILES = 2_000
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""What moves or turns text and shows nothing itself: a page says it as a sign that it can't be shown."""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_STYLE = """
:root{color-scheme:light}
body{font:1rem/1.5 system-ui,sans-serif;color:#222;background:#fff;max-width:90rem;margin:0 auto;padding:1rem}
h1{font-size:1.6rem;line-height:1.25;overflow-wrap:anywhere}h2{font-size:1.25rem;margin:2rem 0 .5rem}p{max-width:50rem}
table{border-collapse:collapse}
caption{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
th,td{border-bottom:1px solid #767676;padding:.35rem .75rem .35rem 0;text-align:left;vertical-align:top}
th{font-weight:600}thead th{border-bottom:2px solid #222}
small{color:#555;font-size:.8125rem;overflow-wrap:anywhere}
code{font-size:.8125rem;overflow-wrap:anywhere}
p.word{margin:0 0 .25rem;overflow-wrap:anywhere}
.wide{overflow-x:auto}.wide:focus-visible{outline:2px solid #2a6ebb}
.many{min-width:64rem;width:100%}.many td{min-width:6rem}
.many td:first-child{min-width:3rem}.many td:last-child{min-width:20rem}
.note{border-left:.25rem solid #2a6ebb;padding:.25rem .75rem}
.l1,.l2,.l3{border-left:.6rem solid;padding-left:.4rem}.l1{border-color:#b3261e}.l2{border-color:#e3a600}
.l3{border-color:#1e7d32}
@media print{body{max-width:none;padding:0;font-size:9pt}thead{display:table-header-group}tr{break-inside:avoid}
.wide{overflow:visible}.many{min-width:0}.many td,.many td:first-child,.many td:last-child{min-width:0}}
"""


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
    return _UNSEEN.sub("\ufffd", "".join(_Page(facts, language).lines())).encode()


class _Page:
    """A page in the making. What its methods answer is HTML, and all that stands in the log is escaped in it."""

    def __init__(self, facts: Facts, language: str) -> None:
        self._facts, self._contents, self._language = facts, facts.contents, language

    def lines(self) -> Iterator[str]:
        say, contents = self._say, self._contents
        yield from self._head()
        yield f"<h2>{say('about')}</h2>\n"
        yield from _table(say("about"), (), (_row(name, value, head=True) for name, value in self._about()))
        yield f"<h2>{say('counts')}</h2>\n"
        counts = contents.counts.json().items()
        rows = (_row(say(f"count/{name}"), self._number(int(str(value))), head=True) for name, value in counts)
        yield from _table(say("counts"), (say("what"), say("number")), rows)
        yield from self._lights()
        yield f"<h2>{say('events')}</h2>\n"
        yield from self._cut(len(contents.listed), contents.counts.events + contents.counts.headers)
        columns = ("position", "time", "event", "stream", "who", "words")
        yield from _table(say("events"), tuple(map(say, columns)), map(self._event, contents.listed), style="many")
        yield f"<h2>{say('evidence')}</h2>\n"
        yield from self._evidence()
        yield f"<h2>{say('stamps')}</h2>\n"
        stamps = [_row(self._number(size)) for size in self._facts.stamps[:MOST_FILES]]
        yield from _table(say("stamps"), (say("stamped"),), stamps) if stamps else (f"<p>{say('none')}</p>\n",)
        yield "</main>\n</body>\n</html>\n"

    def _head(self) -> Iterator[str]:
        say = self._say
        title = f"{say('title')}: {escape(self._facts.ledger)}"
        yield f'<!doctype html>\n<html lang="{self._language}">\n<head>\n<meta charset="utf-8">\n'
        yield f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        yield '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        yield f"<title>{title}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n"
        if self._contents.demo:
            yield f'<p class="note"><strong>{say("demo")}</strong></p>\n'
        yield f"<p>{say('lead')}</p>\n<p>{say('verify')}</p>\n"

    def _about(self) -> Iterator[tuple[str, str]]:
        say, facts, scope = self._say, self._facts, self._contents.scope
        yield say("ledger"), escape(facts.ledger)
        yield say("origin"), f"<code>{escape(facts.origin)}</code>"
        yield say("scope"), say(f"kind/{scope.kind}")
        match scope:
            case Target(subject=subject) | Milestone(subject=subject):
                yield say("subject"), self._thing(subject, facts.size)
            case Submission():
                yield say("round"), self._round(scope.round)
                yield say("unit"), self._thing(scope.unit, facts.size)
            case Period():
                yield say("positions"), f"{scope.first} - {scope.last}"
            case Sample():
                yield say("seed"), escape(scope.seed)
                yield say("drawn"), self._number(scope.count)
                yield say("positions"), f"{scope.first} - {scope.last}"
                yield say("types"), "<br>".join(map(self._type, scope.types)) or say("all-types")
            case _:
                pass
        if whole_streams(scope) and not isinstance(scope, WholeLedger):
            yield say("limit"), say("not-proved")
        yield say("size"), self._number(facts.size)
        yield say("root"), f"<code>{facts.root}</code>"
        versions = sorted(self._contents.agreement.items())
        said = (f"{escape(version)}<br><code>{digest}</code>" for version, digest in versions)
        yield say("agreement"), "<br>".join(said) or "-"

    def _lights(self) -> Iterator[str]:
        say, lights = self._say, self._facts.lights
        yield f"<h2>{say('lights')}</h2>\n"
        if lights is None:
            yield f"<p>{say('no-lights')}</p>\n"
            return
        if self._contents.lights_in_part:
            yield f'<p class="note">{say("lights-in-part")}</p>\n'
        yield from self._cut(len(lights), self._facts.light_count)
        columns = ("round", "subject", "stage", "light", "ministry")
        yield from _table(say("lights"), tuple(map(say, columns)), map(self._light, lights))

    def _light(self, cell: Mapping[str, Any]) -> str:
        say, ministry = self._say, cell["ministry"]
        basis = "" if cell["light"] is None else f" ({say('basis/' + str(cell['basis']))})"
        return _row(
            self._round(cell["round"]),
            f"{self._thing(cell['subject'], self._facts.size)} <small>({say('subject/' + cell['kind'])})</small>",
            say(f"stage/{cell['stage']}"),
            self._colour(cell["light"]) + basis,
            self._colour(None if ministry is None else ministry["light"]),
        )

    def _colour(self, light: object) -> str:
        """A light in words; the colour beside them is for the eye."""
        said = self._say(f"light/{light}")
        return said if light is None else f'<span class="l{escape(str(light))}">{said}</span>'

    def _event(self, event: Listed) -> str:
        at = f'<time datetime="{instant_text(event.recorded_at)}">{moment(event.recorded_at, self._language)}</time>'
        return _row(
            str(event.position),
            at,
            self._type(event.type) + (f"<br><small>{escape(event.command)}</small>" if event.command else ""),
            self._place(event),
            self._who(event),
            "".join(f'<p class="word">{self._word(each)}</p>' for each in event.words),
        )

    def _evidence(self) -> Iterator[str]:
        say, files = self._say, self._contents.files
        yield from self._cut(min(MOST_FILES, len(files)), len(files))
        rows = [
            _row(
                escape(each.name),
                self._number(each.size),
                say("yes" if each.sha256 in self._contents.included else "no"),
                f"<code>{each.sha256}</code>",
            )
            for each in files[:MOST_FILES]
        ]
        columns = (say("file"), say("bytes"), say("included"), "SHA-256")
        yield from _table(say("evidence"), columns, rows) if rows else (f"<p>{say('none')}</p>\n",)

    def _say(self, key: str) -> str:
        return escape(word(key, self._language))

    def _number(self, value: int) -> str:
        return number(value, self._language)

    def _type(self, type_: str) -> str:
        return f"{self._say(f'event/{type_}')}<br><small>{escape(type_)}</small>"

    def _round(self, round_: str) -> str:
        """`2024-annual`, in words."""
        year, _, kind = round_.partition("-")
        return self._say(f"round/{kind}").format(year=escape(year))

    def _place(self, event: Listed) -> str:
        """What an event is about, with its stream."""
        kind, *keys = event.stream.split("/")
        title = self._known(self._contents.names.thing(keys[-1], event.position)) if keys else None
        named = self._say(f"stream/{kind}") if title is None else escape(title)
        looked_at = f"<br><small>{escape(event.looked_at)}</small>" if event.looked_at else ""
        return f"{named}<br><small>{escape(event.stream)}</small>{looked_at}"

    def _who(self, event: Listed) -> str:
        """Who acted, for whom, in which role."""
        if not event.actor:
            return self._say("hidden")
        if event.actor_kind != "person":
            kind = self._say(f"actor/{event.actor_kind}")
            return kind if event.actor == event.actor_kind else f"{kind} <small>{escape(event.actor)}</small>"
        said = [self._person(event.actor, event.position)]
        if event.acting_for is not None:
            said.append(self._say("for").format(name=self._person(event.acting_for, event.position)))
        if event.role is not None:
            said.append(f"<small>{self._say(f'role/{event.role}')}</small>")
        return "<br>".join(said)

    def _person(self, id_: str, position: int) -> str:
        return _named(id_, self._known(self._contents.names.person(id_, position)))

    def _thing(self, id_: str, position: int) -> str:
        return _named(id_, self._known(self._contents.names.thing(id_, position)))

    def _known(self, commitment: str | None) -> str | None:
        """What a commitment stands for, in the page's language, if the bundle opens it."""
        opened = None if commitment is None else self._contents.texts.get(commitment)
        return in_language(opened.text, self._language) if isinstance(opened, Opened) else None

    def _word(self, commitment: str) -> str:
        """A text with the name of its field; or that it is withheld; or when it was erased, and by which authority."""
        match self._contents.texts.get(commitment):
            case Opened(name=name, text=text):
                said = escape(in_language(text, self._language)).replace("\n", "<br>")
                return f"<small>{self._say(f'field/{name}')}:</small> {said}"
            case Gone(erasure=erasure, position=position):
                return self._erased(erasure, position)
            case _:
                return f"<small>{self._say('withheld')}</small>"

    def _erased(self, erasure: str, position: int) -> str:
        at = self._contents.confirmed.get(erasure)
        authority = self._known(self._contents.authorities.get(erasure))
        said = [self._say("erased") if at is None else self._say("erased-at").format(time=moment(at, self._language))]
        if authority is not None:
            said.append(self._say("by-authority").format(authority=escape(authority)))
        said.append(f"<small>{self._say('by-erasure').format(erasure=escape(erasure), position=position)}</small>")
        return "<br>".join(said)

    def _cut(self, shown: int, count: int) -> Iterator[str]:
        if shown < count:
            said = self._say("more").format(shown=self._number(shown), all=self._number(count))
            yield f'<p class="note">{said}</p>\n'


def _named(id_: str, name: str | None) -> str:
    return escape(id_) if name is None else f"{escape(name)}<br><small>{escape(id_)}</small>"


def _table(caption: str, columns: Sequence[str], rows: Iterable[str], *, style: str = "") -> Iterator[str]:
    """A table that scrolls within itself where the page is narrow. Without columns its rows have heads."""
    yield f'<div class="wide" role="region" aria-label="{caption}" tabindex="0">\n'
    yield f'<table class="{style}">\n' if style else "<table>\n"
    yield f"<caption>{caption}</caption>\n"
    if columns:
        yield "<thead><tr>" + "".join(f'<th scope="col">{each}</th>' for each in columns) + "</tr></thead>\n"
    yield "<tbody>\n"
    yield from rows
    yield "</tbody>\n</table>\n</div>\n"


def _row(*cells: str, head: bool = False) -> str:
    first = f'<th scope="row">{cells[0]}</th>' if head else f"<td>{cells[0]}</td>"
    return "<tr>" + first + "".join(f"<td>{each}</td>" for each in cells[1:]) + "</tr>\n"
