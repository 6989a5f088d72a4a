"""The page at `/sparql`: a form that works by itself, and that scripts make an editor of."""

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
from meagraph_api.index.plan_status import standing
from meagraph_api.pages.render_pool import RenderPool, rendered
from meagraph_api.queries.editor_vocabulary import NOTHING, Vocabulary, answers, vocabulary

_FIRST = """PREFIX mea: <https://w3id.org/meagraph/ontology#>

SELECT ?instrument (COUNT(?measure) AS ?measures) WHERE {
  ?measure a mea:Measure ; mea:instrument ?instrument .
}
GROUP BY ?instrument
ORDER BY ?instrument
"""
"""What the editor begins with."""

_OFFERED = (
    (("SELECT",), tuple(each for each in RESULTS if each.name in FOR_SELECT_ONLY)),
    (("SELECT", "ASK"), tuple(each for each in RESULTS if each.name not in FOR_SELECT_ONLY)),
    (("CONSTRUCT", "DESCRIBE"), GRAPHS),
)
"""The formats, by the kinds of queries whose answers they can hold."""
_KEPT = ("default-graph-uri", "named-graph-uri", "timeout")
"""Parameters that go along with the query, whoever sends it in the end."""


class Editor:
    """Answers those who want to write a query, or to change one."""

    def __init__(self, current: Current, pool: RenderPool) -> None:
        self._current = current
        self._pool = pool

    async def page(self, request: Request, given: request_params.Pairs) -> Response:
        """The page, with the query that is given or the example that is named, not run.

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
                    (plan.instrument, plan.title, plan.said(today))
                    for plan in await standing(release)
                ]
                known = await answers(release)
                return await lasting.make(
                    self._pool, "text/html", (), _page, given, language, plans, known
                )
        except NotReady:  # a query can be written meanwhile
            page = await self._pool.run(request, _page, given, language, [], None)
        return Response(page, media_type="text/html", headers={"Cache-Control": "no-store"})

    async def vocabulary(self, request: Request) -> Response:
        """What the scripts of the page complete words with, as JSON. Raises NotReady."""
        async with self._current.reading() as release:
            lasting = Lasting(request, release.pages, "vocabulary")
            if (kept := lasting.kept) is not None:
                return kept
            known = await answers(release)
            return await lasting.make(self._pool, "application/json", (), _json, known)


Answers = tuple[Shared, Shared, Shared]
"""What the vocabulary of a release is read from."""


def _page(
    given: request_params.Pairs,
    language: str,
    plans: Sequence[tuple[str, str, str]],
    answers: Answers | None,
) -> str:
    """The page, made in a process of the pool. Raises BadValue, UnknownAddress."""
    known = NOTHING if answers is None else vocabulary(*answers)
    return rendered(
        "sparql.html",
        language,
        query=_query(given, known),
        offered=_OFFERED,
        known=known,
        kept=[(name, value) for name, value in given if name in _KEPT],
        plans=plans,
    )


def _json(answers: Answers) -> str:
    return json.dumps(vocabulary(*answers).document(), ensure_ascii=False)


def _query(given: request_params.Pairs, known: Vocabulary) -> str:
    """The query to begin with."""
    if (query := request_params.one(given, "query")) is not None and query.strip():
        return query
    if (name := request_params.one(given, "example")) is None:
        return _FIRST
    if (example := known.example(name)) is None:
        raise UnknownAddress(
            f"There is no example {quoted(name)}; /sparql lists those that there are."
        )
    return example.query
