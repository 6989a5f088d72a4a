"""Taxa that no plan names: links to the taxa above and below, and to mentions."""

from __future__ import annotations

import io
import re
from html import unescape
from urllib.parse import urlsplit

import httpx
import openpyxl
import pyoxigraph as ox
import pytest

from meagraph.core import names
from tests.api.browsing import listed, total
from tests.nonempty import nonempty

RUSSIAN = {"accept-language": "ru"}
UNNAMED = (
    "saiga-tatarica",
    "saiga-tatarica-tatarica",
    "saiga-tatarica-mongolica",
    "saiga-borealis",
    "loxodonta-africana",
    "loxodonta-cyclotis",
    "gorilla",
)
"""Taxa without measures, but with a taxon above that has some."""


def taxa(store: ox.Store) -> list[str]:
    """The last segments of the IRIs of all taxa."""
    found = store.query(f"SELECT DISTINCT ?taxon {{ ?taxon a <{names.term('Taxon')}> }}")
    assert isinstance(found, ox.QuerySolutions)
    return sorted(names.local_name(row["taxon"].value) for row in found)


def measures(client: httpx.Client, **filters: str) -> list[str]:
    """The IRIs of the measures of a table."""
    rows = client.get("/queries/measures.json", params=filters).json()
    return [row["measure"] for row in rows]


def counted(page: str) -> list[tuple[str, int]]:
    """The links of numbers of measures, and the numbers."""
    found = re.findall(r'<a href="(/measures\?[^"]*taxon_scope=exact)">(\d+) measure', page)
    return [(unescape(path), int(number)) for path, number in found]


def test_no_page_of_a_taxon_is_a_dead_end(roomy: httpx.Client, store: ox.Store) -> None:
    every = taxa(store)
    assert len(every) == 26
    for taxon in every:
        page = roomy.get(f"/page/taxon/{taxon}").text
        own = measures(roomy, taxon=taxon)
        assert own or counted(page) or listed(page), taxon


@pytest.mark.parametrize("taxon", [*UNNAMED, "ovis-ammon", "ovis-ammon-polii"])
def test_a_number_of_measures_leads_to_a_list_of_that_length(
    roomy: httpx.Client, taxon: str
) -> None:
    for path, number in nonempty(counted(roomy.get(f"/page/taxon/{taxon}").text)):
        assert total(roomy.get(path).text) == number > 0


def test_a_taxon_without_measures_has_no_number_of_them(roomy: httpx.Client) -> None:
    assert counted(roomy.get("/page/taxon/hominidae").raise_for_status().text) == []


def test_the_saiga_leads_to_what_is_filed_under_the_genus(roomy: httpx.Client) -> None:
    page = roomy.get("/page/taxon/saiga-tatarica").text
    assert counted(page) == [("/measures?taxon=saiga&taxon_scope=exact", 93)]
    assert '<a href="/page/taxon/saiga#units">5 populations or areas</a>' in page
    assert "Saiga antelope" in page


def test_a_taxon_that_is_only_mentioned_lists_what_mentions_it(roomy: httpx.Client) -> None:
    page = roomy.get("/page/taxon/capra-sibirica").text
    mentions = page[page.index('id="mentions"') :]
    assert listed(mentions) == ["/page/measure/argali-action-plan-2025-2032/16.5"]


def test_an_empty_list_of_measures_leads_to_the_taxon_above(roomy: httpx.Client) -> None:
    page = roomy.get("/measures?taxon=saiga-tatarica").text
    assert total(page) == 0
    assert counted(page) == [("/measures?taxon=saiga&taxon_scope=exact", 93)]
    assert counted(roomy.get("/measures?taxon=saiga").text) == []


@pytest.mark.parametrize("taxon", UNNAMED)
@pytest.mark.parametrize("suffix", ["", ".json", ".csv", ".xlsx"])
def test_an_empty_table_has_a_link_to_the_same_table_of_the_taxon_above(
    roomy: httpx.Client, taxon: str, suffix: str
) -> None:
    answer = roomy.get(f"/queries/measures-by-taxon{suffix}", params={"taxon": taxon})
    (address,) = re.findall(r'<([^>]*)>; rel="related"', answer.headers["link"])
    parts = urlsplit(address)
    assert parts.path == f"/queries/measures-by-taxon{suffix}"
    rows = roomy.get(f"{parts.path}?{parts.query}", headers={"accept": "application/json"})
    assert rows.status_code == 200
    if suffix in ("", ".json"):
        assert answer.json() == []
        assert len(rows.json()) > 0


def test_the_link_keeps_the_other_filters(roomy: httpx.Client) -> None:
    filters = "taxon=saiga-tatarica&country=BTN&topic=border-fence"
    link = roomy.get(f"/queries/measures.json?{filters}").headers["link"]
    assert "/queries/measures.json?taxon=saiga&country=BTN&topic=border-fence>" in link


@pytest.mark.parametrize(
    "filters",
    [
        "taxon=saiga",
        "taxon=saiga-tatarica&taxon_scope=species-wide",
        "taxon=saiga-tatarica&taxon_scope=species-wide&country=BTN",
        "taxon=acinonyx-jubatus&country=BTN",
        "country=BTN&topic=border-fence&text=nothing",
    ],
)
def test_a_table_that_has_rows_or_nowhere_to_lead_has_no_such_link(
    roomy: httpx.Client, filters: str
) -> None:
    answer = roomy.get(f"/queries/measures.json?{filters}")
    assert answer.status_code == 200
    assert "related" not in answer.headers.get("link", "")


def test_the_exact_scope_leads_below_too(roomy: httpx.Client) -> None:
    params = {"taxon": "ovis-ammon", "taxon_scope": "exact", "unit": "7"}
    answer = roomy.get("/queries/measures.json", params=params)
    assert answer.json() == []
    assert "taxon=ovis-ammon-karelini&taxon_scope=exact&unit=7" in answer.headers["link"]


def test_the_page_and_the_workbook_say_where_the_measures_are(roomy: httpx.Client) -> None:
    html = roomy.get("/queries/units?taxon=saiga-borealis&format=html").text
    filed = html[html.index('class="plain filed"') :].split("</ul>")[0]
    assert "/queries/units?taxon=saiga" in filed
    assert "93 measures, 5 populations or areas" in filed
    russian = roomy.get("/queries/units?taxon=saiga-borealis&format=html", headers=RUSSIAN).text
    assert "93 меры, 5 популяций или территорий" in russian
    book = roomy.get("/queries/units.xlsx?taxon=saiga-borealis").content
    lines = openpyxl.load_workbook(io.BytesIO(book))["About this table"].values
    (line,) = [value for label, value, *_ in lines if label == "Related taxon"]
    assert str(line).startswith("Saiga (SAIGA ANTELOPE (SAIGA SPP.); Saiga antelope). ")
    assert "Measures: 93. Populations and areas: 5." in str(line)


@pytest.mark.parametrize(
    "path",
    [
        "/page/taxon/ovis-ammon",
        "/page/taxon/ovis-ammon-polii",
        "/measures",
        "/measures?taxon=ovis-ammon",
        "/queries/taxa?format=html",
    ],
)
def test_russian_pages_show_the_preferred_name_beside_the_scientific_one(
    roomy: httpx.Client, path: str
) -> None:
    russian = re.sub("<[^>]+>", "", roomy.get(path, headers=RUSSIAN).text)
    assert "архар (аргали)" in russian
    assert "архар (аргали)" not in roomy.get(path).text


def test_a_page_lists_names_by_language_with_their_sources(roomy: httpx.Client) -> None:
    page = roomy.get("/page/taxon/ovis-ammon").text
    assert '<dt>Russian</dt><dd lang="ru"><b>архар</b>, <b>аргали</b>, горный баран' in re.sub(
        r"</dt>\s*<dd", "</dt><dd", page
    )
    assert 'горный баран <span class="meta" lang="en">(one source)</span>' in page
    sources = page[page.index("<summary>Sources of the common names</summary>") :]
    assert "https://cytoplazma.ru/arhar.html" in sources
    assert "preferred by meagraph editors" in sources
