"""Verify the bundle that this file lies in: python3 BUNDLE [--pin FILE] [--key KEY]."""

import sys
import tempfile
import zipfile
from pathlib import Path

if __name__ == "__main__":
    bundle = sys.path[0]
    with tempfile.TemporaryDirectory() as folder:
        # Python imports from an archive, but not from one within another.
        program = Path(folder) / "verify.pyz"
        with zipfile.ZipFile(bundle) as archive:
            program.write_bytes(archive.read(program.name))
        sys.path[0] = str(program)
        from verifier.command import main

        status = main([bundle, *sys.argv[1:]])
    sys.exit(status)
