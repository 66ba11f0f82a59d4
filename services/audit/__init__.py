"""What an auditor takes home: bundles of a ledger, made from the log and its seal."""
