"""What files are taken: by extension, and the content must be what the extension says (an allow-list)."""

import codecs
import lzma
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import BinaryIO

_CHUNK = 1 << 20
_END = 2_048
_MOST_MEMBER = 1 << 20
_MOST_MEMBERS = 50_000
_MOST_SEGMENTS = 1_000
_OOXML = "application/vnd.openxmlformats-officedocument."
_ODF = "application/vnd.oasis.opendocument."
_PNG, _IEND = b"\x89PNG\r\n\x1a\n", b"\0\0\0\0IEND\xaeB`\x82"
_PDF_END = re.compile(rb"startxref\s+\d+\s+%%EOF")
_SCAN = 0xDA
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""The markers of a JPEG that begin the coded picture, and those that say what it is: among them three that don't."""
_BINARY = (b"%PDF-", b"\x89PNG", b"\xff\xd8\xff", b"PK\x03\x04", b"MZ", b"\x7fELF")
_DAMAGED = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    LookupError,
    EOFError,
    OSError,
    OverflowError,
    RuntimeError,
    ValueError,
)
"""What reading damaged content raises. The object store's own errors are none of these."""


class UploadRefused(Exception):
    """A file that isn't taken; nothing of it is left. `code` is stable."""

    def __init__(self, code: str, why: str, mend: str | None = None) -> None:
        """Say why."""
        super().__init__(why)
        self.code = code
        self.mend = mend


@dataclass(frozen=True, slots=True)
class FileType:
    """A kind of file: its media type, and whether content is of it."""

    media_type: str
    holds: Callable[[BinaryIO, int], bool]


def _pdf(file: BinaryIO, size: int) -> bool:
    return _starts(file, b"%PDF-") and _PDF_END.search(_last(file, size)) is not None


def _png(file: BinaryIO, size: int) -> bool:
    """The header comes first, the end last, and pixels between (ISO 15948, 5.6)."""
    if not _starts(file, _PNG + b"\0\0\0\rIHDR") or not _last(file, size).endswith(_IEND):
        return False
    at = len(_PNG)
    for _ in range(_MOST_SEGMENTS):
        file.seek(at)
        length, kind = struct.unpack(">I4s", file.read(8))
        if kind == b"IDAT":
            return bool(length)
        at += 12 + int(length)
    return False


def _jpeg(file: BinaryIO, size: int) -> bool:
    """A frame header comes before the first scan, the end last, perhaps padded (ISO 10918-1, B.2)."""
    if not _starts(file, b"\xff\xd8\xff") or not _last(file, size).rstrip(b"\0\t\n\r ").endswith(b"\xff\xd9"):
        return False
    at, framed = 2, False
    for _ in range(_MOST_SEGMENTS):
        file.seek(at)
        fill, marker, length = struct.unpack(">BBH", file.read(4))
        if fill != 0xFF:  # noqa: PLR2004 (every marker begins so)
            return False
        if marker == 0xFF:  # noqa: PLR2004 (one more may stand before a marker)
            at += 1
            continue
        if marker == _SCAN:
            return framed
        framed = framed or marker in _FRAMES
        at += 2 + int(length)
    return False


def _office(part: str, content_type: str) -> Callable[[BinaryIO, int], bool]:
    def holds(file: BinaryIO, _: int) -> bool:
        with zipfile.ZipFile(file) as archive:
            types = _member(archive, "[Content_Types].xml")
            # A document with macros names another type here.
            return part in archive.namelist() and types is not None and f'"{content_type}.main+xml"'.encode() in types

    return holds


def _open_document(media_type: str) -> Callable[[BinaryIO, int], bool]:
    def holds(file: BinaryIO, _: int) -> bool:
        with zipfile.ZipFile(file) as archive:
            return _member(archive, "mimetype") == media_type.encode() and "content.xml" in archive.namelist()

    return holds


def _text(file: BinaryIO, _: int) -> bool:
    """UTF-8, or Windows-1252 as spreadsheets write it; no control characters, and none of the binary formats."""
    file.seek(0)
    first = file.read(8)
    if first.startswith(_BINARY):
        return False
    return any(_decodes(file, encoding) for encoding in ("utf-8", "cp1252"))


def _decodes(file: BinaryIO, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    file.seek(0)
    try:
        while chunk := file.read(_CHUNK):
            if any(character < " " and character not in "\t\n\r\f" for character in decoder.decode(chunk)):
                return False
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


TYPES: Mapping[str, FileType] = {
    "pdf": FileType("application/pdf", _pdf),
    "png": FileType("image/png", _png),
    "jpg": FileType("image/jpeg", _jpeg),
    "jpeg": FileType("image/jpeg", _jpeg),
    "docx": FileType(
        f"{_OOXML}wordprocessingml.document",
        _office("word/document.xml", f"{_OOXML}wordprocessingml.document"),
    ),
    "xlsx": FileType(f"{_OOXML}spreadsheetml.sheet", _office("xl/workbook.xml", f"{_OOXML}spreadsheetml.sheet")),
    "pptx": FileType(
        f"{_OOXML}presentationml.presentation",
        _office("ppt/presentation.xml", f"{_OOXML}presentationml.presentation"),
    ),
    "odt": FileType(f"{_ODF}text", _open_document(f"{_ODF}text")),
    "ods": FileType(f"{_ODF}spreadsheet", _open_document(f"{_ODF}spreadsheet")),
    "csv": FileType("text/csv", _text),
    "txt": FileType("text/plain", _text),
}
"""What is taken, by extension."""


def type_of(name: str, declared: str | None) -> FileType:
    """The type that a name and a declared media type say. Raises `UploadRefused`."""
    extension = PurePosixPath(name).suffix.removeprefix(".").lower()
    found = TYPES.get(extension)
    if found is None:
        raise UploadRefused(
            "file-type-not-taken", f"Files ending in {extension!r} aren't taken.", f"Taken are {', '.join(TYPES)}."
        )
    essence = (declared or "").partition(";")[0].strip().lower()
    if essence not in ("", "application/octet-stream", found.media_type):
        raise UploadRefused(
            "file-type-differs",
            f"A file ending in {extension!r} is {found.media_type}; Content-Type says otherwise.",
            f"Send it as {found.media_type}.",
        )
    return found


def check(file: BinaryIO, size: int, kind: FileType) -> None:
    """See that content is what it is said to be. Raises `UploadRefused`; errors of the object store pass through."""
    try:
        holds = kind.holds(file, size)
    except _DAMAGED:
        holds = False
    if not holds:
        raise UploadRefused(
            "file-content-differs",
            f"The content isn't {kind.media_type}, or isn't whole.",
            "Save it again as the type that its name says, and upload that.",
        )


def _starts(file: BinaryIO, signature: bytes) -> bool:
    file.seek(0)
    return file.read(len(signature)) == signature


def _last(file: BinaryIO, size: int) -> bytes:
    file.seek(max(0, size - _END))
    return file.read(_END)


def _member(archive: zipfile.ZipFile, name: str) -> bytes | None:
    """A small member of an archive; one that is large, or of a swollen archive, isn't read."""
    if len(archive.infolist()) > _MOST_MEMBERS or name not in archive.namelist():
        return None
    if archive.getinfo(name).file_size > _MOST_MEMBER:
        return None
    with archive.open(name) as member:
        return member.read(_MOST_MEMBER)
