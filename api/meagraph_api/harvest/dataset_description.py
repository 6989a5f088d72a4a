"""Serve `/dataset`: the description of a release in DCAT, for data catalogues.

https://www.w3.org/TR/vocab-dcat-3/. `/.well-known/void` has all statistics.
"""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Iterable, Iterator
from importlib.resources import files
from io import BytesIO

import pyoxigraph as ox
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from meagraph.core import names
from meagraph.core.errors import UnknownAddress
from meagraph.core.queries import composition
from meagraph.core.results import writer
from meagraph.core.results.formats import AcceptedFormats, QueryResult
from meagraph.core.version import __version__
from meagraph_api.engine.current_release import Current, OpenRelease
from meagraph_api.engine.release_cache import Key
from meagraph_api.harvest.release_files import CC_BY
from meagraph_api.http import preconditions, request_params
from meagraph_api.http.access_log import facts
from meagraph_api.http.negotiation import accepted_graph
from meagraph_api.http.responses import complete
from meagraph_api.settings import Settings

_QUERY = (files(__package__) / "dataset.rq").read_text(encoding="utf-8")
_ADDRESS = ("_address",)
_SIZE = ox.NamedNode("http://www.w3.org/ns/dcat#byteSize")
_COUNT = ox.NamedNode(names.PREFIXES["xsd"] + "nonNegativeInteger")


class DatasetDescription:
    """Routes of `/dataset`, and of `/dataset.ttl` and so on for each RDF format."""

    def __init__(self, settings: Settings, current: Current) -> None:
        self._settings = settings
        self._current = current

    def add_routes(self, app: FastAPI) -> None:
        """Add the routes to an application."""
        app.add_route("/dataset", self.answer, include_in_schema=False)
        app.add_route("/dataset.{suffix}", self.answer, include_in_schema=False)

    async def answer(self, request: Request) -> Response:
        """Serve the description in one of the RDF formats.

        Raises NotAcceptable, and UnknownAddress if the data have no description.
        """
        named = request.path_params.get("suffix") or request_params.one(
            request_params.query_pairs(request), "format"
        )
        accepted = accepted_graph(request, named)
        address = self._settings.address
        headers = {
            "Vary": "Accept, Accept-Encoding",
            "Cache-Control": "public, no-cache",
            "Link": f'<{CC_BY}>; rel="license", <{address}/.well-known/void>; rel="describedby"',
        }
        async with self._current.reading() as release:
            tag = preconditions.tag(
                "dataset", release.engine.release.id, __version__, address, str(accepted)
            )
            if preconditions.matches(request.headers.get("if-none-match"), tag):
                facts(request.scope)["outcome"] = "not-modified"
                return Response(None, 304, {**headers, "ETag": tag})
            answer = await _described(release, address, accepted)
        if not answer.rows:
            raise UnknownAddress("The data of this service contain no description of a dataset.")
        return complete(answer, {**headers, "ETag": tag})


_DESCRIPTIONS = Key[QueryResult]()


async def _described(release: OpenRelease, address: str, accepted: AcceptedFormats) -> QueryResult:
    async def make() -> QueryResult:
        query = composition.fill(_QUERY, {_ADDRESS: [composition.literal(address)]})
        answer = await release.engine.query(query, AcceptedFormats(None, "application/n-triples"))
        return await asyncio.to_thread(_written, answer.in_memory(), accepted)

    return await release.values.once(_DESCRIPTIONS, make, address, accepted)


def _written(triples: QueryResult, accepted: AcceptedFormats) -> QueryResult:
    sink = BytesIO()
    read = ox.parse(triples.body, ox.RdfFormat.N_TRIPLES)
    written = writer.write(_with_datatype_of_sizes(quad.triple for quad in read), accepted, sink)
    body = sink.getvalue()
    if accepted.gzip:
        body = gzip.compress(body, compresslevel=6, mtime=0)
    return QueryResult(
        written.media_type, body, len(body), gzipped=accepted.gzip, rows=written.rows
    )


def _with_datatype_of_sizes(triples: Iterable[ox.Triple]) -> Iterator[ox.Triple]:
    """Sizes as `xsd:nonNegativeInteger`, as DCAT requires; engines store them as `xsd:integer`.

    https://www.w3.org/TR/vocab-dcat-3/#Property:distribution_size
    """
    for triple in triples:
        if triple.predicate == _SIZE and isinstance(triple.object, ox.Literal):
            size = ox.Literal(triple.object.value, datatype=_COUNT)
            yield ox.Triple(triple.subject, triple.predicate, size)
        else:
            yield triple
