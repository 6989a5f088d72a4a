"""Respond with the page of a canned query."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import ParamSpec

from starlette.requests import Request
from starlette.responses import Response

from meagraph.core.errors import BadValue, MissingParameter, RequestError, UnknownParameter
from meagraph.core.queries.header import CannedQuery
from meagraph.core.results.formats import AcceptedFormats
from meagraph_api.engine.current_release import OpenRelease
from meagraph_api.engine.query_service import QueryService
from meagraph_api.http.access_log import facts
from meagraph_api.http.language import language_of
from meagraph_api.http.negotiation import takes_gzip
from meagraph_api.http.preconditions import digest
from meagraph_api.http.responses import Lasting, encoded
from meagraph_api.index import page_context, release_data
from meagraph_api.index.countries import countries
from meagraph_api.pages.render_pool import RenderPool
from meagraph_api.pages.translations import translated
from meagraph_api.queries import result_rendering
from meagraph_api.queries.canned_request import CannedRequest
from meagraph_api.queries.choices import composed, shared
from meagraph_api.queries.filed_taxa import filed_taxa
from meagraph_api.queries.result_page import MOST_SHOWN, PageRequest
from meagraph_api.queries.result_rendering import Form, Result
from meagraph_api.queries.table_description import about
from meagraph_api.settings import Settings

P = ParamSpec("P")

_TABLE = AcceptedFormats(results="application/sparql-results+json", graph=None)
_HTML = "text/html"
_FORM_ERRORS = (BadValue, UnknownParameter, MissingParameter)
"""Errors that users can correct in the form."""


class ResultPages:
    """Pages of canned queries."""

    def __init__(
        self,
        queries: Mapping[str, CannedQuery],
        settings: Settings,
        query_service: QueryService,
        pool: RenderPool,
    ) -> None:
        self._queries = queries
        self._settings = settings
        self._query_service = query_service
        self._pool = pool

    async def answer(
        self, request: Request, release: OpenRelease, canned: CannedRequest
    ) -> Response:
        """Respond with the form and the result, or with the form and its error.

        Raises RequestError for errors that the form cannot correct: limits, failures of the engine.
        """
        language = language_of(request)
        # The day too, since periods of plans end.
        today = datetime.now(UTC).date()
        sent = request.scope["query_string"].decode("latin-1")
        words = (canned.query.name, digest(canned.query.open_text), sent, language, str(today))
        lasting = Lasting(request, release.pages, "canned page", *words, self._settings.address)
        if (kept := lasting.kept) is not None:
            return kept
        form = Form(
            query=canned.query,
            values=canned.values,
            choices=await shared(release, canned.query),
            about=await about(release, canned.query, canned.values, today, language),
            language=language,
            data=await release_data.read(release, page_context.QUERIES),
            today=today,
            titles={
                name: translated(query.header.summary, language)
                for name, query in self._queries.items()
            },
            address=self._settings.address,
        )
        try:
            result, lasts = await self._result(request, release, canned, form)
            if not result.cut.total:
                address = f"{self._settings.address}/queries/{canned.query.name}"
                filed = await filed_taxa(release, address, canned.values)
                form = replace(form, about=replace(form.about, filed=filed))
            if lasts:
                return await lasting.make(
                    self._pool, _HTML, (), result_rendering.html_page, form, result
                )
            return await self._uncached_page(request, 200, form, result)
        except _FORM_ERRORS as error:
            return await self._form_error(request, form, error)

    async def _result(
        self, request: Request, release: OpenRelease, canned: CannedRequest, form: Form
    ) -> tuple[Result, bool]:
        """The result, and whether it is cacheable. Raises RequestError."""
        text = await composed(release, canned.query, canned.values)
        answer = (
            await self._query_service.run(request, release, text, _TABLE, keys_first=True)
        ).in_memory()
        page = PageRequest(canned.page.number, min(canned.page.size or 0, MOST_SHOWN) or None)
        result = Result(
            text=text,
            body=answer.body,
            cut=page.cut(answer.rows or 0, min(self._settings.page_size, MOST_SHOWN)),
            view=canned.view,
            countries=await countries(release, form.language)
            if "country" in canned.query.columns
            else {},
        )
        return result, answer.lasting

    async def _form_error(self, request: Request, form: Form, error: RequestError) -> Response:
        """Respond with the form and its error; without the error if it is still empty."""
        is_filled_in = any(any(values) for values in form.values.values())
        if isinstance(error, MissingParameter) and not is_filled_in:
            return await self._uncached_page(request, 200, form, None)
        facts(request.scope)["outcome"] = error.code
        status = 200 if isinstance(error, MissingParameter) else error.status
        return await self._uncached_page(request, status, form, None, error)

    async def _uncached_page(
        self,
        request: Request,
        status: int,
        form: Form,
        result: Result | None,
        problem: RequestError | None = None,
    ) -> Response:
        """Respond with a page that is not cached."""
        return await uncached_response(
            self._pool,
            request,
            status,
            _HTML,
            {},
            result_rendering.html_page,
            form,
            result,
            problem,
        )


async def uncached_response(
    pool: RenderPool,
    request: Request,
    status: int,
    media_type: str,
    headers: Mapping[str, str],
    function: Callable[P, str | bytes],
    /,
    *args: P.args,
    **kwargs: P.kwargs,
) -> Response:
    """A response that is not cached, rendered in the pool. Raises the errors of the pool."""
    gzip = takes_gzip(request.headers.get("accept-encoding"))
    body, gzipped = await pool.run(request, encoded, gzip, function, *args, **kwargs)
    coding = {"Content-Encoding": "gzip"} if gzipped else {}
    fixed = {"Vary": "Accept, Accept-Encoding, Accept-Language", "Cache-Control": "no-store"}
    return Response(body, status, {**fixed, **headers, **coding}, media_type=media_type)
