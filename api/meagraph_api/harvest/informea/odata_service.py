"""Serve `/informea.svc/`: OData version 2, with errors in the format of the protocol."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from datetime import UTC, date, datetime

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from meagraph.core.errors import BadValue, MethodNotAllowed, RequestError
from meagraph.core.quoting import quoted
from meagraph.core.results.formats import Format
from meagraph_api.engine.current_release import Current
from meagraph_api.harvest.informea import atom, odata_responses, verbose, xml_writer
from meagraph_api.harvest.informea.delivery import deliver
from meagraph_api.harvest.informea.harvest_data import harvest, tag_parts
from meagraph_api.harvest.informea.metadata import VERSION
from meagraph_api.http import problems, request_params
from meagraph_api.http.access_log import facts
from meagraph_api.http.negotiation import media_type
from meagraph_api.pages.render_pool import RenderPool
from meagraph_api.settings import Settings

PATH = "/informea.svc"
"""The path at which harvesters expect the service."""

_METHODS = ["GET", "POST", "PUT", "PATCH", "MERGE", "DELETE", "OPTIONS", "TRACE"]
_ERRORS = (
    Format("xml", (xml_writer.MEDIA_TYPE, "text/xml", atom.MEDIA_TYPE)),
    Format("json", (verbose.MEDIA_TYPE,)),
)
_VARY = {"Vary": "Accept, Accept-Encoding, DataServiceVersion, MaxDataServiceVersion"}


class Informea:
    """Routes below `/informea.svc/`."""

    def __init__(
        self,
        settings: Settings,
        current: Current,
        pool: RenderPool,
        today: Callable[[], date] = lambda: datetime.now(UTC).date(),
    ) -> None:
        self._settings = settings
        self._current = current
        self._pool = pool
        self._today = today

    def add_routes(self, app: FastAPI) -> None:
        """Add the routes to an application."""
        for path in (PATH, PATH + "/{path:path}"):
            app.add_route(path, self.answer, methods=_METHODS, include_in_schema=False)

    async def answer(self, request: Request) -> Response:
        """Serve one request."""
        try:
            return await self._answered(request)
        except RequestError as error:
            return _refused(request, error)

    async def _answered(self, request: Request) -> Response:
        if request.method != "GET":
            raise MethodNotAllowed(f"This service is read-only; {request.method} is not allowed.")
        _check_versions(request)
        odata_request = odata_responses.ODataRequest(
            f"{self._settings.address}{PATH}",
            request.path_params.get("path", ""),
            tuple(request_params.query_pairs(request)),
            odata_responses.acceptable(request.headers.get("accept")),
        )
        today = self._today()
        async with self._current.reading() as release:
            source = await harvest(release, today, self._settings)
            parts = (*tag_parts(release, today, self._settings), "odata", str(odata_request))
        headers = {**_VARY, "DataServiceVersion": VERSION}
        return await deliver(
            request, self._pool, parts, headers, odata_responses.answer, source, odata_request
        )


def _check_versions(request: Request) -> None:
    """Raise BadValue if the client requires another version."""
    for name, wrong in (
        ("DataServiceVersion", operator.gt),
        ("MaxDataServiceVersion", operator.lt),
    ):
        version = request.headers.get(name)
        matched = re.match(r"\s*(\d{1,3}\.\d{1,3})", version or "")
        if version is not None and (matched is None or wrong(float(matched[1]), float(VERSION))):
            raise BadValue(
                f"{name} is {quoted(version)}; this service supports version {VERSION} of OData."
            )


def _refused(request: Request, error: RequestError) -> Response:
    """The response to an error, in JSON or XML by the Accept header."""
    facts(request.scope)["outcome"] = error.code
    accept = request.headers.get("accept")
    value = request.query_params.get("$format")
    json = media_type(accept, value if value == "json" else None, _ERRORS) == verbose.MEDIA_TYPE
    write = verbose.error if json else atom.error
    headers = {
        **_VARY,
        "Cache-Control": "no-store",
        "DataServiceVersion": VERSION,
        **problems.headers(error),
    }
    if isinstance(error, MethodNotAllowed):
        headers["Allow"] = "GET, HEAD"
    kind = verbose.MEDIA_TYPE if json else xml_writer.MEDIA_TYPE
    content = write(error.code, str(error))
    return Response(content, error.status, {**headers, "Content-Type": kind})
