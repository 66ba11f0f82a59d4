"""A subject's history, as a timeline tells it: the last first, a year's deviations and late completions among it."""

from collections.abc import Iterable
from typing import Any

Shown = dict[str, Any]
_ICONS = {
    "item-submitted": "send",
    "item-recalled": "reply",
    "item-returned": "reply",
    "item-signed-off": "check",
    "item-endorsed": "check",
    "item-delivered": "forward",
    "item-withdrawn": "remove",
    "evidence-attached": "attachment",
    "evidence-revised": "attachment",
    "evidence-detached": "attachment",
    "deviation-opened": "warning",
    "deviation-updated": "warning",
    "action-returned": "reply",
    "target-assessed": "flag",
    "indicator-assessed": "flag",
    "milestone-commented": "message",
}
_DONE = frozenset({"item-signed-off", "item-delivered", "deviation-closed", "late-completion-signed-off"})
_PROBLEM = frozenset(
    {"item-returned", "deviation-opened", "action-returned", "late-completion-returned", "sign-off-revoked"}
)
_APPROVED = frozenset({"item-signed-off", "item-delivered"})
_WORDS = ("reason", "narrative", "rationale", "late_reason", "reply", "comment", "summary", "basis_words")


def story(entries: Iterable[Shown]) -> list[Shown]:
    """The entries of a trail, each with what its line in the timeline needs; the last one first."""
    return [_line(each) for each in reversed(list(entries))]


def _line(entry: Shown) -> Shown:
    said = entry["said"] or {}
    kind = entry["type"]
    return entry | {
        "icon": _ICONS.get(kind, "edit" if kind.endswith("-reported") else "register"),
        "sign": "done" if kind in _DONE else "problem" if kind in _PROBLEM else "",
        "light": said.get("light"),
        "basis": said.get("basis"),
        "document": (said.get("evidence") or {}).get("title") if isinstance(said.get("evidence"), dict) else None,
        "words": [said[name] for name in _WORDS if said.get(name) is not None],
        "exact": said.get("revision") if kind in _APPROVED else None,
    }


__all__ = ["story"]
