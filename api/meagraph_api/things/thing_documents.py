"""Render the page and the data of a thing, in the processes of the pool.

Each takes two steps: the description decides which labels to look up.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import date

from meagraph.core import names
from meagraph.core.errors import UnknownAddress
from meagraph.core.results.formats import Format
from meagraph_api.engine.current_release import Shared
from meagraph_api.http import urls
from meagraph_api.http.responses import Links
from meagraph_api.http.urls import DATA
from meagraph_api.index.citations import Work
from meagraph_api.index.plan_status import PlanStatus
from meagraph_api.index.release_data import ReleaseData
from meagraph_api.pages.render_pool import rendered
from meagraph_api.things import (
    breadcrumbs,
    dataset_terms,
    jsonld,
    kind_pages,
    linked_data,
    schema_org,
    statement_labels,
    thing_view,
)
from meagraph_api.things.dataset_terms import Terms
from meagraph_api.things.description import Description, Thing, described
from meagraph_api.things.description_writer import write
from meagraph_api.things.linked_data import Part, neighbours, page_address
from meagraph_api.things.statement_labels import Labels
from meagraph_api.things.thing_context import Facts, ThingContext


@dataclass(frozen=True, slots=True)
class DescriptionResult:
    """The result of `description.query`, and the page of backlinks to show."""

    thing: Thing
    subjects: list[str]
    """The subjects of the statements."""
    body: bytes
    """The result, in JSON."""
    number: int
    """The number of the page of backlinks, from 1."""
    size: int
    """Backlinks on a page."""

    def read(self) -> tuple[Description, Part]:
        """The description, and the page of backlinks. Raises UnknownAddress."""
        description = described(self.body, self.thing, self.subjects)
        part = linked_data.part(description, self.number, self.size)
        if part is None:
            raise UnknownAddress(
                f"There is no page {self.number}; the last page is "
                f"{linked_data.last(description, self.size)}."
            )
        return description, part


@dataclass(frozen=True, slots=True)
class OwnPage:
    """The data of the release for breadcrumbs and the template of a kind."""

    data: ReleaseData
    works: Sequence[Work]


def label_query_of_data(result: DescriptionResult) -> str:
    """The query for the labels in the data, '' if there are none. Raises UnknownAddress."""
    description, part = result.read()
    own = description.own if part.number == 1 else ()
    return statement_labels.query(linked_data.named(own, part.links) | {result.thing.address})


def write_data(
    result: DescriptionResult,
    label_rows: bytes,
    terms_: Shared,
    context: Shared,
    format_: Format,
    release: str,
    base: str,
) -> tuple[bytes, Links]:
    """The data of a thing in a format, and the Link headers.

    Raises UnknownAddress, NotAcceptable.
    """
    description, part = result.read()
    known, of_release = statement_labels.labels(label_rows), dataset_terms.terms(terms_)
    statements = linked_data.statements(description, part, known, of_release, release, base)
    body = write(statements, format_, jsonld.context(context))
    path = base + urls.data(result.thing.address, format_)
    return body, [*_licenses(of_release, description, part, known), *_pages_of(path, part)]


def label_query_of_page(result: DescriptionResult) -> str:
    """The query for the labels on a page, '' if there are none. Raises UnknownAddress."""
    description, part = result.read()
    return statement_labels.query(thing_view.named(description, part))


def render_page(
    result: DescriptionResult,
    label_rows: bytes,
    terms_: Shared,
    own: OwnPage,
    plans: Sequence[PlanStatus],
    tables: Container[str],
    language: str,
    today: date,
    release: str,
    base: str,
    *,
    omits: bool,
) -> tuple[str, Links]:
    """The page of a thing, and the Link headers. Raises UnknownAddress.

    `tables` has the names of the ready-made tables that are served. `omits`: the release lacks
    facts that such pages otherwise show.
    """
    description, part = result.read()
    known, of_release = statement_labels.labels(label_rows, language), dataset_terms.terms(terms_)
    context = ThingContext(own.data, language, today.year, own.works, Facts(description))
    template, values = kind_pages.ANY_THING
    if part.number == 1:
        template, values = kind_pages.shown(context)
    shown = thing_view.view(description, part, known, context.in_words)
    address = result.thing.address
    path = urls.page(address)
    licenses = _licenses(of_release, description, part, Labels())
    content = rendered(
        template,
        language,
        **values,
        view=shown,
        trail=breadcrumbs.trail(context, description, known, tables),
        plans=[
            (plan.instrument, plan.title, plan.text(today, language))
            for plan in plans
            if names.thing("instrument", plan.instrument) in shown.instruments
        ],
        formats=[(entry, urls.data(address, entry)) for entry in DATA],
        licenses=[link for link, _ in licenses],
        release=release,
        omits=omits,
        path=path,
        page_address=page_address,
        schema_org=schema_org.embedded(
            schema_org.describe(
                address,
                Labels.of(description.own) | known,
                base + page_address(path, part.number),
                [link for link, _ in licenses],
                of_release.describes_itself,
            )
        ),
    )
    return content, [*licenses, *_pages_of(base + path, part)]


def _pages_of(address: str, part: Part) -> Links:
    return [
        (page_address(address, number), {"rel": relation}) for relation, number in neighbours(part)
    ]


def _licenses(release: Terms, description: Description, part: Part, labels: Labels) -> Links:
    """Links to the licences of all statements."""
    own = description.own if part.number == 1 else ()
    graphs = {graph for one in (*own, *part.links, *labels.statements) for graph in one.graphs}
    return [(address, {"rel": "license"}) for address in release.licenses(graphs)]
