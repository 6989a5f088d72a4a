"""The argali action plan, word for word where its layout is difficult."""

from __future__ import annotations

import pytest

from meagraph.core.names import ARGALI
from meagraph_loaders.records import Document, Measure

# Typed from the document: number, text, priority, responsibility.
ROWS = [
    (
        "1.1",
        "Develop rangeland management plans in key sites to maintain and restore intact rangelands "
        "(all)",
        "1",
        "GOs, NGOs, scientific institutions, holders of game management areas",
    ),
    (
        "2.2",
        "New fences China-Tajikistan, China-Pakistan and China-Afghanistan: limit the length of "
        "new fences and mitigate impacts of to increase connectivity, transboundary migration and "
        "range expansion (into Pakistan) for Argali.",
        "1",
        "GOs (border authorities, environmental protection authorities), advice by scientific "
        "institutions, NGOs",
    ),
    (
        "3.6",
        "Allocate hunting quotas to community-based entities managing hunting areas when Argali "
        "numbers there have reached established thresholds.",
        "3",
        "GOs, NGOs scientific institutions",
    ),
    (
        "5.7",
        "Ensure that hunting and management in hunting concession areas are sustainable, enhance "
        "collaboration between hunting concessions and protected area administrations and conduct "
        "integrated conservation and monitoring action",
        "2",
        "private business, GOs, scientific institutions",
    ),
    (
        "5.10",
        "Consider revision of borders, zoning and regulations of NNP Khan Tengiri for achieving "
        "better conservation of Argali and its habitats",
        "3",
        "GOs, NGOs, scientific institutions, communities, private business",
    ),
    (
        "6.1",
        "Assess and monitor: Argali actual range area and population size as well as connectivity "
        "with other parts of its range area.",
        "1",
        "GOs, NGOs, scientific institutions, private business",
    ),
    (
        "9.4",
        "Develop community-based wildlife management for the conservation of Severtzov’s Argali "
        "under consideration of transboundary management and monitoring of the population.",
        "2",
        "GOs, NGOs",
    ),
    (
        "13.1",
        "Enhance transboundary collaboration, exchange experience and",
        "1",
        "GOs, NGOs, scientific institutions",
    ),
    ("16.4", "Establish seasonal and permanent grazing exclusion zones,", "1", "GOs, NGOs"),
    (
        "17.1",
        "Consider fence removal proposed between Station 21 (N 43.749708°, E 111.856505°) which "
        "lies a few kilometers north of Zamyn-Uud near the border with China, and Airag (N "
        "45.778356°, E 109.335991°) to restore animal movements",
        "1",
        "GOs, NGOs, scientific institutions",
    ),
    (
        "18.1",
        "Regulate grazing and restrict livestock in critical areas of the buffer zone at the "
        "boundaries of Great Gobi a Strictly Protected Area.",
        "1",
        "GOs, NGOs",
    ),
    (
        "20.6",
        "Implement conservation measures recommended in the Strategy for the conservation of Snow "
        "Leopard in Russian Federation as far as relevant for Argali in the conservation unit (see "
        "10.5)",
        "3",
        "GOs, NGOs, scientific institutions",
    ),
    (
        "21.4",
        "Finalize the expansion of Nuratau SSNR, adding key Argali habitat in the south of the "
        "current PA territory",
        "2",
        "GOs",
    ),
    (
        "23.3",
        "Assess the genetic diversity of small, isolated subpopulations and, where needed but "
        "connectivity for natural exchange cannot be improved, consider translocations",
        "2",
        "Scientific institutions, GOs, NGOs",
    ),
    (
        "23.5",
        "Consider translocations of Argali for reintroduction in suitable parts of the former "
        "distribution range where recolonization by natural dispersal is not possible",
        "3",
        "GOs, NGOs, scientific institutions, private business",
    ),
]
SNOW_LEOPARD_ITEMS = [
    "Develop game management territories and realize measures to restore Argali populations "
    "(primarily on Chikhachev, Southern Chuisky,Tsagan-Shibetu, and Sangilen Ridges and "
    "Mongun-Taiga Massif);",
    "Guarantee effective work by regional authorized executive agencies for wildlife protection "
    "and antipoaching enforcement against poaching of Argali.",
    "Develop collaboration among nature conservation and legal enforcement agencies in government "
    "to strengthen the fight against illegal trade in Argali.",
    "Create conditions for economic stimulation of game management territories in areas where the "
    "Argali is present or may reappear, including by means of attracting investment and other "
    "extra-budgetary funding sources.",
    "Establish rigorous veterinary oversight of populations of wild and domesticated animals, "
    "conduct screenings for various infectious diseases of all dead ungulates.",
    "Within snow leopard habitats, develop and bring into practice a system for sustainable "
    "rangeland management for free-range livestock grazing that considers the needs of wild "
    "ungulates.",
]


@pytest.fixture
def argali(documents: dict[str, Document]) -> Document:
    return documents[ARGALI]


@pytest.fixture
def measures(argali: Document) -> dict[str, Measure]:
    return {measure.number: measure for measure in argali.measures}


@pytest.mark.parametrize(("number", "text", "priority", "responsibility"), ROWS)
def test_a_measure_has_exactly_its_words_and_cells(
    measures: dict[str, Measure], number: str, text: str, priority: str, responsibility: str
) -> None:
    measure = measures[number]
    assert measure.text == text
    assert measure.priority == priority
    assert measure.responsibility == responsibility
    assert measure.responsibility_lines == (responsibility,)


def test_a_list_inside_a_measure_belongs_to_its_text_and_gives_parts(
    measures: dict[str, Measure],
) -> None:
    measure = measures["10.5"]
    assert measure.text == " · ".join(
        [
            "Implement the conservation measures of relevance for Argali recommended in the "
            "Strategy for the conservation of Snow Leopard in Russian Federation",
            *SNOW_LEOPARD_ITEMS,
        ]
    )
    assert [(part.label, part.text) for part in measure.parts] == list(
        zip("abcdef", SNOW_LEOPARD_ITEMS, strict=True)
    )
    assert (measure.priority, measure.footnotes) == ("3", ("5",))


def test_only_one_measure_holds_a_list(argali: Document) -> None:
    assert [measure.number for measure in argali.measures if measure.parts] == ["10.5"]


def test_the_paragraphs_make_five_statements_around_the_lists_stand_three(
    argali: Document,
) -> None:
    assert [(s.kind, s.number, s.footnotes) for s in argali.statements] == [
        ("mandate", "1", ()),
        ("approach", "2", ("2",)),
        ("hand-over", "2", ()),
        ("definition", "3", ()),
        ("scope", "3", ()),
        ("table-introduction", None, ()),
        ("list-introduction", None, ()),
        ("goal", None, ()),
    ]
    texts = {statement.kind: statement.text for statement in argali.statements}
    assert texts["approach"] == (
        "Therefore, the Secretariat suggests following a different approach for the development "
        "of the Argali Action Plan for 2024-2032 than the previous Single Species Action Plan "
        "(SSAP) for 2014-2024."
    )
    assert texts["hand-over"] == (
        "Cross-cutting activities concerning the species as such or other CAMI species "
        "(preliminary included in Annex 1) shall be included in the next CAMI PoW for 2026-2032, "
        "whereas this document will focus on activities of special relevance for specific "
        "conservation units of Argali."
    )
    assert texts["definition"] == (
        "Conservation units can be subspecies, populations of the species or parts of populations "
        "in specific areas."
    )
    assert texts["goal"] == (
        "Goal: to maintain and restore argali populations to a favourable conservation status "
        "throughout their range, with a particular focus on transboundary populations."
    )
    assert texts["list-introduction"] == (
        "Subspecies or populations entirely or largely restricted to one country:"
    )


def test_the_footnotes_are_lifted_out_and_attached(argali: Document) -> None:
    assert [(f.label, f.explains, f.text) for f in argali.footnotes] == [
        (
            "2",
            ("paragraph:2",),
            "https://www.cms.int/sites/default/files/document/Argali_SSAP_final_English.pdf",
        ),
        (
            "3",
            ("heading:Priority",),
            "Priority for implementing within 6 years: 1 – high (high importance and urgency for "
            "solving conservation issues affecting the animals and their habitat now). 2 - medium "
            "(necessary for stabilization of numbers within 3-5 years). 3 -low (will contribute "
            "to population restoration, but is not urgently needed).",
        ),
        ("4", ("heading:Responsibility",), ""),
        (
            "5",
            ("measure:10.5",),
            "Modified for relevance for Argali. Strategy available at: https://www.researchgate."
            "net/publication/312300067_STRATEGY_for_snow_leopard_conservation_in_the_Russian_"
            "Federation [accessed Aug 08 2024].",
        ),
    ]


def test_the_priorities_are_those_of_footnote_3(argali: Document) -> None:
    assert [(d.scheme, d.notation, d.label, d.definition) for d in argali.definitions] == [
        (
            "priority",
            "1",
            "high",
            "high importance and urgency for solving conservation issues affecting the animals "
            "and their habitat now",
        ),
        (
            "priority",
            "2",
            "medium",
            "necessary for stabilization of numbers within 3-5 years",
        ),
        (
            "priority",
            "3",
            "low",
            "will contribute to population restoration, but is not urgently needed",
        ),
    ]


def test_a_section_is_about_the_unit_that_its_heading_names(argali: Document) -> None:
    sections = [s for s in argali.sections if s.kind == "section"]
    assert [(s.number, s.unit) for s in sections] == [
        ("1.0", None),
        *[(f"{unit + 1}.0", str(unit)) for unit in range(1, 24)],
    ]
    part = "specific-measures-for-conservation-units"
    assert [s.parent for s in sections] == [None, *[part] * 23]
    assert {m.part for m in argali.measures if m.section == "1.0"} == {None}
    assert {m.part for m in argali.measures if m.section != "1.0"} == {part}


def test_headings_keep_their_countries_as_printed(argali: Document) -> None:
    countries = {s.number: s.heading_countries for s in argali.sections}
    assert countries["2.0"] == "Afghanistan, China, Pakistan, Tajikistan"
    assert countries["3.0"] == "Kazakhstan, Kyrgyzstan and Uzbekistan"
    assert countries["8.0"] == "Tajikistan, Uzbekistan"
    assert countries["9.0"] == "Tajikistan-Uzbekistan"
    assert countries["10.0"] == "China, Kazakhstan, Mongolia, Russian Federation"
    assert [countries[f"{n}.0"] for n in (1, 21, 22, 23, 24)] == [None] * 5


def test_titles_keep_the_number_of_the_unit(argali: Document) -> None:
    titles = {s.number: s.title for s in argali.sections}
    assert titles["17.0"] == "16) Gobi Desert – Yin mountains (China, Mongolia)"
    assert titles["21.0"] == (
        "20) Severtzov argali O.a.severtzovi in Uzbekistan (Nurota (Nuratau) range, Oqtov (Aktau) "
        "range, Tomdi (Tamdytau) mountains"
    )
    assert titles["24.0"] == "23) Gobi argali O.a.darwini in relevant areas of Mongolia"


def test_the_hotspots_are_the_rows_of_the_table(argali: Document) -> None:
    rows = [
        (u.number, u.hotspot, u.name, u.subspecies, u.countries)
        for u in argali.units
        if u.kind == "hotspot"
    ]
    pamir, tien_shan = "Pamir Argali or Marco Polo Sheep O.a.polii", "Tien Shan Argali O.a.karelini"
    severtzov, altai = "Severtzov Argali O.a.severtzovi", "Altai Argali O.a.ammon"
    tibet, gobi = "Tibet Argali O.a.hodgsoni", "Gobi Argali O.a.darwini"
    assert rows == [
        ("1", "1", "High Pamirs", pamir, "Afghanistan-China-Pakistan-Tajikistan"),
        ("2", "25", "Western Tien Shan", tien_shan, "Kazakhstan-Kyrgyzstan-Uzbekistan"),
        ("3", "32", "Pamir-Alai", pamir, "Kyrgyzstan-Tajikistan-Uzbekistan"),
        ("4", "14", "Khan Tengri region", tien_shan, "China-Kazakhstan-Kyrgyzstan"),
        ("5", "23", "Western Kyrgyz Range", tien_shan, "Kazakhstan-Kyrgyzstan"),
        ("6", "24", "Northern Tien Shan", tien_shan, "Kazakhstan-Kyrgyzstan"),
        ("7", "31", "Eastern Turkestan Range", severtzov, "Kyrgyzstan-Tajikistan"),
        ("8", "36", "Western Turkestan Range", severtzov, "Tajikistan-Uzbekistan"),
        ("9", "15", "Altai", altai, "China-Kazakhstan-Mongolia-Russian Federation"),
        ("10", "9", "Khangchendzonga-Sikkim Plateau", tibet, "China-Bhutan-India-Nepal"),
        ("11", "10", "Western Trans-Himalaya", tibet, "China-India-Nepal"),
        ("12", "11", "Changthang and Spiti", tibet, "China-India"),
        ("13", "12", "Jungarian Alatau", tien_shan, "China-Kazakhstan"),
        ("14", "13", "Tarbagatay and Saur Ranges", "O.a.collium or karelini", "China-Kazakhstan"),
        ("15", "16", "Southern Tien Shan", "O.a.karelini or polii", "China-Kyrgyzstan"),
        ("16", "17", "Gobi Desert – Yin mountains", gobi, "China-Mongolia"),
        ("17", "18", "SW Gobi", gobi, "China-Mongolia"),
        ("18", "19", "Jungarian Gobi", gobi, "(China)-Mongolia"),
        ("19", "33", "Eastern Sayan", altai, "Mongolia-Russian Federation"),
    ]


def test_the_areas_of_the_hotspots_are_whole(argali: Document) -> None:
    areas = {unit.number: unit.area for unit in argali.units}
    assert areas["2"] == "Ugam-Chatkal NNP, SSNR Chatkal, SSNR Aksu-Zhabagly, SSNR Besh Aral"
    assert areas["11"] == (
        "Uttarakhand (especially Gangotri NP) (India), Upper Humla valley (Nepal) and adjacent "
        "areas (China)"
    )
    assert areas["16"] == (
        "Southern edges of Gobi Desert and Yin Mountains.Possibly several separate sections."
    )
    assert areas["18"] == "Great Gobi B SPA Khovd-Xinjiang"
    assert areas["19"] == "Tuva/Irkutsk prov. /Buryatiya - Khovsgol"


def test_the_list_holds_four_units_in_one_country(argali: Document) -> None:
    listed = [(u.number, u.name, u.subspecies, u.area) for u in argali.units[19:]]
    assert listed == [
        (
            "20",
            "Severtzov argali O.a.severtzovi in Uzbekistan (Nurota (Nuratau) range, Oqtov (Aktau) "
            "range, Tomdi (Tamdytau) mountains)",
            "Severtzov argali O.a.severtzovi",
            "Uzbekistan (Nurota (Nuratau) range, Oqtov (Aktau) range, Tomdi (Tamdytau) mountains)",
        ),
        (
            "21",
            "Karatau argali O.a.nigrimontana in Kazakhstan (Karatau range)",
            "Karatau argali O.a.nigrimontana",
            "Kazakhstan (Karatau range)",
        ),
        (
            "22",
            "Kazakhstan argali O.a.collium in the hill-lands of Kazakhstan",
            "Kazakhstan argali O.a.collium",
            "the hill-lands of Kazakhstan",
        ),
        (
            "23",
            "Gobi argali O.a.darwini in XXX of Mongolia",
            "Gobi argali O.a.darwini",
            "XXX of Mongolia",
        ),
    ]
    assert all(
        (u.kind, u.hotspot, u.countries) == ("national", None, None) for u in argali.units[19:]
    )
