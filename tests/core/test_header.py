"""A malformed query file is refused with its name and the fault."""

from __future__ import annotations

from pathlib import Path

import pytest

from meagraph.core import queries
from meagraph.core.errors import DataError, QueryFileError

GOOD = """\
#+ summary: Things
#+ params:
#+   kind: {type: string, label: Kind, choices: [NO, 1.10], example: NO}
#+ columns:
#+   c: {scheme: 'https://example.org/{a}', separator: '; '}
SELECT ?a (STR(?b) AS ?c) WHERE { VALUES ?_kind { UNDEF } ?a ?_kind ?b { SELECT ?hidden {} } }
"""


def test_a_query_file_says_its_parameters_and_columns() -> None:
    query = queries.read("things", GOOD)
    assert query.columns == ("a", "c")
    assert query.parameters["kind"].listed == ("NO", "1.10")
    assert query.header.summary == "Things"


def test_a_query_file_says_what_the_codes_in_a_column_stand_for() -> None:
    query = queries.read("things", GOOD)
    assert query.column("c").separator == "; "
    assert query.column("c").named == {"a"}
    assert query.column("a") == queries.header.Column()
    with_things = GOOD.replace(
        "type: string, label: Kind", "type: iri, iri: 'https://e.org/{value}', label: Kind"
    ).replace("SELECT ?a", "SELECT ?kind ?a")
    assert queries.read("things", with_things).column("kind").iri == "https://e.org/{value}"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("#+ ", "# ", "there is no header"),
        ("#+ summary: Things\n", "#+ tags: [a]\n", "summary: Field required"),
        ("summary: Things", "summary: [", r"things\.rq:3: the header is not YAML"),
        ("type: string", "type: text", "params.kind.type"),
        ("type: string", "type: iri", "must contain {value} once"),
        ("label: Kind", "lable: Kind", "params.kind.lable: Extra inputs are not permitted"),
        ("choices: [", "choice: [", "params.kind.choice: Extra inputs"),
        ("example: NO", "example: no", "default or example: kind='no' is not a value"),
        ("kind: {", "format: {", "the name format is reserved"),
        (
            "example: NO",
            "example: NO, needs: {NO: [x]}",
            "a value needs x, which is not a parameter",
        ),
        ("  c: {", "  d: {", "columns: d is not a column of the query"),
        ("{a}", "{x}", "columns: c names x, which is not a column or parameter"),
        ("{a}", "{a", "columns.c: Value error, expected '}'"),
        ("scheme: 'https", "iri: 'https", "must contain {value}"),
        ("{scheme:", "{iri: 'https://e.org/{value}', scheme:", "not both"),
        ("separator", "seperator", "columns.c.seperator: Extra inputs"),
        ("kind: {", "a-b: {", "a-b is not a parameter name"),
        ("VALUES ?_kind { UNDEF }", "", r"lacks the data block VALUES \?_kind { UNDEF }"),
        ("?a ?_kind", "VALUES ?_other { UNDEF } ?a ?_kind", r"no parameter fills .* \?_other"),
        ("?a (STR(?b) AS ?c)", "*", "names its columns"),
        ("SELECT ?a (STR(?b) AS ?c) WHERE", "ASK", "names its columns"),
        ("type: string, label: Kind, choices: [NO, 1.10]", "type: words, label: K", "searched"),
    ],
)
def test_what_is_wrong_in_a_query_file_is_said(old: str, new: str, message: str) -> None:
    assert old in GOOD
    with pytest.raises(QueryFileError, match=message) as caught:
        queries.read("things", GOOD.replace(old, new))
    assert str(caught.value).startswith("things.rq")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (GOOD.replace("} }\n", "}\n"), "things.rq: the query does not parse"),
        (
            GOOD.replace("choices: [NO, 1.10], example: NO", "choices: SELECT nothing"),
            "things.rq: choices of kind: the query does not parse",
        ),
    ],
)
def test_a_query_that_does_not_parse_is_not_loaded(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "things.rq").write_text(text, encoding="utf-8")
    with pytest.raises(QueryFileError, match=message):
        queries.load(tmp_path)


def test_a_query_file_that_is_not_utf8_is_not_loaded(tmp_path: Path) -> None:
    (tmp_path / "things.rq").write_bytes(GOOD.replace("Things", "Ünits").encode("latin-1"))
    with pytest.raises(DataError, match=r"things\.rq:1: byte 12 is not UTF-8"):
        queries.load(tmp_path)


def test_a_folder_without_queries_is_refused(tmp_path: Path) -> None:
    with pytest.raises(QueryFileError, match="there are no queries"):
        queries.load(tmp_path)


def test_rules_and_other_files_are_no_canned_queries(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "rule.rq").write_text("INSERT {} WHERE {}", encoding="utf-8")
    (tmp_path / "things.rq").write_text(GOOD, encoding="utf-8")
    assert list(queries.load(tmp_path)) == ["things"]
