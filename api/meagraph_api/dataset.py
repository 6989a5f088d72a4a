"""The dataset over HTTP: the description that a release has of itself, for those who catalogue it.

https://www.w3.org/TR/vocab-dcat-3/. All of it, with every number, is at `/.well-known/void`.
"""

from __future__ import annotations

from importlib.resources import files

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from meagraph.errors import NotAcceptable, UnknownAddress
from meagraph.queries import binding
from meagraph.quoting import shortened
from meagraph.version import __version__
from meagraph_api import entity_tags, requests
from meagraph_api.access import facts
from meagraph_api.complete import complete
from meagraph_api.current import Current, Open
from meagraph_api.engine import Answer, Wanted
from meagraph_api.formats import GRAPHS, listed
from meagraph_api.negotiation import media_type, takes_gzip
from meagraph_api.releases import CC_BY
from meagraph_api.settings import Settings

_QUERY = (files(__package__) / "dataset.rq").read_text(encoding="utf-8")
_ADDRESS = ("_address",)


class DatasetDescription:
    """Answers `/dataset`, and `/dataset.ttl` and the like for each RDF format."""

    def __init__(self, settings: Settings, current: Current) -> None:
        self._settings = settings
        self._current = current

    def add_routes(self, app: FastAPI) -> None:
        """Put the addresses into an application."""
        app.add_route("/dataset", self.answer, include_in_schema=False)
        app.add_route("/dataset.{suffix}", self.answer, include_in_schema=False)

    async def answer(self, request: Request) -> Response:
        """The description in one of the RDF formats.

        Raises NotAcceptable, and UnknownAddress where the data that are served have none.
        """
        kind = _kind(request)
        address = self._settings.address
        wanted = Wanted(None, kind, takes_gzip(request.headers.get("accept-encoding")))
        headers = {
            "Vary": "Accept, Accept-Encoding",
            "Cache-Control": "public, no-cache",
            "Link": f'<{CC_BY}>; rel="license", <{address}/.well-known/void>; rel="describedby"',
        }
        async with self._current.reading() as held:
            tag = entity_tags.tag(
                "dataset", held.engine.release.id, __version__, address, str(wanted)
            )
            if entity_tags.matches(request.headers.get("if-none-match"), tag):
                facts(request.scope)["outcome"] = "not-modified"
                return Response(None, 304, {**headers, "ETag": tag})
            answer = await _described(held, address, wanted)
        if not answer.rows:
            raise UnknownAddress("The data that are served here do not describe themselves.")
        return complete(answer, {**headers, "ETag": tag})


async def _described(held: Open, address: str, wanted: Wanted) -> Answer:
    async def make() -> Answer:
        query = binding.place(_QUERY, {_ADDRESS: [binding.literal(address)]})
        return (await held.engine.query(query, wanted)).in_memory()

    return await held.once(("dataset", address, wanted), make)


def _kind(request: Request) -> str:
    asked = request.path_params.get("suffix") or requests.one(
        requests.query_pairs(request), "format"
    )
    accept = request.headers.get("accept")
    kind = media_type(accept, asked, GRAPHS)
    if kind is None:
        raise NotAcceptable(
            f"{shortened(asked or accept)} is not among the formats: {listed(GRAPHS)}."
        )
    return kind
