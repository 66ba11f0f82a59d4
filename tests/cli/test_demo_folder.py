"""The demo's folder when a start was broken off: a server that it left is ended before its data goes."""

import json
import subprocess
from pathlib import Path

import psutil

from services.cli.demo_folder import demo_folder


def test_a_server_that_a_broken_off_start_left_is_ended_before_its_folder_is_deleted(tmp_path: Path) -> None:
    with demo_folder(tmp_path) as folder:
        folder.begin()
    with subprocess.Popen(["sleep", "60"]) as left:
        data = folder.path / "postgres" / "data"
        data.mkdir(parents=True)
        started = psutil.Process(left.pid).create_time()
        (data.parent / "postgres.pid").write_text(json.dumps([left.pid, started, [2, 5.0]]))

        with demo_folder(tmp_path) as folder:
            folder.begin()

        assert left.poll() == -2
        assert not data.exists()
