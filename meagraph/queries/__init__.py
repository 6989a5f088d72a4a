"""Canned queries: cross-plan questions, each one a file in ``queries/``."""

from __future__ import annotations

from pathlib import Path

from pyoxigraph import Store

from meagraph.errors import QueryFileError
from meagraph.queries.header import CannedQuery, Header, Parameter, read

__all__ = ["CannedQuery", "Header", "Parameter", "load", "read"]


def load(folder: Path) -> dict[str, CannedQuery]:
    """All canned queries of a folder by name, in alphabetical order.

    Every one must parse as it stands. Raises QueryFileError, naming the file and what is wrong.
    """
    queries = {}
    for path in sorted(folder.glob("*.rq")):
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise QueryFileError(f"{path.name}: cannot be read as UTF-8: {error}") from None
        query = read(path.stem, text)
        _check_syntax(path.name, query.text)
        for name, parameter in query.parameters.items():
            if parameter.choices_query:
                _check_syntax(f"{path.name}: choices of {name}", parameter.choices_query)
        queries[query.name] = query
    return queries


def _check_syntax(where: str, text: str) -> None:
    try:
        Store().query(text)
    except SyntaxError as error:
        raise QueryFileError(f"{where}: the query does not parse: {error.msg}") from None
