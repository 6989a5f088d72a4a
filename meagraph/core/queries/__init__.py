"""Canned queries, each a file in ``queries/``: load and check them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pyoxigraph import Store

from meagraph.core import text_files
from meagraph.core.errors import QueryFileError, QueryRefused
from meagraph.core.lexer import refuse_deep_nesting
from meagraph.core.queries.declarations import Declarations
from meagraph.core.queries.header import CannedQuery, Header, read
from meagraph.core.queries.parameters import Parameter

__all__ = [
    "CannedQuery",
    "Declarations",
    "Header",
    "Parameter",
    "check_file",
    "check_syntax",
    "load",
    "read",
    "read_file",
]


def load(folder: Path) -> dict[str, CannedQuery]:
    """Load all canned queries of a folder, by name in alphabetical order.

    Raises DataError for a file that cannot be read, QueryFileError for a malformed file or a folder
    without queries. Messages name the file.
    """
    shared = Declarations(folder)
    found = [_read_file(path, shared) for path in sorted(folder.glob("*.rq"))]
    if not found:
        raise QueryFileError(f"{folder}: there are no queries. Name a folder with *.rq files")
    _check_choices(found)
    return {query.name: query for query in found}


def read_file(path: Path) -> CannedQuery:
    """Load the canned query of a file. Raises DataError and QueryFileError as `load` does."""
    query = _read_file(path, Declarations(path.parent))
    _check_choices([query])
    return query


def _read_file(path: Path, shared: Declarations) -> CannedQuery:
    query = read(path.stem, text_files.read(path, ended=False), shared)
    check_syntax(path.name, query.text)
    check_syntax(f"{path.name}, with all filters", query.open_text)
    examples = {name: [one.example] for name, one in query.parameters.items() if one.example}
    check_syntax(f"{path.name}, with its examples", query.bind(examples, look_up=lambda *_: ()))
    return query


def _check_choices(found: Iterable[CannedQuery]) -> None:
    """Check the queries that list choices, each of which many parameters share, once."""
    checked = set[str]()
    for query in found:
        for name, parameter in query.parameters.items():
            choices = parameter.choices_query
            if choices and choices not in checked:
                check_syntax(f"{query.name}.rq: choices of {name}", choices)
                checked.add(choices)


def check_file(path: Path) -> None:
    """Check a query without a header, e.g. one that lists choices.

    Raises DataError for a file that cannot be read, QueryFileError for a syntax error.
    """
    check_syntax(path.name, text_files.read(path, ended=False))


def check_syntax(where: str, text: str) -> None:
    """Raise QueryFileError, naming `where`, if the text is not a SPARQL query."""
    try:
        refuse_deep_nesting(text)
        Store().query(text)
    except QueryRefused as error:
        raise QueryFileError(f"{where}: {error}") from None
    except SyntaxError as error:
        raise QueryFileError(
            f"{where}: the query does not parse: {error.msg}. Correct its syntax"
        ) from None
