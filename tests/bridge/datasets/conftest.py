from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest


class Files:
    """A server of files on this machine that counts what it sends and may break off, send rubbish, or ignore ranges."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.ranges: list[str | None] = []
        self.sent = 0
        self.break_after: int | None = None
        self.knows_ranges = True
        files = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                content = files.files.get(self.path)
                asked = self.headers.get("Range")
                files.ranges.append(asked)
                if content is None:
                    self.send_error(404)
                    return
                start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked and files.knows_ranges else 0
                part = content[start:]
                self.send_response(206 if start else 200)
                self.send_header("Content-Length", str(len(part)))
                self.end_headers()
                told = part if files.break_after is None else part[: files.break_after]
                self.wfile.write(told)
                files.sent += len(told)

            def log_message(self, format: str, *args: object) -> None:
                """Quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def address(self, name: str) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/{name}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def server() -> Iterator[Files]:
    found = Files()
    yield found
    found.close()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder of data sets."""
    found = tmp_path / "data"
    found.mkdir()
    monkeypatch.setenv("TOYKIT_DATA", str(found))
    return found
