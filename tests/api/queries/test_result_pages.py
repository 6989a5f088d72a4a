"""Answers of canned queries as pages: table, bars and map, and code snippets."""

from __future__ import annotations

import csv
import io
import re
import shlex
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from meagraph.core.glossary import column_head, value_label
from meagraph.core.results.terms import Table, Term
from meagraph_api.queries import result_charts, snippets
from meagraph_api.queries.column_labels import ColumnLabels
from meagraph_api.queries.result_charts import Bar, Chart
from tests.api.browsing import context_of
from tests.nonempty import nonempty
from tests.ready_made import QUERIES
from tests.sampling import SOME_AND_ALL, some

INTEGER = "http://www.w3.org/2001/XMLSchema#integer"
ODD = "/queries/measures-by-country?country=KAZ&country=UZB&text=%22anti-poaching%20activities%22"


def page(client: httpx.Client, address: str) -> str:
    answer = client.get(address, headers={"accept": "text/html"})
    assert answer.status_code == 200, answer.text
    return answer.text


def bars(text: str) -> list[tuple[str, str, str]]:
    """The bars of a page: label, length in %, number."""
    return re.findall(
        r'<th scope="row">(.*?)</th>.*?<rect width="([\d.]+)%".*?<td class="number">(.*?)</td>',
        text,
    )


def text(value: str) -> Term:
    return Term("literal", value)


def whole(number: int) -> Term:
    return Term("literal", str(number), INTEGER)


class Codes:
    """Labels equal to the codes, and heads with a capital letter.

    `plan_columns` are those whose scheme a plan defines.
    """

    def __init__(self, **plan_columns: str) -> None:
        self._plan_columns = plan_columns

    def label(self, column: str, code: str, row: Mapping[str, str]) -> str:
        del column, row
        return code

    def head(self, column: str) -> str:
        return column.capitalize()

    def plan_column(self, column: str) -> str | None:
        return self._plan_columns.get(column)


same = Codes()


def test_rows_of_numbers_become_bars() -> None:
    table = Table(("kind", "measures"), [(text("a"), whole(1)), (text("b"), whole(4))])
    drawn = result_charts.charts(table, same)
    assert drawn is not None
    assert drawn.column == "Measures"
    assert drawn.charts == (Chart("", (Bar("a", 1, 25.0), Bar("b", 4, 100.0))),)


def test_two_columns_that_tell_rows_apart_become_groups_of_one_scale() -> None:
    rows = [
        (text("x"), text("a"), whole(2)),
        (text("x"), text("b"), whole(4)),
        (text("y"), text("a"), whole(8)),
    ]
    drawn = result_charts.charts(Table(("topic", "column", "measures"), rows), same)
    assert drawn is not None
    assert [chart.heading for chart in drawn.charts] == ["x", "y"]
    shares = [[bar.share for bar in chart.bars] for chart in drawn.charts]
    assert shares == [[25.0, 50.0], [100.0]]


def test_rows_that_no_text_tells_apart_are_counted() -> None:
    rows = [(text("a"), None), (text("a"), text("High")), (text("b"), text("High"))]
    drawn = result_charts.charts(Table(("instrument", "priority"), rows), same)
    assert drawn is not None
    assert drawn.column == ""
    assert drawn.charts == (
        Chart("Instrument", (Bar("a", 2, 100.0), Bar("b", 1, 50.0))),
        Chart("Priority", (Bar("High", 2, 100.0), Bar("", 1, 50.0))),
    )


def test_each_plan_has_a_chart_of_its_own_scale() -> None:
    """A mark in two plans counts as two marks, and no bar sums them."""
    rows = [
        (text("a"), text("1.1"), text("1")),
        (text("a"), text("1.2"), text("1")),
        (text("a"), text("1.3"), text("2")),
        (text("b"), text("1.1"), text("1")),
        (text("b"), text("1.2"), text("2")),
        (text("b"), text("1.3"), text("2")),
    ]
    drawn = result_charts.charts(
        Table(("instrument", "number", "priority"), rows),
        Codes(priority="instrument", number="instrument"),
    )
    assert drawn is not None
    assert drawn.charts == (
        Chart("Instrument", (Bar("a", 3, 100.0), Bar("b", 3, 100.0))),
        Chart("Priority: a", (Bar("1", 2, 100.0), Bar("2", 1, 50.0))),
        Chart("Priority: b", (Bar("2", 2, 100.0), Bar("1", 1, 50.0))),
    )


def test_what_counts_nothing_is_no_quantity() -> None:
    rows = [(text("a"), whole(1)), (text("b"), whole(2))]
    assert result_charts.charts(Table(("actor", "position"), rows), same) is None


def test_more_rows_than_can_be_seen_are_said_to_be_left() -> None:
    rows = [(text(str(number)), whole(number)) for number in range(result_charts.MOST_BARS + 7)]
    drawn = result_charts.charts(Table(("name", "units"), rows), same)
    assert drawn is not None
    assert sum(len(chart.bars) for chart in drawn.charts) == result_charts.MOST_BARS
    assert drawn.left == 7


def test_a_state_of_several_rows_is_counted_by_rows() -> None:
    one = Table(("country", "measures"), [(text("KAZ"), whole(7)), (text("UZB"), whole(3))])
    assert result_charts.by_state(one) == ("measures", {"KAZ": 7.0, "UZB": 3.0})
    many = Table(("country", "measures"), [(text("KAZ"), whole(7)), (text("KAZ"), whole(3))])
    assert result_charts.by_state(many) == ("", {"KAZ": 2.0})
    assert result_charts.by_state(Table(("country",), [(None,)])) is None
    assert result_charts.by_state(Table(("topic",), [(text("x"),)])) is None


def test_places_are_those_with_coordinates() -> None:
    columns = ("place", "lat", "lon", "iri")
    rows = [
        (text("Almaty"), text("43.2"), text("76.9"), None),
        (text("Altay"), None, None, None),
        (text("Nowhere"), text("north"), text("1"), None),
    ]
    assert [place.name for place in result_charts.places(Table(columns, rows))] == ["Almaty"]


terms = st.one_of(
    st.none(),
    st.builds(text, st.text(max_size=5)),
    st.builds(whole, st.integers(-5, 10**9)),
    st.just(Term("literal", "abc", INTEGER)),
    st.just(Term("uri", "https://example.org/")),
)


@given(st.lists(st.tuples(terms, terms, terms), max_size=30))
def test_any_table_has_a_chart_or_none(rows: list[tuple[Term | None, ...]]) -> None:
    table = Table(("country", "lat", "lon"), rows)
    drawn = result_charts.charts(table, same)
    if drawn is not None:
        shares = [bar.share for chart in drawn.charts for bar in chart.bars]
        assert all(0 <= share <= 100 for share in shares)
    result_charts.by_state(table)
    result_charts.places(table)


def test_bars_show_the_numbers_of_the_table(real: httpx.Client) -> None:
    rows = real.get("/queries/topic-matrix.json").json()
    shown = bars(page(real, "/queries/topic-matrix?view=chart"))
    assert Counter(number for _, _, number in shown) == Counter(str(r["measures"]) for r in rows)
    assert {"Saiga work programme 2016–2020"} < {label for label, _, _ in shown}
    most = max(row["measures"] for row in rows)
    assert all(float(share) == round(100 * int(n) / most, 1) for _, share, n in shown)


def test_bars_count_measures_by_what_is_printed(real: httpx.Client) -> None:
    shown = bars(page(real, "/queries/measures?view=chart"))
    assert ("CMS–CITES joint work programme 2015–2020", "28.7", "33") in shown


def charts(text: str) -> dict[str, list[tuple[str, int]]]:
    """The charts of a page by caption: label and number of each bar."""
    found = re.findall(
        r'<table class="chart">\s*<caption[^>]*>(.*?)</caption>(.*?)</table>', text, re.S
    )
    return {
        str(Markup(caption).unescape()): [
            (str(Markup(label).unescape()), int(number)) for label, _, number in bars(body)
        ]
        for caption, body in found
    }


UNLABELLED = {
    "country-profile.item",  # other parts of the profile have other codes
    "taxa.taxon",  # the scientific name itself
}


PRIORITY = "Priority in the plan"
PLANS = {
    "saiga-mtiwp-2016-2020": "Saiga work programme 2016–2020",
    "argali-action-plan-2025-2032": "Argali action plan 2025–2032 (draft)",
    "argali-ssap-2014-2024": "Argali SSAP 2014–2024 (excerpt)",
    "cms-cites-jwp-2015-2020": "CMS–CITES joint work programme 2015–2020",
}


def test_priorities_are_called_what_their_own_plan_calls_them(real: httpx.Client) -> None:
    """Other things may have the same code: 1 is also a unit, the High Pamirs."""
    shown = page(real, "/queries/carried-forward?view=chart")
    drawn = charts(shown)
    heading = f"{PRIORITY}: {PLANS['argali-action-plan-2025-2032']}"
    assert {label for label, _ in drawn[heading]} == {
        "1: high",
        "2: medium",
        "3: low",
    }
    assert "High Pamirs" not in str(drawn)


def test_steps_of_plans_are_counted_plan_by_plan(real: httpx.Client) -> None:
    rows = real.get("/queries/measures.json").json()
    drawn = charts(page(real, "/queries/measures?view=chart"))
    for column, head in (("priority", PRIORITY), ("timescale", "Timescale")):
        for plan, title in PLANS.items():
            counts = Counter(row[column] or "" for row in rows if row["instrument"] == plan)
            if (shown := drawn.get(f"{head}: {title}")) is not None:
                codes = {label.partition(":")[0]: number for label, number in shown}
                assert {codes.get(code) or codes["(empty)"] for code in counts} == set(
                    counts.values()
                )
                assert sum(codes.values()) == sum(counts.values())
    assert PRIORITY not in drawn
    assert "1: Urgent" in dict(drawn[f"{PRIORITY}: {PLANS['saiga-mtiwp-2016-2020']}"])


@pytest.mark.parametrize("everything", SOME_AND_ALL)
def test_no_bar_of_any_query_adds_up_what_is_of_several_plans(
    real: httpx.Client, everything: bool
) -> None:
    """Each chart of a plan has the bars of its values, for every query and column."""
    queries = list(QUERIES.values())
    for query in nonempty(queries if everything else some(queries, 12)):
        required = {key: one.example for key, one in query.parameters.items() if one.required}
        shown = real.get(
            f"/queries/{query.name}", params={**required, "format": "html", "view": "chart"}
        )
        if shown.status_code == 400:
            continue
        rows = real.get(f"/queries/{query.name}.json", params=required).json()
        if "The bars show the column" in shown.text:
            assert len(bars(shown.text)) == min(len(rows), result_charts.MOST_BARS)
            continue
        for caption, drawn in charts(shown.text).items():
            head, _, plan = caption.partition(": ")
            (column,) = [one for one in query.columns if column_head(query.name, one) == head]
            within = query.column(column).named & set(query.columns)
            assert bool(within) == bool(plan), (query.name, caption)
            of_plan = [
                row
                for row in rows
                if not within or PLANS.get(row[min(within)], row[min(within)]) == plan
            ]
            counts = Counter(row[column] or "" for row in of_plan)
            assert sorted(number for _, number in drawn) == sorted(counts.values()), caption


def test_every_code_with_a_declared_meaning_has_the_label_of_the_graph(
    real: httpx.Client,
) -> None:
    """The label is from the scheme of the column, in all queries."""
    context = context_of(real)
    known = context.labels
    unlabelled: dict[str, set[str]] = {}
    for query in QUERIES.values():
        required = {key: one.example for key, one in query.parameters.items() if one.required}
        rows = real.get(f"/queries/{query.name}.json", params=required).json()
        naming = ColumnLabels(query, {"by": ["instrument"]}, context)
        for column in query.columns:
            declared = query.column(column)
            if declared.iri is None and declared.scheme is None:
                continue
            for row in rows:
                record = {name: str(value or "") for name, value in row.items()}
                for code in filter(None, record[column].split(declared.separator or "\0")):
                    label = naming.label(column, code, record)
                    scheme = (declared.scheme or "").format(**record)
                    address = (
                        known.steps.get((scheme, code), "")
                        if declared.scheme
                        else (declared.iri or "").format(
                            **{**record, "value": code}, by="instrument"
                        )
                    )
                    expected = known.name(address) if address in known.names else None
                    expected = value_label(query.name, column, code) or expected
                    if expected is None:
                        unlabelled.setdefault(f"{query.name}.{column}", set()).add(code)
                    else:
                        assert label.endswith((expected, code)), (query.name, column, code)
    assert set(unlabelled) <= UNLABELLED, unlabelled


def test_a_map_shows_the_numbers_of_the_states(real: httpx.Client) -> None:
    filters = "instrument=argali-action-plan-2025-2032"
    drawn = page(real, f"/queries/country-coverage?{filters}&view=map")
    rows = real.get(f"/queries/country-coverage.json?{filters}").json()
    names = dict(re.findall(r"<title>(\w+[^<]*): (\d+)</title>", drawn))
    assert names["Kazakhstan"] == str(next(r["measures"] for r in rows if r["country"] == "KAZ"))
    assert "in the column “Measures”" in drawn
    assert "do not imply the expression of any opinion" in drawn


def test_a_map_of_measures_counts_rows(real: httpx.Client) -> None:
    drawn = page(real, ODD + "&view=map")
    rows = real.get(ODD.replace("country?", "country.json?", 1)).json()
    counts = Counter(row["country"] for row in rows)
    names = dict(re.findall(r"<title>(\w+[^<]*): (\d+)</title>", drawn))
    assert names == {"Kazakhstan": str(counts["KAZ"]), "Uzbekistan": str(counts["UZB"])}
    assert "shows the number of results for the country" in drawn


def test_a_map_shows_places_by_their_coordinates(real: httpx.Client) -> None:
    drawn = page(real, "/queries/places?view=map")
    rows = real.get("/queries/places.json?with_coordinates=true").json()
    assert drawn.count('class="dot"') == len({row["place"] for row in rows}) > 5


def test_a_view_keeps_the_filters_and_the_form_keeps_the_view(real: httpx.Client) -> None:
    drawn = page(real, ODD + "&view=chart").replace("&amp;", "&")
    kept = "country=KAZ&country=UZB&text=%22anti-poaching+activities%22&format=html"
    assert f'href="/queries/measures-by-country?{kept}&view=map#answer"' in drawn
    assert '<input type="hidden" name="view" value="chart">' in drawn
    assert '<span aria-current="page">Chart</span>' in drawn


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("/queries/units?view=pie", "view=&#39;pie&#39; is none of table, chart, map."),
        ("/queries/timeline?view=map", "its columns allow table, chart."),
        ("/queries/units?view=map&view=table", "view is given 2 times; give it once."),
    ],
)
def test_a_view_that_is_not_there_is_refused(
    real: httpx.Client, address: str, message: str
) -> None:
    answer = real.get(address, headers={"accept": "text/html"})
    assert answer.status_code == 400
    assert message in answer.text


def test_a_view_is_a_matter_of_pages_alone(real: httpx.Client) -> None:
    assert real.get("/queries/units.csv?view=map").content == real.get("/queries/units.csv").content


@pytest.mark.parametrize("everything", SOME_AND_ALL)
def test_every_question_has_a_page_in_every_view_and_language(
    real: httpx.Client, everything: bool
) -> None:
    questions = real.get("/queries", headers={"accept": "application/json"}).json()
    assert len(questions) == len(QUERIES)
    for question in questions if everything else some(questions, 8):
        examples = {
            parameter["name"]: parameter["example"]
            for parameter in question["parameters"]
            if parameter.get("required")
        }
        for language in ("en", "ru"):
            params = {**examples, "format": "html", "lang": language}
            answer = real.get(f"/queries/{question['name']}", params=params)
            assert answer.status_code == 200, question["name"]
            views_there = re.findall(r'[?&;]view=(\w+)#answer"', answer.text)
            for view in views_there:
                shown = real.get(f"/queries/{question['name']}", params={**params, "view": view})
                assert shown.status_code == 200, (question["name"], view)
    real.cookies.clear()


def lines(client: httpx.Client, address: str) -> tuple[str, str, str]:
    """The code snippets of a page, with the URL of the server of this test."""
    found = re.findall(r"<pre tabindex=\"0\"><code>(.*?)</code></pre>", page(client, address))
    here = str(client.base_url).rstrip("/")
    curl, python, r = (
        Markup(line).unescape().replace("http://127.0.0.1:8000", here) for line in found
    )
    return curl, python, r


def table(body: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(body)))


@pytest.mark.parametrize("address", [ODD, "/queries/units", "/queries/measures?text=d%27une"])
def test_curl_and_python_give_the_same_and_r_reads_the_same(
    real: httpx.Client, address: str
) -> None:
    curl, python, r = lines(real, address)
    path, _, query = address.partition("?")
    there = table(real.get(f"{path}.csv?{query}").text)
    program, silent, where = shlex.split(curl)
    assert (program, silent) == ("curl", "-s")
    assert table(httpx.get(where, timeout=60).text) == there
    assert re.findall(r'read\.csv\("([^"]*)", colClasses', r) == [where]
    script = f"{python}\nprint(len(answer), answer.columns)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == f"{len(there) - 1} {tuple(there[0])!r}"


@given(
    st.lists(
        st.tuples(st.sampled_from(["country", "text", "class"]), st.text(min_size=1, max_size=12))
    )
)
def test_no_value_breaks_out_of_a_line(filters: list[tuple[str, str]]) -> None:
    lines = snippets.snippets("https://example.org/mea", "units", filters)
    calls: list[tuple[str, dict[str, object]]] = []

    class Graph:
        def canned(self, name: str, **values: object) -> None:
            calls.append((name, values))

    class Meagraph:
        def open(self, address: str) -> Graph:
            assert address == "https://example.org/mea"
            return Graph()

    plain = lines.python.removeprefix("import meagraph; ")
    exec(plain, {"meagraph": Meagraph()})
    name, values = calls[0]
    passed = {key: value if isinstance(value, list) else [value] for key, value in values.items()}
    expected: dict[str, list[str]] = {}
    for key, value in filters:
        expected.setdefault(key, []).append(value)
    assert (name, passed) == ("units", expected)
    where = shlex.split(lines.curl)[-1]
    query = urlsplit(where).query
    assert parse_qs(query, keep_blank_values=True) == expected
    assert where in lines.r


def test_the_query_can_be_opened_as_sparql(real: httpx.Client) -> None:
    found = re.search(r'href="/sparql\?query=([^"]*)"', page(real, ODD))
    assert found is not None
    query = parse_qs(f"query={found[1]}")["query"][0]
    assert "#+" not in query
    answer = real.post("/sparql", data={"query": query}, headers={"accept": "text/csv"})
    there = real.get(ODD.replace("country?", "country.csv?", 1))
    assert table(answer.text) == table(there.text.removeprefix("\ufeff"))


def test_choices_are_called_in_the_language_of_the_page(real: httpx.Client) -> None:
    russian = page(real, "/queries/measures?lang=ru")
    real.cookies.clear()
    assert '<option value="KAZ">Казахстан</option>' in russian
    assert ">пограничные заграждения</option>" in russian
    assert re.search(r'<option value="argali-[^"]*"[^>]* lang="en">', russian)


def test_the_words_of_documents_stay_english_and_say_so(real: httpx.Client) -> None:
    russian = page(real, ODD + "&lang=ru")
    real.cookies.clear()
    assert '<td data-column="Текст меры" class="long" lang="en">' in russian
    assert '<td data-column="Страна"><a href="/page/country/KAZ">Казахстан</a></td>' in russian
    assert 'lang="en"><strong>Saiga work programme 2016–2020</strong>' in russian
    assert "принят; период 2016–2020, завершён" in russian


def test_words_stand_behind_the_number_on_a_page_and_in_their_place_in_data(
    real: httpx.Client,
) -> None:
    shown = re.findall(r'<th scope="col"[^>]*>([^<]+)</th>', page(real, ODD))
    assert shown[:2] == ["No.", "Text of the measure"]
    header = table(real.get(ODD.replace("country?", "country.csv?", 1)).text)[0]
    heads = [column_head("measures-by-country", column) for column in header]
    assert sorted(shown) == sorted(heads) != shown
