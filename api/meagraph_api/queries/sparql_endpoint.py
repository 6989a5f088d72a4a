"""The SPARQL endpoint: the query operation of the SPARQL 1.1 Protocol, and a self-description.

https://www.w3.org/TR/sparql11-protocol/#query-operation,
https://www.w3.org/TR/sparql11-service-description/ and https://www.w3.org/TR/void/
"""

from __future__ import annotations

from importlib.resources import files

from starlette.requests import Request
from starlette.responses import Response

from meagraph.core import lexer
from meagraph.core.queries import composition
from meagraph.core.results.formats import AcceptedFormats, QueryResult
from meagraph.core.version import __version__
from meagraph_api.engine.current_release import Current, OpenRelease
from meagraph_api.engine.protocol import LONG, Dataset
from meagraph_api.engine.query_service import QueryService
from meagraph_api.engine.release_cache import Key
from meagraph_api.http import preconditions, request_params
from meagraph_api.http.access_log import facts
from meagraph_api.http.negotiation import accepted_graph
from meagraph_api.http.responses import complete
from meagraph_api.pages.render_pool import RenderPool
from meagraph_api.queries import sparql_request
from meagraph_api.queries.editor_page import Editor
from meagraph_api.queries.sparql_request import SparqlRequest
from meagraph_api.settings import Settings

_DESCRIPTION = (files(__package__) / "description.rq").read_text(encoding="utf-8")

_ENDPOINT = ("_endpoint",)
_DESCRIPTIONS = Key[QueryResult]()


async def service_description(
    release: OpenRelease, endpoint: str, accepted: AcceptedFormats
) -> QueryResult:
    """The description of the endpoint at a URL, with its dataset and named graphs.

    It includes the VoID of a release, its prefixes and example queries, which the release has in a
    named graph. Raises the errors of the engine.
    """

    async def make() -> QueryResult:
        query = composition.fill(_DESCRIPTION, {_ENDPOINT: [composition.literal(endpoint)]})
        return (await release.engine.query(query, accepted)).in_memory()

    return await release.values.once(_DESCRIPTIONS, make, endpoint, accepted)


_VARY = {"Vary": "Accept, Accept-Encoding"}
_LASTING = "public, no-cache"
"""Caches may store the response, and must revalidate it (RFC 9111)."""

_NOTE = "Meagraph-Note"
"""The header with notes on the result; the Warning header is obsolete (RFC 9111, section 5.5)."""


class Endpoint:
    """Route `/sparql`: results of queries, or the editor for clients that prefer HTML."""

    def __init__(
        self, settings: Settings, current: Current, pool: RenderPool, query_service: QueryService
    ) -> None:
        self._settings = settings
        self._current = current
        self._editor = Editor(current, pool)
        self._query_service = query_service

    async def answer(self, request: Request) -> Response:
        """Respond to a query. Raises RequestError."""
        sparql = await sparql_request.read(
            request, self._settings.max_query_bytes, self._query_service.rate_limiter
        )
        if sparql.page:
            return await self._editor.page(request, sparql.pairs)
        if sparql.text is None:
            return await self._description(request, sparql.formats)
        if len(sparql.text) < LONG:
            lexer.refuse_unsafe(sparql.text)
        async with self._current.reading() as release:
            # Only cacheable results have a tag, so a matching one is still valid.
            known = request.headers.get("if-none-match")
            # The tag of a long query takes a millisecond; responses to POST have none.
            tag = _tag(release, sparql) if known or request.method == "GET" else ""
            if preconditions.names(known, tag):
                return _unchanged(request, tag)
            answer = await self._query_service.run(
                request, release, sparql.text, sparql.formats, sparql.dataset, sparql.seconds
            )
        lasts = answer.lasting and request.method == "GET"
        if lasts and preconditions.matches(known, tag):
            answer.in_memory()  # closes its file
            return _unchanged(request, tag)
        kept = {"ETag": tag, "Cache-Control": _LASTING} if lasts else {"Cache-Control": "no-store"}
        notes = {_NOTE: "; ".join(answer.notes)} if answer.notes else {}
        return complete(answer, {**_VARY, **kept, **notes})

    async def describe(self, request: Request) -> Response:
        """Respond with the description, also at `/.well-known/void`. Raises RequestError.

        https://www.w3.org/TR/void/#well-known
        """
        named = sparql_request.named_format(request_params.query_pairs(request))
        return await self._description(request, accepted_graph(request, named))

    async def vocabulary(self, request: Request) -> Response:
        """Respond with the vocabulary of the editor. Raises NotReady."""
        return await self._editor.vocabulary(request)

    async def _description(self, request: Request, accepted: AcceptedFormats) -> Response:
        endpoint = f"{self._settings.address}/sparql"
        async with self._current.reading() as release:
            tag = preconditions.tag(release.engine.release.id, __version__, endpoint, str(accepted))
            if preconditions.matches(request.headers.get("if-none-match"), tag):
                return _unchanged(request, tag)
            answer = await service_description(release, endpoint, accepted)
        return complete(answer, {**_VARY, "ETag": tag, "Cache-Control": _LASTING})


def _unchanged(request: Request, tag: str) -> Response:
    facts(request.scope)["outcome"] = "not-modified"
    return Response(None, 304, {**_VARY, "ETag": tag, "Cache-Control": _LASTING})


def _tag(release: OpenRelease, sparql: SparqlRequest) -> str:
    """The strong entity tag of the result, from everything that it depends on.

    https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3
    """
    dataset = sparql.dataset or Dataset()
    return preconditions.tag(
        release.engine.release.id,
        __version__,
        str(sparql.text),
        *(f"default {graph}" for graph in dataset.default_graphs),
        *(f"named {graph}" for graph in dataset.named_graphs),
        str(sparql.formats),
    )
