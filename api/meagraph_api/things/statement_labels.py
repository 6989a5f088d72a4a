"""Labels of things in pages and data, from their labels, numbers and texts."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from textwrap import shorten
from urllib.parse import unquote

from meagraph.core import names
from meagraph.core.names import SOURCE
from meagraph.core.queries import composition
from meagraph.core.results.terms import Term, table
from meagraph_api.http import urls
from meagraph_api.http.urls import iri, is_iri
from meagraph_api.things.description import Statement

_QUERY = (files(__package__) / "labels.rq").read_text(encoding="utf-8")

_SKOS, _RDFS = names.PREFIXES["skos"], names.PREFIXES["rdfs"]
LABEL = _RDFS + "label"
TYPE = names.PREFIXES["rdf"] + "type"
TITLES = (
    _SKOS + "prefLabel",
    LABEL,
    names.PREFIXES["dcterms"] + "title",
    names.PREFIXES["dwc"] + "scientificName",
    names.term("name"),
    names.term("nameAsPrinted"),
    names.term("applicabilityText"),
)
"""Properties for the name of a thing, the best first."""
TEXT, NUMBER, INSTRUMENT = names.term("text"), names.term("number"), names.term("instrument")

_DETAILS = tuple(
    map(
        names.term,
        ("country", "topic", "taxon", "actorText", "phrase", "findingKind", "aspect", "basis"),
    )
)
"""Properties of a part of a thing that tell it from other parts with the same class."""

_LONGEST = 120
"""The most characters of a text used as a name."""


@dataclass(frozen=True, slots=True)
class Labels:
    """The labels of things, by their statements."""

    statements: tuple[Statement, ...] = ()
    language: str = SOURCE
    """The preferred language."""
    _of: dict[str, dict[str, list[Term]]] = field(default_factory=dict)

    @classmethod
    def of(cls, statements: Iterable[Statement], language: str = SOURCE) -> Labels:
        """The labels in some statements, preferred in a language."""
        found: dict[str, dict[str, list[Term]]] = {}
        kept = tuple(statements)
        for statement in kept:
            values = found.setdefault(statement.subject.value, {})
            values.setdefault(statement.predicate, []).append(statement.object)
        return cls(kept, language, found)

    def __or__(self, other: Labels) -> Labels:
        """The labels of both, in the language of the other."""
        return Labels.of((*self.statements, *other.statements), other.language)

    def name(self, address: str, within: Container[str] = ()) -> str:
        """The name of a thing; its address if it has no label, number or text.

        `within` contains the subjects of the page, which a name does not repeat.
        """
        values = self._of.get(address, {})
        number = self._text(values.get(NUMBER, ()))
        title = next((text for key in TITLES if (text := self._text(values.get(key, ())))), "")
        words = title or shorten(self._text(values.get(TEXT, ())), _LONGEST, placeholder=" …")
        instrument = next((term.value for term in values.get(INSTRUMENT, ())), None)
        if not words and "#" in address:
            return self._part(address, within)
        name = " ".join(filter(None, (number, words))) or self._unnamed(address)
        if not instrument or instrument == address or instrument in within:
            return name
        return f"{name} – {self.name(instrument)}"

    def values(self, of: Iterable[str], predicate: str) -> set[str]:
        """The values of a property of some things."""
        found = (self._of.get(address, {}).get(predicate, ()) for address in of)
        return {term.value for terms in found for term in terms}

    def type_name(self, address: str) -> str:
        """The label of the class of a thing, '' if unknown."""
        kinds = [term.value for term in self._of.get(address, {}).get(TYPE, ())]
        return self.predicate(narrowest(kinds)) if kinds else ""

    def predicate(self, address: str) -> str:
        """The label of a property or class, or its local name in words.

        >>> Labels().predicate("http://purl.org/dc/terms/isPartOf")
        'is part of'
        """
        label = self._text(self._of.get(address, {}).get(LABEL, ()))
        local = re.split(r"[/#]", address.rstrip("/#"))[-1]
        return label or re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", local).lower() or address

    def _text(self, values: Sequence[Term]) -> str:
        """The value in the language, English, no language or any."""
        by_language = {term.language or "": term.value for term in reversed(values)}
        found = (by_language.get(code) for code in (self.language, SOURCE, ""))
        return next(filter(None, found), None) or next(iter(by_language.values()), "")

    def _unnamed(self, address: str) -> str:
        """A thing without a name: its class, and its number if it has one; else its address."""
        kind, last = self.type_name(address), names.code(address)
        if not kind:
            return _short(address)
        return f"{kind} {last}" if last.isdigit() else kind

    def _part(self, address: str, within: Container[str]) -> str:
        """The name of a part: its class with what it links to, or with its number."""
        whole, _, fragment = address.partition("#")
        part = self.type_name(address)
        values = self._of.get(address, {})
        details = [self._detail(term) for key in _DETAILS for term in values.get(key, ())]
        number = fragment.rpartition("-")[2]
        if not part:
            part = unquote(fragment).replace("-", " ")
        elif details:
            part = f"{part}: {', '.join(details)}"
        elif number.isdigit():
            part = f"{part} {number}"
        return part if whole in within else f"{part} – {self.name(whole, within)}"

    def _detail(self, term: Term) -> str:
        return self.name(term.value) if term.kind == "uri" else term.value.replace("-", " ")


def query(addresses: Iterable[str]) -> str:
    """The query for the labels of things, properties and classes; '' if no IRI is valid."""
    terms = sorted({iri(address) for address in addresses if is_iri(address)})
    return composition.fill(_QUERY, {("_thing",): terms}) if terms else ""


def labels(body: bytes, language: str = SOURCE) -> Labels:
    """The labels in the result of `query`, in JSON; no labels for b''."""
    return Labels.of(_read(body), language) if body else Labels(language=language)


def narrowest(classes: Iterable[str]) -> str:
    """The most specific class: preferably of meagraph and without subclasses.

    >>> narrowest([names.term("Instrument"), names.term("ActionPlan"), names.PREFIXES["prov"]])
    'https://w3id.org/meagraph/ontology#ActionPlan'
    """
    return max(classes, key=lambda class_: (class_.startswith(names.ONTOLOGY), class_ not in WIDER))


WIDER = frozenset(map(names.term, ("Instrument", "Section", "ConservationUnit", "Taxon")))
"""The classes of meagraph with subclasses."""


def _short(address: str) -> str:
    return urls.path(address) if address.startswith(names.BASE) else address


def _read(body: bytes) -> list[Statement]:
    found: dict[tuple[Term, str, Term], list[str]] = {}
    for thing, property_, value, graph in table(body).rows:
        if thing is not None and property_ is not None and value is not None:
            graphs = found.setdefault((thing, property_.value, value), [])
            graphs += [graph.value] if graph else []
    return [Statement(*triple, tuple(graphs)) for triple, graphs in found.items()]
