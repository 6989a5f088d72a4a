"""The OpenAPI document over HTTP, and its part on `/sparql`, which is a plain route for speed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from meagraph_api.canned.describe import problem
from meagraph_api.documents import Document
from meagraph_api.formats import GRAPHS, RESULTS

_EXAMPLE = "SELECT (COUNT(*) AS ?triples) WHERE { ?s ?p ?o }"

_DATASET = [
    {
        "name": name,
        "in": "query",
        "required": False,
        "description": description,
        "schema": {"type": "array", "items": {"type": "string", "format": "iri"}},
    }
    for name, description in (
        ("default-graph-uri", "Named graphs that make up the default graph."),
        ("named-graph-uri", "The named graphs that GRAPH sees."),
    )
]
_FORMAT = {
    "name": "format",
    "in": "query",
    "required": False,
    "description": "Instead of Accept: a format's name or media type.",
    "schema": {"type": "string", "enum": sorted({entry.name for entry in (*RESULTS, *GRAPHS)})},
}
_TIMEOUT = {
    "name": "timeout",
    "in": "query",
    "required": False,
    "description": "Seconds after which the answer is of no use any more; never more than there "
    "are anyway.",
    "schema": {"type": "number", "minimum": 0},
}
_RESPONSES = {
    "200": {
        "description": "The complete answer.",
        "headers": {
            "Meagraph-Note": {
                "description": "What the client should know about the answer, e.g. that a "
                "GROUP_CONCAT may be unbound because one of its values is.",
                "schema": {"type": "string"},
            }
        },
        "content": {entry.media_type: {} for entry in (*RESULTS, *GRAPHS)},
    },
    "400": problem("A syntax error (with line and column), an update, or a call of SERVICE."),
    "304": {"description": "The answer that If-None-Match names is still the one."},
    "406": problem("None of the formats asked for exists, or it cannot express the answer."),
    "408": problem("The request did not arrive in time."),
    "413": problem("The query, its answer, or the memory that it takes is too large."),
    "415": problem("The body's media type is not read here."),
    "429": problem("The client runs too many queries, or has used up its time."),
    "431": problem("The address and the headers are too long."),
    "503": problem("No release is open yet, or too many queries are running."),
    "504": problem("The query took too long."),
}
_TEXT = {"type": "string", "examples": [_EXAMPLE]}

SPARQL: dict[str, Any] = {
    "get": {
        "tags": ["SPARQL"],
        "summary": "Answer a SPARQL 1.1 query",
        "description": "SELECT, ASK, CONSTRUCT or DESCRIBE. The default graph holds everything; "
        "each document and each kind of reading of it is also a named graph. Who prefers text/html "
        "gets an editor with the query in it, which is not run.",
        "operationId": "sparql",
        "parameters": [
            {
                "name": "query",
                "in": "query",
                "required": True,
                "description": "The query.",
                "schema": {"type": "string"},
                "example": _EXAMPLE,
            },
            *_DATASET,
            _FORMAT,
            _TIMEOUT,
        ],
        "responses": _RESPONSES,
    },
    "post": {
        "tags": ["SPARQL"],
        "summary": "Answer a SPARQL 1.1 query sent in the body",
        "operationId": "sparql_post",
        "parameters": [*_DATASET, _FORMAT, _TIMEOUT],
        "requestBody": {
            "required": True,
            "content": {
                "application/sparql-query": {"schema": _TEXT},
                "application/x-www-form-urlencoded": {
                    "schema": {
                        "type": "object",
                        "required": ["query"],
                        "properties": {
                            "query": _TEXT,
                            "default-graph-uri": _DATASET[0]["schema"],
                            "named-graph-uri": _DATASET[1]["schema"],
                        },
                    }
                },
            },
        },
        "responses": _RESPONSES,
    },
}
"""The path item of `/sparql`."""


class Description:
    """Answers `/openapi.json`."""

    def __init__(self, describe: Callable[[], dict[str, Any]]) -> None:
        """Serve what `describe` gives, which is called once, at the first request."""
        self._describe = describe
        self._document: Document | None = None
        self._one_at_a_time = asyncio.Lock()

    async def answer(self, request: Request) -> Response:
        """The OpenAPI document."""
        async with self._one_at_a_time:
            if self._document is None:
                self._document = await asyncio.to_thread(self._written)
        return self._document.answer(request)

    def _written(self) -> Document:
        written = json.dumps(self._describe(), ensure_ascii=False, separators=(",", ":"))
        return Document(written.encode(), "application/json")
