"""What a document of the harvest says of itself in words: its title and its description."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from meagraph_api.standing import Standing

_DRAFT = "DRAFT"
_EXCERPT = "EXCERPT"
_CAVEAT = (
    "The measures below stand as the document prints them. They are texts of a plan, not "
    "obligations or commitments of a State."
)


def title(plan: Standing, printed: str) -> str:
    """The title as printed; that of a draft begins with DRAFT, that of an excerpt with EXCERPT.

    >>> title(Standing("a", "", "draft", "complete", "", ""), "DRAFT ACTION PLAN")
    'DRAFT ACTION PLAN'
    >>> title(Standing("a", "", "draft", "complete", "", ""), "Action plan")
    'DRAFT: Action plan'
    """
    if plan.extent == "excerpt" and not printed.startswith(_EXCERPT):
        printed = f"{_EXCERPT}: {printed}"
    if plan.status == "draft" and not printed.startswith(_DRAFT):
        printed = f"{_DRAFT}: {printed}"
    return printed


def description(
    plan: Standing,
    today: date,
    nature: str,
    replaced_by: Iterable[str],
    measures: Iterable[dict[str, str]],
) -> str:
    """The standing of a plan and all its measures, as plain text, a line each.

    A plan whose period has ended says so in the first line.
    """
    return "\n".join(_lines(plan, today, nature, replaced_by, measures))


def _lines(
    plan: Standing,
    today: date,
    nature: str,
    replaced_by: Iterable[str],
    measures: Iterable[dict[str, str]],
) -> Iterator[str]:
    yield f"Standing: {plan.said(today)}."
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
