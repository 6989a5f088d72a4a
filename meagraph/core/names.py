"""IRIs: namespaces, prefixes, and the rules by which every IRI of meagraph is made.

A published IRI never changes, so the rules of this module are a contract. Things have IRIs under
``https://w3id.org/meagraph/id/``; a part of a thing (a link, a responsibility, a passage) has a
fragment of the thing's IRI.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from urllib.parse import quote, unquote

BASE = "https://w3id.org/meagraph/"
ONTOLOGY = BASE + "ontology#"
ID = BASE + "id/"
GRAPH = BASE + "graph/"

PREFIXES: dict[str, str] = {
    "mea": ONTOLOGY,
    "dcterms": "http://purl.org/dc/terms/",
    "dwc": "http://rs.tdwg.org/dwc/terms/",
    "geo": "http://www.opengis.net/ont/geosparql#",
    "oa": "http://www.w3.org/ns/oa#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "prov": "http://www.w3.org/ns/prov#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "dqv": "http://www.w3.org/ns/dqv#",
    "org": "http://www.w3.org/ns/org#",
    "sh": "http://www.w3.org/ns/shacl#",
}

SAIGA = "saiga-mtiwp-2016-2020"
ARGALI = "argali-action-plan-2025-2032"
SSAP = "argali-ssap-2014-2024"
JWP = "cms-cites-jwp-2015-2020"

SOURCE = "en"
"""The language of the untranslated texts of the program."""


def thing(kind: str, *path: str) -> str:
    """The IRI of a thing of a kind, e.g. a measure, a unit, a country.

    Path segments are kept as in the document; characters not allowed in an IRI are percent-encoded.

    >>> thing("measure", "saiga-mtiwp-2016-2020", "1.10")
    'https://w3id.org/meagraph/id/measure/saiga-mtiwp-2016-2020/1.10'
    >>> thing("country", "KAZ")
    'https://w3id.org/meagraph/id/country/KAZ'
    """
    return ID + "/".join(quote(segment, safe="") for segment in (kind, *path))


def fragment(of: str, name: str) -> str:
    """The IRI of a part of a thing; a part of a fragment extends that fragment.

    >>> link = fragment(thing("measure", "argali-action-plan-2025-2032", "2.1"), "link-TJK-unit")
    >>> link
    'https://w3id.org/meagraph/id/measure/argali-action-plan-2025-2032/2.1#link-TJK-unit'
    >>> fragment(link, "passage-1").partition("#")[2]
    'link-TJK-unit-passage-1'
    """
    joint = "-" if "#" in of else "#"
    return f"{of}{joint}{quote(name, safe='-._~')}"


def graph(name: str) -> str:
    """The IRI of a named graph.

    >>> graph("inferred")
    'https://w3id.org/meagraph/graph/inferred'
    """
    return GRAPH + name


def term(name: str) -> str:
    """The IRI of a class or property of the ontology.

    >>> term("Measure")
    'https://w3id.org/meagraph/ontology#Measure'
    """
    return ONTOLOGY + name


@lru_cache(maxsize=256)
def slug(text: str) -> str:
    """A readable path segment made from a name.

    >>> slug("International and national NGOs")
    'international-and-national-ngos'
    >>> slug("Hunting area managers/concessions")
    'hunting-area-managers-concessions'
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")


def local_name(iri: str) -> str:
    """The last segment of an IRI, still percent-encoded.

    >>> local_name("https://w3id.org/meagraph/id/country/KAZ")
    'KAZ'
    """
    return re.split(r"[/#]", iri)[-1]


@lru_cache(maxsize=16_384)
def code(address: str) -> str:
    """The last segment of an IRI, decoded: the code in parameters and tables.

    >>> code("https://w3id.org/meagraph/id/priority/argali-ssap-2014-2024/on%2Fgoing")
    'on/going'
    """
    return unquote(local_name(address))
