"""The SPARQL editor at /sparql, as users see it."""

from __future__ import annotations

from urllib.parse import parse_qs, quote, urlsplit

import pytest
from playwright.sync_api import Page, expect

from .conftest import Visiting
from .visits import PHONE, Visit

MEASURES = """PREFIX mea: <https://w3id.org/meagraph/ontology#>
SELECT ?instrument (COUNT(?measure) AS ?measures) WHERE {
  ?measure a mea:Measure ; mea:instrument ?instrument
} GROUP BY ?instrument ORDER BY ?instrument"""
BROKEN = "PREFIX mea: <https://w3id.org/meagraph/ontology#>\nSELECT *\nWHERE {\n  ?s mae:text ?o\n}"


def filled(query: str) -> str:
    """The path of the editor with a query."""
    return f"/sparql?query={quote(query)}"


def written(page: Page) -> str:
    """The text in the editor."""
    found: str = page.evaluate("document.querySelector('.CodeMirror').CodeMirror.getValue()")
    return found


def write(page: Page, query: str) -> None:
    """Replace the text in the editor."""
    page.locator(".yasqe .CodeMirror").click()
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    page.keyboard.insert_text(query)


@pytest.fixture
def answered(visit: Visit) -> Visit:
    """A visit with the results of a query as a table."""
    page = visit.go(filled(MEASURES))
    page.get_by_role("button", name="Run").click()
    page.locator("#shown table").wait_for()
    return visit


def test_a_query_in_the_address_is_filled_in_and_not_run(visit: Visit) -> None:
    page = visit.go(filled(MEASURES))
    assert written(page) == MEASURES
    expect(page.locator("#answer")).to_be_hidden()


def test_an_answer_is_a_table_whose_things_lead_to_their_pages(answered: Visit) -> None:
    page = answered.page
    rows = page.locator("#shown tbody tr")
    expect(rows).to_have_count(4)
    assert rows.first.inner_text().split() == ["instrument/argali-action-plan-2025-2032", "115"]
    expect(page.locator("#status")).to_contain_text("Rows: 4, in")
    assert answered.hurdles() == []
    answered.keep("editor-table")
    rows.first.get_by_role("link").click()
    page.wait_for_url("**/page/instrument/argali-action-plan-2025-2032")


def test_an_answer_is_a_chart(answered: Visit) -> None:
    page = answered.page
    page.get_by_role("button", name="Chart").click()
    bars = page.locator("#shown .drawn li")
    expect(bars).to_have_count(4)
    assert bars.first.inner_text().split() == ["instrument/argali-action-plan-2025-2032", "115"]
    widths = [page.locator(".drawn-bar").nth(number).bounding_box() for number in range(2)]
    assert widths[0] is not None
    assert widths[1] is not None
    assert widths[0]["width"] / widths[1]["width"] == pytest.approx(115 / 51, rel=0.02)
    assert answered.hurdles() == []
    answered.keep("editor-chart")


def test_an_answer_is_shown_as_it_was_sent(answered: Visit) -> None:
    page = answered.page
    page.get_by_role("button", name="Raw response").click()
    assert page.locator("#shown pre").inner_text().startswith('{"head":{"vars":["instrument"')
    assert answered.hurdles() == []


def test_a_row_of_a_chart_has_all_that_is_no_number_unless_one_is_chosen(visit: Visit) -> None:
    row = "<https://w3id.org/meagraph/id/country/KAZ> 'a plan' 3"
    page = visit.go(filled(f"SELECT ?state ?plan ?n {{ VALUES (?state ?plan ?n) {{ ({row}) }} }}"))
    page.get_by_role("button", name="Run").click()
    page.get_by_role("button", name="Chart").click()
    bar = page.locator("#shown .drawn-label")
    expect(bar).to_have_text("country/KAZ · a plan")
    page.get_by_label("Label").select_option("plan")
    expect(bar).to_have_text("a plan")


def test_without_numbers_there_is_no_chart_and_it_says_so(visit: Visit) -> None:
    page = visit.go(filled('SELECT ?a { VALUES ?a { "1.10" } }'))
    page.get_by_role("button", name="Run").click()
    page.get_by_role("button", name="Chart").click()
    expect(page.locator("#shown")).to_have_text("A chart needs a column with numbers.")


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("ASK {}", "Yes"),
        ("ASK { <a:a> <b:b> <c:c> }", "No"),
        ("CONSTRUCT { <a:a> <b:b> 'c' } {}", '<a:a> <b:b> "c" .'),
    ],
)
def test_other_kinds_of_queries_have_their_answers(visit: Visit, query: str, shown: str) -> None:
    page = visit.go(filled(query))
    page.get_by_role("button", name="Run").click()
    expect(page.locator("#shown")).to_contain_text(shown)
    expect(page.locator(".views")).to_be_hidden()


def test_the_line_of_a_syntax_error_is_marked(visit: Visit) -> None:
    visit.expected.add("status of 400")
    page = visit.go(filled(BROKEN))
    page.get_by_role("button", name="Run").click()
    problem = page.locator("#shown .problem")
    expect(problem).to_contain_text("Line 4, column 6: the prefix mae: is not declared")
    expect(page.locator("#status")).to_have_text("SPARQL syntax error")
    expect(page.locator("#mistake")).to_have_text("Syntax error in line 4, column 6.")
    marked = page.locator(".CodeMirror-code > div", has=page.locator(".mistaken"))
    expect(marked).to_have_count(1)
    assert "mae:text" in marked.inner_text()
    assert visit.hurdles() == []
    visit.keep("editor-mistake")
    write(page, MEASURES)
    expect(page.locator(".mistaken")).to_have_count(0)
    expect(page.locator("#mistake")).to_have_text("")


def test_a_mistake_is_marked_while_it_is_written(visit: Visit) -> None:
    page = visit.go("/sparql")
    write(page, "SELECT * WHERE {\n  ?a ?b }} ?c\n")
    expect(page.locator("#mistake")).to_contain_text("line 2")
    marked = page.locator(".CodeMirror-code > div", has=page.locator(".mistaken"))
    assert "}}" in marked.inner_text()
    # Yasqe's own message would need inline styles.
    page.locator(".mistake-sign").hover()


def test_properties_and_classes_are_completed_from_the_graph(visit: Visit) -> None:
    page = visit.go(filled("SELECT * { ?measure "))
    page.locator(".yasqe .CodeMirror").click()
    page.keyboard.press("Control+End")
    page.keyboard.type("touches", delay=30)
    page.keyboard.press("Control+Space")
    hint = page.locator(".CodeMirror-hint", has_text="mea:touchesCountry")
    expect(hint).to_contain_text("concerns")
    assert visit.hurdles() == []
    visit.keep("editor-completion")
    hint.click()
    page.keyboard.type(" ?c . ?measure a meas", delay=30)
    page.locator(".CodeMirror-hint", has_text="mea:MeasurePart").click()
    assert "?measure mea:touchesCountry ?c . ?measure a mea:MeasurePart" in written(page)
    assert "PREFIX mea: <https://w3id.org/meagraph/ontology#>" in written(page)


def test_a_link_brings_others_to_the_same_query(visit: Visit) -> None:
    visit.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = visit.go("/sparql")
    write(page, MEASURES)
    page.get_by_role("button", name="Copy link").click()
    expect(page.locator("#mistake")).to_have_text("Link copied.")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == page.url
    assert parse_qs(urlsplit(copied).query) == {"query": [MEASURES]}
    page.goto(copied)
    page.locator("#run").wait_for()
    assert written(page) == MEASURES


def test_an_example_is_one_click_away(visit: Visit) -> None:
    page = visit.go("/sparql")
    page.get_by_role("link", name="Which named graphs there are").click()
    assert "COUNT(*) AS ?triples" in written(page)
    page.keyboard.press("Control+Enter")
    expect(page.locator("#shown tbody tr").first).to_contain_text("/graph/")


def test_the_keyboard_leaves_the_editor_as_it_came(visit: Visit) -> None:
    page = visit.go("/sparql")
    page.locator(".yasqe .CodeMirror").click()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Run")).to_be_focused()


def test_the_graphs_in_a_url_are_queried(visit: Visit) -> None:
    query = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
    graph = "https://w3id.org/meagraph/graph/nothing"
    page = visit.go(f"{filled(query)}&default-graph-uri={quote(graph)}")
    expect(page.locator("form")).to_contain_text(f"default-graph-uri={graph}")
    page.get_by_role("button", name="Run").click()
    expect(page.locator("#shown tbody td")).to_have_text("0")


def test_the_answer_is_downloaded_in_the_format_that_is_chosen(visit: Visit) -> None:
    page = visit.go(filled(MEASURES))
    page.get_by_label("Format").select_option("tsv")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download results").click()
    lines = download.value.path().read_text(encoding="utf-8").splitlines()
    assert lines[0] == "?instrument\t?measures"
    assert lines[1].endswith("argali-action-plan-2025-2032>\t115")


def test_formats_that_cannot_hold_an_answer_are_not_offered(visit: Visit) -> None:
    page = visit.go(filled("SELECT * {}"))
    expect(page.get_by_label("Format")).to_have_value("csv")
    write(page, "ASK {}")
    expect(page.get_by_label("Format")).to_have_value("json")
    write(page, "DESCRIBE <a:a>")
    expect(page.get_by_label("Format")).to_have_value("turtle")


def test_without_scripts_it_is_a_form_that_gets_the_answer(visits: Visiting) -> None:
    with visits(java_script_enabled=False) as visit:
        page = visit.go_without_scripts(filled(MEASURES))
        assert page.get_by_label("Query").input_value() == MEASURES
        for name in ("Run", "Stop", "Copy link"):
            expect(page.get_by_role("button", name=name)).to_have_count(0)
        visit.keep("editor-without-scripts")
        with page.expect_download() as download:
            page.get_by_role("button", name="Download results").click()
        lines = download.value.path().read_text(encoding="utf-8").split()
        assert lines[0] == "instrument,measures"
        assert lines[1].endswith("argali-action-plan-2025-2032,115")


def test_without_scripts_an_example_is_filled_in(visits: Visiting) -> None:
    with visits(java_script_enabled=False) as visit:
        page = visit.go_without_scripts("/sparql")
        page.get_by_role("link", name="Which named graphs there are").click()
        assert "COUNT(*) AS ?triples" in page.get_by_label("Query").input_value()


def test_a_long_answer_fits_a_phone(visits: Visiting) -> None:
    with visits(PHONE) as visit:
        page = visit.go("/sparql?example=example-03-measures-with-standing")
        page.get_by_role("button", name="Run").click()
        rows = page.locator("#shown tbody tr")
        expect(rows).to_have_count(200)
        assert visit.width() <= PHONE[0]
        page.get_by_role("button", name="Show 89 more rows").click()
        expect(rows).to_have_count(289)
        visit.keep("editor-answer-phone")


def test_a_query_without_end_is_stopped(visit: Visit) -> None:
    page = visit.go(filled("SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"))
    page.get_by_role("button", name="Run").click()
    expect(page.locator("#status")).to_have_text("The query is running …")
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("#status")).to_have_text("The query was stopped.")
    expect(page.get_by_role("button", name="Stop")).to_be_hidden()
