"""The OpenAPI document over HTTP: canned queries, and `/sparql`, a plain route for speed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from meagraph.core.queries.header import CannedQuery
from meagraph.core.queries.parameters import Parameter
from meagraph.core.results.formats import GRAPHS, RESULTS, Format
from meagraph_api.http.problems import MEDIA_TYPE as PROBLEM
from meagraph_api.http.static_files import Document
from meagraph_api.queries.result_page import MOST_SHOWN
from meagraph_api.queries.table_description import OMITS
from meagraph_api.settings import MOST_ROWS

_JSON_TYPES: dict[str, dict[str, str]] = {
    "boolean": {"type": "boolean"},
    "integer": {"type": "integer"},
    "date": {"type": "string", "format": "date"},
}
_NOTES = {
    "iri": "The last segment of an address.",
    "words": 'Whole words, case-insensitive; "quotes" hold a phrase, a star begins*.',
}

Json = dict[str, Any]


def problem(description: str) -> Json:
    """An answer that is a problem."""
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": description, "content": {PROBLEM: {"schema": schema}}}


SCHEMAS: Json = {
    "Problem": {
        "type": "object",
        "description": "Problem details (RFC 9457).",
        "required": ["type", "title", "status", "detail", "code", "request_id"],
        "properties": {
            "type": {"type": "string", "format": "uri", "description": "What the code means."},
            "title": {"type": "string", "description": "For people; it may be reworded."},
            "status": {"type": "integer"},
            "detail": {"type": "string", "description": "What is wrong, and what would be right."},
            "code": {
                "type": "string",
                "description": "The kind of problem, for programs: it never changes.",
                "examples": ["wrong-value", "query-timeout"],
            },
            "request_id": {"type": "string"},
            "line": {"type": "integer", "description": "Of a syntax error, from 1."},
            "column": {"type": "integer", "description": "Of a syntax error, from 1."},
        },
    },
}
"""The schemas that answers refer to."""


_HEADERS: Json = {
    "ETag": {
        "description": "Of the answer as it is sent; send it back as If-None-Match.",
        "schema": {"type": "string"},
    },
    "X-Total-Count": {
        "description": "JSON, CSV: rows of the whole answer.",
        "schema": {"type": "integer"},
    },
    "Link": {
        "description": "JSON, CSV: the first, prev, next and last page, where a page is asked "
        "for. CSV: describedby, the metadata of its columns. Without rows, but with a "
        "taxon chosen: related, the same table of the taxon above it that the plans name.",
        "schema": {"type": "string"},
    },
}

LIST_RESPONSES: dict[int | str, Json] = {
    200: {
        "description": "Every canned query with its columns and parameters.",
        "content": {
            "application/json": {"schema": {"type": "array", "items": {"type": "object"}}},
            "text/html": {"schema": {"type": "string"}},
        },
    },
    304: {"description": "What the client holds is still what it would be sent."},
    406: problem("None of the formats asked for exists."),
    503: problem("No release is open yet."),
}

SEARCH_RESPONSES: dict[int | str, Json] = {
    200: {
        "description": "Some of what is found, the best first; how much there is, by kind.",
        "content": {
            "application/json": {"schema": {"type": "object"}},
            "text/html": {"schema": {"type": "string"}},
        },
    },
    304: {"description": "What the client holds is still what it would be sent."},
    400: problem("A parameter or value that does not exist, or no word at all."),
    404: problem("What is served has no search index."),
    406: problem("None of the formats asked for exists."),
    503: problem("No release is open yet, or too many queries are running."),
    504: problem("The search took too long."),
}

_OMITS_HEADER: Json = {
    "description": "The graph of which this release has no rows: reference-restricted.",
    "schema": {"type": "string"},
}


def responses(query: CannedQuery, formats: tuple[Format, ...]) -> dict[int | str, Json]:
    """The answers of one canned query."""
    row = {"type": "object", "properties": {column: {} for column in query.columns}}
    content: Json = {entry.media_type: {} for entry in formats}
    content["application/json"] = {"schema": {"type": "array", "items": row}}
    return {
        200: {
            "description": f"Complete and ordered. Columns: {', '.join(query.columns)}.",
            "headers": _HEADERS | ({OMITS: _OMITS_HEADER} if query.header.restricted else {}),
            "content": content,
        },
        304: {"description": "What the client holds is still what it would be sent."},
        400: problem("A parameter or value that does not exist, or one that is missing."),
        406: problem("None of the formats asked for exists."),
        429: problem("The client has used its share; Retry-After says when to come again."),
        503: problem("No release is open yet, or too many queries are running."),
        504: problem("The query took too long."),
    }


def parameters(query: CannedQuery, suffixes: tuple[str, ...]) -> list[Json]:
    """The parameters of one canned query, and those that all take."""
    own = [_parameter(name, declared) for name, declared in query.parameters.items()]
    return [*own, *_common(suffixes)]


def search_parameters(declared: Mapping[str, Parameter]) -> list[Json]:
    """The parameters of the search."""
    formats = _plain("format", {"type": "string", "enum": ["json", "html"]}, "Instead of Accept.")
    return [*(_parameter(name, one) for name, one in declared.items()), formats]


def _parameter(name: str, declared: Parameter) -> Json:
    value: Json = dict(_JSON_TYPES.get(declared.type, {"type": "string"}))
    if declared.listed is not None:
        value["enum"] = list(declared.listed)
    several = declared.multiple
    schema: Json = {"type": "array", "items": value} if several else value
    if declared.default:
        schema["default"] = _example(declared, *declared.default)
    described: Json = {
        "name": name,
        "in": "query",
        "required": declared.required,
        "description": _description_of(declared),
        "schema": schema,
    }
    if several:
        described |= {"style": "form", "explode": True}
    if declared.example is not None:
        described["example"] = _example(declared, declared.example)
    return described


def _example(declared: Parameter, *values: str) -> object:
    """Values as a program has them: typed, and in a list where several are taken."""
    readers: dict[str, Callable[[str], object]] = {
        "boolean": lambda text: text == "true",
        "integer": int,
    }
    read = readers.get(declared.type, str)
    typed = [read(value) for value in values]
    return typed if declared.multiple else typed[0]


def _description_of(declared: Parameter) -> str:
    sentences = [f"{declared.label}.", declared.description, _NOTES.get(declared.type, "")]
    if declared.multiple:
        sentences.append("Repeated: any of the values.")
    return " ".join(part for part in sentences if part)


def _common(suffixes: tuple[str, ...]) -> list[Json]:
    return [
        _plain("format", {"type": "string", "enum": list(suffixes)}, "Instead of Accept."),
        _plain("bom", {"type": "boolean"}, "CSV: begin with a byte order mark, for Excel."),
        _plain(
            "page",
            {"type": "integer", "minimum": 1},
            "JSON, CSV, HTML: which page of the table. JSON and CSV without page and page_size are "
            "whole; XLSX always is.",
        ),
        _plain(
            "page_size",
            {"type": "integer", "minimum": 1, "maximum": MOST_ROWS},
            f"JSON, CSV, HTML: rows on a page; HTML shows at most {MOST_SHOWN}.",
        ),
    ]


def _plain(name: str, schema: Json, description: str) -> Json:
    return {
        "name": name,
        "in": "query",
        "required": False,
        "schema": schema,
        "description": description,
    }


def entry(query: CannedQuery, address: str) -> Json:
    """One canned query in the list."""
    return {
        "name": query.name,
        "summary": query.header.summary,
        "description": query.header.description.strip(),
        "url": address,
        "columns": list(query.columns),
        "parameters": [
            {
                "name": name,
                "type": declared.type,
                "label": declared.label,
                "required": declared.required,
                "multiple": declared.multiple,
                "choices": list(declared.listed) if declared.listed is not None else None,
                "default": list(declared.default),
                "example": declared.example,
            }
            for name, declared in query.parameters.items()
        ],
    }


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


class OpenApiDocument:
    """Answers `/openapi.json`."""

    def __init__(self, describe: Callable[[], dict[str, Any]]) -> None:
        """Serve what `describe` gives, which is called once, at the first request."""
        self._describe = describe
        self._document: Document | None = None
        self._lock = asyncio.Lock()

    async def answer(self, request: Request) -> Response:
        """The OpenAPI document."""
        async with self._lock:
            if self._document is None:
                self._document = await asyncio.to_thread(self._encoded)
        return self._document.answer(request)

    def _encoded(self) -> Document:
        text = json.dumps(self._describe(), ensure_ascii=False, separators=(",", ":"))
        return Document(text.encode(), "application/json")
