"""What stands in addresses, queries and headers, as pydantic checks it."""

from typing import Annotated

from fastapi import Header, Path, Query

from domain.values import FIRST_YEAR, LAST_YEAR
from services.api.bodies import ROUND, SLUG

PREFIX = "/api/v1"
"""What the address of each operation begins with. The sealed logs and the checks of health lie beside it."""
LEDGER = r"^[a-z0-9][a-z0-9._-]{0,62}$"

Ledger = Annotated[str, Path(pattern=LEDGER, description="The agency's ledger.")]
RoundId = Annotated[str, Path(pattern=ROUND, description="A round: its year and kind.")]
Subject = Annotated[str, Path(pattern=SLUG, description="A milestone, an indicator or a target.")]
Unit = Annotated[str, Path(pattern=SLUG, description="A unit.")]
Version = Annotated[str, Path(pattern=SLUG, description="A numbered version of the agreement.")]
Year = Annotated[int, Path(ge=FIRST_YEAR, le=LAST_YEAR)]
Commitment = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$", description="The commitment to a file, as reads name it.")]

After = Annotated[str | None, Query(max_length=200, description="Continue behind this one: `next` of the page before.")]
Limit = Annotated[int, Query(ge=1, le=500, description="At most so many.")]
UnitFilter = Annotated[str | None, Query(pattern=SLUG, description="Only those of this unit.")]

KEY = r"^[!-~]{1,200}$"
_ONCE = "Made by the client, one a request: sent again, the request is answered again and not done again."
Key = Annotated[str, Header(alias="Idempotency-Key", pattern=KEY, description=_ONCE)]
KeyUnlessChecked = Annotated[
    str | None,
    Header(alias="Idempotency-Key", pattern=KEY, description=f"{_ONCE} Only with `check` it may be left out."),
]
Check = Annotated[
    bool, Query(description="Say what the command would come to now, or why it would be refused, and record nothing.")
]
ActingFor = Annotated[
    str | None,
    Header(alias="Etappi-Acting-For", pattern=SLUG, description="The person whose substitute acts."),
]
IfMatch = Annotated[
    str | None,
    Header(
        alias="If-Match",
        pattern=r'^"[0-9a-f]{64}"$',
        description="The ETag of the item that was read: 412 if its content has changed since.",
    ),
]
