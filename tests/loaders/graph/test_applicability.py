"""An applicability is resolved to countries within its own plan."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pyoxigraph import NamedNode

from meagraph.core import files, names
from meagraph.core.errors import DataError
from meagraph_loaders import curation_tables, extract, reference
from meagraph_loaders.curation_tables import ApplicabilityRow, Curation, GroupRow
from meagraph_loaders.graph.curation import applicability
from meagraph_loaders.graph.curation.curation_context import CurationContext
from meagraph_loaders.graph.passages import Source
from meagraph_loaders.records import Document

OTHER = "other-plan-2030-2040"


@pytest.fixture(scope="module")
def documents() -> dict[str, Document]:
    """Two plans, each with a table of hotspots of different States."""
    found = extract.documents(files.folder("data") / "sources")
    argali = next(document for document in found if document.slug == names.ARGALI)
    plain = replace(argali, measures=(), sections=(), footnotes=())
    few = tuple(unit for unit in argali.units if unit.countries == "China-Mongolia")
    assert few
    assert any(unit.countries and "Kazakhstan" in unit.countries for unit in argali.units)
    return {names.ARGALI: plain, OTHER: replace(plain, slug=OTHER, units=few)}


@pytest.fixture(scope="module")
def tables() -> tuple[Curation, reference.Reference]:
    data = files.folder("data")
    return (
        curation_tables.load(data / "curation"),
        reference.load(data / "reference", data / "reference-restricted"),
    )


def group(plan: str, slug: str, *members: str) -> GroupRow:
    return GroupRow(
        f"groups.csv:{slug}",
        plan,
        slug,
        slug,
        True,
        members,
        None,
        None,
        "document",
        None,
        "",
        None,
    )


def row(plan: str, printed: str, kind: str, group: str) -> ApplicabilityRow:
    where = "applicability.csv:2"
    return ApplicabilityRow(where, plan, printed, kind, f"{plan}/{group}", None, None, "why")  # type: ignore[arg-type]


def resolved(context: CurationContext, plan: str, printed: str) -> set[str]:
    address = names.thing("applicability", plan, names.slug(printed))
    return {
        names.local_name(quad.object.value)
        for quad in context.graph
        if quad.subject == NamedNode(address) and isinstance(quad.object, NamedNode)
        if quad.predicate.value == names.term("resolvedCountry")
    }


def context(
    documents: dict[str, Document],
    tables: tuple[Curation, reference.Reference],
    rows: tuple[ApplicabilityRow, ...],
) -> CurationContext:
    curation, facts = tables
    groups = tuple(
        one
        for plan in documents
        for one in (group(plan, "states", "@table"), group(plan, "china", "CHN"))
    )
    sources = {slug: Source(document.source, "") for slug, document in documents.items()}
    return CurationContext(
        documents, sources, replace(curation, groups=groups, applicability=rows), facts
    )


def test_all_except_some_is_of_the_plan_that_prints_it(
    documents: dict[str, Document], tables: tuple[Curation, reference.Reference]
) -> None:
    rows = tuple(
        one
        for plan in documents
        for one in (
            row(plan, "All", "all", "states"),
            row(plan, "All except China", "all-except-group", "china"),
        )
    )
    written = context(documents, tables, rows)
    applicability.write_applicability(written)
    assert resolved(written, OTHER, "All") == {"CHN", "MNG"}
    assert resolved(written, OTHER, "All except China") == {"MNG"}
    everyone = resolved(written, names.ARGALI, "All")
    assert {"KAZ", "CHN"} < everyone
    assert resolved(written, names.ARGALI, "All except China") == everyone - {"CHN"}


def test_all_except_some_needs_to_know_who_all_are(
    documents: dict[str, Document], tables: tuple[Curation, reference.Reference]
) -> None:
    rows = (
        row(names.ARGALI, "All", "all", "states"),
        row(OTHER, "All except China", "all-except-group", "china"),
    )
    with pytest.raises(DataError, match=r"applicability\.csv:2: .* has 0 groups for the kind all"):
        applicability.write_applicability(context(documents, tables, rows))
