"""Examples: queries that show what can be asked, as a catalogue in the graph.

Every canned query, with its examples in the place of what it needs, and the plain queries of
`queries/examples/`. In the form of the examples of the SIB, which query editors read:
`sh:SPARQLExecutable` of SHACL (https://www.w3.org/TR/shacl/#sparql-constraints), its prefix
declarations, and https://purl.expasy.org/sparql-examples/ontology# for DESCRIBE.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

from meagraph.core import names, text_files
from meagraph.core.lexer import tokens
from meagraph.core.queries import CannedQuery, Header, check_syntax, load
from meagraph.core.queries.header import read_header
from meagraph_loaders.triples import iri, triple, typed

_FORMS = {
    "SELECT": ("sh:SPARQLSelectExecutable", ("sh:select",)),
    "ASK": ("sh:SPARQLAskExecutable", ("sh:ask",)),
    "CONSTRUCT": ("sh:SPARQLConstructExecutable", ("sh:construct",)),
    # SHACL 1.1 has no DESCRIBE; readers look for it under either name.
    "DESCRIBE": ("spex:SPARQLDescribeExecutable", ("spex:describe", "sh:describe")),
}
"""The class of each form of query, and the properties that hold its text."""


@dataclass(frozen=True, slots=True)
class Example:
    """A query that runs as it stands, and what is said about it."""

    name: str
    header: Header
    text: str

    @property
    def form(self) -> str:
        """SELECT, ASK, CONSTRUCT or DESCRIBE."""
        words = (token.text.upper() for token in tokens(self.text) if token.kind == "word")
        return next(word for word in words if word in _FORMS)


def examples(folder: Path) -> tuple[Example, ...]:
    """The plain examples of a folder of queries, by the names of their files, then the canned ones.

    Raises DataError for a file that cannot be read, QueryFileError for one that is not understood.
    """
    plain = sorted((folder / "examples").glob("*.rq"))
    return (*map(read, plain), *map(_canned, load(folder).values()))


def read(path: Path) -> Example:
    """The plain example of a file.

    Raises DataError for a file that cannot be read, QueryFileError for one without a header or a
    query.
    """
    text = text_files.read(path, ended=False)
    check_syntax(path.name, text)
    return Example(f"example-{path.stem}", read_header(path.stem, text), _body(text))


def catalogue(
    shown: Iterable[Example], prefixes: Mapping[str, str], dataset: str, endpoint: str
) -> Iterator[ox.Triple]:
    """The examples of a dataset and its prefixes as triples without blank nodes.

    `endpoint` is the address that they can be asked at.
    """
    declaring = names.fragment(dataset, "prefixes")
    yield from _declared(prefixes, declaring)
    for example in shown:
        node = names.fragment(dataset, example.name)
        class_, properties = _FORMS[example.form]
        yield from typed(node, "sh:SPARQLExecutable", class_)
        yield triple(node, "rdfs:label", _english(example.header.summary))
        yield triple(node, "rdfs:comment", _english(_comment(example.header)))
        yield triple(node, "sh:prefixes", declaring)
        for property_ in properties:
            yield triple(node, property_, ox.Literal(example.text))
        for tag in example.header.tags:
            yield triple(node, "schema:keywords", ox.Literal(tag))
        yield triple(node, "schema:target", endpoint)


def _declared(prefixes: Mapping[str, str], node: str) -> Iterator[ox.Triple]:
    """https://www.w3.org/TR/shacl/#sparql-prefixes"""
    yield from typed(node, "owl:Ontology")
    for prefix, space in prefixes.items():
        declaration = names.fragment(node, prefix)
        yield triple(node, "sh:declare", declaration)
        yield from typed(declaration, "sh:PrefixDeclaration")
        yield triple(declaration, "sh:prefix", ox.Literal(prefix))
        address = ox.Literal(space, datatype=ox.NamedNode(iri("xsd:anyURI")))
        yield triple(declaration, "sh:namespace", address)


def _canned(query: CannedQuery) -> Example:
    needed = {
        name: [parameter.example]
        for name, parameter in query.parameters.items()
        if parameter.required and parameter.example
    }
    return Example(f"query-{query.name}", query.header, _body(query.bind(needed)))


def _body(text: str) -> str:
    """A query without the header of its file, and without the lines that are left empty."""
    return "\n".join(line for line in text.splitlines() if not line.startswith("#+")).strip()


def _comment(header: Header) -> str:
    """What is said about an example: one paragraph, which begins with its title."""
    first = " ".join(header.description.strip().split("\n\n")[0].split())
    return f"{header.summary}. {first}".strip()


def _english(text: str) -> ox.Literal:
    return ox.Literal(text, language="en")
