"""Run the queries of the harvest (`queries/*.rq`), and write titles and descriptions of plans."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

from meagraph.core.results.formats import AcceptedFormats
from meagraph.core.results.terms import table
from meagraph_api.engine.current_release import OpenRelease, Shared
from meagraph_api.harvest.informea.xml_writer import legal
from meagraph_api.index.plan_status import PlanStatus

_DRAFT = "DRAFT"
_EXCERPT = "EXCERPT"
_CAVEAT = (
    "The measures below stand as the document prints them. They are texts of a plan, not "
    "obligations or commitments of a State."
)


def title(plan: PlanStatus, printed: str) -> str:
    """The title from the document, prefixed with DRAFT or EXCERPT if the plan is one.

    >>> title(PlanStatus("a", "", "draft", "complete", "", ""), "DRAFT ACTION PLAN")
    'DRAFT ACTION PLAN'
    >>> title(PlanStatus("a", "", "draft", "complete", "", ""), "Action plan")
    'DRAFT: Action plan'
    """
    if plan.extent == "excerpt" and not printed.startswith(_EXCERPT):
        printed = f"{_EXCERPT}: {printed}"
    if plan.status == "draft" and not printed.startswith(_DRAFT):
        printed = f"{_DRAFT}: {printed}"
    return printed


def description(
    plan: PlanStatus,
    today: date,
    nature: str,
    replaced_by: Iterable[str],
    measures: Iterable[dict[str, str]],
) -> str:
    """The status of a plan and all its measures, as plain text, one per line.

    The first line tells whether the period has ended.
    """
    return "\n".join(_lines(plan, today, nature, replaced_by, measures))


def _lines(
    plan: PlanStatus,
    today: date,
    nature: str,
    replaced_by: Iterable[str],
    measures: Iterable[dict[str, str]],
) -> Iterator[str]:
    yield f"Standing: {plan.text(today)}."
    if nature:
        yield f"Legal nature: {nature}."
    for label in replaced_by:
        yield f"Replaced by: {label}."
    yield _CAVEAT
    heading = None
    for measure in measures:
        section = (measure["sectionNumber"], measure["section"])
        if section != heading:
            heading = section
            yield ""
            yield " ".join(part for part in section if part)
        yield f"{measure['number']} {measure['text']}"


Record = dict[str, str]
"""A result row, '' for unbound variables."""

_QUERIES = (
    "treaties",
    "documents",
    "document-treaties",
    "replacements",
    "keywords",
    "citations",
    "measures",
    "measure-topics",
    "units",
    "country-links",
    "decisions",
)
_TABLE = AcceptedFormats(results="application/sparql-results+json", graph=None)


@dataclass(frozen=True, slots=True)
class SourceRows:
    """The results of all queries, and the status of the plans."""

    records: dict[str, list[Record]]
    """Rows by name of the query."""
    plans: dict[str, PlanStatus]
    """By slug."""


async def answers(release: OpenRelease) -> tuple[Shared, ...]:
    """Run the queries; results are SPARQL JSON. Raises what the engine raises."""
    return tuple(
        [
            Shared((await release.engine.query(_query(name), _TABLE)).in_memory().body)
            for name in _QUERIES
        ]
    )


def source_rows(answers: Iterable[Shared], plans: Iterable[PlanStatus]) -> SourceRows:
    """Parse the results of the queries."""
    records = {
        name: [
            {column: legal(value) for column, value in record.items()}
            for record in table(answer.content).records()
        ]
        for name, answer in zip(_QUERIES, answers, strict=True)
    }
    return SourceRows(records, {plan.instrument: plan for plan in plans})


@cache
def _query(name: str) -> str:
    return (files(__package__) / "queries" / f"{name}.rq").read_text(encoding="utf-8")
