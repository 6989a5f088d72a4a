"""A server that answers as no engine should: each answer is what a test makes of it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

from meagraph.core.engines import published

JSON = "application/sparql-results+json"
TRUE = b'{"head":{},"boolean":true}'


@dataclass
class Strange:
    """What the server does, and what it was asked."""

    url: str = ""
    edition: str = "r1"
    act: Callable[[Answering], None] = lambda answering: answering.say(200, JSON, TRUE)
    requests: list[tuple[dict[str, list[str]], dict[str, str]]] = field(default_factory=list)
    """The forms and the headers of what was asked, but for the looks at what it holds."""


class Answering(BaseHTTPRequestHandler):
    """One request."""

    protocol_version = "HTTP/1.1"
    strange: Strange

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
        form = parse_qs(body)
        if form.get("query") == [published.EDITION_QUERY]:
            row = f'{{"release":{{"type":"literal","value":"{self.strange.edition}"}}}}'
            self.say(
                200, JSON, f'{{"head":{{"vars":["release"]}},"results":{{"bindings":[{row}]}}}}'
            )
        else:
            headers = {name.lower(): value for name, value in self.headers.items()}
            self.strange.requests.append((form, headers))
            self.strange.act(self)

    def say(
        self,
        status: int,
        media_type: str,
        body: bytes | str,
        length: int | None = None,
        **headers: str,
    ) -> None:
        """Answer; a length other than that of the body ends the connection too soon."""
        data = body.encode() if isinstance(body, str) else body
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        if length != -1:
            self.send_header("Content-Length", str(len(data) if length is None else length))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(data)
        if length is not None:
            self.close_connection = True

    def wait_until_left(self) -> None:
        """Do not answer; end when the one who asked has gone."""
        self.rfile.read(1)
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Whoever asked has gone: that is what some tests are about."""


@contextmanager
def strange() -> Iterator[Strange]:
    """A strange server."""
    state = Strange()
    handler = type("Handler", (Answering,), {"strange": state})
    with _Quiet(("127.0.0.1", 0), handler) as server:
        state.url = f"http://127.0.0.1:{server.server_address[1]}/sparql"
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield state
        finally:
            server.shutdown()
            thread.join()
