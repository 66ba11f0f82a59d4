"""Temporal as the durable clock: it makes the reporting cycle act, and nothing depends on it being there.

A workflow is a thin loop: ask the planner, take the owed steps as commands, wait for the time or the bell. All that it
knows stands in the log; `rebuild` starts the workflows again from there.
"""
