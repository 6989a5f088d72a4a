"""Cells of ready-made tables: labels, links, languages, layout."""

from __future__ import annotations

import re

import httpx
import pytest
from markupsafe import Markup

from meagraph_api.pages.dates import dates_in_words
from tests.nonempty import nonempty
from tests.ready_made import QUERIES
from tests.sampling import SOME_AND_ALL, some


def page(client: httpx.Client, address: str, language: str = "en") -> str:
    headers = {"accept": "text/html", "accept-language": language}
    answer = client.get(address, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.text


def rows(shown: str) -> list[list[str]]:
    """The cells of the table of a page, as HTML."""
    body = re.search(r"<tbody>(.*?)</tbody>", shown, re.DOTALL)
    assert body is not None
    found = re.findall(r"<tr>(.*?)</tr>", body[1], re.DOTALL)
    return [re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL) for row in found]


def test_the_number_is_first_and_links_to_the_measure(real: httpx.Client) -> None:
    first = rows(page(real, "/queries/measures-by-country?country=KAZ"))[0]
    assert first[0] == '<a href="/page/measure/saiga-mtiwp-2016-2020/9.4">9.4</a>'
    assert first[1].startswith("Establish captive breeding facilities")


def test_another_number_links_to_the_other_measure(real: httpx.Client) -> None:
    first = rows(page(real, "/queries/same-text-different-priority"))[0]
    there = {cell for cell in first if re.fullmatch(r"<a [^>]*>[0-9.]+</a>", cell)}
    assert there == {
        '<a href="/page/measure/argali-action-plan-2025-2032/3.4">3.4</a>',
        '<a href="/page/measure/argali-action-plan-2025-2032/6.4">6.4</a>',
    }


def test_codes_are_labels_in_the_language_of_the_reader(real: httpx.Client) -> None:
    for language, country, plan in (
        ("en", "Kazakhstan", "Saiga work programme 2016–2020"),
        ("ru", "Казахстан", "2016–2020"),
    ):
        shown = page(real, "/queries/measures-by-country?country=KAZ", language)
        assert f'<a href="/page/country/KAZ">{country}</a>' in shown
        first = rows(shown)[0]
        assert any(plan in cell and "saiga-mtiwp" not in cell.split(">", 1)[-1] for cell in first)


def test_truth_values_and_dates_are_words(real: httpx.Client) -> None:
    links = page(real, "/queries/country-links?country=KAZ", "ru")
    assert re.search(r"<td[^>]*>нет</td>", links)
    taxa = page(real, "/queries/taxa", "ru")
    assert re.search(r'<td data-column="[^"]*">23 февраля 2012\sг\.</td>', taxa)


def test_a_date_that_does_not_exist_stays_as_it_is() -> None:
    assert dates_in_words("2026-02-30 and 2026-02-28", "en") == "2026-02-30 and 28 February 2026"


def test_technical_columns_come_last_and_are_marked(real: httpx.Client) -> None:
    shown = page(real, "/queries/measures")
    heads = re.findall(r'<th scope="col"([^>]*)>([^<]+)</th>', shown)
    assert [name for classes, name in heads if "technical" in classes] == ["Measure"]
    assert heads[-1][1] == "Measure"
    assert 'id="technical"' in shown
    assert 'id="technical"' not in page(real, "/queries/country-coverage")


def test_texts_of_documents_say_their_language_on_a_russian_page(real: httpx.Client) -> None:
    shown = page(real, "/queries/measures-by-country?country=KAZ", "ru")
    assert '<td data-column="Текст меры" class="long" lang="en">' in shown
    assert '<td data-column="Страна"><a' in shown
    assert (
        'lang="en"'
        not in page(real, "/queries/topic-matrix").partition("<tbody>")[2].partition("</tbody>")[0]
    )


def test_only_the_plans_in_the_table_have_their_status(real: httpx.Client) -> None:
    shown = page(real, "/queries/timeline")
    listed = re.findall(r'/page/instrument/([\w-]+)"', shown.partition("<table")[0])
    assert set(listed) == {"saiga-mtiwp-2016-2020"}


@pytest.mark.parametrize("everything", SOME_AND_ALL)
def test_no_page_of_a_table_shows_a_code(real: httpx.Client, everything: bool) -> None:
    """Descriptions, filters, heads and values have labels."""
    codes = re.compile(
        r"\b(?:true|false|(?:AFG|CHN|KAZ|KGZ|MNG|PAK|RUS|TJK|TKM|UZB)|\d{4}-\d\d-\d\d|[a-z]+(?:-[a-z]+)*-\d{4}(?:-\d{4})?"
        r"|(?:un|no|any|range|near|same|species|both|shared|measure|unit)-[a-z-]+)\b"
    )
    words = {
        "non-binding",
        "unit-based",
        "no-take",
        "same-day",
        "range-wide",
        "non-timber",
        "species-specific",
    }
    queries = list(QUERIES.values())
    for query in nonempty(queries if everything else some(queries, 12)):
        required = {key: one.example for key, one in query.parameters.items() if one.required}
        for language in ("en", "ru"):
            shown = real.get(
                f"/queries/{query.name}",
                params={**required, "format": "html"},
                headers={"accept-language": language},
            ).text
            main = re.sub(
                r'<pre.*?</pre>|<td[^>]* class="[^"]*technical[^"]*".*?</td>|<p class="crumb.*?</p>'
                r'|<code>[a-z0-9-]+</code> <span class="status">'
                r'|<p class="meta">(?:Cite|Цит).*?</p>'
                r'|<td[^>]* lang="en">.*?</td>|<option[^>]* lang="en">.*?</option>',
                " ",
                shown[shown.index("<main") : shown.index("</main>")],
                flags=re.DOTALL,
            )
            main = re.sub(r"[\w-]+\.txt", " ", main)
            text = str(Markup(re.sub(r"<[^>]+>", " ", main)).unescape())
            found = {one for one in codes.findall(text) if one.lower() not in words}
            assert not found, (query.name, language, found)
