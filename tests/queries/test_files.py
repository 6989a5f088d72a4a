"""The canned query files: contract of names and columns, headers, choices."""

from __future__ import annotations

import re
from typing import cast

import pyoxigraph as ox
import pytest
from rdflib.plugins.sparql import prepareQuery

from meagraph.core.queries import CannedQuery, Parameter
from tests.nonempty import nonempty

Queries = dict[str, CannedQuery]

MEASURES = (
    "instrument number part section section_title text priority timescale"
    " responsibility applicability status period_end measure"
)
COLUMNS = {
    "measures": MEASURES,
    "measures-by-topic": MEASURES,
    "measures-by-actor": MEASURES,
    "measures-by-taxon": MEASURES,
    "measures-by-unit": MEASURES,
    "measures-by-cmp-action": MEASURES,
    "measures-by-leo-term": MEASURES,
    "measures-by-country": "country instrument number status period_end basis evidence certainty"
    " narrowed role priority timescale responsibility text measure",
    "country-links": "instrument number country basis evidence certainty narrowed role stated_in"
    " note measure",
    "units": "instrument unit kind hotspot name taxa taxa_certainty area country status stated_in"
    " measures iri",
    "responsibilities": "instrument number position actor qualifier role actor_type source measure",
    "cross-references": "instrument source phrase kind target target_instrument target_number"
    " suspect likely_target subject",
    "quality-findings": "finding severity kind instrument subject message quote iri",
    "instruments": "instrument title type status legal_nature extent period_start period_end ended"
    " replaced_by parents measures units iri",
    "statements": "instrument kind text iri",
    "shared-units": "unit name countries certainty instrument number priority timescale"
    " responsibility text measure",
    "country-pairs": "country_a country_b units unit_numbers conflicting_units measures",
    "country-coverage": "country instrument mention unit applicability range_wide measures",
    "country-profile": "section item value instrument iri",
    "topic-matrix": "topic column measures priority_high",
    "priority-by-plan": "instrument priority definition priority_level measures",
    "gaps": "kind instrument subject name countries note iri",
    "same-text": "family instrument number unit priority timescale responsibility text measure",
    "carried-forward": "instrument number priority from_instrument from_number from_priority kind"
    " confidence stated_by measure",
    "related-measures": "instrument number relation target_instrument target_number confidence"
    " stated_by reason measure",
    "mandates": "instrument source phrase kind cited iri",
    "memberships": "country instrument role status since as_of source_kind note iri"
    " ratified party_number source",
    "places": "place as_printed kind named_in instrument number unit country lat lon"
    " coordinate_source iri",
    "taxa": "taxon as_printed rank cms_appendix cms_since cites_name cites_appendix cites_since"
    " units measures iri",
    "national-checklist": "country instrument number section_title text priority timescale"
    " responsibility basis certainty narrowed plan_status period_end measure"
    " national_lead status evidence date",
    "passage": "subject source lines start end quote",
    "timeline": "instrument number envisaged_from envisaged_by text measure",
    "not-carried-forward": "instrument section section_title number text priority later_instrument"
    " later_status integrated_in status period_end measure",
    "topic-assignments": "instrument number item topic weight words reason text status period_end"
    " measure",
    "same-text-different-priority": "instrument number unit priority other_number other_unit"
    " other_priority kind text other_text status period_end measure other",
    "measures-flat": "instrument number text unit topics taxa countries actors priority timescale"
    " status period_end measure",
    "non-parties": "country instrument role source_status as_of source plan unit name certainty"
    " status period_end iri",
    "units-by-country": "country instrument units unit_numbers conflicting_units status period_end",
}
OF_MEASURES = (
    "instrument section unit country basis evidence certainty narrowed taxon taxon_scope topic"
    " topic_weight actor actor_type actor_role priority priority_level timescale applicability"
    " status in_period_on text match taxon_certainty cmp_action leo_term"
)
LIKE_MEASURES = (
    "measures-by-country",
    "country-links",
    "measures-by-topic",
    "measures-by-actor",
    "measures-by-taxon",
    "measures-by-unit",
    "measures-by-cmp-action",
    "measures-by-leo-term",
    "shared-units",
    "national-checklist",
    "measures-flat",
)
REQUIRED = {
    "measures-by-country": "country",
    "measures-by-topic": "topic",
    "measures-by-actor": "actor",
    "measures-by-taxon": "taxon",
    "measures-by-unit": "unit",
    "measures-by-cmp-action": "cmp_action",
    "measures-by-leo-term": "leo_term",
    "country-profile": "country",
    "national-checklist": "country",
}
FILTERS = {
    **dict.fromkeys(("measures", *LIKE_MEASURES), OF_MEASURES),
    "shared-units": f"only {OF_MEASURES}".replace(" match", ""),
    "units": "instrument unit kind country status taxon taxon_certainty",
    "responsibilities": "instrument number actor actor_type role source",
    "cross-references": "instrument kind target_instrument suspect",
    "quality-findings": "instrument kind severity",
    "instruments": "type status extent as_of",
    "statements": "instrument kind text",
    "country-pairs": "country instrument counting",
    "country-coverage": "country instrument basis evidence certainty narrowed",
    "country-profile": "country section",
    "topic-matrix": "by level topic topic_weight instrument country basis",
    "priority-by-plan": "instrument priority_level country basis",
    "gaps": "kind instrument unit_kind country n topic topic_weight text actor_type actor_level",
    "same-text": "match unit instrument",
    "carried-forward": "instrument kind unit country confidence stated_by",
    "related-measures": "measure instrument relation confidence stated_by",
    "mandates": "instrument kind cited stands_in itself",
    "memberships": "country instrument role",
    "places": "instrument place kind named_in country with_coordinates",
    "taxa": "taxon taxon_scope role taxon_certainty",
    "passage": "subject with_parts source",
    "timeline": "instrument in_year country basis priority_level",
    "not-carried-forward": "instrument section country topic topic_weight",
    "topic-assignments": "instrument section country topic weight",
    "same-text-different-priority": "instrument unit match",
    "non-parties": "country instrument role",
    "units-by-country": "country instrument kind certainty",
}
QUERIES = sorted(COLUMNS)


def test_there_are_these_queries(queries: Queries) -> None:
    assert set(COLUMNS) <= set(queries)


@pytest.mark.parametrize("name", QUERIES)
def test_the_columns_and_filters_are_those_of_the_contract(queries: Queries, name: str) -> None:
    assert " ".join(queries[name].columns) == COLUMNS[name]
    assert set(queries[name].parameters) == set(FILTERS[name].split())


def first(store: ox.Store, query: str) -> ox.QuerySolution:
    """The first solution. (A function of its own: RDFLib's parser keeps the frames it ran in.)"""
    solutions = store.query(query)
    assert isinstance(solutions, ox.QuerySolutions)
    return cast(ox.QuerySolution, next(solutions))


@pytest.mark.parametrize("name", QUERIES)
def test_a_file_runs_as_it_stands(queries: Queries, example: ox.Store, name: str) -> None:
    assert first(example, queries[name].text)


def test_few_queries_need_a_value(queries: Queries) -> None:
    required = {
        name: parameter
        for name, query in queries.items()
        for parameter, declared in query.parameters.items()
        if declared.required
    }
    assert required == REQUIRED


def test_range_wide_is_no_default_of_measures_by_country(queries: Queries) -> None:
    assert queries["measures-by-country"].parameters["basis"].default == (
        "mention",
        "unit",
        "applicability",
    )


@pytest.mark.parametrize("name", [name for name in LIKE_MEASURES if COLUMNS[name] == MEASURES])
def test_a_form_of_measures_is_measures_with_a_value_required(queries: Queries, name: str) -> None:
    body, of_measures = (queries[each].text.partition("\nPREFIX")[2] for each in (name, "measures"))
    assert body == of_measures


@pytest.mark.parametrize("name", LIKE_MEASURES)
def test_the_filters_of_measures_mean_the_same_elsewhere(queries: Queries, name: str) -> None:
    varying = {"label", "description", "required", "default"}
    for parameter in OF_MEASURES.split():
        if parameter not in FILTERS[name].split():
            continue
        declared = queries["measures"].parameters[parameter]
        other = queries[name].parameters[parameter]
        assert other.model_dump(exclude=varying) == declared.model_dump(exclude=varying)


def nothing(*_: object) -> tuple[str, ...]:
    """A lookup that finds nothing."""
    return ()


def every_parameter(queries: Queries) -> list[tuple[str, str, Parameter]]:
    return [
        (query, name, parameter)
        for query in QUERIES
        for name, parameter in queries[query].parameters.items()
    ]


def test_every_parameter_has_a_label_and_an_example_that_it_takes(queries: Queries) -> None:
    for query, name, parameter in nonempty(every_parameter(queries)):
        assert parameter.label, (query, name)
        assert parameter.example, (query, name)
        examples = {
            key: [declared.example or ""] for key, declared in queries[query].parameters.items()
        }
        several = (
            {**examples, "topic": ["border-fence", "research"]} if name == "match" else examples
        )
        few = {key: values for key, values in several.items() if key in queries[query].parameters}
        whole = queries[query].bind(few, look_up=nothing)
        if not parameter.required:
            del few[name]
            assert queries[query].bind(few, look_up=nothing) != whole, (query, name)


def choices(store: ox.Store, parameter: Parameter) -> list[tuple[str, str]]:
    assert parameter.choices_query
    solutions = store.query(parameter.choices_query)
    assert isinstance(solutions, ox.QuerySolutions)
    assert [variable.value for variable in solutions.variables] == ["value", "label"]
    return [(row["value"].value, row["label"].value) for row in solutions]


def test_every_list_of_choices_names_each_value_once_with_a_label(
    queries: Queries, example: ox.Store
) -> None:
    found = {
        parameter.choices_query: (query, name, parameter)
        for query, name, parameter in every_parameter(queries)
        if parameter.choices_query
    }
    assert found
    for text, (query, name, parameter) in found.items():
        prepareQuery(text)
        listed = choices(example, parameter)
        assert listed, (query, name)
        assert all(label for _, label in listed), (query, name)
        assert len({value for value, _ in listed}) == len(listed), (query, name)


def test_choices_of_type_iri_are_addresses_that_the_parameter_makes(
    queries: Queries, example: ox.Store
) -> None:
    values = [
        (query, name, parameter.iri, value)
        for query, name, parameter in every_parameter(queries)
        if parameter.iri and parameter.choices_query
        for value, _ in choices(example, parameter)
    ]
    for query, name, iri, value in nonempty(values):
        begin, end = iri.split("{value}")
        pattern = re.escape(begin) + r"[A-Za-z0-9.-]+" + re.escape(end)
        assert re.fullmatch(pattern, value), (query, name, value)


def test_choices_of_coded_values_are_all_codes_of_the_scheme(
    queries: Queries, example: ox.Store
) -> None:
    checked = set()
    for query, name, parameter in every_parameter(queries):
        kind = (parameter.iri or "").split("/")[-2] if parameter.iri else ""
        scheme = ox.NamedNode(f"https://w3id.org/meagraph/id/scheme/{kind}")
        in_scheme = ox.NamedNode("http://www.w3.org/2004/02/skos/core#inScheme")
        concepts = {
            quad.subject.value
            for quad in example.quads_for_pattern(None, in_scheme, scheme, ox.DefaultGraph())
            if isinstance(quad.subject, ox.NamedNode)
        }
        if kind == "cmp-action":  # only those that correspond to a topic
            assert {value for value, _ in choices(example, parameter)} <= concepts
        elif concepts:
            assert {value for value, _ in choices(example, parameter)} == concepts, (query, name)
            checked.add(kind)
    assert checked == {
        *("link-basis", "evidence", "certainty", "actor-type", "priority-level"),
        *("adoption-status", "extent", "responsibility-role", "responsibility-source"),
        *("reference-kind", "finding-kind", "severity", "topic", "taxon-role", "membership-role"),
        *("confidence", "stated-by", "site-kind", "topic-weight"),
    }


@pytest.mark.parametrize(
    ("query", "name", "expected"),
    [
        (
            "measures",
            "section",
            [
                ("1.0", "1.0 Implementation / 1.0 Measures affecting several or all conservation"
                 " units"),
                ("work-with-local-people", "work-with-local-people Work with local people"),
            ],
        ),
        ("measures", "unit", [("ural", "Ural population"), ("ustiurt", "Ustiurt population")]),
        ("measures", "priority", [("1", "1: Urgent / high"), ("2", "2: Important / medium")]),
        ("measures", "timescale", [("A", "A: Immediate"), ("B", "B: Medium-term")]),
        ("measures", "applicability", [("all", "All")]),
        ("statements", "kind", [("goal", "goal"), ("introduction", "introduction")]),
        ("cross-references", "target_instrument", [
            ("argali-action-plan-2025-2032", "Argali action plan 2025–2032 (draft)"),
            ("saiga-mou", "Saiga MOU"),
        ]),
    ],
)  # fmt: skip
def test_lists_of_choices_begin_so(
    queries: Queries, example: ox.Store, query: str, name: str, expected: list[tuple[str, str]]
) -> None:
    listed = choices(example, queries[query].parameters[name])
    assert listed[: len(expected)] == expected


def test_headers_speak_of_measures_and_never_of_obligations(queries: Queries) -> None:
    for name in QUERIES:
        header = queries[name].header
        assert header.summary
        assert header.description
        words = f"{header.summary} {header.description}".lower()
        for wrong in ("obligation", "commitment", "overdue", "due to be"):
            assert wrong not in words, name


def test_no_query_names_a_graph_or_leaves_the_default_graph(queries: Queries) -> None:
    for name in QUERIES:
        assert not re.search(r"\b(GRAPH|FROM|SERVICE)\b", queries[name].text), name


LISTS = re.compile(r"""GROUP_CONCAT\((?:DISTINCT )?\?\w+; separator="; "\) AS \?(\w+)""")
ITEMS = re.compile(r'''"(?:\^\.\*\[/#\]", ")?; "''')


def test_every_column_that_is_composed_of_items_is_declared_as_a_list(queries: Queries) -> None:
    """The declaration tells clients how to split the cells of the CSV."""
    for query in nonempty(queries.values()):
        declared = {name for name in query.columns if query.column(name).separator == "; "}
        composed = set(LISTS.findall(query.text)) & set(query.columns)
        assert composed <= declared, (query.name, composed - declared)
        assert bool(declared) == bool(ITEMS.search(query.text)), query.name


def test_scales_of_plans_are_declared_as_such(queries: Queries) -> None:
    """A notation like 1 or A has a meaning only within its plan."""
    own = {"priority", "from_priority", "other_priority", "timescale"}
    own |= {"number", "from_number", "other_number", "target_number"}
    scales = [
        (query, name) for query in queries.values() for name in sorted(own & set(query.columns))
    ]
    for query, name in nonempty(scales):
        assert query.column(name).named & set(query.columns), (query.name, name)
