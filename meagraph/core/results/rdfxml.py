"""Write RDF/XML that other parsers can read; https://www.w3.org/TR/rdf-syntax-grammar/.

A predicate is the name of an element, so it must end in an XML name; Oxigraph also writes the class
of a thing as an element name. For other predicates and classes its output is not XML.
"""

from __future__ import annotations

from functools import lru_cache
from typing import IO
from xml.parsers import expat

import pyoxigraph as ox

from meagraph.core.errors import NotAcceptable
from meagraph.core.quoting import shortened
from meagraph.core.results.scanners import xml_text

_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_TYPE = f"<{_RDF}type>"
_HIDDEN_TYPE = ox.NamedNode(_RDF + "type-as-property")
"""A placeholder for rdf:type, replaced in the output: Oxigraph would write the class as an element,
but a class that is not an XML name must be the value of a property."""
_HIDDEN_TAG, _TAG = b"<rdf:type-as-property ", b"<rdf:type "

_THING = ox.NamedNode("x:x")
_WAY_OUT = "Ask for Turtle, N-Triples or JSON-LD"


def expressible(triple: ox.Triple, text: str) -> ox.Triple:
    """The triple as Oxigraph can write it to a `Sink`; `text` is the same triple in N-Triples.

    Raises NotAcceptable if RDF/XML cannot express it.
    """
    _, predicate, value = text.split(" ", 2)
    if predicate == _TYPE and not _class_name(value):
        return ox.Triple(triple.subject, _HIDDEN_TYPE, triple.object)
    if not _property_name(predicate):
        raise NotAcceptable(
            f"RDF/XML cannot express the predicate {shortened(predicate)}: it does not end in "
            f"an XML name. {_WAY_OUT}."
        )
    if value.startswith("<<("):
        raise NotAcceptable("RDF/XML 1.1 has no triple terms. Ask for Turtle or N-Triples.")
    if value.endswith(("--ltr", "--rtl")) and value.startswith('"'):
        raise NotAcceptable(
            f"RDF/XML 1.1 has no direction of text, which {shortened(value)} has. {_WAY_OUT}."
        )
    return triple


@lru_cache(4096)
def _property_name(predicate: str) -> bool:
    """Whether RDF/XML can express this predicate, an IRI in angle brackets."""
    property_ = ox.NamedNode(predicate[1:-1])
    return property_ != _HIDDEN_TYPE and _reads_back(ox.Triple(_THING, property_, _THING))


@lru_cache(4096)
def _class_name(value: str) -> bool:
    """Whether RDF/XML, as Oxigraph writes it, can express this value as a class."""
    if not value.startswith("<") or value.startswith("<<("):
        return True
    return _reads_back(ox.Triple(_THING, ox.NamedNode(_TYPE[1:-1]), ox.NamedNode(value[1:-1])))


def _reads_back(triple: ox.Triple) -> bool:
    """Whether the written triple is well-formed XML and is parsed to the same triple.

    Names that only the fifth edition of XML allows are refused: most parsers, including Python's,
    do not support them.
    """
    try:
        document = ox.serialize([triple], format=ox.RdfFormat.RDF_XML) or b""
        expat.ParserCreate(namespace_separator=" ").Parse(document, True)
        return [quad.triple for quad in ox.parse(document, ox.RdfFormat.RDF_XML)] == [triple]
    except (OSError, SyntaxError, expat.ExpatError):
        return False


class Sink:
    """Passes on Oxigraph's output for `expressible` triples, corrected for other parsers."""

    def __init__(self, sink: IO[bytes]) -> None:
        self._sink = sink
        self._pending = b""

    def write(self, piece: bytes, /) -> int:
        """Write a piece. Raises NotAcceptable if XML cannot express a character of it."""
        data = self._pending + xml_text(piece, self._pending, _WAY_OUT)
        cut = data.rfind(b"<", max(0, len(data) - len(_HIDDEN_TAG)))
        if cut < 0:
            cut = max(0, len(data) - 2)  # a character that XML cannot express may be cut there
        self._pass_on(data[:cut])
        self._pending = data[cut:]
        return len(piece)

    def finish(self) -> None:
        """Pass on the pending bytes."""
        self._pass_on(self._pending)

    def flush(self) -> None:
        """Flush the sink. (Writers of files call it.)"""
        self._sink.flush()

    def _pass_on(self, data: bytes) -> None:
        self._sink.write(data.replace(_HIDDEN_TAG, _TAG))
