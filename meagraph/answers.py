"""Answers: what `query` and `export` write, as bytes that are complete or not there at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TypeAlias, TypeVar

import pyoxigraph as ox

from meagraph import names, queries
from meagraph.errors import BadValue, QueryFileError, QuerySyntaxError, UnknownParameter
from meagraph.queries.lexer import refuse_what_leaves_the_graph
from meagraph_api import results, syntax
from meagraph_api.canned.choices import offered
from meagraph_loaders import dataset, serialise

TABLES = {
    "csv": ox.QueryResultsFormat.CSV,
    "tsv": ox.QueryResultsFormat.TSV,
    "json": ox.QueryResultsFormat.JSON,
    "xml": ox.QueryResultsFormat.XML,
}
GRAPHS = {
    "ttl": ox.RdfFormat.TURTLE,
    "nt": ox.RdfFormat.N_TRIPLES,
    "jsonld": ox.RdfFormat.JSON_LD,
    "rdfxml": ox.RdfFormat.RDF_XML,
}
DATASETS = {"nq": ox.RdfFormat.N_QUADS, "trig": ox.RdfFormat.TRIG}

_Answer: TypeAlias = ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples


def query_text(store: ox.Store, file: Path, params: tuple[str, ...]) -> str:
    """The query of a file, with values (`name=value`) in the places of its parameters.

    Values are checked as the service checks them: against the choices that the store has.

    Raises QueryRefused for what would change or leave the graph, QueryFileError for a malformed
    header, BadValue, MissingParameter and UnknownParameter for the values.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise QuerySyntaxError(f"{file}: is not UTF-8 ({error}). Save it as UTF-8") from None
    refuse_what_leaves_the_graph(text)
    values: dict[str, list[str]] = {}
    for param in params:
        name, equals, value = param.partition("=")
        if not equals:
            raise BadValue(f"--param {param}: has no value. Write it as --param NAME=VALUE")
        values.setdefault(name, []).append(value)
    if text.startswith("#+"):
        query = queries.read(file.stem, text)
        return query.bind(values, _choices(store, file, query))
    if values:
        raise UnknownParameter(
            f"{file}: has no parameters, so --param {params[0]} has no place in it. "
            "Parameters are declared in a header of #+ lines"
        )
    return text


def _choices(store: ox.Store, file: Path, query: queries.CannedQuery) -> dict[str, tuple[str, ...]]:
    """The values there are for the parameters whose choices a query lists."""
    found = {}
    for name, parameter in query.parameters.items():
        if text := parameter.choices_query:
            refuse_what_leaves_the_graph(text)
            rows = _asked(store, f"{file}: choices of {name}", text)
            if not isinstance(rows, ox.QuerySolutions):
                raise QueryFileError(f"{file}: choices of {name}: must come from a SELECT.")
            table = results.table(rows.serialize(format=TABLES["json"]) or b"")
            found[name] = tuple(choice.value for choice in offered(parameter, table))
    return found


def answer(store: ox.Store, file: Path, text: str, format: str | None) -> bytes:
    """The answer to a query in a format of its kind, by default CSV or Turtle.

    Raises QuerySyntaxError, or BadValue where the query cannot be answered or the format is not
    one of its kind; both name the file.
    """
    found = _asked(store, str(file), text)
    if isinstance(found, ox.QueryTriples):
        chosen = _choose(format or "ttl", GRAPHS, "a graph")
        triples = dict.fromkeys(found)  # Oxigraph may give a triple twice
        return serialise.as_bytes(triples, chosen, serialise.PREFIXES)
    return found.serialize(format=_choose(format or "csv", TABLES, "a table")) or b""


def _asked(store: ox.Store, where: str, text: str) -> _Answer:
    try:
        return store.query(text)
    except SyntaxError as error:
        raise QuerySyntaxError(f"{where}: {syntax.error(text, str(error.msg))}") from None
    except (RuntimeError, OSError) as error:
        raise BadValue(f"{where}: the query cannot be answered: {error}") from None


def exported(store: ox.Store, format: str, graphs: tuple[str, ...]) -> bytes:
    """Some named graphs of a release, by default all that are under CC BY.

    Raises BadValue for a graph that is not there.
    """
    there = {names.local_name(graph.value): graph for graph in serialise.graph_names(store)}
    if unknown := [name for name in graphs if name not in there]:
        raise BadValue(
            f"--graph {unknown[0]}: there is no such graph. Choose among {', '.join(there)}"
        )
    free = [name for name, graph in there.items() if graph != dataset.RESTRICTED]
    quads = serialise.sorted_quads(store, [there[name] for name in graphs or free])
    if format in DATASETS:
        return serialise.as_bytes(quads, DATASETS[format], serialise.PREFIXES)
    triples = (quad.triple for quad in quads)
    return serialise.as_bytes(triples, GRAPHS[format], serialise.PREFIXES)


def write_whole(output: Path, data: bytes) -> None:
    """Write a file that is there in full or not at all."""
    with tempfile.NamedTemporaryFile(dir=output.absolute().parent, delete=False) as file:
        try:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
            Path(file.name).replace(output)
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise


_Format = TypeVar("_Format", ox.QueryResultsFormat, ox.RdfFormat)


def _choose(name: str, formats: dict[str, _Format], kind: str) -> _Format:
    if name not in formats:
        raise BadValue(f"--format {name}: the answer is {kind}. Choose {', '.join(formats)}")
    return formats[name]
