"""The codes that the ontology folder defines, for checking the rows that use them."""

from __future__ import annotations

from pyoxigraph import NamedNode

from meagraph import files, names
from meagraph_loaders import turtle
from meagraph_loaders.graph.things import expand


def codes(kind: str) -> frozenset[str]:
    """The codes of one kind of concept, as the schemes in `ontology/` define them.

    >>> sorted(codes("topic-weight"))
    ['main', 'other', 'secondary']
    """
    scheme = NamedNode(names.thing("scheme", kind))
    return frozenset(
        names.local_name(triple.subject.value)
        for path in sorted(files.folder("ontology").glob("*.ttl"))
        for triple in turtle.read(path)
        if triple.predicate == expand("skos:inScheme") and triple.object == scheme
        if isinstance(triple.subject, NamedNode)
    )
