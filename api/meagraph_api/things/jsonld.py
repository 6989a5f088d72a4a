"""JSON-LD with readable keys, and its context.

https://www.w3.org/TR/json-ld11/#the-context. The context is generated from the ontology: keys are
the local names of its classes and properties. `OTHERS` declares the keys of other vocabularies. A
published key never changes its meaning. Documents contain the part of the context that they use, so
clients need no further request.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from meagraph.core import names
from meagraph.core.results import terms
from meagraph.core.results.terms import Term
from meagraph_api.engine.current_release import OpenRelease, Shared, answer_of
from meagraph_api.things.description import Statement
from meagraph_api.things.linked_data import PREFIXES

_QUERY = (files(__package__) / "context.rq").read_text(encoding="utf-8")

PATH = "/context.jsonld"

_XSD = names.PREFIXES["xsd"]
_STRING, _INTEGER, _BOOLEAN = _XSD + "string", _XSD + "integer", _XSD + "boolean"
_TYPE = names.PREFIXES["rdf"] + "type"
_LINK = "@id"

_LINKS = (
    "dcterms:license dcterms:isPartOf dcterms:hasPart dcterms:references dcterms:replaces "
    "dcterms:isReplacedBy dcterms:spatial rdfs:seeAlso skos:broader skos:narrower skos:inScheme "
    "skos:topConceptOf skos:hasTopConcept skos:exactMatch skos:closeMatch skos:broadMatch "
    "skos:narrowMatch geo:hasGeometry prov:wasDerivedFrom void:inDataset foaf:primaryTopic "
    "hydra:first hydra:previous hydra:next hydra:last"
)
_VALUES = (
    "dcterms:title dcterms:description dcterms:rights dcterms:source dcterms:language "
    "dcterms:identifier dcterms:modified rdfs:comment rdf:value skos:prefLabel skos:altLabel "
    "skos:notation skos:definition skos:scopeNote skos:note dwc:scientificName "
    "dwc:scientificNameAuthorship dwc:taxonRank dwc:vernacularName geo:asWKT oa:exact oa:start "
    "oa:end oa:bodyValue dcat:version"
)
OTHERS: Mapping[str, tuple[str, str | None]] = MappingProxyType(
    {
        curie.partition(":")[2]: (curie, kind)
        for curies, kind in ((_LINKS, _LINK), (_VALUES, None))
        for curie in curies.split()
    }
)
"""Keys of terms of other vocabularies: the term, and `@id` if its values are IRIs.

Other terms (`rdfs:label`, `dcterms:subject` …, whose names the ontology also uses) keep the prefix.
"""


@dataclass(frozen=True, slots=True)
class Key:
    """A JSON key: its term and the type of its plain values.

    The kind is `@id` for IRIs, a datatype, or None for text, numbers and booleans.
    """

    name: str
    term: str
    kind: str | None = None

    @property
    def definition(self) -> Any:
        """Its definition in the context."""
        return {"@id": self.term, "@type": self.kind} if self.kind else self.term


@dataclass(frozen=True, slots=True)
class Context:
    """The keys of a context, by term."""

    keys: Mapping[str, Key]

    @classmethod
    def of(cls, keys: Iterable[Key]) -> Context:
        """The context with these keys."""
        return cls({key.term: key for key in keys})

    def written(self, used: Iterable[Key] | None = None, prefixes: Iterable[str] = PREFIXES) -> Any:
        """The context as JSON: all of it, or the part for some keys and prefixes."""
        chosen = self.keys.values() if used is None else used
        spaces = {prefix: PREFIXES[prefix] for prefix in sorted(prefixes)}
        defined = {key.name: key.definition for key in sorted(chosen, key=lambda key: key.name)}
        return {"id": "@id", "type": "@type"} | spaces | defined


async def answer(release: OpenRelease) -> Shared:
    """The result that `context` reads. Raises the errors of the engine."""
    return await answer_of(release, _QUERY)


@lru_cache(2)
def context(answer: Shared) -> Context:
    """The context of a release."""
    own = [_own_key(**row) for row in terms.table(answer.content).records()]
    others = [Key(name, _full(curie), kind) for name, (curie, kind) in OTHERS.items()]
    return Context.of([*others, *own])


def _own_key(term: str, kind: str, range: str) -> Key:
    """The key of a term of the ontology; text, integers and booleans need no kind."""
    name = term.removeprefix(names.ONTOLOGY)
    if kind.endswith("#ObjectProperty"):
        return Key(name, term, _LINK)
    plain = not range.startswith(_XSD) or range in (_STRING, _INTEGER, _BOOLEAN)
    return Key(name, term, None if plain or kind.endswith("#Class") else range)


def published(answer: Shared) -> bytes:
    """The whole context, as served at `PATH`."""
    return _encoded({"@context": context(answer).written()})


def write(statements: Sequence[Statement], context: Context) -> bytes:
    """Statements as JSON-LD: a flat object for each subject, in the order of the statements.

    >>> statement = Statement(Term("uri", "https://example.org/a"), _TYPE, Term("uri", "x:C"))
    >>> print(write([statement], Context.of([])).decode().strip())
    {
     "@context": {
      "id": "@id",
      "type": "@type"
     },
     "@graph": [
      {
       "id": "https://example.org/a",
       "type": "x:C"
      }
     ]
    }
    """
    used = _Used(context)
    nodes: dict[str, dict[str, Any]] = {}
    for statement in statements:
        address = _address(statement.subject)
        node = nodes.setdefault(address, {"id": address})
        if statement.predicate == _TYPE and statement.object.kind != "literal":
            node.setdefault("type", []).append(
                used.name(statement.object.value, _address(statement.object))
            )
        else:
            key = used.key(statement.predicate)
            node.setdefault(key.name, []).append(_value(statement.object, key.kind))
    graph = [{key: _single(value) for key, value in node.items()} for node in nodes.values()]
    return _encoded({"@context": context.written(used.keys.values(), used.prefixes)}, graph)


class _Used:
    """The keys and prefixes that a document uses."""

    def __init__(self, context: Context) -> None:
        self.keys: dict[str, Key] = {}
        self.prefixes: set[str] = set()
        self._context = context

    def key(self, term: str) -> Key:
        """The key of a property."""
        if (key := self._context.keys.get(term)) is not None:
            self.keys[key.name] = key
            return key
        return Key(self._short(term), term)

    def name(self, term: str, otherwise: str) -> str:
        """The key of a class, or else its address."""
        known = self._context.keys.get(term)
        if known is not None:
            return self.key(term).name
        return self._short(term) if otherwise == term else otherwise

    def _short(self, term: str) -> str:
        """A term with its prefix, if it has one that JSON-LD expands to the same term."""
        for prefix, space in PREFIXES.items():
            if term.startswith(space) and re.fullmatch(r"[\w.-]+", term[len(space) :]):
                self.prefixes.add(prefix)
                return f"{prefix}:{term[len(space) :]}"
        return term


def _address(term: Term) -> str:
    return f"_:{term.value}" if term.kind == "bnode" else term.value


def _value(term: Term, kind: str | None) -> Any:
    """A value under a key of a kind: plain if it is read back as the same term."""
    if term.kind != "literal":
        return _address(term) if kind == _LINK else {"id": _address(term)}
    if term.language:
        return {"@value": term.value, "@language": term.language}
    datatype = term.datatype or _STRING
    if kind == datatype:
        return term.value
    if kind is None:
        if datatype == _STRING:
            return term.value
        if datatype == _INTEGER and re.fullmatch(r"0|-?[1-9]\d{0,14}", term.value):
            return int(term.value)
        if datatype == _BOOLEAN and term.value in ("true", "false"):
            return term.value == "true"
    return {"@value": term.value, "@type": datatype}


def _single(value: Any) -> Any:
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def _full(curie: str) -> str:
    prefix, _, local = curie.partition(":")
    return PREFIXES[prefix] + local


def _encoded(document: Mapping[str, Any], graph: Sequence[Any] | None = None) -> bytes:
    whole = dict(document) if graph is None else {**document, "@graph": graph}
    return (json.dumps(whole, ensure_ascii=False, indent=1) + "\n").encode()
