"""The page at `/sparql`: a form that works by itself, and that scripts make an editor of."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import Response

from meagraph.errors import NotReady, UnknownAddress
from meagraph.version import __version__
from meagraph_api import entity_tags, requests
from meagraph_api.access import facts
from meagraph_api.current import Current
from meagraph_api.editor.vocabulary import NOTHING, Vocabulary, vocabulary
from meagraph_api.formats import FOR_SELECT_ONLY, GRAPHS, RESULTS
from meagraph_api.pages import Pages
from meagraph_api.pages.language import language_of
from meagraph_api.standing import Standing, standing

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

    def __init__(self, current: Current, pages: Pages) -> None:
        self._current = current
        self._pages = pages

    async def page(self, request: Request, given: requests.Pairs) -> Response:
        """The page, with the query that is given or the example that is named, not run.

        Raises BadValue, UnknownAddress.
        """
        known, plans = NOTHING, list[Standing]()
        try:
            async with self._current.reading() as held:
                known, plans = await vocabulary(held), await standing(held)
        except NotReady:
            pass  # a query can be written meanwhile
        today = datetime.now(UTC).date()
        page = self._pages.render(
            "sparql.html",
            language_of(request),
            query=_query(given, known),
            offered=_OFFERED,
            known=known,
            kept=[(name, value) for name, value in given if name in _KEPT],
            plans=[(plan.instrument, plan.title, plan.said(today)) for plan in plans],
        )
        headers = {"Vary": "Accept", "Cache-Control": "no-cache"}
        return Response(page, media_type="text/html", headers=headers)

    async def vocabulary(self, request: Request) -> Response:
        """What the scripts of the page complete words with, as JSON. Raises NotReady."""
        async with self._current.reading() as held:
            tag = entity_tags.tag(held.engine.release.id, __version__, "vocabulary")
            headers = {"ETag": tag, "Cache-Control": "public, no-cache"}
            if entity_tags.matches(request.headers.get("if-none-match"), tag):
                facts(request.scope)["outcome"] = "not-modified"
                return Response(None, 304, headers)
            content = json.dumps((await vocabulary(held)).document(), ensure_ascii=False)
        return Response(content, media_type="application/json", headers=headers)


def _query(given: requests.Pairs, known: Vocabulary) -> str:
    """The query to begin with."""
    if (query := requests.one(given, "query")) is not None and query.strip():
        return query
    if (name := requests.one(given, "example")) is None:
        return _FIRST
    if (example := known.example(name)) is None:
        raise UnknownAddress(f"There is no example {name!r}; /sparql lists those that there are.")
    return example.query
