"""The content of an item's row, and the digest that people bind themselves to (R16)."""

from domain.events.envelope import digest_of
from projections.table import Cells


def content_digest(item: Cells) -> str:
    """`item-content/1` of the present content, as `domain.item.content_digest` has it.

    Computed only for what nobody has bound themselves to yet: a submission's event says it, and a replay needn't hash
    each draft on the way.
    """
    bound: str | None = item["digest"]
    if bound is not None:
        return bound
    report = item["report"]
    if report is not None:
        fields = {name: value for name, value in report.items() if name != "type"} | {"revision": 1}
        report = {"type": report["type"], "fields": fields}
    return digest_of(
        {
            "format": "item-content/1",
            "item": f"item/{item['round']}/{item['subject']}",
            "revision": item["revision"],
            "report": report,
            "evidence": item["evidence"],
        }
    )
