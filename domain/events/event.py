"""What every event is: a plain, frozen dataclass that knows its wire name and its stream."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened. `type` is the wire name, stable for ever; `schema` counts the body's versions.

    The names of the fields are the storage format: the codec writes and reads exactly them.
    """

    type: ClassVar[str] = ""
    schema: ClassVar[int] = 1

    @property
    def stream(self) -> str:
        """The stream that the event belongs to; its name is hashed with the event."""
        raise NotImplementedError

    @property
    def effective_at(self) -> datetime | None:
        """When the fact holds, where that is another time than when it was recorded."""
        return None
