"""Routes of the pages for browsing: measures, comparison, notes on the texts, data."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import FastAPI

from meagraph.core import files, queries
from meagraph.core.queries.header import CannedQuery
from meagraph_api.browse.compare import Compare
from meagraph_api.browse.data_page import Data
from meagraph_api.browse.measure_list import Measures
from meagraph_api.browse.quality import Quality
from meagraph_api.engine.current_release import Current
from meagraph_api.pages.render_pool import RenderPool
from meagraph_api.settings import Settings

_MEASURES = "measures"


class Browse:
    """The pages for browsing."""

    paths = ("/measures", "/compare", "/quality", "/data")
    """Their paths, for the sitemap."""

    def __init__(
        self,
        served: Mapping[str, CannedQuery],
        settings: Settings,
        current: Current,
        pool: RenderPool,
    ) -> None:
        """Link /measures to downloads only if `served` has the query `measures` of the project."""
        path = files.folder("queries") / f"{_MEASURES}.rq"
        query = queries.read_file(path)
        downloads = _MEASURES in served and served[_MEASURES].open_text == query.open_text
        self._parts = (
            Measures(query, downloads, settings, current, pool),
            Compare(current, pool),
            Quality(settings, current, pool),
            Data(settings, current, pool),
        )

    def add_routes(self, app: FastAPI) -> None:
        """Add the routes to an application."""
        for part in self._parts:
            part.add_routes(app)
