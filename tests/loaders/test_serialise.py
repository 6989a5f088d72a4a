"""Serialisation is deterministic: the same triples give the same bytes."""

from __future__ import annotations

import gzip
from random import Random

import pyoxigraph as ox
from hypothesis import given
from hypothesis import strategies as st

from meagraph_loaders import serialise

_GRAPH = ox.NamedNode("https://w3id.org/meagraph/graph/plan")
_NODES = st.sampled_from([ox.NamedNode(f"http://example.org/{name}") for name in "abcd"])
_LITERALS = st.builds(ox.Literal, st.text(st.characters(exclude_categories=["Cs"]), max_size=8))
_QUADS = st.builds(ox.Quad, _NODES, _NODES, _NODES | _LITERALS, st.just(_GRAPH))


@given(st.lists(_QUADS, max_size=12), st.randoms(use_true_random=False))
def test_the_order_of_loading_leaves_no_trace(quads: list[ox.Quad], random: Random) -> None:
    stores = ox.Store(), ox.Store()
    stores[0].extend(quads)
    stores[1].extend(random.sample(quads, len(quads)))
    first, second = (
        serialise.as_bytes(
            serialise.sorted_quads(store, [_GRAPH]), ox.RdfFormat.TRIG, serialise.PREFIXES
        )
        for store in stores
    )
    assert first == second
    assert {quad.triple for quad in ox.parse(first, ox.RdfFormat.TRIG)} == {q.triple for q in quads}


@given(st.binary(max_size=100))
def test_zipping_is_repeatable_and_reversible(data: bytes) -> None:
    assert gzip.decompress(serialise.zipped(data)) == data
    assert serialise.zipped(data) == serialise.zipped(data)


def test_a_zipped_file_carries_no_time() -> None:
    assert serialise.zipped(b"x")[4:8] == bytes(4)
