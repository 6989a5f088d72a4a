"""The codes that the ontology folder defines, for checking the rows that use them."""

from __future__ import annotations

from pyoxigraph import NamedNode

from meagraph.core import files, names
from meagraph.core.errors import DataError
from meagraph_loaders import turtle
from meagraph_loaders.graph.graph_builder import expand


def codes(kind: str) -> frozenset[str]:
    """The codes of one kind of concept, as the schemes in `ontology/` define them.

    Raises DataError where they define none.

    >>> sorted(codes("topic-weight"))
    ['main', 'other', 'secondary']
    """
    scheme = NamedNode(names.thing("scheme", kind))
    found = frozenset(
        names.local_name(triple.subject.value)
        for path in sorted(files.folder("ontology").glob("*.ttl"))
        for triple in turtle.read(path)
        if triple.predicate == expand("skos:inScheme") and triple.object == scheme
        if isinstance(triple.subject, NamedNode)
    )
    if not found:
        raise DataError(
            "ontology/*.ttl",
            f"no file defines a concept of the scheme {kind}",
            "Restore the folder from the repository",
        )
    return found
