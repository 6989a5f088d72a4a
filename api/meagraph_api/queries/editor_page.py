"""The page at `/sparql`: a form without scripts, an editor with them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import Response

from meagraph.core.errors import NotReady, UnknownAddress
from meagraph.core.quoting import quoted
from meagraph.core.results.formats import FOR_SELECT_ONLY, GRAPHS, RESULTS
from meagraph_api.engine.current_release import Current, Shared
from meagraph_api.http import request_params
from meagraph_api.http.language import language_of
from meagraph_api.http.responses import Lasting
from meagraph_api.index.plan_status import plan_statuses
from meagraph_api.pages.render_pool import RenderPool, rendered
from meagraph_api.queries.editor_vocabulary import NOTHING, Vocabulary, results, vocabulary

_FIRST = """PREFIX mea: <https://w3id.org/meagraph/ontology#>

SELECT ?instrument (COUNT(?measure) AS ?measures) WHERE {
  ?measure a mea:Measure ; mea:instrument ?instrument .
}
GROUP BY ?instrument
ORDER BY ?instrument
"""
"""The initial query."""

_OFFERED = (
    (("SELECT",), tuple(each for each in RESULTS if each.name in FOR_SELECT_ONLY)),
    (("SELECT", "ASK"), tuple(each for each in RESULTS if each.name not in FOR_SELECT_ONLY)),
    (("CONSTRUCT", "DESCRIBE"), GRAPHS),
)
"""The formats, by the query forms that they can express."""
_KEPT = ("default-graph-uri", "named-graph-uri", "timeout")
"""Parameters that the form keeps with the query."""


class Editor:
    """The page for writing queries."""

    def __init__(self, current: Current, pool: RenderPool) -> None:
        self._current = current
        self._pool = pool

    async def page(self, request: Request, pairs: request_params.Pairs) -> Response:
        """Respond with the page; a query or named example in the request is loaded, not run.

        Raises BadValue, UnknownAddress.
        """
        language = language_of(request)
        today = datetime.now(UTC).date()
        try:
            async with self._current.reading() as release:
                lasting = Lasting(request, release.pages, "editor", language, str(today))
                if (kept := lasting.kept) is not None:
                    return kept
                plans = [
                    (plan.instrument, plan.title, plan.text(today))
                    for plan in await plan_statuses(release)
                ]
                known = await results(release)
                return await lasting.make(
                    self._pool, "text/html", (), _page, pairs, language, plans, known
                )
        except NotReady:  # the editor works without a release
            page = await self._pool.run(request, _page, pairs, language, [], None)
        return Response(page, media_type="text/html", headers={"Cache-Control": "no-store"})

    async def vocabulary(self, request: Request) -> Response:
        """Respond with the vocabulary for code completion, as JSON. Raises NotReady."""
        async with self._current.reading() as release:
            lasting = Lasting(request, release.pages, "vocabulary")
            if (kept := lasting.kept) is not None:
                return kept
            known = await results(release)
            return await lasting.make(self._pool, "application/json", (), _json, known)


Results = tuple[Shared, Shared, Shared]
"""The query results that `vocabulary` reads."""


def _page(
    pairs: request_params.Pairs,
    language: str,
    plans: Sequence[tuple[str, str, str]],
    results: Results | None,
) -> str:
    """Render the page in a process of the pool. Raises BadValue, UnknownAddress."""
    known = NOTHING if results is None else vocabulary(*results)
    return rendered(
        "sparql.html",
        language,
        query=_query(pairs, known),
        offered=_OFFERED,
        known=known,
        kept=[(name, value) for name, value in pairs if name in _KEPT],
        plans=plans,
    )


def _json(results: Results) -> str:
    return json.dumps(vocabulary(*results).document(), ensure_ascii=False)


def _query(pairs: request_params.Pairs, known: Vocabulary) -> str:
    """The query to load: from the request, an example, or the initial one."""
    if (query := request_params.one(pairs, "query")) is not None and query.strip():
        return query
    if (name := request_params.one(pairs, "example")) is None:
        return _FIRST
    if (example := known.example(name)) is None:
        raise UnknownAddress(f"There is no example {quoted(name)}. /sparql lists the examples.")
    return example.query
