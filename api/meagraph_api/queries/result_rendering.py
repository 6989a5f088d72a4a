"""The jobs that turn the engine's answer to a canned query into a file or a page.

They run in the processes of the pool: from SPARQL results in JSON, as bytes, to finished bytes.
"""

from __future__ import annotations

import json
import pickle
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from meagraph.core.errors import BadValue, RequestError
from meagraph.core.queries.header import CannedQuery
from meagraph.core.quoting import quoted
from meagraph.core.results.terms import Table, Term, table
from meagraph_api.engine.current_release import Shared
from meagraph_api.index.countries import Country
from meagraph_api.index.labels import called
from meagraph_api.index.release_data import ReleaseData
from meagraph_api.pages import map_drawing, render_pool
from meagraph_api.pages.map_drawing import Value
from meagraph_api.pages.map_labels import Drawing, drawing
from meagraph_api.queries import openapi, result_charts, snippets, table_writers, xlsx
from meagraph_api.queries.choices import relabelled, unpacked
from meagraph_api.queries.column_labels import ColumnLabels
from meagraph_api.queries.result_charts import Charts
from meagraph_api.queries.result_page import Cut, Page, field_of, page_of
from meagraph_api.queries.table_description import About


def shared(queries: Iterable[CannedQuery]) -> Shared:
    """All canned queries, for the jobs that list them."""
    return Shared(pickle.dumps(list(queries), pickle.HIGHEST_PROTOCOL))


@lru_cache(1)
def _every(queries: Shared) -> list[CannedQuery]:
    found: list[CannedQuery] = pickle.loads(queries.content)  # noqa: S301 - written by `shared`
    return found


def overview_page(queries: Shared, language: str) -> str:
    """The page that lists the canned queries."""
    return render_pool.rendered("queries.html", language, queries=_every(queries))


def overview_list(queries: Shared, address: str) -> bytes:
    """The list of the canned queries as JSON; `address` is that of the service."""
    entries = [openapi.entry(query, f"{address}/queries/{query.name}") for query in _every(queries)]
    return (json.dumps(entries, ensure_ascii=False, indent=1) + "\n").encode()


def as_it_is(body: bytes) -> bytes:
    """The engine's answer itself."""
    return body


def json_file(body: bytes, cut: Cut | None) -> bytes:
    """The rows as JSON: all, or those of one page."""
    return table_writers.write_json(_rows(body, cut))


def csv_file(body: bytes, cut: Cut | None, *, mark: bool) -> bytes:
    """The rows as CSV: all, or those of one page; `mark` puts a byte order mark first."""
    return table_writers.write_csv(_rows(body, cut), mark=mark)


def xlsx_file(body: bytes, about: About) -> bytes:
    """The rows as a workbook. Raises ResultTooLarge."""
    return xlsx.write(table(body), about)


def csv_metadata(body: bytes, query: CannedQuery, query_string: bytes) -> bytes:
    """What the columns of the CSV are."""
    return table_writers.metadata(query, query_string, table(body))


@dataclass(frozen=True, slots=True)
class Form:
    """What the page of a canned query shows beside its answer."""

    query: CannedQuery
    values: Mapping[str, list[str]]
    """The values of the parameters as they were sent."""
    choices: Shared
    about: About
    language: str
    labels: ReleaseData
    """What `called` makes of it are the labels."""
    address: str
    """Where the service is reached."""


@dataclass(frozen=True, slots=True)
class Result:
    """The answer to a canned query, and which part of it is to be shown in which view."""

    text: str
    """The SPARQL that was asked."""
    body: bytes
    cut: Cut
    view: str
    countries: Mapping[str, Country]
    """The States for a map, by code."""


@dataclass(frozen=True, slots=True)
class Map:
    """What a map shows of a table: a number for each State, or places."""

    drawing: Drawing
    column: str = ""
    """The column whose numbers the circles are; '' where rows are counted."""
    left: int = 0
    """Places that lie beyond the edge of the map."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A table in one of its views."""

    view: str
    offered: tuple[str, ...]
    page: Page
    charts: Charts | None = None
    map: Map | None = None


def html_page(form: Form, result: Result | None, problem: RequestError | None = None) -> str:
    """The form, and below it the answer, or what is wrong above it.

    Raises BadValue where the answer has no such view.
    """
    query, language = form.query, form.language
    known = relabelled(unpacked(form.choices), language, called(form.labels))
    filters = [(name, value) for name, chosen in form.values.items() for value in chosen if value]
    return render_pool.rendered(
        "query.html",
        language,
        query=query,
        fields=[
            field_of(name, parameter, form.values.get(name), known.get(name), language)
            for name, parameter in query.parameters.items()
        ],
        shown=None if result is None else _shown(form, result),
        problem=problem,
        about=form.about,
        filters=filters,
        ways=snippets.ways(form.address, query.name, filters),
        sparql=snippets.editor(result.text if result else ""),
        ground=map_drawing.ground(),
    )


def _rows(body: bytes, cut: Cut | None) -> Table:
    whole = table(body)
    return whole if cut is None else cut.of(whole)


def _shown(form: Form, result: Result) -> Shown:
    """A table in the view that is asked for. Raises BadValue where it has no such view."""
    whole = table(result.body)
    naming = ColumnLabels(form.query, form.values, called(form.labels), form.language)
    drawn = result_charts.charts(whole, naming)
    mapped = _map(whole, result.countries, form.language)
    offered = tuple(result_charts.offered(drawn, mapped is not None))
    if result.view not in offered:
        raise BadValue(
            f"view={quoted(result.view)} is none of this answer's; its columns allow "
            f"{', '.join(offered)}."
        )
    return Shown(
        result.view,
        offered,
        page_of(whole, result.cut),
        drawn if result.view == "chart" else None,
        mapped if result.view == "map" else None,
    )


def _map(whole: Table, there: Mapping[str, Country], language: str) -> Map | None:
    """The map of a table, None where its columns allow none."""
    regions = map_drawing.regions(language)
    if placed := result_charts.places(whole):
        dots = map_drawing.dots(
            (place.name, _link(Term("uri", place.iri)), place.longitude, place.latitude)
            for place in placed
        )
        return Map(drawing((), regions, dots), left=len(placed) - len(dots))
    if (counted := result_charts.by_state(whole)) is None:
        return None
    column, numbers = counted
    circles = map_drawing.circles(
        Value(code, there[code].name, number, _link(there[code].term))
        for code, number in numbers.items()
        if code in there
    )
    return Map(drawing(circles, regions), column) if circles else None


def _link(term: Term) -> str:
    return render_pool.pages().link(term) or ""
