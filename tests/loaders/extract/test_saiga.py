"""The saiga work programme, word for word where its layout is difficult."""

from __future__ import annotations

import pytest

from meagraph.core.names import SAIGA
from meagraph_loaders.records import Document, Measure
from tests.nonempty import nonempty

# Typed from the document: words broken over lines, numbers on lines of their own, cells after the
# words, page headings in the middle of a sentence, references that look like numbers and marks.
TEXTS = {
    "1.1": "In order to minimise risks to the global saiga population, ensure that all saiga "
    "populations have appropriate investment towards achieving the MOU's goal.",
    "1.4": "Encourage the saiga research and conservation community to regularly exchange project "
    "information and progress reports through the e-bulletin Saiga News and the online Saiga "
    "Resource Centre, through representatives of the organizations implementing the coordination "
    "of the CMS MOU.",
    "1.6": "Resolve the issue of genetic distinctiveness of different populations.",
    "1.7": "Develop national saiga conservation Action Plans, integrate them into NBSAPs and share "
    "them with others through the CMS MOU coordination mechanisms.",
    "1.12": "Encourage the Signatories, China and other consumer countries, to conclude and "
    "implement bilateral cooperative agreements on matters of mutual interest to support the "
    "MOU’s implementation.",
    "3.9": "Encourage all Range States to join CITES.",
    "4.6": "Build on pilots of saiga-based photo-tourism and promote this as a useful approach to "
    "increase local engagement in conservation.",
    "6.1": "Remove barriers impeding the movement of saiga antelopes or, if not possible, alter "
    "fences, roads, railways and other linear infrastructure to allow saigas to pass freely, in "
    "line with CMS Guidelines on Mitigating the Impact of Linear Infrastructure and Related "
    "Disturbance on Mammals in Central Asia (Resolution 11.24).",
    "6.2": "Support appropriate authorities and developers (industry, government) to ensure that "
    "all infrastructural and other development likely to impact saigas has a full impact "
    "assessment prior to implementation (including EIA and SEA), and that steps are taken to "
    "address any impacts on saigas, following best practice and a mitigation hierarchy (avoid, "
    "minimise, restore, offset), including producing saiga-specific guidance documents, following "
    "the internationally recognized standards IFC1 and IFC6.",
    "7.1": "Expand and enhance national protected area networks to benefit saiga, with particular "
    "emphasis on protecting key areas (birthing and rutting) and migration corridors, based on "
    "the recommendations from 6.5.",
    "7.3": "Establish a network of ecological corridors in order to protect saiga populations "
    "during migration",
    "8.1": "Carry out annual population counts using appropriate methods, including modern "
    "non-invasive techniques, in order to obtain a time series that has adequate power to detect "
    "whether the Goal has been met.",
    "10.1": "Develop and officially endorse a long-term programme and action plan to restore and "
    "protect the population",
    "10.7": "Improve the institutional capacity and effectiveness of the national and regional "
    "authorities responsible for saiga management, and strengthen their links with the CMS contact "
    "point, CITES Management Authority and other administrative units of the Russian Federation "
    "and internationally.",
    "12.2": "Establish new protected areas based on the results of 12.2, respecting ecological "
    "connectivity (for example in southern Ustiurt), and complete the reorganization of the "
    "Saigachy reserve in Uzbekistan.",
    "12.4": "Continue research on the seasonal distribution and numbers of saigas and the status "
    "of their habitat, with a particular emphasis on the role of infrastructure and border fencing "
    "in constraining movement, and on the locations of, abundance and threats to resident "
    "populations in Kazakhstan, Uzbekistan and Turkmenistan.",
    "12.5": "Strengthen the implementation of the existing bilateral and/or trilateral cooperation "
    "agreements between Kazakhstan, Uzbekistan and Turkmenistan to ensure coordinated action",
    "14.3": "Continue research into the seasonal distribution, with the updated range, migration, "
    "reproduction, genetics and mortality of saigas, in order to inform conservation planning, "
    "with a particular emphasis on grazing overlap, competition, saiga health and disease "
    "transmission between saigas and livestock.",
    "14.6": "Carry out research into potential threats to population viability in the future, "
    "including possible impacts of infrastructural and other development and climate change, in "
    "order to inform conservation planning and mitigation.",
}
CELLS = {
    "1.1": ("1", "A"),
    "1.9": ("3", "A"),
    "1.10": ("1", "B"),
    "4.6": ("2", "B"),
    "8.2": ("1", "A"),
    "10.1": ("1", "A"),
    "10.7": ("2", "A"),
    "12.4": ("1", "A"),
    "14.6": ("2", "B"),
}


@pytest.fixture
def saiga(documents: dict[str, Document]) -> Document:
    return documents[SAIGA]


@pytest.fixture
def measures(saiga: Document) -> dict[str, Measure]:
    return {measure.number: measure for measure in saiga.measures}


@pytest.mark.parametrize("number", TEXTS)
def test_a_measure_has_exactly_its_words(measures: dict[str, Measure], number: str) -> None:
    assert measures[number].text == TEXTS[number]


@pytest.mark.parametrize("number", CELLS)
def test_a_measure_has_its_urgency_and_timescale(measures: dict[str, Measure], number: str) -> None:
    assert (measures[number].priority, measures[number].timescale) == CELLS[number]


def test_a_sentence_broken_by_a_page_heading_has_two_passages(
    measures: dict[str, Measure],
) -> None:
    passages = [p for p in measures["10.7"].passages if p.role == "text"]
    assert [(p.start_line, p.end_line) for p in passages] == [(451, 452), (456, 456)]
    assert passages[1].quote == "and internationally."


def test_the_title_is_printed_on_three_lines(saiga: Document) -> None:
    assert saiga.title == (
        "MEDIUM-TERM INTERNATIONAL WORK PROGRAMME FOR THE SAIGA ANTELOPE (2016-2020) TO SUPPORT "
        "IMPLEMENTATION OF THE MEMORANDUM OF UNDERSTANDING CONCERNING CONSERVATION, RESTORATION "
        "AND SUSTAINABLE USE OF THE SAIGA ANTELOPE (SAIGA SPP.)"
    )


def test_the_vision_the_goal_and_its_assessment_are_statements(saiga: Document) -> None:
    assert [(s.kind, s.text) for s in saiga.statements] == [
        (
            "vision",
            "Long-term vision: To restore saiga populations to the point that sustainable use can "
            "again be envisioned.",
        ),
        (
            "goal",
            "Overall goal: That all saiga populations show an increasing trend or their decline "
            "is halted over the next five years.",
        ),
        (
            "goal-assessment",
            "Achievement of this goal is to be assessed through a time-series of population "
            "estimates made using appropriate methods, accompanied by an estimate of the "
            "associated uncertainty.",
        ),
    ]


def test_the_footnotes_define_the_scales(saiga: Document) -> None:
    assert [(f.label, f.explains, f.text) for f in saiga.footnotes] == [
        (
            "1",
            ("heading:Urgency",),
            "Urgency: 1 - Urgent (crucial for preventing population extirpation). 2 - Important "
            "(necessary for stabilisation of numbers). 3 - Useful (will contribute to population "
            "restoration).",
        ),
        (
            "2",
            ("heading:Timescale",),
            "Timescale: A - Immediate (1-2 years). B - Medium-term (5 years).",
        ),
    ]
    assert [(d.scheme, d.notation, d.label, d.definition) for d in saiga.definitions] == [
        ("priority", "1", "Urgent", "crucial for preventing population extirpation"),
        ("priority", "2", "Important", "necessary for stabilisation of numbers"),
        ("priority", "3", "Useful", "will contribute to population restoration"),
        ("timescale", "A", "Immediate", "1-2 years"),
        ("timescale", "B", "Medium-term", "5 years"),
    ]


def test_sections_stand_in_two_parts(saiga: Document) -> None:
    found = [(s.kind, s.number, s.title, s.parent) for s in saiga.sections]
    wide, specific = "range-wide-measures", "population-specific-measures"
    assert found == [
        ("part", None, "Range-wide measures", None),
        ("section", "1.0", "Implementation", wide),
        ("section", "2.0", "Anti-poaching", wide),
        ("section", "3.0", "Sustainable Use and Trade", wide),
        ("section", "4.0", "Work with local people", wide),
        ("section", "5.0", "Awareness", wide),
        ("section", "6.0", "Habitat and environmental factors", wide),
        ("section", "7.0", "Protected areas", wide),
        ("section", "8.0", "Monitoring", wide),
        ("section", "9.0", "Captive breeding", wide),
        ("part", None, "Population-specific measures", None),
        ("section", "10.0", "North-West Pre-Caspian region population", specific),
        ("section", "11.0", "Ural population", specific),
        ("section", "12.0", "Ustiurt population", specific),
        ("section", "13.0", "Betpak-Dala population", specific),
        ("section", "14.0", "Mongolia population", specific),
    ]


def test_the_population_sections_name_their_units(saiga: Document) -> None:
    assert [(u.slug, u.kind, u.name, u.number) for u in saiga.units] == [
        (
            "north-west-pre-caspian",
            "population",
            "North-West Pre-Caspian region population",
            None,
        ),
        ("ural", "population", "Ural population", None),
        ("ustiurt", "population", "Ustiurt population", None),
        ("betpak-dala", "population", "Betpak-Dala population", None),
        ("mongolia", "population", "Mongolia population", None),
    ]
    units = [s.unit for s in saiga.sections if s.kind == "section"]
    assert units == [*[None] * 9, *[unit.slug for unit in saiga.units]]


def test_no_measure_holds_words_of_the_page_heading(saiga: Document) -> None:
    for measure in nonempty(saiga.measures):
        assert "Measures to be taken" not in measure.text
        assert "Urgency" not in measure.text
        assert "Timescale" not in measure.text
