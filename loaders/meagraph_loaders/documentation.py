"""Documentation: the page of the ontology for readers.

The page is the content of an element of HTML, without styles and scripts; the service puts it into
a page of its own. Each term has an anchor that is its name, so that its IRI leads to it. The same
ontology gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import jinja2
import pyoxigraph as ox
from rdflib import DCTERMS, OWL, RDF, RDFS, SH, VANN, Graph, Literal, URIRef
from rdflib.term import Node

from meagraph.core import files, names
from meagraph_loaders import shacl
from meagraph_loaders.serialise import PREFIXES

GRAPH = ox.NamedNode(names.graph("ontology"))
ONTOLOGY = names.ONTOLOGY.rstrip("#")

_DIAGRAM = (
    ("passage", "sourceDocument"),
    ("section", "instrument"),
    ("responsibility", "actor"),
    ("countryLink", "country"),
    ("unit", "site"),
    ("taxonLink", "taxon"),
    ("topicAssignment", "topic"),
    ("measureRelation", "relatedInstrument"),
)
"""The properties that the diagram follows from a measure, in rows of two arrows."""

_METADATA = {
    "Version": OWL.versionInfo,
    "Version IRI": OWL.versionIRI,
    "Created": DCTERMS.created,
    "Modified": DCTERMS.modified,
    "Creator": DCTERMS.creator,
    "Licence": DCTERMS.license,
    "Preferred prefix": VANN.preferredNamespacePrefix,
}

_PREFIXES = {**PREFIXES, "eli": "http://data.europa.eu/eli/ontology#", "vann": str(VANN)}


@dataclass(frozen=True, slots=True)
class Link:
    """A link to a term: to its anchor, or to its IRI if another vocabulary defines it."""

    text: str
    href: str


@dataclass(frozen=True, slots=True)
class Term:
    """A class or a property."""

    name: str
    label: str
    russian: str
    comment: str
    range: list[Link]
    """The class or datatype of a property's values, if the ontology names it."""
    notes: list[str]
    """What else holds for a property: that it is functional or symmetric."""
    relations: dict[str, list[Link]]
    """Other terms, by what they are to this one (`Subclass of`). No list is empty."""
    properties: list[Term]
    """The properties of which a class is the domain."""
    subclasses: list[Term]


def write_page(store: ox.Store, folder: Path) -> Path | None:
    """Write the page of the ontology into a folder; None if the store holds no ontology."""
    ontology = shacl.plain_graph(
        quad.triple
        for quad in store.quads_for_pattern(None, None, None, GRAPH)
        if isinstance(quad.subject, ox.NamedNode) and quad.subject.value.startswith(ONTOLOGY)
    )
    if (URIRef(ONTOLOGY), RDF.type, OWL.Ontology) not in ontology:
        return None
    path = folder / files.ONTOLOGY_PAGE
    path.write_text(page(ontology), encoding="utf-8")
    return path


def page(ontology: Graph) -> str:
    """The documentation of an ontology of ours, as the content of an element of HTML."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    return environment.get_template("documentation.html").render(_Reader(ontology).contents())


class _Reader:
    """Reads what the template shows from an ontology, and from the shapes how terms are used."""

    def __init__(self, ontology: Graph) -> None:
        self._graph = ontology
        folder = files.folder("shapes")
        shapes = shacl.read_shapes(folder, sorted(path.name for path in folder.glob("*.ttl")))
        self._users: dict[Node, set[Node]] = {}
        """By property: the classes whose shapes have a rule for it."""
        for shape, path in shapes.subject_objects(SH.path):
            self._users.setdefault(path, set()).update(shapes.objects(shape, SH.targetClass))

    def contents(self) -> dict[str, object]:
        """The variables of the template."""
        ontology = URIRef(ONTOLOGY)
        properties = self._of(OWL.ObjectProperty) | self._of(OWL.DatatypeProperty)
        shared = {term for term in properties if not self._domain_of_ours(term)}
        top = {term for term in self._of(OWL.Class) if not self._superclasses_of_ours(term)}
        return {
            "iri": ONTOLOGY,
            "title": self._text(ontology, DCTERMS.title),
            "russian_title": self._text(ontology, DCTERMS.title, "ru"),
            "description": self._text(ontology, DCTERMS.description),
            "metadata": {
                name: value
                for name, predicate in _METADATA.items()
                for value in sorted(map(str, self._graph.objects(ontology, predicate)))
            },
            "measure": self._link(URIRef(names.term("Measure"))),
            "diagram": [tuple(map(self._arrow, row)) for row in _DIAGRAM],
            "classes": self._terms(top),
            "shared": self._terms(shared),
            "object_properties": self._links(self._of(OWL.ObjectProperty)),
            "datatype_properties": self._links(self._of(OWL.DatatypeProperty)),
            "namespaces": self._namespaces(),
        }

    def _terms(self, nodes: Iterable[Node]) -> list[Term]:
        return sorted(map(self._term, nodes), key=lambda term: (term.label.lower(), term.name))

    def _term(self, node: Node) -> Term:
        graph = self._graph
        domain, users = set(graph.objects(node, RDFS.domain)), self._users.get(node, set())
        relations = {
            "Subclass of": graph.objects(node, RDFS.subClassOf),
            "Subclasses": graph.subjects(RDFS.subClassOf, node),
            "Subproperty of": graph.objects(node, RDFS.subPropertyOf),
            "Subproperties": graph.subjects(RDFS.subPropertyOf, node),
            "Inverse of": {
                *graph.objects(node, OWL.inverseOf),
                *graph.subjects(OWL.inverseOf, node),
            },
            "Domain": () if self._domain_of_ours(node) else domain,
            "Used with": () if domain else users,
            "Value of": graph.subjects(RDFS.range, node),
            "Shared properties": (
                term
                for term, classes in self._users.items()
                if node in classes and _is_ours(term) and not set(graph.objects(term, RDFS.domain))
            ),
        }
        kinds = set(graph.objects(node, RDF.type))
        links = {name: self._links(others) for name, others in relations.items()}
        return Term(
            name=names.local_name(str(node)),
            label=self._text(node, RDFS.label),
            russian=self._text(node, RDFS.label, "ru"),
            comment=self._text(node, RDFS.comment),
            range=self._links(graph.objects(node, RDFS.range)),
            notes=[
                *(["At most one value."] if OWL.FunctionalProperty in kinds else []),
                *(["Holds in both directions."] if OWL.SymmetricProperty in kinds else []),
            ],
            relations={name: found for name, found in links.items() if found},
            properties=self._terms(graph.subjects(RDFS.domain, node)),
            subclasses=self._terms(graph.subjects(RDFS.subClassOf, node)),
        )

    def _arrow(self, name: str) -> tuple[Link, Link]:
        """A property of the diagram, and the class that it leads to."""
        node = URIRef(names.term(name))
        (target,) = self._graph.objects(node, RDFS.range)
        return self._link(node), self._link(target)

    def _links(self, nodes: Iterable[Node]) -> list[Link]:
        return sorted(map(self._link, nodes), key=lambda link: (link.text.lower(), link.href))

    def _link(self, node: Node) -> Link:
        if _is_ours(node):
            return Link(self._text(node, RDFS.label), f"#{names.local_name(str(node))}")
        return Link(_prefixed(str(node)), str(node))

    def _of(self, kind: Node) -> set[Node]:
        return set(self._graph.subjects(RDF.type, kind))

    def _domain_of_ours(self, node: Node) -> bool:
        return any(map(_is_ours, self._graph.objects(node, RDFS.domain)))

    def _superclasses_of_ours(self, node: Node) -> bool:
        return any(map(_is_ours, self._graph.objects(node, RDFS.subClassOf)))

    def _text(self, node: Node, predicate: Node, language: str = "en") -> str:
        texts = self._graph.objects(node, predicate)
        found = (
            str(text) for text in texts if isinstance(text, Literal) and text.language == language
        )
        return min(found, default="")

    def _namespaces(self) -> dict[str, str]:
        """The prefixes of the terms that occur, with their namespaces."""
        terms = {str(term) for triple in self._graph for term in triple if isinstance(term, URIRef)}
        return {
            prefix: space
            for prefix, space in sorted(_PREFIXES.items())
            if any(term.startswith(space) for term in terms)
        }


def _is_ours(node: Node) -> bool:
    return str(node).startswith(names.ONTOLOGY)


def _prefixed(iri: str) -> str:
    """An IRI with a prefix in place of its namespace; the IRI if it has none."""
    for prefix, space in _PREFIXES.items():
        if iri.startswith(space):
            return f"{prefix}:{iri.removeprefix(space)}"
    return iri
