"""The reporting year 2024 of a small agency, act by act, as people do it at their browsers."""
