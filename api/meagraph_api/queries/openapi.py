"""The OpenAPI document: canned queries, and `/sparql`, which is a plain route for speed."""

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
    "iri": "The last segment of an IRI.",
    "words": 'Whole words, case-insensitive; "quotes" for a phrase, a star* for a prefix.',
}

Json = dict[str, Any]


def problem(description: str) -> Json:
    """The description of a problem response."""
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": description, "content": {PROBLEM: {"schema": schema}}}


SCHEMAS: Json = {
    "Problem": {
        "type": "object",
        "description": "Problem details (RFC 9457).",
        "required": ["type", "title", "status", "detail", "code", "request_id"],
        "properties": {
            "type": {"type": "string", "format": "uri", "description": "What the code means."},
            "title": {"type": "string", "description": "For people; the wording may change."},
            "status": {"type": "integer"},
            "detail": {"type": "string", "description": "What is wrong, and how to correct it."},
            "code": {
                "type": "string",
                "description": "The stable code of the problem, for programs.",
                "examples": ["wrong-value", "query-timeout"],
            },
            "request_id": {"type": "string"},
            "line": {"type": "integer", "description": "Of a syntax error, from 1."},
            "column": {"type": "integer", "description": "Of a syntax error, from 1."},
        },
    },
}
"""The shared schemas."""


_HEADERS: Json = {
    "ETag": {
        "description": "Entity tag of the response; send it back as If-None-Match.",
        "schema": {"type": "string"},
    },
    "X-Total-Count": {
        "description": "JSON, CSV: number of rows of the whole result.",
        "schema": {"type": "integer"},
    },
    "Link": {
        "description": "JSON, CSV: the first, prev, next and last page, if a page is requested. "
        "CSV: describedby, the metadata of its columns. Empty table of a taxon: related, the same "
        "table of a taxon above or below it that the plans name.",
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
    304: {"description": "Not modified: If-None-Match has the current entity tag."},
    406: problem("No acceptable format exists."),
    503: problem("No release is open yet."),
}

SEARCH_RESPONSES: dict[int | str, Json] = {
    200: {
        "description": "A page of hits, the best first, and the number of hits by kind.",
        "content": {
            "application/json": {"schema": {"type": "object"}},
            "text/html": {"schema": {"type": "string"}},
        },
    },
    304: {"description": "Not modified: If-None-Match has the current entity tag."},
    400: problem("An unknown parameter or value, or no search words."),
    404: problem("The release has no search index."),
    406: problem("No acceptable format exists."),
    503: problem("No release is open yet, or too many queries are running."),
    504: problem("The search took too long."),
}

_OMITS_HEADER: Json = {
    "description": "The named graph that this release lacks: reference-restricted.",
    "schema": {"type": "string"},
}


def responses(query: CannedQuery, formats: tuple[Format, ...]) -> dict[int | str, Json]:
    """The responses of a canned query."""
    row = {"type": "object", "properties": {column: {} for column in query.columns}}
    content: Json = {entry.media_type: {} for entry in formats}
    content["application/json"] = {"schema": {"type": "array", "items": row}}
    return {
        200: {
            "description": f"Complete and ordered. Columns: {', '.join(query.columns)}.",
            "headers": _HEADERS | ({OMITS: _OMITS_HEADER} if query.header.restricted else {}),
            "content": content,
        },
        304: {"description": "Not modified: If-None-Match has the current entity tag."},
        400: problem("An unknown parameter or value, or a missing parameter."),
        406: problem("No acceptable format exists."),
        429: problem("The client has reached its rate limit; see Retry-After."),
        503: problem("No release is open yet, or too many queries are running."),
        504: problem("The query took too long."),
    }


def parameters(query: CannedQuery, suffixes: tuple[str, ...]) -> list[Json]:
    """The parameters of a canned query, and the common ones."""
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
    """Typed values, in a list if the parameter is multiple."""
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
            "JSON, CSV, HTML: number of the page. JSON and CSV without page and page_size have "
            "all rows; XLSX always has.",
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
    """The entry of a canned query in the list."""
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
        ("named-graph-uri", "The named graphs for GRAPH."),
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
    "description": "Timeout in seconds, up to the server's limit.",
    "schema": {"type": "number", "minimum": 0},
}
_RESPONSES = {
    "200": {
        "description": "The complete result.",
        "headers": {
            "Meagraph-Note": {
                "description": "Notes on the result, e.g. that a GROUP_CONCAT may be unbound "
                "because one of its values is.",
                "schema": {"type": "string"},
            }
        },
        "content": {entry.media_type: {} for entry in (*RESULTS, *GRAPHS)},
    },
    "400": problem("A syntax error (with line and column), an update, or a call of SERVICE."),
    "304": {"description": "Not modified: If-None-Match has the current entity tag."},
    "406": problem("No acceptable format exists, or it cannot express the result."),
    "408": problem("The request did not arrive in time."),
    "413": problem("The query, its result or its use of memory is too large."),
    "415": problem("The media type of the body is not supported."),
    "429": problem("The client runs too many queries, or has used up its time; see Retry-After."),
    "431": problem("The URL or the headers are too long."),
    "503": problem("No release is open yet, or too many queries are running."),
    "504": problem("The query took too long."),
}
_TEXT = {"type": "string", "examples": [_EXAMPLE]}

SPARQL: dict[str, Any] = {
    "get": {
        "tags": ["SPARQL"],
        "summary": "Run a SPARQL 1.1 query",
        "description": "SELECT, ASK, CONSTRUCT or DESCRIBE. The default graph contains all "
        "statements; each document and each layer (curation, inferred …) is also a named graph. "
        "Browsers get the editor with the query loaded but not run.",
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
        "summary": "Run a SPARQL 1.1 query sent in the body",
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
    """Route `/openapi.json`."""

    def __init__(self, describe: Callable[[], dict[str, Any]]) -> None:
        """Serve the result of `describe`, which is called once, at the first request."""
        self._describe = describe
        self._document: Document | None = None
        self._lock = asyncio.Lock()

    async def answer(self, request: Request) -> Response:
        """Respond with the OpenAPI document."""
        async with self._lock:
            if self._document is None:
                self._document = await asyncio.to_thread(self._encoded)
        return self._document.answer(request)

    def _encoded(self) -> Document:
        text = json.dumps(self._describe(), ensure_ascii=False, separators=(",", ":"))
        return Document(text.encode(), "application/json")
