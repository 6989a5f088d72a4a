"""The vocabulary over HTTP: what the scripts of the editor complete words with."""

from __future__ import annotations

import json

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from meagraph_api.current import Current
from meagraph_api.editor.vocabulary import Vocabulary, vocabulary
from meagraph_api.render_pool import RenderPool
from meagraph_api.things.answers import Lasting

PATH = "/sparql/vocabulary.json"


class VocabularyJson:
    """Answers `/sparql/vocabulary.json`."""

    def __init__(self, current: Current, pool: RenderPool) -> None:
        self._current = current
        self._pool = pool

    def add_routes(self, app: FastAPI) -> None:
        """Put the address into an application."""
        app.add_route(PATH, self.answer, include_in_schema=False)

    async def answer(self, request: Request) -> Response:
        """The vocabulary of the release. Raises NotReady."""
        async with self._current.reading() as held:
            lasting = Lasting(request, held, "vocabulary")
            if (kept := lasting.kept) is not None:
                return kept
            known = await vocabulary(held)
        return await lasting.make(self._pool, "application/json", (), written, known)


def written(known: Vocabulary) -> str:
    """A vocabulary as JSON."""
    return json.dumps(known.document(), ensure_ascii=False)
