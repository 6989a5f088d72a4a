"""RDF files of anybody's, as a folder of releases that the service can serve.

The folder holds one release, with a store and a manifest and without dumps. As in every release,
each triple of a named graph stands in that graph and once in the default graph; triples without a
graph stand in the default graph alone.
"""

from __future__ import annotations

import codecs
import gzip
import hashlib
import io
import re
import tempfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast
from xml.parsers import expat

import pyoxigraph as ox

from meagraph.core.errors import ReleaseError, SourceError
from meagraph_loaders import dataset, release
from meagraph_loaders.release import Contents

FORMATS: dict[str, ox.RdfFormat] = {
    ".nq": ox.RdfFormat.N_QUADS,  # https://www.w3.org/TR/n-quads/
    ".trig": ox.RdfFormat.TRIG,  # https://www.w3.org/TR/trig/
    ".ttl": ox.RdfFormat.TURTLE,  # https://www.w3.org/TR/turtle/
    ".nt": ox.RdfFormat.N_TRIPLES,  # https://www.w3.org/TR/n-triples/
    ".rdf": ox.RdfFormat.RDF_XML,  # https://www.w3.org/TR/rdf-syntax-grammar/
    ".owl": ox.RdfFormat.RDF_XML,
    ".xml": ox.RdfFormat.RDF_XML,
    ".jsonld": ox.RdfFormat.JSON_LD,  # https://www.w3.org/TR/json-ld11/
}
"""The formats that are read, by the ending of a file's name; each may be followed by `.gz`."""

_ZIPPED = ".gz"

_IMAGED = 1_000_000
"""Up to so many triples the release has an image: more are not held in memory."""

_COUNTS = "SELECT ?graph (COUNT(*) AS ?n) { GRAPH ?graph { ?s ?p ?o } } GROUP BY ?graph"
_COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"


@contextmanager
def temporary_release(files: Sequence[Path]) -> Iterator[tuple[Path, Contents]]:
    """A temporary folder of releases with one release of these files, and what that holds.

    The folder is removed with the block. Raises SourceError for a file that is not understood,
    ReleaseError where the folder cannot be written.
    """
    with tempfile.TemporaryDirectory(prefix="meagraph-data-", ignore_cleanup_errors=True) as folder:
        yield Path(folder), load(files, Path(folder))


def load(files: Sequence[Path], releases: Path) -> Contents:
    """Make the release of these files in an empty folder and make it current.

    Blank nodes of different files stay apart. Raises as `temporary_release` does.
    """
    chosen = {path.parent.resolve() / path.name: format_of(path) for path in files}
    sources = {path: _digest(path) for path in chosen}
    made = releases / data_id(sources)
    try:
        made.mkdir()
        contents = _write_store(made, chosen, sources)
        release.write_manifest(made, contents)
        release.make_current(made)
    except OSError as error:
        raise ReleaseError(
            f"{releases}: the data cannot be written there ({error.strerror or error}). Free some "
            "space, or name another folder for temporary files with the variable TMPDIR"
        ) from error
    return contents


def _write_store(
    made: Path, chosen: dict[Path, ox.RdfFormat], sources: dict[Path, str]
) -> Contents:
    """Write the store and its image; closed at the end, so that its files change no more."""
    store = ox.Store(str(made / "store"))
    store.bulk_extend(
        quad for path, format in chosen.items() for quad in _in_both(_read(path, format))
    )
    contents = _contents(store, made.name, sources)
    store.optimize()
    store.flush()
    if contents.triples <= _IMAGED:
        release.write_image(store.dump(format=ox.RdfFormat.N_QUADS) or b"", made)
    return contents


def format_of(path: Path) -> ox.RdfFormat:
    """The format that the name of a file says. Raises SourceError for an unknown ending.

    >>> format_of(Path("Plan.TTL.gz")).name
    'Turtle'
    """
    name = path.name.lower().removesuffix(_ZIPPED)
    try:
        return FORMATS[Path(name).suffix]
    except KeyError:
        raise SourceError(
            str(path),
            "its name does not say in which format it is",
            f"Let it end in {', '.join(FORMATS)}, or one of these and {_ZIPPED}",
        ) from None


def data_id(sources: dict[Path, str]) -> str:
    """The id of data: the same files at the same addresses have the same, in whatever order.

    It is the first 16 hexadecimal digits of the SHA-256 over one line for each file (its SHA-256, a
    space, its address), sorted. The address counts because relative ones in the file begin there.
    """
    lines = sorted(f"{digest} {path.as_uri()}\n" for path, digest in sources.items())
    return hashlib.sha256("".join(lines).encode()).hexdigest()[:16]


def _digest(path: Path) -> str:
    with _read_errors(path), path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _in_both(quads: Iterable[ox.Quad]) -> Iterator[ox.Quad]:
    """The quads, and each of a named graph once more for the default graph."""
    default = ox.DefaultGraph()
    for quad in quads:
        yield quad
        if quad.graph_name != default:
            yield ox.Quad(quad.subject, quad.predicate, quad.object, default)


def _read(path: Path, format: ox.RdfFormat) -> Iterator[ox.Quad]:
    """The quads of a file, one by one, with blank nodes that no other file has."""
    if format == ox.RdfFormat.RDF_XML:
        _check_xml(path)
    with _opened(path) as file, _syntax_errors(path, format):
        if file.peek(1):  # an empty file holds nothing, in every format
            yield from ox.parse(
                cast("IO[bytes]", file), format, base_iri=path.as_uri(), rename_blank_nodes=True
            )


def _check_xml(path: Path) -> None:
    """Check that XML is well-formed to its end, which Oxigraph's parser of RDF/XML does not."""
    with _opened(path) as file, _syntax_errors(path, ox.RdfFormat.RDF_XML):
        if file.peek(1):
            expat.ParserCreate().ParseFile(file)


@contextmanager
def _opened(path: Path) -> Iterator[io.BufferedReader | gzip.GzipFile]:
    """The content of a file, unpacked, behind any byte order mark."""
    unpack = path.name.lower().endswith(_ZIPPED)
    with _read_errors(path), gzip.GzipFile(path) if unpack else path.open("rb") as file:
        if file.peek(len(codecs.BOM_UTF8)).startswith(codecs.BOM_UTF8):
            file.read(len(codecs.BOM_UTF8))
        yield file


@contextmanager
def _read_errors(path: Path) -> Iterator[None]:
    """Raises SourceError where the block cannot read or unpack a file."""
    try:
        yield
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise SourceError(
            str(path), f"cannot be unpacked ({error})", "Give a whole file made by gzip"
        ) from None
    except OSError as error:
        raise SourceError(
            str(path), f"cannot be read ({error.strerror or error})", "Give a file that can"
        ) from None


@contextmanager
def _syntax_errors(path: Path, format: ox.RdfFormat) -> Iterator[None]:
    """Raises SourceError, with line and column, where the block meets what is not of the format."""
    try:
        yield
    except SyntaxError as error:
        if error.lineno is None:
            raise _syntax_error(str(path), format, str(error.msg)) from None
        raise _syntax_error(
            f"{path}:{error.lineno}:{error.offset}", format, str(error.msg)
        ) from None
    except expat.ExpatError as error:
        where = f"{path}:{error.lineno}:{error.offset + 1}"
        raise _syntax_error(where, format, expat.errors.messages[error.code]) from None


def _syntax_error(where: str, format: ox.RdfFormat, message: str) -> SourceError:
    if "LoadDocumentCallback" in message:
        what, right = "names a JSON-LD context by its address", "Write the context into the file"
        return SourceError(where, what, right)
    what = re.sub(r"^Parser error at line \d+ [^:]*: ", "", message)
    return SourceError(where, f"is not {format.name}: {what}", "Nothing is served until it is")


def _contents(store: ox.Store, identifier: str, sources: dict[Path, str]) -> Contents:
    graphs = {
        graph.value: int(number.value)
        for graph, number in _rows(store, _COUNTS)
        if isinstance(graph, ox.NamedNode) and graph != dataset.GRAPH
    }
    ((total,),) = _rows(store, _COUNT)
    return Contents(
        id=identifier,
        triples=int(total.value),
        graphs=dict(sorted(graphs.items())),
        documents={},
        sources={str(path): digest for path, digest in sorted(sources.items())},
    )


def _rows(store: ox.Store, query: str) -> list[list[Any]]:
    return [list(row) for row in cast("ox.QuerySolutions", store.query(query))]
