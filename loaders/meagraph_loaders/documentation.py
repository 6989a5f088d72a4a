"""Documentation: the ontology for readers, as HTML that pyLODE makes of it.

https://github.com/RDFLib/pyLODE (BSD-3-Clause). Only the body of its page is kept, without styles
and scripts, for the service to put into a page of its own. Labels and comments are English; the
ontology itself has Russian ones too. The same ontology gives the same bytes.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pyoxigraph as ox
import rdflib
from rdflib import OWL, RDF

from meagraph.core import files, names
from meagraph_loaders import shacl
from meagraph_loaders.serialise import PREFIXES

GRAPH = ox.NamedNode(names.graph("ontology"))
ONTOLOGY = names.ONTOLOGY.rstrip("#")


def write_page(store: ox.Store, folder: Path) -> Path | None:
    """Write the page of the ontology into a folder; None where the store holds no ontology."""
    ontology = _english(store)
    if (rdflib.URIRef(ONTOLOGY), RDF.type, OWL.Ontology) not in ontology:
        return None
    path = folder / files.ONTOLOGY_PAGE
    path.write_text(page(ontology), encoding="utf-8")
    return path


def page(ontology: rdflib.Graph) -> str:
    """The documentation of an ontology of ours, as the content of an element of HTML.

    Each term stands at an anchor that is its name, so that its address leads to it.
    """
    # In the main thread dominate, with which pyLODE writes, would open an event loop and leave it.
    with _quiet(), ThreadPoolExecutor(1) as aside:
        return aside.submit(_written, ontology).result()


def _written(ontology: rdflib.Graph) -> str:
    from pylode import OntPub  # type: ignore[import-untyped]

    made = OntPub(ontology=ontology)
    for term in sorted(map(str, ontology.subjects())):
        made.fids[term] = names.local_name(term)
    made.make_html()
    contents = made.doc.getElementById("toc")
    return "".join(str(part.render(pretty=False)) for part in (contents, made.content))


def _english(store: ox.Store) -> rdflib.Graph:
    """The terms of the ontology without what they are called in other languages.

    That some properties are functional is left out, for pyLODE would list these twice.
    """
    graph = shacl.plain_graph(quad.triple for quad in _said(store))
    graph.remove((None, RDF.type, OWL.FunctionalProperty))
    for prefix, space in PREFIXES.items():
        graph.bind(prefix, space)
    return graph


def _said(store: ox.Store) -> Iterator[ox.Quad]:
    for quad in sorted(store.quads_for_pattern(None, None, None, GRAPH), key=str):
        ours = isinstance(quad.subject, ox.NamedNode) and quad.subject.value.startswith(ONTOLOGY)
        language = quad.object.language if isinstance(quad.object, ox.Literal) else None
        if ours and language in (None, "en"):
            yield quad


@contextmanager
def _quiet() -> Iterator[None]:
    """Undo what pyLODE does to all logging, and hide that it leaves a file for Python to close."""
    root = logging.getLogger()
    level, handlers, disabled = root.level, root.handlers[:], root.manager.disable
    logging.disable()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(disabled)
        root.setLevel(level)
        root.handlers[:] = handlers
