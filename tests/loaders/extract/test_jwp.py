"""The joint work programme, word for word where its layout is difficult."""

from __future__ import annotations

import pytest

from meagraph.core.names import JWP
from meagraph_loaders.records import Document, Measure

# Typed from the document: numbers with a period, a dash or nothing, page headings in the middle of
# a sentence, blank lines inside list items, a list item that lost its mark.
TEXTS = {
    "A1": "Harmonize and link databases containing species-specific information (such as "
    "taxonomy, nomenclature, species common names, range states, conservation and legal status), "
    "taking into account the respective requirements of the two Conventions.",
    "B1": "Coordinate the development and, once adopted, joint implementation of the Argali Action "
    "Plan, focusing on species management and sustainable trade components.",
    "B2": "Ensure collaboration on the implementation of the Medium-Term International Work "
    "Programme under the Saiga MoU and its revisions; including regular exchange of technical and "
    "other relevant information, coordinated reporting, capacity building, fundraising efforts, "
    "outreach activities aimed at range States where appropriate, dialogue between consumer and "
    "range States, and population restoration and conservation efforts. Activities which both "
    "Secretariats shall facilitate include strengthening anti-poaching efforts and implementing "
    "trade measures.",
    "B5": "Ensure collaboration on the conservation and management of big cats, including regular "
    "exchange of technical and other relevant information, attendance of each other’s meetings, "
    "capacity building, joint fundraising and collective reach-out to range States where "
    "appropriate.",
    "B6": "Maximize the synergies between CMS and the CITES MIKES programme in Africa, as "
    "appropriate",
    "B13": "Ensure connectivity with the African Elephant Action Plan and the associated African "
    "Elephant Fund.",
    "B15": "Collaborate to review implementation of the SakerGAP in 2017, and in the case of a "
    "sudden major change liable to affect one or more Saker Falcon populations.",
    "B18": "Cooperate on capacity building regarding the implementation of regulations of both "
    "Conventions related to sharks and rays.",
    "C2": "Facilitate the exchange of information among the Secretariats, such as: Calendars of "
    "meetings; - Meeting invitations; - Lists of administrative and scientific focal points and "
    "Authorities in Parties; - Pertinent draft documents in advance of Convention meetings, "
    "including strategic plans; - Details of procedural and administrative developments; and - "
    "Guidelines whose joint adoption is mutually supportive.",
    "C4": "Jointly explore possibilities for secondments and loans from Parties in order to "
    "support shared work.",
    "D1": "Investigate possibilities for coordinated outreach and joint capacity-building "
    "activities.",
    "D2": "Jointly attend, or represent the other Secretariat, at meetings of inter-agency groups, "
    "including those listed below; collaborate with the follow-up to such meetings and actions as "
    "required; and encourage such groups to support the implementation of CMS and CITES: - Liaison "
    "Group of the Biodiversity-related Conventions (BLG); - Intergovernmental Science-Policy "
    "Platform on Biodiversity and Ecosystem Services (IPBES) processes; - Environment Management "
    "Group (EMG) and the Issue Management Group on Biodiversity (IMG4); - Collaborative "
    "Partnership on Sustainable Wildlife Management (CPW); and - 2020 Aichi Biodiversity Targets "
    "Task Force on the Implementation of the Strategic Plan for Biodiversity 2011-2020 and the "
    "Aichi Biodiversity Targets.",
    "D3": "Encourage representation of one secretariat by the other at events of mutual interest "
    "to reduce costs and promote synergies. This may include joint presentations and/or jointly "
    "approved statements and press releases.",
}
PARTS = {
    "C2": [
        "Calendars of meetings;",
        "Meeting invitations;",
        "Lists of administrative and scientific focal points and Authorities in Parties;",
        "Pertinent draft documents in advance of Convention meetings, including strategic plans;",
        "Details of procedural and administrative developments; and",
        "Guidelines whose joint adoption is mutually supportive.",
    ],
    "D2": [
        "Liaison Group of the Biodiversity-related Conventions (BLG);",
        "Intergovernmental Science-Policy Platform on Biodiversity and Ecosystem Services (IPBES) "
        "processes;",
        "Environment Management Group (EMG) and the Issue Management Group on Biodiversity (IMG4);",
        "Collaborative Partnership on Sustainable Wildlife Management (CPW); and",
        "2020 Aichi Biodiversity Targets Task Force on the Implementation of the Strategic Plan "
        "for Biodiversity 2011-2020 and the Aichi Biodiversity Targets.",
    ],
}


@pytest.fixture
def jwp(documents: dict[str, Document]) -> Document:
    return documents[JWP]


@pytest.fixture
def measures(jwp: Document) -> dict[str, Measure]:
    return {measure.number: measure for measure in jwp.measures}


@pytest.mark.parametrize("number", TEXTS)
def test_a_measure_has_exactly_its_words(measures: dict[str, Measure], number: str) -> None:
    assert measures[number].text == TEXTS[number]


@pytest.mark.parametrize("number", PARTS)
def test_a_list_inside_a_measure_gives_parts(measures: dict[str, Measure], number: str) -> None:
    assert [part.text for part in measures[number].parts] == PARTS[number]
    assert "".join(part.label for part in measures[number].parts) == "abcdef"[: len(PARTS[number])]


def test_no_other_measure_holds_a_list(jwp: Document) -> None:
    assert [measure.number for measure in jwp.measures if measure.parts] == ["C2", "D2"]


def test_numbers_follow_the_letters(jwp: Document) -> None:
    assert [measure.number for measure in jwp.measures] == [
        *("A1", "A2"),
        *[f"B{n}" for n in range(1, 22)],
        *[f"C{n}" for n in range(1, 6)],
        *[f"D{n}" for n in range(1, 6)],
    ]


def test_themes_hold_sub_headings(jwp: Document) -> None:
    assert [(s.kind, s.number, s.title, s.parent) for s in jwp.sections] == [
        ("section", "A", "Harmonization of species-specific information", None),
        (
            "sub-heading",
            None,
            "Harmonization of species-specific information contained in related databases",
            "A",
        ),
        ("sub-heading", None, "Harmonize Nomenclature", "A"),
        (
            "section",
            "B",
            "Joint activities addressing shared species and issues of common interest",
            None,
        ),
        ("sub-heading", None, "Argali", "B"),
        ("sub-heading", None, "Saiga antelope", "B"),
        ("sub-heading", None, "Big cats", "B"),
        ("sub-heading", None, "Great apes", "B"),
        ("sub-heading", None, "African elephant", "B"),
        ("sub-heading", None, "Saker falcon", "B"),
        ("sub-heading", None, "Marine turtles", "B"),
        ("sub-heading", None, "Sharks and Rays", "B"),
        ("sub-heading", None, "Other species issues", "B"),
        ("section", "C", "Implementation and fundraising cooperation", None),
        ("sub-heading", None, "Secretariat coordination meetings", "C"),
        ("sub-heading", None, "Exchange information", "C"),
        ("sub-heading", None, "Staffing", "C"),
        ("sub-heading", None, "Fundraising", "C"),
        (
            "section",
            "D",
            "Outreach and capacity building activities (strengthening existing cooperation "
            "between secretariats of biodiversity-related conventions)",
            None,
        ),
    ]


@pytest.mark.parametrize(
    ("number", "part"),
    [
        ("A2", "harmonize-nomenclature"),
        ("B4", "saiga-antelope"),
        ("B6", "big-cats"),
        ("B7", "great-apes"),
        ("B13", "african-elephant"),
        ("B14", "saker-falcon"),
        ("B21", "other-species-issues"),
        ("C4", "staffing"),
        ("C5", "fundraising"),
        ("D1", None),
        ("D5", None),
    ],
)
def test_a_measure_stands_under_its_sub_heading(
    measures: dict[str, Measure], number: str, part: str | None
) -> None:
    assert (measures[number].section, measures[number].part) == (number[0], part)


def test_introductions_and_caveats_are_statements(jwp: Document) -> None:
    assert [(s.kind, s.section) for s in jwp.statements] == [
        ("introduction", None),
        ("theme-introduction", "A"),
        ("theme-introduction", "B"),
        ("list-introduction", "B"),
        ("theme-introduction", "B"),
        ("caveat", "B"),
        ("theme-introduction", "C"),
        ("theme-introduction", "D"),
    ]
    texts = [statement.text for statement in jwp.statements]
    assert texts[0] == (
        "Introduction: The CMS/CITES Joint Work Programme 2015–2020 comprises a non-exhaustive "
        "list of joint activities. They are organized around four main themes: (A) Harmonization "
        "of species-specific information; (B) Joint activities addressing shared species and "
        "issues of common interest; (C) Implementation and fundraising; (D) Outreach and capacity "
        "building."
    )
    assert texts[3] == "Shared species of particular attention include:"
    assert texts[4] == (
        "The Secretariats will also respond to any relevant recommendations, resolutions and "
        "decisions agreed by Parties or Signatories and that pertain to joint CITES/CMS work, "
        "including those resulting from the implementation of CMS instruments (e.g. MoUs)."
    )
    assert texts[5] == "Activities shall not be limited to those envisaged below."


def test_the_shared_species_are_listed_as_printed(jwp: Document) -> None:
    assert [(s.slug, s.text, s.common_name, s.scientific) for s in jwp.species] == [
        ("argali-sheep", "Argali sheep (Ovis ammon)", "Argali sheep", ("Ovis ammon",)),
        ("saiga-antelope", "Saiga antelope (Saiga spp.)", "Saiga antelope", ("Saiga spp.",)),
        (
            "big-cats",
            "Big cats, such as Snow leopard (Uncia uncia) and Cheetah (Acinonyx jubatus)",
            "Big cats",
            ("Uncia uncia", "Acinonyx jubatus"),
        ),
        ("great-apes", "Great apes (Hominidae)", "Great apes", ("Hominidae",)),
        (
            "african-elephant",
            "African elephant (Loxodonta spp.)",
            "African elephant",
            ("Loxodonta spp.",),
        ),
        ("saker-falcon", "Saker falcon (Falco cherrug)", "Saker falcon", ("Falco cherrug",)),
        (
            "marine-turtles",
            "Marine turtles (Cheloniidae and Dermochelyidae)",
            "Marine turtles",
            ("Cheloniidae", "Dermochelyidae"),
        ),
        (
            "sharks-and-rays",
            "Sharks and rays (Elasmobranchii)",
            "Sharks and rays",
            ("Elasmobranchii",),
        ),
    ]
