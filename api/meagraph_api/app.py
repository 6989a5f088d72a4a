"""The application: which address is answered by what."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from meagraph import files
from meagraph.errors import NotReady, RequestError
from meagraph.queries import load
from meagraph.version import __version__
from meagraph_api import openapi, sparql
from meagraph_api.asking import Asking
from meagraph_api.browse.routes import Browse
from meagraph_api.canned.describe import problem
from meagraph_api.canned.routes import CannedQueries
from meagraph_api.changes import Changes
from meagraph_api.cite import Cite
from meagraph_api.current import Current
from meagraph_api.dataset import DatasetDescription
from meagraph_api.engine.opening import opener
from meagraph_api.fairness import Fairness
from meagraph_api.home import Home
from meagraph_api.informea.drupal import DrupalJson
from meagraph_api.informea.service import Informea
from meagraph_api.maps import locator
from meagraph_api.metrics import Metrics
from meagraph_api.middleware import Envelope, Shortcut
from meagraph_api.pages import STATIC, Pages
from meagraph_api.pages.bundle import BundleFiles
from meagraph_api.pages.language import LanguageHeaders, language_of
from meagraph_api.problem_types import ProblemTypes
from meagraph_api.problems import Problems
from meagraph_api.releases import Releases
from meagraph_api.search.routes import Search
from meagraph_api.settings import Settings
from meagraph_api.sitemap import Sitemap
from meagraph_api.things.ontology import Ontology
from meagraph_api.things.routes import Things


class Service(FastAPI):
    """The application, with `/sparql` in its OpenAPI document."""

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document."""
        document = super().openapi()
        document["paths"].setdefault("/sparql", openapi.SPARQL)
        return document


def create_app(settings: Settings) -> ASGIApp:
    """The service with these settings.

    It starts without a release, answers 503 until one is there, and follows `current` from then on.
    Raises QueryFileError where a canned query is malformed, DataError where a file of queries or
    map data is missing or malformed.
    """
    locator.ground()
    locator.label_points()
    current = Current(
        settings.releases,
        opener(settings),
        settings.cache_bytes,
    )
    fairness = Fairness(settings.client_queries, settings.client_seconds)
    asking = Asking(fairness)
    metrics = Metrics(settings.metrics, lambda: current.now, fairness)
    pages = Pages(settings.base_path)
    queries = CannedQueries(
        load(settings.queries or files.folder("queries")), settings, current, pages, asking
    )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await current.start()
        yield
        await current.stop()

    app = Service(
        title="meagraph",
        summary="The action plans of environmental agreements as one knowledge graph",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        openapi_tags=[
            {"name": "SPARQL", "description": "Any question, in the query language of RDF."},
            {"name": "Canned queries", "description": "Cross-plan questions, ready to ask."},
            {"name": "Search", "description": "Words, in everything that the graph holds."},
            {"name": "Health", "description": "For those who run the service."},
        ],
        servers=[{"url": settings.public_url.rstrip("/") or "/"}],
    )
    problems = Problems(pages)
    app.add_exception_handler(RequestError, problems.refused)
    app.add_exception_handler(HTTPException, problems.unserved)
    app.add_exception_handler(ClientDisconnect, problems.unheard)
    app.add_exception_handler(Exception, problems.broken)
    endpoint = sparql.Endpoint(settings, current, pages, asking)
    app.add_route("/sparql", endpoint.answer, methods=[*sparql.METHODS], include_in_schema=False)
    app.add_route("/sparql/vocabulary.json", endpoint.vocabulary, include_in_schema=False)
    app.add_route("/.well-known/void", endpoint.describe, include_in_schema=False)
    app.add_route("/metrics", metrics.answer, include_in_schema=False)
    queries.add_routes(app)
    browse = Browse(queries.queries, settings, current, pages)
    browse.add_routes(app)
    Things(settings, current, pages, asking, browse.kinds).add_routes(app)
    Ontology(settings, current, pages, asking).add_routes(app)
    ProblemTypes(pages).add_routes(app)
    Informea(settings, current, fairness).add_routes(app)
    DrupalJson(settings, current).add_routes(app)
    Search(queries.queries.get("measures"), settings, current, pages, asking).add_routes(app)
    DatasetDescription(settings, current).add_routes(app)
    Releases(settings, current, pages).add_routes(app)
    Changes(settings, current, pages).add_routes(app)
    Cite(current, pages).add_routes(app)
    seen = (
        "/",
        "/queries",
        *(f"/queries/{name}" for name in queries.queries),
        "/search",
        "/ontology",
        "/releases",
        "/cite",
        *browse.paths,
    )
    Sitemap(settings, current, seen).add_routes(app)
    _add_health(app, current)
    Home(settings, current, pages, queries.queries).add_routes(app)
    _add_docs(app, pages)
    _add_files(app)
    pages.serve({route.path for route in app.routes if isinstance(route, Route)})
    direct = Shortcut(app, "/sparql", sparql.METHODS, problems.around(endpoint.answer))
    secure = settings.public_url.startswith("https:")
    return Envelope(direct, metrics.count, LanguageHeaders(settings.base_path, secure))


def _add_health(app: FastAPI, current: Current) -> None:
    async def healthz() -> Response:
        return JSONResponse({"status": "alive"})

    async def readyz() -> Response:
        async with current.reading() as held:
            if not held.engine.state.ready:
                raise NotReady("No process that answers queries is running. Try again soon.")
            return JSONResponse({"status": "ready", "release": held.engine.release.id})

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


def _add_docs(app: FastAPI, pages: Pages) -> None:
    operations: dict[str, Markup] = {}

    async def docs(request: Request) -> Response:
        language, document = language_of(request), app.openapi()
        if language not in operations:
            described = pages.render("operations.html", language, document=document)
            operations[language] = Markup(described)  # noqa: S704 - a template has escaped it
        content = pages.render(
            "docs.html", language, document=document, operations=operations[language]
        )
        return Response(content, media_type="text/html")

    app.add_route("/docs", docs, include_in_schema=False)


def _add_files(app: FastAPI) -> None:
    app.mount("/static/bundle", BundleFiles(), name="bundle")
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
