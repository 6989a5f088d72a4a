"""Descriptions of ready-made tables have labels instead of codes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup, escape

from meagraph.core.queries.parameters import Choice
from meagraph_api.engine.current_release import Shared
from meagraph_api.index import page_context
from meagraph_api.index.page_context import PageContext
from meagraph_api.index.release_data import ReleaseData
from meagraph_api.queries.column_labels import ColumnLabels
from meagraph_api.queries.descriptions import described
from tests.ready_made import QUERIES

EMPTY = Shared(b'{"head": {"vars": []}, "results": {"bindings": []}}')
DATA = ReleaseData("none", dict.fromkeys(page_context.QUERIES, EMPTY))
CHOICES = {
    "basis": [
        Choice("unit", "Through a population or area"),
        Choice("mention", "Named in the text"),
    ],
    "topic_weight": [Choice("main", "Main topic only")],
}
TITLES = {"measures": "Measures of all plans"}


def html(text: str, subject: str = "", language: str = "en") -> str:
    naming = ColumnLabels(QUERIES["measures-by-country"], {}, PageContext(DATA, language, 2026))
    return str(described(text, naming, CHOICES, TITLES, subject))


def test_columns_and_parameters_are_named_by_their_labels() -> None:
    assert html("`basis` and `topic`") == "<q>Why listed</q> and <q>Topic</q>"
    assert html("`basis`", language="ru") == "<q>Основание</q>"


def test_a_value_is_one_of_the_column_before_it() -> None:
    assert html("`unit`") == "<q>Population or area</q>"
    assert html("`basis` is `unit`") == "<q>Why listed</q> is <q>Through a population or area</q>"
    assert html("`unit`: yes", subject="basis") == "<q>Through a population or area</q>: yes"


def test_a_value_of_any_parameter_has_its_label() -> None:
    assert html("only `main`") == "only <q>Main topic only</q>"
    assert html("`narrowed` is `true`", language="ru").endswith(" is <q>да</q>")


def test_another_table_is_named_by_its_title() -> None:
    assert html("as in `measures`") == "as in <q>Measures of all plans</q>"


def test_other_codes_stay_codes() -> None:
    assert html("separated by `; `") == "separated by <code>; </code>"


@given(st.text())
def test_no_text_becomes_markup(text: str) -> None:
    shown = html(text)
    for tag in ("<q>", "</q>", "<code>", "</code>"):
        shown = shown.replace(tag, "")
    assert "<" not in shown
    if "`" not in text:
        assert Markup(shown) == escape(text)
