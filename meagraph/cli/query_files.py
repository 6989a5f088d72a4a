"""Run query files and export graphs: the output of `query` and `export`."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import pyoxigraph as ox

from meagraph.client.local import choices_of, evaluate, with_keys, written
from meagraph.core import full_text, names, queries
from meagraph.core.errors import BadValue, QuerySyntaxError, UnknownParameter
from meagraph.core.lexer import refuse_unsafe
from meagraph.core.results.formats import AcceptedFormats
from meagraph_loaders import dataset, serialise

TABLES = {
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
    "json": "application/sparql-results+json",
    "xml": "application/sparql-results+xml",
}
"""The media types of tables, by the names of `--format`."""
TRUTHS = {name: TABLES[name] for name in ("json", "xml")}
"""The media types of booleans."""
GRAPHS = {
    "ttl": "text/turtle",
    "nt": "application/n-triples",
    "jsonld": "application/ld+json",
    "rdfxml": "application/rdf+xml",
}
"""The media types of graphs."""
DATASETS = {"nq": ox.RdfFormat.N_QUADS, "trig": ox.RdfFormat.TRIG}


def query_text(release: Path, store: ox.Store, file: Path, params: tuple[str, ...]) -> str:
    """Read the query of a file and set its parameters (`name=value`).

    Values are checked as by the service, against the choices in the store of the release. Words are
    looked up in its search index.

    Raises QueryRefused for updates, SERVICE or too deep nesting, QuerySyntaxError for a text that
    is not UTF-8, QueryFileError for a malformed header, BadValue, MissingParameter and
    UnknownParameter for the values.
    """
    try:
        text = file.read_text(encoding="utf-8-sig")  # some editors begin with a byte order mark
    except UnicodeDecodeError as error:
        raise QuerySyntaxError(f"{file}: is not UTF-8 ({error}). Save it as UTF-8") from None
    refuse_unsafe(text)
    values: dict[str, list[str]] = {}
    for param in params:
        name, equals, value = param.partition("=")
        if not equals:
            raise BadValue(f"--param {param}: has no value. Write it as --param NAME=VALUE")
        values.setdefault(name, []).append(value)
    if text.startswith("#+"):
        query = queries.read(file.stem, text, queries.Declarations(file.parent))
        known = choices_of(store, str(file), query)
        bound = query.bind(values, known, partial(full_text.found, release))
        return with_keys(store, str(file), bound)
    if values:
        raise UnknownParameter(
            f"{file}: has no parameters, so --param {params[0]} cannot be used. "
            "Declare parameters in a header of #+ lines"
        )
    return text


def answer(store: ox.Store, file: Path, text: str, format: str | None) -> bytes:
    """Run a query and serialise its result.

    By default a table is written as CSV, a graph as Turtle, a boolean as JSON. Raises
    QuerySyntaxError, or BadValue if the query cannot be run or not be written in that format; both
    messages name the file.
    """
    found = evaluate(store, str(file), text)
    match found:
        case ox.QueryTriples():
            accepted = AcceptedFormats(None, _choose(format or "ttl", GRAPHS, "a graph"))
        case ox.QueryBoolean():
            accepted = AcceptedFormats(_choose(format or "json", TRUTHS, "a boolean"), None)
        case _:
            accepted = AcceptedFormats(_choose(format or "csv", TABLES, "a table"), None)
    return written(str(file), found, accepted)


def exported(store: ox.Store, format: str, graphs: tuple[str, ...]) -> bytes:
    """Serialise named graphs of a release, by default all under CC BY.

    Raises BadValue for an unknown graph.
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
    own = ox.RdfFormat.from_media_type(GRAPHS[format])
    assert own is not None  # noqa: S101 - a media type of RDF
    return serialise.as_bytes(triples, own, serialise.PREFIXES)


def write_whole(output: Path, data: bytes) -> None:
    """Write a file atomically.

    A symbolic link is followed, and a replaced file keeps its permissions. Devices, pipes and the
    like are written to and never replaced. Raises BadValue if the file cannot be written.
    """
    try:
        try:
            mode = output.stat().st_mode
        except FileNotFoundError:
            mode = stat.S_IFREG | (0o666 & ~_umask())
        if stat.S_ISREG(mode):
            _replace(output.resolve(), data, stat.S_IMODE(mode))
        else:
            with output.open("wb") as file:
                file.write(data)
    except BrokenPipeError:  # the reader closed the pipe
        raise
    except OSError as error:
        raise BadValue(
            f"--output {output}: cannot be written ({error.strerror or error}). "
            "Name a file in a writable folder"
        ) from None


def _replace(output: Path, data: bytes, mode: int) -> None:
    """Create or replace a regular file. Raises OSError."""
    with tempfile.NamedTemporaryFile(dir=output.parent, delete=False) as file:
        try:
            file.write(data)
            file.flush()
            Path(file.name).chmod(mode)
            os.fsync(file.fileno())
            Path(file.name).replace(output)
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise


def _umask() -> int:
    """The umask of this process."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _choose(name: str, formats: Mapping[str, str], kind: str) -> str:
    if name not in formats:
        raise BadValue(f"--format {name}: the result is {kind}. Choose {', '.join(formats)}")
    return formats[name]
