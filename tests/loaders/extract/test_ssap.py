"""The excerpt of the SSAP 2014-2024, word for word where its layout is difficult."""

from __future__ import annotations

import pytest

from meagraph.core.names import SSAP
from meagraph_loaders.records import Document, Measure

TROPHY = "Countries with trophy hunting programmes"

# Typed from the document: number, text, priority, timescale, responsibility lines, applicability,
# footnotes.
Row = tuple[str, str, str, str, tuple[str, ...], str, tuple[str, ...]]
ROWS: list[Row] = [
    (
        "1.1.1",
        "Implement effective anti-poaching measures addressing poaching at all levels",
        "Essential",
        "On-going",
        ("Government agencies, Protected area managers, Hunting area managers",),
        "All",
        (),
    ),
    (
        "1.1.2",
        "Strengthen management capacity of trophy hunting concessions and clearly define hunting "
        "zones and seasons.",
        "Essential",
        "On-going",
        ("Hunting area managers, CIC, Government agencies",),
        TROPHY,
        ("6",),
    ),
    (
        "1.1.5",
        "Develop a confiscation policy for argali products and ensure that benefits of retailed "
        "or auctioned seized products are reinvested in argali conservation.",
        "Low",
        "Long",
        ("Government agencies",),
        "All",
        (),
    ),
    (
        "1.2.3",
        "Ensure that a percentage of hunting revenues is dedicated to argali conservation",
        "High",
        "Medium",
        ("Government agencies, Hunting area managers/concessions", "NGOs"),
        TROPHY,
        ("7",),
    ),
    (
        "1.2.5",
        "Promote sustainable community-based wildlife management programmes / trophy hunting "
        "programmes.",
        "High",
        "Medium",
        (
            "Hunting agencies, hunting concessions, hunting outfitters, NGOs, development "
            "cooperation organizations",
        ),
        f"{TROPHY} Potentially also in other areas",
        ("6",),
    ),
    (
        "1.2.7",
        "Review and where necessary strengthen legal and institutional measures concerning "
        "management of hunting areas, setting of quotas and allocation of licences and ensure "
        "their transparency.",
        "Medium",
        "Medium",
        (
            "National parliaments, Hunting agencies, Hunting concessions, CIC",
            "NGOs (independent monitoring), Development cooperation organizations",
        ),
        TROPHY,
        ("7",),
    ),
    (
        "1.2.8",
        "Coordinate the allocation of quotas in trans-boundary populations among Range States.",
        "Low",
        "Long",
        ("Government agencies, Argali WG",),
        "Countries where trophy hunting occurs across national boundaries",
        (),
    ),
    (
        "1.2.10",
        "Discuss among all stakeholders the possibility of sustainable use of argali in countries "
        "where hunting does not exist at present.",
        "Medium",
        "Medium",
        (
            "Government agencies, Protected area managers, Hunting agencies, Hunting "
            "associations, CITES etc.",
        ),
        f"All, except {TROPHY}",
        ("7",),
    ),
    (
        "2.1.3",
        "Monitor the effects of climate change on argali habitat and integrate mitigation "
        "measures and climate change adaptation scenarios into habitat/site management.",
        "Medium",
        "Long",
        ("Government agencies, Herder associations,, scientific institutions NGOs",),
        "All",
        (),
    ),
    (
        "2.1.5",
        "Provide adequate transport, equipment, and training to protected areas and rangers",
        "Essential",
        "Short",
        ("Government agencies, NGOs",),
        "All",
        (),
    ),
    (
        "2.2.1",
        "Increase energy efficiency and use of alternative fuel by local households to reduce the "
        "collection of fuel wood (e.g. teresken).",
        "Low",
        "Long",
        (
            "Government agencies, Herder and community associations, development cooperation "
            "organizations",
        ),
        "All (in particular Tajikistan for teresken)",
        (),
    ),
    (
        "2.2.2",
        "Develop and implement temporal and spatial restrictions on livestock grazing to ensure "
        "adequate forage for argali during critical seasons.",
        "High",
        "Medium",
        ("Government agencies, Herder associations, hunting area managers, NGOs",),
        "All",
        (),
    ),
    (
        "2.3.2",
        "Reduce or prevent disturbance at key sites from livestock herding, poaching and hunting, "
        "mining, and recreational activities through zoning, compensatory payments and other site "
        "management measures.",
        "Medium",
        "Medium",
        ("Government agencies,",),
        "All",
        (),
    ),
    (
        "2.4.3",
        "Improve connectivity by removing barriers between populations and migration corridors, "
        "and if removal is not possible, by adjusting infrastructure (e.g. fences) to make it "
        "permeable for argali.",
        "High",
        "Long",
        ("Government agencies. , Border agencies, customs agencies, NGOs",),
        "All",
        (),
    ),
    (
        "2.5.3",
        "Facilitate transboundary activities including information exchange on trade and use, "
        "joint law enforcement and anti-poaching activities. penetration of border fences, "
        "transboundary monitoring & research, communication and other actions related to wildlife "
        "diseases and transboundary protected areas.",
        "Medium",
        "Medium",
        ("Government agencies, INGOs, CMS. TRAFFIC",),
        "1-19",
        (),
    ),
    (
        "3.1.3",
        "Implement robust monitoring programs for all argali populations.",
        "High",
        "Medium",
        ("Argali WG,", "IUCN SSC Caprinae SG, Universities, scientific institutions"),
        "All",
        (),
    ),
    (
        "3.1.9",
        "Compile a shared data pool with available information on argali ecology and harvest "
        "indicating major knowledge gaps and research needs in different languages.",
        "Medium",
        "Medium",
        ("Argali WG",),
        "All",
        (),
    ),
    (
        "4.1.3",
        "Establish a dedicated argali page using the CMS website and a mailing list to facilitate "
        "information sharing and coordination of joint activities.",
        "High",
        "Short",
        ("Argali WG, GIZ", "CMS"),
        "All",
        (),
    ),
    (
        "4.1.4",
        "Designate national lead agency and argali contact points responsible for coordinating "
        "argali conservation and management policy and implementation of the action plan in each "
        "Range State.",
        "Essential",
        "On-going / Completed",
        ("Government agencies, CMS",),
        "All",
        (),
    ),
    (
        "4.1.9",
        "Review and adapt or revise the action plan at regular intervals.",
        "Essential",
        "Medium",
        ("Government agencies, CMS, NGOs",),
        "All",
        (),
    ),
]


@pytest.fixture
def ssap(documents: dict[str, Document]) -> Document:
    return documents[SSAP]


@pytest.fixture
def measures(ssap: Document) -> dict[str, Measure]:
    return {measure.number: measure for measure in ssap.measures}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row[0]))
def test_a_measure_has_exactly_its_words_and_cells(measures: dict[str, Measure], row: Row) -> None:
    number, text, priority, timescale, responsibility, applicability, footnotes = row
    measure = measures[number]
    assert measure.text == text
    assert (measure.priority, measure.timescale) == (priority, timescale)
    assert measure.responsibility_lines == responsibility
    assert measure.responsibility == " ".join(responsibility)
    assert measure.applicability == applicability
    assert measure.footnotes == footnotes


def test_most_measures_apply_to_all(ssap: Document) -> None:
    others = [m.number for m in ssap.measures if m.applicability != "All"]
    assert others == [
        *("1.1.2", "1.2.3", "1.2.4", "1.2.5", "1.2.6", "1.2.7", "1.2.8", "1.2.10"),
        *("2.2.1", "2.5.3"),
    ]


def test_later_marks_of_a_footnote_are_bare_digits(ssap: Document) -> None:
    assert [(f.label, f.explains) for f in ssap.footnotes] == [
        ("6", ("measure:1.1.2", "measure:1.2.4", "measure:1.2.5")),
        ("7", ("measure:1.2.3", "measure:1.2.7", "measure:1.2.10")),
        ("8", ("measure:1.2.6",)),
    ]
    assert {f.text for f in ssap.footnotes} == {
        "As of 2024, range countries with current trophy hunting programmes are Kyrgyzstan, "
        "Mongolia, Tajikistan and Uzbekistan."
    }


def test_objectives_hold_results(ssap: Document) -> None:
    assert [(s.kind, s.number, s.parent, s.title) for s in ssap.sections] == [
        (
            "objective",
            "1",
            None,
            "Objective 1: To stabilize argali numbers and range, maintain a healthy sex/age ratio "
            "and reverse negative trends",
        ),
        ("result", "1.1", "1", "Poaching and other human induced mortality are reduced"),
        (
            "result",
            "1.2",
            "1",
            "Argali is used and managed sustainably, with support of local communities",
        ),
        (
            "objective",
            "2",
            None,
            "Objective 2: To maintain and restore intact argali habitat and migration routes",
        ),
        (
            "result",
            "2.1",
            "2",
            "Rangelands are sustainably managed and availability and quality for argali have "
            "improved",
        ),
        (
            "result",
            "2.2",
            "2",
            "Forage shortages for argali in critical areas and times of year are reduced",
        ),
        ("result", "2.3", "2", "Disturbance and displacement of argali are minimized"),
        (
            "result",
            "2.4",
            "2",
            "Negative impacts of mining and infrastructure development are minimized and mitigated",
        ),
        (
            "result",
            "2.5",
            "2",
            "Conservation management and international cooperation especially for trans-boundary "
            "populations are maximized",
        ),
        ("objective", "3", None, "Objective 3: To fill knowledge and information gaps"),
        (
            "result",
            "3.1",
            "3",
            "Sufficient information on argali status, trends, ecology and management is available "
            "to all stakeholders",
        ),
        (
            "objective",
            "4",
            None,
            "Objective 4: To ensure effective implementation of the action plan",
        ),
        ("result", "4.1", "4", "An implementation mechanism is established"),
    ]
    assert {(m.part, m.section) for m in ssap.measures} == {
        (s.parent, s.slug) for s in ssap.sections if s.kind == "result"
    }


def test_the_annex_says_what_becomes_of_it(ssap: Document) -> None:
    heading = (
        "General activities from the SSAP 2014-2024 which will be integrated in CAMI POW after "
        "this meeting"
    )
    assert ssap.title == heading
    assert [p.quote for p in ssap.title_passages] == ["Annex 1", heading]
    assert [(s.kind, s.text) for s in ssap.statements] == [
        ("hand-over", heading),
        ("language-note", "(Russian version - see SSAP 2014-2024)"),
    ]


def test_the_values_of_its_scales_are_not_defined(ssap: Document) -> None:
    assert {(d.scheme, d.notation) for d in ssap.definitions} == {
        ("priority", "Essential"),
        ("priority", "High"),
        ("priority", "Medium"),
        ("priority", "Low"),
        ("timescale", "Short"),
        ("timescale", "Medium"),
        ("timescale", "Long"),
        ("timescale", "On-going"),
        ("timescale", "On-going / Completed"),
    }
    assert all((d.label, d.definition) == (None, None) for d in ssap.definitions)
    assert all(d.passages[0].quote == d.notation for d in ssap.definitions)
