"""What a page says: its words, its tables, and where a refusal stands."""

import re

import httpx2


def words(html: str) -> str:
    """What a page says, without its tags."""
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def table_of(page: str, caption: str) -> list[str]:
    """What the rows of a table say."""
    [table] = [each for each in re.findall(r"<table.*?</table>", page, re.DOTALL) if f">{caption}</caption>" in each]
    return [words(row) for row in re.findall(r"<tr.*?</tr>", table.partition("<tbody")[2], re.DOTALL)]


def refused_at(answer: httpx2.Response, field: str, *statuses: int) -> None:
    """A refusal is said at its field, above which the page says that nothing was recorded."""
    assert answer.status_code in statuses
    assert f'id="f-{field}-error"' in answer.text
    assert f'href="#f-{field}"' in answer.text


__all__ = ["refused_at", "table_of", "words"]
