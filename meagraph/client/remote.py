"""A running service as the source of a graph, over HTTP.

Its errors are problem details (RFC 9457), raised as the exceptions of `meagraph.errors`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx

from meagraph.client.base import QuerySummary, Values
from meagraph.client.result import Result, read
from meagraph.core.errors import (
    BY_CODE,
    QuerySyntaxError,
    RequestError,
    ServiceError,
    TooManyRequests,
)
from meagraph.core.version import __version__

_RESULTS = "application/sparql-results+json"
_TRIPLES = "application/n-triples"

_PATIENCE = httpx.Timeout(120.0, connect=10.0)
"""Seconds: longer than the default query timeout of a service."""


class Remote:
    """A service at a URL."""

    def __init__(self, address: str) -> None:
        """Connect with the first request. Raises ServiceError for a malformed URL."""
        self.where = address.rstrip("/")
        headers = {"User-Agent": f"meagraph/{__version__}"}
        try:
            base = httpx.URL(self.where)
        except httpx.InvalidURL as error:
            raise ServiceError(f"{address!r} is not the URL of a service ({error})") from None
        if not base.host:
            raise ServiceError(f"{address!r} is not the URL of a service: it has no host")
        self._client = httpx.Client(
            base_url=base, headers=headers, timeout=_PATIENCE, follow_redirects=True
        )

    def query(self, sparql: str) -> Result:
        """Run a SPARQL query."""
        accept = f"{_RESULTS}, {_TRIPLES};q=0.9"
        return self._result(self._request("POST", "/sparql", accept, data={"query": sparql}))

    def canned(self, name: str, values: Values) -> Result:
        """Run a canned query."""
        return self._result(self._request("GET", f"/queries/{name}", _RESULTS, params=values))

    def queries(self) -> Mapping[str, QuerySummary]:
        """The canned queries of the service."""
        answer = self._request("GET", "/queries", "application/json")
        with self._understood():
            return {
                entry["name"]: QuerySummary(
                    entry["name"],
                    entry["summary"],
                    {parameter["name"]: parameter["label"] for parameter in entry["parameters"]},
                    tuple(entry["columns"]),
                )
                for entry in answer.json()
            }

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _request(self, method: str, path: str, accept: str, **more: Any) -> httpx.Response:
        """Send a request. Raises the error that the service reports, or ServiceError."""
        if self._client.is_closed:
            raise ServiceError(f"{self.where}: this graph has been closed. Open it again")
        try:
            answer = self._client.request(method, path, headers={"Accept": accept}, **more)
        except httpx.HTTPError as error:
            raise ServiceError(
                f"{self.where}: does not answer ({error or type(error).__name__}). "
                "Is this the URL of a running service?"
            ) from None
        if answer.status_code != httpx.codes.OK:
            with self._understood():
                raise _error(answer)
        if _media_type(answer) not in accept:
            raise self._strange()
        return answer

    def _result(self, answer: httpx.Response) -> Result:
        with self._understood():
            return read(_media_type(answer), answer.content)

    @contextmanager
    def _understood(self) -> Iterator[None]:
        """Raise ServiceError if the block fails to read a response."""
        try:
            yield
        except (ValueError, KeyError, TypeError, AttributeError):
            raise self._strange() from None

    def _strange(self) -> ServiceError:
        return ServiceError(
            f"{self.where}: does not answer as a meagraph service does. Is this its URL?"
        )


def _media_type(answer: httpx.Response) -> str:
    kind: str = answer.headers.get("content-type", "")
    return kind.partition(";")[0].strip()


def _error(answer: httpx.Response) -> RequestError:
    """The exception for a problem response. Raises ValueError if it is malformed.

    It is identified by its code, or until 0.2 by its title if an older service sends no code.
    """
    problem = answer.json()
    title, detail = problem["title"], problem["detail"]
    kind = BY_CODE.get(problem.get("code")) or next(
        (kind for kind in BY_CODE.values() if kind.title == title), RequestError
    )
    if kind is QuerySyntaxError:
        return QuerySyntaxError(detail, problem.get("line"), problem.get("column"))
    if kind is TooManyRequests:
        return TooManyRequests(detail, int(answer.headers.get("retry-after", 1)))
    return kind(detail)
