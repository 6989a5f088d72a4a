"""SPARQL 1.1 Update client: an existing engine that a release is brought into, graph by graph."""

from __future__ import annotations

import io
import time
from collections.abc import Iterable, Sequence
from types import TracebackType

import httpx
import pyoxigraph as ox

from meagraph.core.engines import published, renaming
from meagraph.core.engines.profiles import Access, tls_context
from meagraph.core.errors import PublishError
from meagraph.core.version import __version__

Row = tuple[ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple | None, ...]

_PAUSES = (0.5, 2.0)
"""Seconds before a question is asked once more; only questions are, since they change nothing."""
_CONNECT = 5.0
"""Seconds in which a connection must be there."""
_SHOWN = 300
"""Characters of what an engine says that are shown."""


class SparqlUpdateClient:
    """A SPARQL 1.1 engine that is written to."""

    def __init__(self, access: Access, seconds: float) -> None:
        self.access = access
        self._client = httpx.Client(
            auth=access.auth(),
            headers={"User-Agent": f"meagraph/{__version__}"},
            timeout=httpx.Timeout(seconds, connect=_CONNECT),
            verify=tls_context(),
            trust_env=False,
        )

    def __enter__(self) -> SparqlUpdateClient:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.close()

    def rows(self, query: str) -> list[Row]:
        """The rows of a SELECT, complete. Raises PublishError."""
        reply = self._select(query)
        for name in self.access.profile.truncation_headers:
            if name in reply.headers:
                raise self._failure(f"it cuts answers ({name}: {reply.headers[name][:100]})")
        try:
            found = renaming.results(io.BytesIO(reply.content), self.access.profile)
            if isinstance(found, ox.QuerySolutions):
                return [tuple(solution) for solution in found]
        except (SyntaxError, ValueError) as error:
            raise self._failure(f"what it answers is not whole, or no answer: {error}") from None
        raise self._failure("it answers a SELECT with a truth value")

    def count(self, graph: str) -> int:
        """How many triples a graph holds. Raises PublishError."""
        rows = self.rows(published.count(graph))
        try:
            ((number,),) = rows
            return int(getattr(number, "value", ""))
        except ValueError:
            raise self._failure("what it answers is no number") from None

    def update(self, text: str) -> None:
        """Change graphs (https://www.w3.org/TR/sparql11-protocol/#update-operation)."""
        self._check(self._send("POST", self.access.update, data={"update": text}))

    def add(self, graph: str, lines: Sequence[str]) -> None:
        """Add triples, written as N-Triples, to a graph."""
        store = self.access.graph_store
        if store is None:
            self.update(f"INSERT DATA {{ GRAPH <{graph}> {{\n{''.join(lines)}}} }}")
        else:
            # https://www.w3.org/TR/sparql11-http-rdf-update/#http-post
            body = "".join(lines).encode()
            kind = {"Content-Type": "application/n-triples"}
            reply = self._send("POST", store, params={"graph": graph}, content=body, headers=kind)
            self._check(reply)

    @property
    def batch_size(self) -> int:
        """Triples that are added at a time."""
        profile = self.access.profile
        by_updates = self.access.graph_store is None
        return profile.max_update_triples if by_updates else profile.max_load_triples

    def remove(self, graphs: Iterable[str]) -> None:
        """Remove graphs, whether they are there or not."""
        if dropped := "; ".join(f"DROP SILENT GRAPH <{graph}>" for graph in graphs):
            self.update(dropped)

    def _select(self, query: str) -> httpx.Response:
        for pause in (*_PAUSES, None):
            try:
                reply = self._client.post(
                    self.access.url,
                    data={"query": query},
                    headers={"Accept": "application/sparql-results+json"},
                )
                if pause is None or reply.status_code not in (429, 502, 503):
                    return self._check(reply)
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                if pause is None or isinstance(error, httpx.InvalidURL):
                    raise self._unreachable(error) from None
            time.sleep(pause)
        raise AssertionError("the last time either answers or raises")

    def _send(self, method: str, address: str, **more: object) -> httpx.Response:
        try:
            return self._client.request(method, address, **more)  # type: ignore[arg-type]
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise self._unreachable(error) from None

    def _check(self, reply: httpx.Response) -> httpx.Response:
        if reply.status_code in (200, 201, 204):
            return reply
        if reply.status_code in (401, 403):
            raise self._failure("it does not let us in; see --engine-auth and --engine-secret")
        words = " ".join(reply.text.split())[:_SHOWN]
        raise self._failure(f"it answers {reply.status_code} at {reply.url.path}: {words}")

    def _unreachable(self, error: Exception) -> PublishError:
        return self._failure(f"it cannot be reached, or did not answer ({error!r})")

    def _failure(self, why: str) -> PublishError:
        return PublishError(f"{self.access}: {why}.")
