"""The routes of the pages to browse: measures, comparison, notes on the texts, data."""

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
    """The pages for those who would rather look than ask."""

    paths = ("/measures", "/compare", "/quality", "/data")
    """The pages that are no thing's, for the sitemap."""

    def __init__(
        self,
        served: Mapping[str, CannedQuery],
        settings: Settings,
        current: Current,
        pool: RenderPool,
    ) -> None:
        """Browse beside the canned queries that the service answers."""
        path = files.folder("queries") / f"{_MEASURES}.rq"
        own = queries.read_file(path)
        same = _MEASURES in served and served[_MEASURES].open_text == own.open_text
        self._parts = (
            Measures(own, same, settings, current, pool),
            Compare(current, pool),
            Quality(settings, current, pool),
            Data(settings, current, pool),
        )

    def add_routes(self, app: FastAPI) -> None:
        """Put the pages into an application."""
        for part in self._parts:
            part.add_routes(app)
