"""What auditors do over HTTP, below /{ledger}/audit: replay, test the controls, take bundles, and see who looked."""
