"""Jobs that render the result of a canned query as a file or a page.

They run in the processes of the pool, from SPARQL results in JSON to the body of the response.
"""

from __future__ import annotations

import json
import pickle
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from meagraph.core.errors import BadValue, RequestError
from meagraph.core.queries.header import CannedQuery
from meagraph.core.quoting import quoted
from meagraph.core.results.terms import Table, Term, table
from meagraph_api.engine.current_release import Shared
from meagraph_api.index.countries import Country
from meagraph_api.index.page_context import PageContext
from meagraph_api.index.release_data import ReleaseData
from meagraph_api.pages import map_drawing, render_pool
from meagraph_api.pages.map_drawing import Value
from meagraph_api.pages.map_labels import Drawing, drawing
from meagraph_api.pages.translations import translated
from meagraph_api.queries import openapi, result_charts, snippets, table_writers, xlsx
from meagraph_api.queries.choices import relabelled, unpacked
from meagraph_api.queries.column_labels import ColumnLabels
from meagraph_api.queries.descriptions import described
from meagraph_api.queries.result_cells import plans
from meagraph_api.queries.result_charts import Charts
from meagraph_api.queries.result_page import Cut, Page, by_group, field_of, page_of
from meagraph_api.queries.table_description import About


def shared(queries: Iterable[CannedQuery]) -> Shared:
    """All canned queries, pickled for the jobs that list them."""
    return Shared(pickle.dumps(list(queries), pickle.HIGHEST_PROTOCOL))


@lru_cache(1)
def _unpickled(queries: Shared) -> list[CannedQuery]:
    found: list[CannedQuery] = pickle.loads(queries.content)  # noqa: S301 - written by `shared`
    return found


def overview_page(queries: Shared, language: str) -> str:
    """The page that lists the canned queries."""
    return render_pool.rendered("queries.html", language, queries=_unpickled(queries))


def overview_list(queries: Shared, address: str) -> bytes:
    """The list of the canned queries as JSON; `address` is the URL of the service."""
    entries = [
        openapi.entry(query, f"{address}/queries/{query.name}") for query in _unpickled(queries)
    ]
    return (json.dumps(entries, ensure_ascii=False, indent=1) + "\n").encode()


def unchanged(body: bytes) -> bytes:
    """The SPARQL results as they are."""
    return body


def json_file(body: bytes, cut: Cut | None) -> bytes:
    """The rows as JSON: all, or one page."""
    return table_writers.write_json(_rows(body, cut))


def csv_file(body: bytes, cut: Cut | None, *, mark: bool) -> bytes:
    """The rows as CSV: all, or one page; `mark` adds a byte order mark."""
    return table_writers.write_csv(_rows(body, cut), mark=mark)


def xlsx_file(body: bytes, about: About) -> bytes:
    """The rows as a workbook. Raises ResultTooLarge."""
    return xlsx.write(table(body), about)


def csv_metadata(body: bytes, query: CannedQuery, query_string: bytes) -> bytes:
    """The CSVW metadata of the CSV file."""
    return table_writers.metadata(query, query_string, table(body))


@dataclass(frozen=True, slots=True)
class Form:
    """The values of the page of a canned query, without the result."""

    query: CannedQuery
    values: Mapping[str, list[str]]
    """The parameter values as sent."""
    choices: Shared
    about: About
    language: str
    data: ReleaseData
    """The data for `PageContext`."""
    today: date
    titles: Mapping[str, str]
    """The titles of all canned queries."""
    address: str
    """The URL of the service."""


@dataclass(frozen=True, slots=True)
class Result:
    """The result of a canned query, with the range of rows and the view to show."""

    text: str
    """The SPARQL query."""
    body: bytes
    cut: Cut
    view: str
    countries: Mapping[str, Country]
    """The countries for a map, by code."""


@dataclass(frozen=True, slots=True)
class Map:
    """A map of a table: a number for each country, or places."""

    drawing: Drawing
    column: str = ""
    """The head of the column of the numbers; '' for counts of rows."""
    left: int = 0
    """The number of places outside the map."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A table in one of its views."""

    view: str
    offered: tuple[str, ...]
    page: Page
    plans: frozenset[str] | None
    """The codes of the documents in the table; None if it has none."""
    charts: Charts | None = None
    map: Map | None = None

    def statuses(self, plans: Iterable[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
        """The statuses of the plans in the table, of instrument, title and status of all plans."""
        return [one for one in plans if self.plans is None or one[0] in self.plans]


def html_page(form: Form, result: Result | None, problem: RequestError | None = None) -> str:
    """The page: the form, with the result below it or a problem above it.

    Raises BadValue if the result does not have the view.
    """
    query, language = form.query, form.language
    context = PageContext(form.data, language, form.today.year)
    naming = ColumnLabels(query, form.values, context)
    known = relabelled(unpacked(form.choices), naming)
    fields = [
        field_of(
            name,
            query.label(name, language),
            described(
                translated(parameter.description, language), naming, known, form.titles, name
            ),
            parameter,
            form.values.get(name),
            known.get(name),
            language,
        )
        for name, parameter in query.parameters.items()
    ]
    filters = [(name, value) for name, chosen in form.values.items() for value in chosen if value]
    return render_pool.rendered(
        "query.html",
        language,
        query=query,
        fields=by_group(fields),
        description=[
            described(translated(paragraph, language), naming, known, form.titles)
            for paragraph in query.header.paragraphs
        ],
        chosen=[field for field in fields if any(form.values.get(field.name, ()))],
        shown=None if result is None else _shown(naming, result),
        problem=problem,
        about=form.about,
        filters=filters,
        snippets=snippets.snippets(form.address, query.name, filters),
        sparql=snippets.editor(result.text if result else ""),
        ground=map_drawing.ground(),
    )


def _rows(body: bytes, cut: Cut | None) -> Table:
    whole = table(body)
    return whole if cut is None else cut.of(whole)


def _shown(naming: ColumnLabels, result: Result) -> Shown:
    """A table in the requested view. Raises BadValue if it does not have it."""
    whole = table(result.body)
    drawn = result_charts.charts(whole, naming)
    mapped = _map(whole, result.countries, naming)
    offered = tuple(result_charts.offered(drawn, mapped is not None))
    if result.view not in offered:
        raise BadValue(
            f"view={quoted(result.view)} is not available for this result; its columns allow "
            f"{', '.join(offered)}."
        )
    return Shown(
        result.view,
        offered,
        page_of(whole, result.cut, naming),
        plans(whole, naming),
        drawn if result.view == "chart" else None,
        mapped if result.view == "map" else None,
    )


def _map(whole: Table, there: Mapping[str, Country], naming: ColumnLabels) -> Map | None:
    """The map of a table, None if its columns allow none."""
    regions = map_drawing.regions(naming.context.language)
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
    head = naming.head(column) if column else ""
    return Map(drawing(circles, regions), head) if circles else None


def _link(term: Term) -> str:
    return render_pool.pages().link(term) or ""
