"""Compose the ASGI application: routes, middleware, exception handlers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from math import ceil
from typing import Any

from fastapi import FastAPI
from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from meagraph.core import files
from meagraph.core.errors import NotReady, RequestError
from meagraph.core.queries import load
from meagraph.core.version import __version__
from meagraph_api.browse.browse_routes import Browse
from meagraph_api.browse.home import Home
from meagraph_api.engine.current_release import Current, Shared
from meagraph_api.engine.factory import opener
from meagraph_api.engine.metrics import Metrics
from meagraph_api.engine.query_service import QueryService
from meagraph_api.harvest.citation_routes import Cite
from meagraph_api.harvest.dataset_description import DatasetDescription
from meagraph_api.harvest.informea.drupal import DrupalJson
from meagraph_api.harvest.informea.odata_service import Informea
from meagraph_api.harvest.release_changes import Changes
from meagraph_api.harvest.release_files import Releases
from meagraph_api.harvest.sitemap import Sitemap
from meagraph_api.http.canonical import Canonical
from meagraph_api.http.connections import Connections, trusts_nobody
from meagraph_api.http.language import LanguageHeaders, language_of
from meagraph_api.http.middleware import Envelope
from meagraph_api.http.page_cache import PageCache
from meagraph_api.http.problems import Problems
from meagraph_api.http.rate_limit import RateLimiter
from meagraph_api.http.refusal_tracker import RefusalTracker
from meagraph_api.http.responses import Lasting
from meagraph_api.http.static_files import Files
from meagraph_api.http.trailing_slash import TrailingSlash
from meagraph_api.http.unsent import Unsent
from meagraph_api.pages import map_drawing
from meagraph_api.pages.problem_types import ProblemTypes
from meagraph_api.pages.render_pool import Limits, RenderPool, rendered
from meagraph_api.pages.renderer import STATIC, Pages
from meagraph_api.pages.script_bundle import FOLDER
from meagraph_api.queries import openapi, sparql_endpoint
from meagraph_api.queries.canned_routes import CannedQueries
from meagraph_api.queries.openapi import problem
from meagraph_api.search.search_routes import Search
from meagraph_api.settings import Settings
from meagraph_api.things.ontology_routes import Ontology
from meagraph_api.things.thing_routes import Things

_STATIC_SHARE = 8
"""Fraction of the page cache reserved for pages that do not depend on a release (1 / this)."""
_NOT_CACHED = {"Cache-Control": "no-store"}


class Service(FastAPI):
    """The application; its OpenAPI document includes `/sparql` and problem responses."""

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document."""
        document = super().openapi()
        document["paths"].setdefault("/sparql", openapi.SPARQL)
        document.setdefault("components", {}).setdefault("schemas", {}).update(openapi.SCHEMAS)
        return document


def create_app(
    settings: Settings,
    connections: Connections | None = None,
    refusals: RefusalTracker | None = None,
) -> ASGIApp:
    """Create the service. `connections` and `refusals` are shared with the server that runs it.

    It starts without a release, responds 503 until one exists, and follows `current` from then on.
    Raises QueryFileError if a canned query is malformed, DataError if a file of queries or map data
    is missing or malformed.
    """
    map_drawing.ground()
    map_drawing.label_points()
    current = Current(
        settings.releases,
        opener(settings),
        settings.cache_bytes,
        settings.page_cache_bytes - settings.page_cache_bytes // _STATIC_SHARE,
    )
    static_pages = PageCache(settings.page_cache_bytes // _STATIC_SHARE)
    rate_limiter = RateLimiter(settings.client_queries, settings.client_seconds)
    query_service = QueryService(rate_limiter)
    if connections is None:
        connections = Connections(settings.max_connections, 0, trusts_nobody)
    if refusals is None:
        refusals = RefusalTracker()
    metrics = Metrics(settings.metrics, current, rate_limiter, connections, refusals)
    pages = Pages(settings.base_path, settings.notice)
    pool = RenderPool(
        pages,
        rate_limiter,
        Limits(settings.query_timeout, settings.query_memory, settings.max_wait),
    )
    queries = CannedQueries(
        load(settings.queries or files.folder("queries")),
        settings,
        current,
        query_service,
        pool,
        static_pages,
    )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        pool.start()
        await current.start()
        yield
        await current.stop()
        await pool.close()

    app = Service(
        title="meagraph",
        summary="The action plans of environmental agreements as one knowledge graph",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
        openapi_tags=[
            {"name": "SPARQL", "description": "Any question, in the query language of RDF."},
            {"name": "Canned queries", "description": "Cross-plan questions, ready to ask."},
            {"name": "Search", "description": "Words, in everything that the graph holds."},
            {"name": "Health", "description": "For those who run the service."},
        ],
        servers=[{"url": settings.public_url.rstrip("/") or "/"}],
    )
    app.router.default = TrailingSlash(app.router, settings.base_path)
    problems = Problems(pages)
    app.add_exception_handler(RequestError, problems.refused)
    app.add_exception_handler(HTTPException, problems.unserved)
    app.add_exception_handler(ClientDisconnect, problems.unheard)
    app.add_exception_handler(OSError, problems.machine_failed)
    app.add_exception_handler(Exception, problems.broken)
    endpoint = sparql_endpoint.Endpoint(settings, current, pool, query_service)
    app.add_route("/sparql", endpoint.answer, methods=["GET", "POST"], include_in_schema=False)
    app.add_route("/sparql/vocabulary.json", endpoint.vocabulary, include_in_schema=False)
    app.add_route("/.well-known/void", endpoint.describe, include_in_schema=False)
    app.add_route("/metrics", metrics.answer, include_in_schema=False)
    queries.add_routes(app)
    browse = Browse(queries.queries, settings, current, pool)
    browse.add_routes(app)
    Things(settings, current, pool, query_service, queries.queries).add_routes(app)
    Ontology(settings, current, pool, query_service).add_routes(app)
    ProblemTypes(pool, static_pages).add_routes(app)
    Informea(settings, current, pool).add_routes(app)
    DrupalJson(settings, current, pool).add_routes(app)
    Search(
        queries.queries.get("measures"), settings, current, pool, query_service, static_pages
    ).add_routes(app)
    DatasetDescription(settings, current).add_routes(app)
    Releases(settings, current, pool).add_routes(app)
    Changes(settings, current, pool).add_routes(app)
    Cite(current, pool).add_routes(app)
    paths = (
        "/",
        "/queries",
        *(f"/queries/{name}" for name in queries.queries),
        "/search",
        "/ontology",
        "/releases",
        "/cite",
        *browse.paths,
    )
    Sitemap(settings, current, pool, paths).add_routes(app)
    _add_health(app, current)
    Home(settings, current, pool, queries.queries).add_routes(app)
    _add_docs(app, pool, static_pages)
    app.add_route(
        "/openapi.json", openapi.OpenApiDocument(app.openapi).answer, include_in_schema=False
    )
    _add_files(app)
    pages.serve({route.path for route in app.routes if isinstance(route, Route)})
    unsent = Unsent(
        app,
        settings.client_unsent_bytes,
        ceil(settings.max_unsent_bytes / settings.processes),
    )
    metrics.add_unsent(lambda: unsent.bytes)
    secure = settings.public_url.startswith("https:")
    languages = LanguageHeaders(settings.base_path, secure)
    app_ = Canonical(unsent)
    return Envelope(app_, metrics.count, languages, refusals, connections.per_peer)


def _add_health(app: FastAPI, current: Current) -> None:
    async def healthz() -> Response:
        return JSONResponse({"status": "alive"}, headers=_NOT_CACHED)

    async def readyz() -> Response:
        async with current.reading() as release:
            if not release.engine.state.ready:
                raise NotReady("No worker process is running. Try again soon.")
            return JSONResponse(
                {
                    "status": "ready",
                    "release": release.engine.release.id,
                    "following": current.following,
                },
                headers=_NOT_CACHED,
            )

    app.add_api_route(
        "/healthz",
        healthz,
        summary="Whether the process answers at all",
        tags=["Health"],
        response_class=JSONResponse,
    )
    app.add_api_route(
        "/readyz",
        readyz,
        summary="Whether a release is being served, and which",
        tags=["Health"],
        response_class=JSONResponse,
        responses={503: problem("No release is open yet.")},
    )


def _add_docs(app: FastAPI, pool: RenderPool, pages: PageCache) -> None:
    one_at_a_time = asyncio.Lock()

    @cache
    def description() -> Shared:
        return Shared(json.dumps(app.openapi()).encode())

    async def docs(request: Request) -> Response:
        language = language_of(request)
        lasting = Lasting(request, pages, "docs", language, app.servers[0]["url"])
        if (kept := lasting.kept) is not None:
            return kept
        async with one_at_a_time:
            document = await asyncio.to_thread(description)
        return await lasting.make(pool, "text/html", (), _docs, document, language)

    app.add_route("/docs", docs, include_in_schema=False)


def _docs(description: Shared, language: str) -> str:
    """Render the API documentation in a process of the pool."""
    document = json.loads(description.content)
    operations = Markup(rendered("operations.html", language, document=document))  # noqa: S704
    return rendered("docs.html", language, document=document, operations=operations)


def _add_files(app: FastAPI) -> None:
    app.mount("/static/bundle", Files(FOLDER), name="bundle")
    app.mount("/static", Files(STATIC), name="static")
