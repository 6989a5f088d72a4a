"""RDF files from outside become a release, complete and unchanged."""

from __future__ import annotations

import gzip
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from meagraph.core import files
from meagraph.core.errors import SourceError
from meagraph_loaders import import_rdf, release

EX = "http://example.org/"
TRIPLE = f"<{EX}s> <{EX}p> <{EX}o> .\n"
XML = (
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:ex="http://example.org/">\n'
    f'<rdf:Description rdf:about="{EX}s"><ex:p rdf:resource="{EX}o"/></rdf:Description>\n'
)
TEXTS = {
    "nq": TRIPLE,
    "trig": f"@prefix ex: <{EX}> . {{ ex:s ex:p ex:o }}",
    "ttl": f"@prefix ex: <{EX}> . ex:s ex:p ex:o .",
    "nt": TRIPLE,
    "rdf": XML + "</rdf:RDF>\n",
    "owl": XML + "</rdf:RDF>\n",
    "xml": XML + "</rdf:RDF>\n",
    "jsonld": f'{{"@id": "{EX}s", "{EX}p": {{"@id": "{EX}o"}}}}',
}


def write(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    data = text.encode() if isinstance(text, str) else text
    path.write_bytes(gzip.compress(data) if name.lower().endswith(".gz") else data)
    return path


def quads(*paths: Path) -> set[ox.Quad]:
    with import_rdf.temporary_release(paths) as (folder, _):
        return set(ox.Store.read_only(str(files.current_release(folder) / "store")))


def triple(name: str, graph: str | None = None) -> ox.Quad:
    s, p, o = (ox.NamedNode(EX + letter) for letter in name)
    return ox.Quad(s, p, o, ox.NamedNode(EX + graph) if graph else ox.DefaultGraph())


def test_a_text_of_every_format_is_here() -> None:
    assert {f".{ending}" for ending in TEXTS} == set(import_rdf.FORMATS)


@pytest.mark.parametrize("packed", ["", ".gz"])
@pytest.mark.parametrize("ending", TEXTS)
def test_every_format_is_read_packed_or_not(tmp_path: Path, ending: str, packed: str) -> None:
    path = write(tmp_path, f"data.{ending}{packed}", TEXTS[ending])
    assert quads(path) == {triple("spo")}


@pytest.mark.parametrize("ending", TEXTS)
def test_an_empty_file_holds_nothing(tmp_path: Path, ending: str) -> None:
    assert quads(write(tmp_path, f"data.{ending}", "")) == set()


@pytest.mark.parametrize("ending", sorted(TEXTS))
def test_a_byte_order_mark_is_no_data(tmp_path: Path, ending: str) -> None:
    path = write(tmp_path, f"data.{ending}", b"\xef\xbb\xbf" + TEXTS[ending].encode())
    assert quads(path) == {triple("spo")}


def test_a_triple_stands_in_each_of_its_graphs_and_once_in_the_default_graph(
    tmp_path: Path,
) -> None:
    text = (
        f"@prefix ex: <{EX}> . ex:a ex:b ex:c . ex:g {{ ex:s ex:p ex:o }} ex:h {{ ex:s ex:p ex:o }}"
    )
    path = write(tmp_path, "data.trig", text)
    assert quads(path) == {
        triple("abc"),
        triple("spo"),
        triple("spo", "g"),
        triple("spo", "h"),
    }
    with import_rdf.temporary_release([path]) as (folder, contents):
        store = ox.Store.read_only(str(folder / contents.id / "store"))
        assert len(list(store.quads_for_pattern(None, None, None, ox.DefaultGraph()))) == 2
        assert contents.triples == 2
        assert contents.graphs == {EX + "g": 1, EX + "h": 1}


def test_blank_nodes_are_one_within_a_file_and_apart_between_files(tmp_path: Path) -> None:
    text = f"_:a <{EX}p> _:a <{EX}g> .\n"
    found = quads(write(tmp_path, "one.nq", text), write(tmp_path, "two.nq", text))
    assert len({quad.subject for quad in found}) == 2
    assert all(quad.subject == quad.object for quad in found)
    by_graph = [{q.subject for q in found if q.graph_name == g} for g in graphs(found)]
    assert len(by_graph) == 2
    assert by_graph[0] == by_graph[1]


def graphs(found: set[ox.Quad]) -> set[object]:
    return {quad.graph_name for quad in found}


def test_a_file_that_is_named_twice_counts_once(tmp_path: Path) -> None:
    path = write(tmp_path, "data.nt", f"_:a <{EX}p> <{EX}o> .\n")
    assert len(quads(path, tmp_path / "." / "data.nt")) == 1


def test_relative_addresses_begin_at_the_file(tmp_path: Path) -> None:
    path = write(tmp_path, "data.ttl", f"<> <{EX}p> <#o> .")
    (found,) = quads(path)
    assert found.subject == ox.NamedNode(path.as_uri())
    assert found.object == ox.NamedNode(path.as_uri() + "#o")


def test_the_id_is_of_the_files_whatever_their_order(tmp_path: Path) -> None:
    one, two = write(tmp_path, "one.nt", TRIPLE), write(tmp_path, "two.ttl", "")

    def identifier(*paths: Path) -> str:
        with import_rdf.temporary_release(paths) as (_, contents):
            return contents.id

    before = identifier(one, two)
    assert len(before) == 16
    assert identifier(two, one) == before
    write(tmp_path, "two.ttl", "# a remark")
    assert identifier(one, two) != before


def test_the_folder_is_one_of_releases_and_goes_with_the_block(tmp_path: Path) -> None:
    with import_rdf.temporary_release([write(tmp_path, "data.nt", TRIPLE)]) as (folder, contents):
        made = files.current_release(folder)
        assert made.name == contents.id
        assert release.verify(made)["triples"] == 1
    assert not folder.exists()


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("data.ttl", "<a:a>\n <b:b> .", r"data\.ttl:2:8: is not Turtle: .*Nothing is served"),
        ("data.nq", TRIPLE + "<a:a> .\n", r"data\.nq:2:7: is not N-Quads"),
        ("data.trig.gz", "{ <a:a> <b:b> ", r"data\.trig\.gz:1:\d+: is not TriG"),
        ("data.nt", b"<a:a> <b:b> \xff .\n", r"data\.nt:1:\d+: is not N-Triples: .*UTF-8"),
        ("data.rdf", XML, r"data\.rdf:3:1: is not RDF/XML: no element found"),
        ("data.rdf", "<a:b/>", r"data\.rdf.*: is not RDF/XML"),
        ("data.jsonld", '{"@id":', r"data\.jsonld:1:8: is not JSON-LD"),
        (
            "data.jsonld",
            '{"@context": "https://schema.org/"}',
            r"data\.jsonld: names a JSON-LD context by its address\. Write the context",
        ),
        ("data.txt", TRIPLE, r"data\.txt: its name does not say .* \.nq, \.trig, \.ttl, \.nt"),
        ("data.gz", TRIPLE, r"data\.gz: its name does not say"),
    ],
)
def test_a_file_that_is_not_understood_is_named_with_the_place(
    tmp_path: Path, name: str, text: str | bytes, says: str
) -> None:
    path = write(tmp_path, name, text)
    with pytest.raises(SourceError, match=says), import_rdf.temporary_release([path]):
        pass


@pytest.mark.parametrize("damage", ["cut", "not packed", "changed"])
def test_a_packed_file_that_is_damaged_is_one_clear_error(tmp_path: Path, damage: str) -> None:
    path = write(tmp_path, "data.nt.gz", TRIPLE * 1000)
    whole = path.read_bytes()
    damaged = {
        "cut": whole[:-9],
        "not packed": TRIPLE.encode(),
        "changed": whole[:20] + b"\xff" * 8 + whole[28:],
    }
    path.write_bytes(damaged[damage])
    with pytest.raises(SourceError, match=r"data\.nt\.gz: cannot be unpacked"):
        quads(path)


def test_a_file_that_is_gone_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"data\.nt: cannot be read \(No such file"):
        quads(tmp_path / "data.nt")


nodes = st.sampled_from([ox.NamedNode(EX + letter) for letter in "abc"])
literals = st.builds(ox.Literal, st.text(st.characters(exclude_categories=["Cs"]), max_size=8))
any_quads = st.lists(
    st.builds(ox.Quad, nodes, nodes, nodes | literals, nodes | st.just(ox.DefaultGraph()))
)


@given(data=any_quads)
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_data_is_served_as_it_is_with_the_union_by_default(
    tmp_path: Path, data: list[ox.Quad]
) -> None:
    text = ox.serialize(data, format=ox.RdfFormat.N_QUADS) or b""
    default = {ox.Quad(q.subject, q.predicate, q.object) for q in data}
    assert quads(write(tmp_path, "data.nq", text)) == set(data) | default
