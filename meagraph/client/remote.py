"""A running service as the source of a graph, asked over HTTP.

Its errors are problem details (RFC 9457), and are raised as what they are in `meagraph.errors`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx

from meagraph.client.base import Question, Values
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
"""Seconds: more than a service gives any query, unless it is set up so."""


class Remote:
    """A service at an address."""

    def __init__(self, address: str) -> None:
        """Connect when first asked. Raises ServiceError for what is no address."""
        self.where = address.rstrip("/")
        headers = {"User-Agent": f"meagraph/{__version__}"}
        try:
            base = httpx.URL(self.where)
        except httpx.InvalidURL as error:
            raise ServiceError(f"{address!r} is no address of a service ({error})") from None
        if not base.host:
            raise ServiceError(f"{address!r} is no address of a service: it names no host")
        self._client = httpx.Client(
            base_url=base, headers=headers, timeout=_PATIENCE, follow_redirects=True
        )

    def query(self, sparql: str) -> Result:
        """The answer to a SPARQL query."""
        accept = f"{_RESULTS}, {_TRIPLES};q=0.9"
        return self._result(self._request("POST", "/sparql", accept, data={"query": sparql}))

    def canned(self, name: str, values: Values) -> Result:
        """The answer to a ready-made question."""
        return self._result(self._request("GET", f"/queries/{name}", _RESULTS, params=values))

    def questions(self) -> Mapping[str, Question]:
        """The ready-made questions of the service."""
        answer = self._request("GET", "/queries", "application/json")
        with self._understood():
            return {
                entry["name"]: Question(
                    entry["name"],
                    entry["summary"],
                    {parameter["name"]: parameter["label"] for parameter in entry["parameters"]},
                    tuple(entry["columns"]),
                )
                for entry in answer.json()
            }

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def _request(self, method: str, path: str, accept: str, **more: Any) -> httpx.Response:
        """A good answer. Raises the error that the service tells of, or ServiceError."""
        if self._client.is_closed:
            raise ServiceError(f"{self.where}: this graph has been closed. Open it anew")
        try:
            answer = self._client.request(method, path, headers={"Accept": accept}, **more)
        except httpx.HTTPError as error:
            raise ServiceError(
                f"{self.where}: does not answer ({error or type(error).__name__}). "
                "Is it the address of a running service?"
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
        """Raises ServiceError where the block does not find in an answer what should be there."""
        try:
            yield
        except (ValueError, KeyError, TypeError, AttributeError):
            raise self._strange() from None

    def _strange(self) -> ServiceError:
        return ServiceError(
            f"{self.where}: does not answer as a meagraph service does. Is this its address?"
        )


def _media_type(answer: httpx.Response) -> str:
    kind: str = answer.headers.get("content-type", "")
    return kind.partition(";")[0].strip()


def _error(answer: httpx.Response) -> RequestError:
    """The error that a problem tells of. Raises ValueError where it tells of none.

    It is known by its code, and until 0.2 by its title where an older service sends no code.
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
