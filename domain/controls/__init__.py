"""The tests of the internal controls (DOMAIN, C01 to C19; R9, R13), as an auditor runs them over the history.

They don't ask `decide` whether it was right: they recompute preparers and signers from the metadata, replay grants and
substitutions at each moment, recompute the digests of what was signed, and take dates from the recorded schedule.
"""

from domain.controls.given import Files, Given, NotGiven, Replay, Seal, SealFault
from domain.controls.result import ControlException, ControlResult
from domain.controls.run import CONTROLS, run_controls

__all__ = [
    "CONTROLS",
    "ControlException",
    "ControlResult",
    "Files",
    "Given",
    "NotGiven",
    "Replay",
    "Seal",
    "SealFault",
    "run_controls",
]
