"""Read models: the board, deadlines, inboxes and the audit trail in Postgres, made from the log alone.

`SUBSCRIPTION` keeps them; `ReadModels` answers from them.
"""

from services.readmodels.follow import SUBSCRIPTION
from services.readmodels.models import Answer, Filter, ReadModels

__all__ = ["SUBSCRIPTION", "Answer", "Filter", "ReadModels"]
