"""Ringing a process: signal its workflow, or start it. How it is called and found in Temporal."""

from datetime import timedelta

from temporalio.client import Client
from temporalio.common import (
    SearchAttributeKey,
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDConflictPolicy,
    WorkflowIDReusePolicy,
)

from services.workflows.agreement_signing import AgreementSigning
from services.workflows.loop import BELL
from services.workflows.messages import Address
from services.workflows.reporting_cycle import ReportingCycle
from services.workflows.submission_approval import SubmissionApproval

TASK_QUEUE = "etappi"
WORKFLOWS = {"reporting-cycle": ReportingCycle, "submission": SubmissionApproval, "signing": AgreementSigning}
"""The workflow of each kind of process."""

LEDGER = SearchAttributeKey.for_keyword("Ledger")
PROCESS = SearchAttributeKey.for_keyword("Process")
YEAR = SearchAttributeKey.for_int("Year")
UNIT = SearchAttributeKey.for_keyword("Unit")
SEARCH_ATTRIBUTES = {"Ledger": "Keyword", "Process": "Keyword", "Year": "Int", "Unit": "Keyword"}
"""What the namespace must know, by Temporal's types. Ids and numbers only: nobody's data can be erased there."""

ANSWERS_WITHIN = timedelta(seconds=10)
_DETAILS = {
    "reporting-cycle": "A year's calendar: rounds open and close, dates pass, the assessment opens, the cycle closes.",
    "submission": "A unit's package in a round: reminders, the unit's and the director's dates, the escalation.",
    "signing": "A version out for signature: its holders are reminded until all have signed.",
}


def workflow_id(ledger: str, process: str) -> str:
    """The id of a process's workflow: `{ledger}/{process}`."""
    return f"{ledger}/{process}"


def attributes(ledger: str, process: str) -> TypedSearchAttributes:
    """By what a workflow is found: ledger, kind of process, year and unit."""
    kind, _, rest = process.partition("/")
    pairs: list[SearchAttributePair[str] | SearchAttributePair[int]] = [
        SearchAttributePair(LEDGER, ledger),
        SearchAttributePair(PROCESS, kind),
    ]
    if kind != "signing":
        pairs.append(SearchAttributePair(YEAR, int(rest[:4])))
    if kind == "submission":
        pairs.append(SearchAttributePair(UNIT, rest.partition("/")[2]))
    return TypedSearchAttributes(pairs)


async def ring(client: Client, ledger: str, process: str, task_queue: str = TASK_QUEUE) -> None:
    """Let a process look again at what it owes. Raises `RPCError` while Temporal is away."""
    kind = process.partition("/")[0]
    await client.start_workflow(
        WORKFLOWS[kind].__name__,
        Address(ledger=ledger, process=process),
        id=workflow_id(ledger, process),
        task_queue=task_queue,
        # A process that was over may owe something again; one that runs is only rung.
        id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        start_signal=BELL,
        search_attributes=attributes(ledger, process),
        static_summary=process,
        static_details=_DETAILS[kind],
        rpc_timeout=ANSWERS_WITHIN,
    )
