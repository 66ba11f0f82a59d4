"""What a reader sends back with a decision, as reads answer it: bound content, digests, proposals."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from domain.item import Stage
from domain.values import Publication, TrafficLight

_CLOSED = ConfigDict(extra="forbid")
_OPEN = ConfigDict(extra="allow")
_CONTENT = Field(description='What is proposed, with its words; `{"erased": {…}}` where they are erased.')


class ShownBound(BaseModel):
    """An item as it was seen: what `submit-items`, `endorse-items` and `sign-off-items` take in `items`."""

    model_config = _CLOSED

    subject: str
    revision: int
    digest: str


class BoundMilestone(ShownBound):
    """A target's milestone: subject, revision and digest are what `report-target` takes, the rest is for reading."""

    stage: Stage
    light: TrafficLight | None


class DeliveredRevision(BaseModel):
    """The revision of an item that was delivered last."""

    model_config = _CLOSED

    revision: int
    digest: str


class CompiledReport(BaseModel):
    """The agency's report: `digest` is what approving and delivering it bind to."""

    model_config = _OPEN

    report: int = Field(description="Counts from 1.")
    version: str
    items: list[ShownBound]
    gaps: list[dict[str, Any]]
    digest: str
    compiled_by: list[str]


class Proposal(BaseModel):
    """What waits for a second person, who confirms exactly `digest`."""

    model_config = _CLOSED

    proposal: str
    proposer: str
    digest: str
    content: dict[str, Any] = _CONTENT


class KindOfProposal(Proposal):
    """A proposal about the organisation; `kind` is the type of the event that recorded it."""

    kind: str


class ShownPublication(BaseModel):
    """What may be published, and what was."""

    model_config = _CLOSED

    kind: Publication
    digest: str | None = Field(description="What `publish` binds to; null while nothing may be published.")
    published: dict[str, Any] | None


class StatedLight(BaseModel):
    """A light of the statement, and the delivered content that it is about."""

    model_config = _OPEN

    subject: str
    light: TrafficLight | None
    delivered: str


class LateContent(BaseModel):
    """A late completion as recorded: `digest` is what `sign-off-late-completion` binds to."""

    model_config = _OPEN

    year: int
    unit: str
    completed_on: str
    narrative: str | dict[str, Any] | None
    evidence: list[dict[str, Any]]
    digest: str
