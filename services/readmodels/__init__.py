"""Read models: the board, deadlines, inboxes and the audit trail in Postgres, made from the log alone.

`SUBSCRIPTION` keeps them; `ReadModels` answers from them; `Opened` puts words in place of commitments.
"""

from services.readmodels.follow import SUBSCRIPTION
from services.readmodels.models import Answer, Filter, ReadModels
from services.readmodels.words import Opened

__all__ = ["SUBSCRIPTION", "Answer", "Filter", "Opened", "ReadModels"]
