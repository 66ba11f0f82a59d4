"""`verify.pyz`: the program that verifies a bundle, as one file that Python runs; the same bytes for the same sources.

It holds `domain`, `projections` and `verifier`, and the one time zone that they read, for systems that have none.
"""

import io
import zipfile
from collections.abc import Iterator
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable

_PACKAGES = ("domain", "projections", "verifier")
_ZONE = ("tzdata", "zoneinfo", "Europe", "Helsinki")
_MAIN = b"""import sys

from verifier.command import main

sys.exit(main(sys.argv[1:]))
"""
_START = (1980, 1, 1, 0, 0, 0)
_PYTHON = b"#!/usr/bin/env python3\n"


@cache
def program() -> bytes:
    """The bytes of `verify.pyz`, from the sources that are running."""
    file = io.BytesIO(_PYTHON)
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, data in (("__main__.py", _MAIN), *sorted(_sources()), *_zone()):
            archive.writestr(zipfile.ZipInfo(name, _START), data, zipfile.ZIP_DEFLATED)
    return file.getvalue()


@cache
def starter() -> bytes:
    """The bundle's own `__main__.py`: that of the format, the same in each bundle."""
    return resources.files("verifier").joinpath("start.py").read_bytes()


def _sources() -> Iterator[tuple[str, bytes]]:
    for package in _PACKAGES:
        yield from _files(resources.files(package), package)


def _files(folder: Traversable, path: str) -> Iterator[tuple[str, bytes]]:
    for each in folder.iterdir():
        if each.is_dir():
            yield from _files(each, f"{path}/{each.name}")
        elif each.name.endswith(".py"):
            yield f"{path}/{each.name}", each.read_bytes()


def _zone() -> Iterator[tuple[str, bytes]]:
    """The package `tzdata`, of which `zoneinfo` asks what the system doesn't have, cut down to one zone."""
    *folders, zone = _ZONE
    for depth in range(1, len(folders) + 1):
        yield "/".join((*folders[:depth], "__init__.py")), b""
    yield "/".join(_ZONE), resources.files(".".join(folders)).joinpath(zone).read_bytes()
