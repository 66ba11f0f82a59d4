"""What a bundle says of itself, against what its contents come to: counts, versions, evidence, lights, the index."""

from collections.abc import Callable, Mapping
from typing import Any

from domain.canonical import NotCanonical, canonical, parse
from projections.items import ITEM
from verifier.contents import Contents
from verifier.index import LANGUAGES, Facts, index, name_of
from verifier.lights import Lights
from verifier.manifest import Manifest
from verifier.proof import Proof
from verifier.report import Report

Read = Callable[[str], bytes]


def check_claims(report: Report, manifest: Manifest, contents: Contents, proof: Proof, read: Read) -> None:
    """Compare everything that follows from the events, now that they were replayed."""
    for said, has, what in (
        (dict(manifest.counts), contents.counts.json(), "counts"),
        (list(manifest.agreement), contents.agreements(), "versions of the agreement"),
    ):
        if said != has:
            text = canonical(said).decode()
            report.fault("claim-differs", f"the manifest says other {what}: {text[:1000]}", canonical(has).decode())
    if read("evidence.json") != contents.evidence_json():
        report.fault("claim-differs", "evidence.json lists other files", "those that the disclosures name")
    facts = Facts(
        contents=contents,
        ledger=manifest.ledger,
        origin=manifest.origin,
        size=manifest.size,
        root=report.root,
        lights=_lights(report, contents, read("lights.json")),
        stamps=[each.size for each in proof.timestamps],
    )
    for language in LANGUAGES:
        if read(name_of(language)) != index(facts, language):
            what = f"{name_of(language)} says something else than the events do"
            report.fault("claim-differs", what, "the index that the contents come to")


def _lights(report: Report, contents: Contents, data: bytes) -> dict[str, Any] | None:
    """The lights that the events come to; where others are claimed, each is told."""
    if contents.lights is None:
        if data != b"null":
            report.fault("claim-differs", "lights.json claims lights", "null: for this scope they can't be replayed")
        return None
    try:
        has: Any = contents.lights.claim(contents.scope, contents.about)
    except Exception as error:  # noqa: BLE001 (rows that malformed events left behind, which are told as such)
        report.fault("unreadable-event", f"the lights can't be replayed: {error!r}", "events of a cycle")
        return None
    if canonical(has) == data:
        return dict(has)
    try:
        said: Any = parse(data)
        claimed = {(each["round"], each["subject"]): each for each in said["lights"]}
    except (NotCanonical, KeyError, TypeError) as error:
        report.fault("claim-differs", f"lights.json can't be read: {error}", "the lights that the events come to")
        return dict(has)
    replayed = {(each["round"], each["subject"]): each for each in has["lights"]}
    differing = [key for key in claimed | replayed if claimed.get(key) != replayed.get(key)]
    for key in differing:
        _differs(report, contents.lights, key, claimed.get(key), replayed.get(key))
    if not differing:
        report.fault("claim-differs", "lights.json is spelled otherwise", "the lights, each once, in their order")
    return dict(has)


def _differs(
    report: Report,
    lights: Lights,
    key: tuple[str, str],
    said: Mapping[str, Any] | None,
    has: Mapping[str, Any] | None,
) -> None:
    """A light that is claimed otherwise, told by the last event that its content comes from."""
    item = lights.table.of(ITEM).get("/".join(map(str, key)))
    changed = None if item is None else item["changed"]
    what, should = ("no light" if each is None else canonical(dict(each)).decode() for each in (said, has))
    report.fault(
        "light-differs",
        f"lights.json claims {what[:1000]}",
        f"{should}, which the replay comes to",
        position=None if changed is None else changed["position"],
        stream="item/" + "/".join(map(str, key)),
    )
