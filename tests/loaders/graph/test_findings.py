"""Every problem that a query finds in the documents has a quality finding."""

from __future__ import annotations

import pyoxigraph as ox
import pytest

from meagraph.core import names

RULES: dict[str, tuple[str, str]] = {
    "a section without measures": (
        "gap",
        """?subject a mea:Section ; mea:headingUnit ?unit .
           FILTER NOT EXISTS { ?measure mea:section ?subject }""",
    ),
    "a measure that refers to itself": (
        "self-reference",
        "?subject a mea:Measure ; mea:refersTo ?subject .",
    ),
    "a suspect reference to another measure": (
        "suspect-reference",
        """?subject a mea:Measure ; mea:reference ?reference .
           ?reference mea:suspect true ; mea:target ?target . FILTER(?target != ?subject)""",
    ),
    "a footnote without text": (
        "gap",
        "?subject a mea:Footnote . FILTER NOT EXISTS { ?subject mea:text ?text }",
    ),
    "a State that only a heading adds": (
        "conflict",
        """?subject a mea:ConservationUnit ; mea:countryLink ?link .
           ?link mea:certainty <https://w3id.org/meagraph/id/certainty/conflicting> .""",
    ),
    "a State in brackets": (
        "uncertain",
        """?subject a mea:ConservationUnit ; mea:countryLink ?link .
           ?link mea:certainty <https://w3id.org/meagraph/id/certainty/bracketed> .""",
    ),
    "a unit of one subspecies or another": (
        "uncertain",
        """?subject a mea:ConservationUnit ; mea:taxonLink ?link .
           ?link mea:certainty <https://w3id.org/meagraph/id/certainty/alternative> .""",
    ),
    "a placeholder": (
        "gap",
        '?subject a mea:ConservationUnit ; mea:name ?name . FILTER(CONTAINS(STR(?name), "XXX"))',
    ),
    "a group that is not enumerated": (
        "gap",
        """?subject a mea:Measure ; mea:applicability ?applicability .
           ?applicability mea:applicabilityKind
             <https://w3id.org/meagraph/id/applicability-kind/group-not-enumerated> .""",
    ),
    "a population whose State only a reference gives": (
        "gap",
        """?subject a mea:Population ; mea:countryLink ?link .
           ?link mea:evidence <https://w3id.org/meagraph/id/evidence/reference> .""",
    ),
    "a responsibility cell with a mistaken separator": (
        "layout",
        """?subject a mea:Measure ; mea:responsibilityText ?cell .
           FILTER(REGEX(STR(?cell), ",,|,$|[^c][.] |NGOs [a-z]|[a-z] NGOs$")
             && !REGEX(STR(?cell), "national NGOs$|conservation NGOs$|etc"))""",
    ),
    "the same text with another priority in a measure before it": (
        "uncertain",
        """?subject mea:sameTextAs ?before ; mea:position ?position ; mea:priority ?priority .
           ?before mea:position ?first ; mea:priority ?other .
           FILTER(?first < ?position && ?priority != ?other)""",
    ),
    "the same text with more or fewer who are responsible": (
        "uncertain",
        """?subject mea:sameTextAs ?before ; mea:position ?position ; mea:responsibilityText ?cell .
           ?before mea:position ?first ; mea:responsibilityText ?other .
           FILTER(?first < ?position)
           FILTER(REPLACE(STR(?cell), "[, ]", "") != REPLACE(STR(?other), "[, ]", ""))""",
    ),
    "a cell that says who advises and names others": (
        "uncertain",
        """?subject mea:responsibilityText ?cell .
           FILTER(CONTAINS(STR(?cell), "advice by") && CONTAINS(STR(?cell), ", NGOs"))""",
    ),
    "a text that ends with a comma": (
        "wording",
        '?subject a mea:Measure ; mea:text ?text . FILTER(STRENDS(STR(?text), ","))',
    ),
}


def subjects(store: ox.Store, pattern: str) -> set[str]:
    rows = store.query(
        f"PREFIX mea: <{names.ONTOLOGY}> SELECT DISTINCT ?subject WHERE {{ {pattern} }}"
    )
    assert isinstance(rows, ox.QuerySolutions)
    return {row[0].value for row in rows}


@pytest.mark.parametrize("rule", RULES)
def test_every_case_that_a_rule_finds_has_a_finding(store: ox.Store, rule: str) -> None:
    kind, pattern = RULES[rule]
    found = subjects(store, pattern)
    noted = subjects(
        store,
        "?finding a mea:QualityFinding ; mea:subject ?subject ; "
        f"mea:findingKind <{names.thing('finding-kind', kind)}> .",
    )
    assert found
    assert found <= noted
