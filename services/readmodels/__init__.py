"""Read models: the board, deadlines, inboxes and the audit trail in Postgres, made from the log alone.

`SUBSCRIPTION` keeps them; `ReadModels` answers from them, `Replays` from the log.
"""

from services.readmodels.follow import SUBSCRIPTION
from services.readmodels.models import Answer, Filter, ReadModels, Search
from services.readmodels.replays import Replays, Steps

__all__ = ["SUBSCRIPTION", "Answer", "Filter", "ReadModels", "Replays", "Search", "Steps"]
