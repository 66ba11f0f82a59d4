"""A time-stamp authority of one's own: `openssl ts` behind an HTTP server, reached by nobody else."""

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography.x509 import Certificate, load_pem_x509_certificate

CONFIGURATION = """
[req]
distinguished_name = name
prompt = no
[name]
CN = {name}
[root]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
[stamp]
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
[tsa]
default_tsa = us
[us]
serial = {folder}/serial
signer_cert = {folder}/stamp.pem
signer_key = {folder}/stamp.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
ess_cert_id_alg = sha256
"""


@dataclass(slots=True)
class Authority:
    """Its address, its root, and how many requests it got. `answer`: what it says instead of a time-stamp."""

    url: str
    root: Certificate
    asked: list[bytes] = field(default_factory=list)
    answer: tuple[int, bytes] | None = None


@contextmanager
def authority(folder: Path) -> Iterator[Authority]:
    """Run an authority. Raises `FileNotFoundError` without openssl."""
    folder.mkdir()
    _certify(folder)
    root = load_pem_x509_certificate((folder / "root.pem").read_bytes())
    made = Authority("", root)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = self.rfile.read(int(self.headers["Content-Length"]))
            made.asked.append(request)
            assert self.headers["Content-Type"] == "application/timestamp-query"
            status, body = made.answer or (200, _reply(folder, request))
            self.send_response(status)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        made.url = f"http://127.0.0.1:{server.server_address[1]}/"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield made
        finally:
            server.shutdown()
            thread.join()


def _certify(folder: Path) -> None:
    """A root, and a certificate for time-stamps by it."""
    for name in ("root", "stamp"):
        (folder / f"{name}.cnf").write_text(CONFIGURATION.format(name=name, folder=folder))
    (folder / "serial").write_text("01")
    root, stamp = ("-config", folder / "root.cnf"), ("-config", folder / "stamp.cnf")
    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    _openssl(folder, "req", "-x509", *curve, "-keyout", "root.key", "-out", "root.pem", "-extensions", "root", *root)
    _openssl(folder, "req", *curve, "-keyout", "stamp.key", "-out", "stamp.csr", *stamp)
    ca = ("-CA", "root.pem", "-CAkey", "root.key", "-set_serial", "2", "-extfile", "stamp.cnf", "-extensions", "stamp")
    _openssl(folder, "x509", "-req", "-in", "stamp.csr", *ca, "-out", "stamp.pem")


def _reply(folder: Path, request: bytes) -> bytes:
    (folder / "request.tsq").write_bytes(request)
    _openssl(folder, "ts", "-reply", "-queryfile", "request.tsq", "-config", "stamp.cnf", "-out", "answer.tsr")
    return (folder / "answer.tsr").read_bytes()


def _openssl(folder: Path, *arguments: str | Path) -> None:
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)
