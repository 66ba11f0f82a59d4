"""Files: what is taken, what is refused with nothing left behind, who may download."""

import asyncio
import io
import random
import struct
import zipfile
import zlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import obstore
import pytest
from obstore.store import LocalStore

from api.test_items import MILESTONE, PATH, REPORT
from api.world import HALF_YEAR, LEDGER, MAX_BYTES, PDF, World
from services.demo.documents import pdf
from services.evidence import EvidenceStore, Manifest, Upload, UploadRefused
from services.evidence.files import TYPES, check


def chunk(kind: bytes, content: bytes) -> bytes:
    """A chunk of a PNG."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


IHDR, IEND = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)), chunk(b"IEND", b"")
PNG = b"\x89PNG\r\n\x1a\n" + IHDR + chunk(b"tEXt", b"a\0b") + chunk(b"IDAT", zlib.compress(b"\0\0")) + IEND
JFIF = b"\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0"
FRAME = b"\xff\xc0\0\x0b\x08\0\1\0\1\1\1\x11\0"
SCAN = b"\xff\xda\0\x08\1\1\0\0\x3f\0\x55"
JPEG = b"\xff\xd8" + JFIF + b"\xff" + FRAME + SCAN + b"\xff\xd9"
OOXML = "application/vnd.openxmlformats-officedocument."


def archive(packed: int = zipfile.ZIP_STORED, /, **members: str) -> bytes:
    """A zip of members named with __ for / and _dot_ for the dot."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", packed) as file:
        for name, text in members.items():
            file.writestr(name.replace("__", "/").replace("_dot_", "."), text)
    return made.getvalue()


def office(kind: str, part: str, packed: int = zipfile.ZIP_STORED) -> bytes:
    """A document of Office: the parts that tell what it is."""
    types = f'<Types><Override PartName="/{part}" ContentType="{kind}.main+xml"/></Types>'
    return archive(packed, **{"[Content_Types]_dot_xml": types, part: "<x/>"})


DOCX = office(f"{OOXML}wordprocessingml.document", "word/document.xml")
XLSX = office(f"{OOXML}spreadsheetml.sheet", "xl/workbook.xml")
PPTX = office(f"{OOXML}presentationml.presentation", "ppt/presentation.xml")
ODT = archive(mimetype="application/vnd.oasis.opendocument.text", content_dot_xml="<x/>")
ODS = archive(mimetype="application/vnd.oasis.opendocument.spreadsheet", content_dot_xml="<x/>")


async def left_behind(world: World) -> list[str]:
    """The objects in the store."""
    return [str(meta["path"]) async for page in obstore.list(world.objects) for meta in page]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.pdf", PDF),
        ("Pöytäkirja 1.PDF", PDF),
        ("a.png", PNG),
        ("a.pdf", pdf("a page")),
        ("a.jpg", JPEG),
        ("a.jpeg", JPEG + b"\0" * 100),
        ("a.docx", DOCX),
        ("a.xlsx", XLSX),
        ("a.pptx", PPTX),
        ("a.odt", ODT),
        ("a.ods", ODS),
        ("a.csv", "mittari;arvo\nodotusaika;3,7 päivää\n".encode()),
        ("a.csv", "odotusaika;3,7 päivää\n".encode("cp1252")),
        ("a.txt", b"text\n"),
    ],
)
async def test_a_file_is_taken_that_is_what_its_name_says(still: World, name: str, content: bytes) -> None:
    answer = await still.upload("owner", name, content)

    assert answer.status_code == 200, answer.text
    said = answer.json()
    assert (said["size"], said["name"]) == (len(content), name)
    assert set(said) == {"file", "sha256", "size", "media_type", "name"}


@pytest.mark.parametrize(
    ("name", "content", "status", "code"),
    [
        ("a.pdf", b"", 422, "file-empty"),
        ("a.pdf", PNG, 422, "file-content-differs"),
        ("a.pdf", PDF[:-10], 422, "file-content-differs"),
        ("a.docx", XLSX, 422, "file-content-differs"),
        ("a.xlsx", archive(mimetype="x"), 422, "file-content-differs"),
        ("a.pdf", PDF.replace(b"startxref", b""), 422, "file-content-differs"),
        ("a.pdf", b"\n" + PDF, 422, "file-content-differs"),
        ("a.png", PNG[:-8], 422, "file-content-differs"),
        ("a.png", PNG + b"x", 422, "file-content-differs"),
        ("a.png", PNG[:8] + IEND, 422, "file-content-differs"),
        ("a.png", PNG[:8] + IHDR + IEND, 422, "file-content-differs"),
        ("a.jpg", b"\xff\xd8\xff\xd9", 422, "file-content-differs"),
        ("a.jpg", JPEG.replace(FRAME, b""), 422, "file-content-differs"),
        ("a.jpg", JPEG.replace(SCAN, b""), 422, "file-content-differs"),
        ("a.jpg", JPEG[:-2], 422, "file-content-differs"),
        ("a.docx", office(f"{OOXML}wordprocessingml.document", "other.xml"), 422, "file-content-differs"),
        ("a.docx", DOCX[:-30], 422, "file-content-differs"),
        (
            "a.docx",
            office("application/vnd.ms-word.document.macroEnabled", "word/document.xml"),
            422,
            "file-content-differs",
        ),
        ("a.odt", ODS, 422, "file-content-differs"),
        ("a.txt", b"a\0b", 422, "file-content-differs"),
        ("a.csv", PDF, 422, "file-content-differs"),
        ("a.exe", b"MZ", 415, "file-type-not-taken"),
        ("pdf", PDF, 415, "file-type-not-taken"),
        ("../a.pdf", PDF, 422, "file-name"),
        ("a\n.pdf", PDF, 422, "file-name"),
        ("a\u202efdp.pdf", PDF, 422, "text-control-character"),
        ("отчёт.pdf", PDF, 422, "text-script"),
        ("a.pdf", b"x" * (MAX_BYTES + 1), 413, "file-too-big"),
    ],
)
async def test_a_file_that_cannot_be_taken_is_refused_and_nothing_is_left_of_it(
    still: World, name: str, content: bytes, status: int, code: str
) -> None:
    before = await left_behind(still)

    answer = await still.upload("owner", name, content)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert await left_behind(still) == before


@pytest.mark.parametrize("packed", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
@pytest.mark.parametrize("extension", ["docx", "odt"])
def test_a_damaged_office_file_is_taken_or_refused_and_nothing_else(extension: str, packed: int) -> None:
    whole = (
        office(f"{OOXML}wordprocessingml.document", "word/document.xml", packed)
        if extension == "docx"
        else archive(packed, mimetype="application/vnd.oasis.opendocument.text", content_dot_xml="<x/>")
    )
    chance = random.Random(7)
    codes = []
    for _ in range(200):
        damaged = bytearray(whole)
        for _ in range(chance.randint(1, 6)):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        try:
            check(io.BytesIO(damaged), len(damaged), TYPES[extension])
        except UploadRefused as error:
            codes.append(error.code)

    assert set(codes) == {"file-content-differs"}
    assert len(codes) < 200


@pytest.mark.parametrize("packed", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
async def test_a_document_whose_packing_is_broken_is_refused_as_not_whole(still: World, packed: int) -> None:
    whole = office(f"{OOXML}wordprocessingml.document", "word/document.xml", packed)
    begin = 30 + len("[Content_Types].xml")

    answer = await still.upload("owner", "a.docx", whole[:begin] + b"\xff" * 20 + whole[begin + 20 :])

    assert (answer.status_code, answer.json()["code"]) == (422, "file-content-differs")


async def test_a_store_that_fails_while_a_document_is_looked_at_is_no_fault_of_the_document(
    still: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(*_: object, **__: object) -> bytes:
        raise FileNotFoundError

    monkeypatch.setattr(obstore, "get_range", lost)

    answer = await still.upload("owner", "a.docx", DOCX)

    assert (answer.status_code, answer.json()["code"]) == (503, "files-unavailable")


async def test_a_file_that_grows_too_big_on_the_way_is_refused(still: World) -> None:
    before = await left_behind(still)

    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"%PDF-" + b"x" * 30_000
            await asyncio.sleep(0)

    answer = await still.upload("owner", "a.pdf", endless())

    assert (answer.status_code, answer.json()["code"]) == (413, "file-too-big")
    assert await left_behind(still) == before


async def test_a_files_name_is_kept_as_all_text_is(still: World) -> None:
    answer = await still.upload("owner", "Po\u0308yta\u0308\u200bkirja.pdf", PDF)

    assert (answer.status_code, answer.json().get("name")) == (200, "Pöytäkirja.pdf")


async def test_a_declared_type_must_not_contradict_the_name(still: World) -> None:
    answer = await still.upload("owner", "a.pdf", PDF, Content_Type="image/png")

    assert (answer.status_code, answer.json()["code"]) == (422, "file-type-differs")


async def test_a_file_that_was_cut_off_is_refused_and_nothing_is_left_of_it(still: World) -> None:
    before = await left_behind(still)

    answer = await still.upload("owner", "a.pdf", PDF, Content_Length=str(len(PDF) + 5))

    assert (answer.status_code, answer.json()["code"]) == (400, "upload-cut-off")
    assert await left_behind(still) == before


async def test_a_client_who_goes_away_in_the_middle_leaves_nothing_behind(still: World) -> None:
    before = await left_behind(still)
    messages: list[dict[str, Any]] = [
        {"type": "http.request", "body": PDF, "more_body": True},
        {"type": "http.disconnect"},
    ]
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return messages.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(key.lower().encode(), value.encode()) for key, value in still.headers("owner").items()]
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "https",
        "path": f"/api/v1/{LEDGER}/files",
        "raw_path": b"",
        "root_path": "",
        "query_string": b"name=a.pdf",
        "headers": headers,
        "server": ("etappi.example", 443),
        "client": ("127.0.0.1", 1),
    }
    await still.app(scope, receive, send)

    assert sent[0]["status"] == 400
    assert await left_behind(still) == before


async def test_a_repeated_upload_is_the_same_file_and_another_one_under_its_key_is_refused(
    world: World,
) -> None:
    headers = world.headers("owner")
    path = f"/api/v1/{LEDGER}/files"
    first = await world.client.post(path, params={"name": "a.pdf"}, content=PDF, headers=headers)

    again = await world.client.post(path, params={"name": "a.pdf"}, content=PDF, headers=headers)
    other = await world.client.post(path, params={"name": "a.png"}, content=PNG, headers=headers)

    assert again.json() == first.json()
    assert (other.status_code, other.json()["code"]) == (409, "key-reused")
    assert len(await left_behind(world)) == 1


async def with_evidence(world: World) -> str:
    """The commitment to a file that the milestone names."""
    await world.do("owner", "report-milestone", **REPORT)
    file = (await world.upload("owner", "Pöytäkirja.pdf")).json()["file"]
    evidence = {"id": "e1", "revision": 1, "file": file, "title": "Todiste", "document_date": "2024-05-01"}
    await world.do("owner", "attach-evidence", round=HALF_YEAR, subject=MILESTONE, evidence=evidence)
    item = await world.read("owner", PATH)
    return str(item["evidence"][0]["file"]["commitment"])


async def test_a_file_is_downloaded_by_those_who_may_read_what_names_it(world: World) -> None:
    commitment = await with_evidence(world)

    own = await world.get("director", f"files/{commitment}")
    others = [await world.get(person, f"files/{commitment}") for person in ("other-owner", "assessor", "coordinator")]

    assert own.content == PDF
    assert own.headers["Content-Disposition"] == "attachment; filename*=UTF-8''P%C3%B6yt%C3%A4kirja.pdf"
    assert own.headers["Content-Type"] == "application/pdf"
    assert {answer.status_code for answer in others} == {403}


async def test_a_file_that_nothing_names_is_not_found(still: World) -> None:
    answer = await still.get("owner", f"files/{'0' * 64}")

    assert (answer.status_code, answer.json()["code"]) == (404, "unknown-file")


async def test_a_command_that_names_no_uploaded_file_is_refused(world: World) -> None:
    await world.do("owner", "report-milestone", **REPORT)
    evidence = {"id": "e1", "revision": 1, "file": "0" * 32, "title": "Todiste", "document_date": "2024-05-01"}

    answer = await world.post("owner", "attach-evidence", round=HALF_YEAR, subject=MILESTONE, evidence=evidence)

    assert (answer.status_code, answer.json()["code"]) == (422, "unknown-file")


async def test_a_command_that_names_what_somebody_else_uploaded_is_refused(world: World) -> None:
    await world.do("owner", "report-milestone", **REPORT)
    evidence = {"id": "e1", "revision": 1, "title": "Todiste", "document_date": "2024-05-01"}

    for uploader, status in (("stand-in", 422), ("owner", 200)):
        file = (await world.upload(uploader)).json()["file"]
        body = {"round": HALF_YEAR, "subject": MILESTONE, "evidence": evidence | {"file": file}}
        answer = await world.post("owner", "attach-evidence", **body)
        assert (answer.status_code, answer.json().get("code")) == (status, "unknown-file" if status == 422 else None)


async def test_a_stored_file_that_was_altered_is_never_delivered_whole(world: World) -> None:
    commitment = await with_evidence(world)
    [path] = [path for path in await left_behind(world) if path.startswith("files/")]
    await obstore.put_async(world.objects, path, PDF.replace(b"obj", b"OBJ"))

    with pytest.raises((RuntimeError, httpx2.HTTPError)):
        await world.get("owner", f"files/{commitment}")


async def test_the_sweep_takes_what_no_event_names_after_a_day_and_nothing_else(world: World) -> None:
    await with_evidence(world)
    unused = (await world.upload("owner", "unused.pdf")).json()["file"]
    await obstore.put_async(world.objects, "incoming/crashed", b"x")
    await obstore.put_async(world.objects, f"files/{'f' * 32}", b"x")
    now = datetime.now(UTC)

    early = await world.evidence.sweep(now)
    late = await world.evidence.sweep(now + timedelta(hours=25))

    assert (early, late) == (0, 3)
    left = await left_behind(world)
    assert len(left) == 1
    assert unused not in left[0]
    assert await world.evidence.manifests(LEDGER, "owner", [unused]) == {}


async def test_a_folder_serves_as_a_store_and_keeps_no_part_of_what_was_refused(world: World, tmp_path: Any) -> None:
    store = EvidenceStore(LocalStore(tmp_path / "evidence", mkdir=True), world.pool, MAX_BYTES)
    upload = Upload(ledger=LEDGER, uploader="owner", key="k", name="a.pdf", media_type=None, length=None)

    async def chunks(*pieces: bytes) -> AsyncIterator[bytes]:
        for piece in pieces:
            yield piece

    async def broken() -> AsyncIterator[bytes]:
        yield PDF
        raise ConnectionError

    with pytest.raises(UploadRefused):
        await store.take(upload, chunks(b"no pdf"))
    with pytest.raises(ConnectionError):
        await store.take(upload, broken())
    refused = [path for path in (tmp_path / "evidence").rglob("*") if path.is_file()]
    taken = await store.take(upload, chunks(PDF[:10], PDF[10:]))

    assert refused == []
    assert isinstance(taken, Manifest)
    assert b"".join([piece async for piece in await store.content(taken)]) == PDF
