import hashlib
import json

import pytest

from services.web.static import FOLDER

MANIFEST = json.loads((FOLDER / "vendor" / "manifest.json").read_text())
WRITTEN_HERE = {"etappi.css", "etappi.js", "favicon.svg", "vendor/manifest.json"}


@pytest.mark.parametrize("package", MANIFEST, ids=lambda package: package["name"])
def test_files_of_others_are_what_the_manifest_says(package: dict[str, dict[str, str]]) -> None:
    found = {name: hashlib.sha256((FOLDER / name).read_bytes()).hexdigest() for name in package["sha256"]}

    assert found == package["sha256"]


def test_each_file_is_written_here_or_stands_in_the_manifest() -> None:
    listed = {name for package in MANIFEST for name in package["sha256"]}
    there = {path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*") if path.is_file()}

    assert there == listed | WRITTEN_HERE


def test_each_package_has_its_licence_beside_it() -> None:
    for package in MANIFEST:
        assert (FOLDER / package["licence_file"]).read_text().strip(), package["name"]
