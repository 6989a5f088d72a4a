"""The codes that the ontology folder defines, for checking the rows that use them."""

from __future__ import annotations

from pyoxigraph import NamedNode, RdfFormat, Store

from meagraph import files, names
from meagraph_loaders.graph.things import expand


def codes(kind: str) -> frozenset[str]:
    """The codes of one kind of concept, as the schemes in `ontology/` define them.

    >>> sorted(codes("topic-weight"))
    ['main', 'other', 'secondary']
    """
    store = Store()
    for path in sorted(files.folder("ontology").glob("*.ttl")):
        store.load(path=path, format=RdfFormat.TURTLE)
    scheme = NamedNode(names.thing("scheme", kind))
    return frozenset(
        names.local_name(quad.subject.value)
        for quad in store.quads_for_pattern(None, expand("skos:inScheme"), scheme)
        if isinstance(quad.subject, NamedNode)
    )
