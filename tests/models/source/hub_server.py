"""A small HTTP server that plays the hub for tests: metadata, files with ranges, and each way of refusing."""

from __future__ import annotations

import hashlib
import json
import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

COMMIT = "0123456789abcdef0123456789abcdef01234567"


class Hub:
    """Serves `folders` (repository id to folder) and the special repositories below; records every request.

    ``org/gated`` lists its files but gives none, ``org/busy`` answers 503, ``org/limited`` 429, ``org/forbidden`` 403; any
    other repository does not exist. `safetensors_counts` says whether the metadata counts parameters, as the hub mostly does.
    """

    def __init__(self, folders: dict[str, Path], *, safetensors_counts: dict[str, dict[str, int]] | None = None) -> None:
        self.start_anew(folders, safetensors_counts or {})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.endpoint = f"http://127.0.0.1:{self._server.server_port}"

    def start_anew(self, folders: dict[str, Path], counts: dict[str, dict[str, int]]) -> None:
        """Other repositories, no request so far, and no trouble."""
        self.folders, self.counts = folders, counts
        self.requests: list[tuple[str, str, int]] = []
        self.trouble: list[str] = []  # what becomes of the next answers with a part of a file: see `_part`
        self.elsewhere: set[str] = set()  # repositories whose files are sent on to another address of this server

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def bytes_sent(self, suffix: str) -> int:
        """Bytes of all answers to GET requests for files whose name ends with `suffix`."""
        return sum(n for method, path, n in self.requests if method == "GET" and path.endswith(suffix))


def etag_of(file: Path) -> str:
    """By the content of a small file, by size and time of one that would take long to read."""
    if file.stat().st_size < 10_000_000:
        return hashlib.sha256(file.read_bytes()).hexdigest()
    return hashlib.sha256(f"{file.name} {file.stat().st_size} {os.stat(file).st_mtime_ns}".encode()).hexdigest()


def _handler(hub: Hub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer()

        def do_HEAD(self) -> None:
            self._answer()

        def log_message(self, format: str, *args: object) -> None:
            """Nothing on stderr; tests read `Hub.requests`."""

        def _answer(self) -> None:
            parts = unquote(urlsplit(self.path).path).strip("/").split("/")
            if parts[:2] in (["api", "models"], ["api", "datasets"]):
                repo, revision = "/".join(parts[2:4]), "/".join(parts[5:]) or "main"
                self._metadata(repo, revision)
            elif parts[:1] == ["elsewhere"]:
                self._part(hub.folders["/".join(parts[1:3])] / "/".join(parts[3:]), {})
            elif parts[2:3] != ["resolve"]:
                self._send(404, b"{}")
            else:
                self._file("/".join(parts[:2]), parts[3], "/".join(parts[4:]))

        def _metadata(self, repo: str, revision: str) -> None:
            status = {"org/busy": 503, "org/limited": 429, "org/forbidden": 403}.get(repo)
            if status:
                return self._send(status, b"{}")
            if repo not in hub.folders:
                return self._send(401, b"{}", {"X-Error-Code": "RepoNotFound"})
            if revision not in ("main", COMMIT):
                return self._send(404, b"{}", {"X-Error-Code": "RevisionNotFound"})
            top = hub.folders[repo]
            files = [f for f in sorted(top.rglob("*")) if f.is_file()]
            told = [{"rfilename": f.relative_to(top).as_posix(), "size": f.stat().st_size} for f in files]
            body = {"id": repo, "sha": COMMIT, "siblings": told}
            if repo in hub.counts:
                counts = hub.counts[repo]
                body["safetensors"] = {"parameters": counts, "total": sum(counts.values())}
            self._send(200, json.dumps(body).encode(), {"Content-Type": "application/json"})

        def _file(self, repo: str, revision: str, name: str) -> None:
            if repo == "org/gated":
                return self._send(403, b"", {"X-Error-Code": "GatedRepo"})
            file = hub.folders[repo] / name
            if not file.is_file():
                return self._send(404, b"", {"X-Error-Code": "EntryNotFound", "X-Repo-Commit": COMMIT})
            if repo in hub.elsewhere and self.command == "GET":
                return self._send(302, b"", {"Location": f"{hub.endpoint}/elsewhere/{repo}/{name}", "X-Repo-Commit": COMMIT})
            self._part(file, {"X-Repo-Commit": COMMIT})

        def _part(self, file: Path, headers: dict[str, str]) -> None:
            """The bytes asked for; of the whole file where none are, and in one of the ways of `Hub.trouble`."""
            size = file.stat().st_size
            headers = headers | {"ETag": f'"{etag_of(file)}"', "Accept-Ranges": "bytes"}
            asked = self.headers.get("Range")
            if asked is None:
                return self._send(200, file.read_bytes(), headers)
            first, last = asked.removeprefix("bytes=").split("-")
            start, stop = int(first), min(int(last) + 1 if last else size, size)
            trouble = hub.trouble.pop(0) if hub.trouble and self.command == "GET" else ""
            if trouble == "busy":
                return self._send(429, b"", {"Retry-After": "0"})
            if trouble == "whole":
                return self._send(200, file.read_bytes(), headers)
            if trouble == "changed":
                headers["ETag"] = '"another"'
            shift = 1 if trouble == "shifted" else 0
            headers["Content-Range"] = f"bytes {start + shift}-{stop - 1}/{size}"
            with open(file, "rb") as stream:
                stream.seek(start)
                body = stream.read(stop - start)
            self._send(206, body, headers, sent=len(body) // 2 if trouble == "dropped" else None)

        def _send(self, status: int, body: bytes, headers: dict[str, str] | None = None, *, sent: int | None = None) -> None:
            hub.requests.append((self.command, urlsplit(self.path).path, len(body) if sent is None else sent))
            self.send_response(status)
            for key, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
                self.send_header(key, value)
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body[:sent])
            self.close_connection = self.close_connection or sent is not None

    return Handler
