"""The description of a release is valid DCAT-AP and states its provenance."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
import rdflib
from rdflib.namespace import DCAT, DCTERMS, PROV, RDF, RDFS

from meagraph.core import files, names
from meagraph.core.version import __version__
from meagraph_loaders import dcat, dumps, pipeline, provenance
from tests.dcat_ap import SPDX, part, problems

DATASET = rdflib.URIRef(dcat.DATASET)
VERSION = rdflib.URIRef("http://www.w3.org/ns/dcat#version")


@pytest.fixture(scope="module")
def described(release: Path) -> rdflib.Graph:
    return part((release / "dumps/dataset.ttl").read_text(encoding="utf-8"))


def test_the_description_is_what_dcat_ap_asks_for(described: rdflib.Graph) -> None:
    assert problems(described) == ""


@pytest.mark.parametrize(
    "broken",
    [
        (DATASET, DCTERMS.title, None),
        (DATASET, DCTERMS.publisher, None),
        (rdflib.URIRef(dcat.CATALOG), DCAT.dataset, None),
        (None, DCAT.accessURL, None),
        (None, DCAT.endpointURL, None),
        (None, DCTERMS.license, None),
        (None, SPDX.checksumValue, None),
        (None, RDFS.label, None),
    ],
)
def test_a_description_that_lacks_something_is_found(
    described: rdflib.Graph,
    broken: tuple[rdflib.URIRef | None, rdflib.URIRef, None],
) -> None:
    lacking = rdflib.Graph()
    for triple in described:
        lacking.add(triple)
    lacking.remove(broken)
    assert len(lacking) < len(described)
    assert names.local_name(str(broken[1])) in problems(lacking)


def test_the_whole_and_every_graph_come_in_every_format(described: rdflib.Graph) -> None:
    graphs = set(described.objects(DATASET, DCTERMS.hasPart))
    assert len(graphs) > 10
    described_itself = rdflib.URIRef(names.graph("dataset"))
    restricted = rdflib.URIRef(dumps.RESTRICTED.value)
    for of in {DATASET, *graphs} - {described_itself, restricted}:
        found = list(described.objects(of, DCAT.distribution))
        types = {str(described.value(one, DCAT.mediaType)) for one in found}
        assert len(found) == len(types) == len(dumps.FORMATS), of


def test_what_may_not_be_passed_on_is_no_file(described: rdflib.Graph) -> None:
    restricted = rdflib.URIRef(dumps.RESTRICTED.value)
    assert described.value(restricted, DCTERMS.license) is None
    only = described.value(restricted, DCAT.distribution, any=False)
    assert only is not None
    assert described.value(only, DCAT.downloadURL) is None
    assert described.value(only, DCTERMS.license) is None
    rights = described.value(only, DCTERMS.rights)
    assert "redistribution" in str(described.value(rights, RDFS.label))
    assert not [
        one for one in described.objects(None, DCAT.downloadURL) if "restricted" in str(one)
    ]


def test_the_version_is_the_release_and_stands_in_the_address_of_every_dump(
    described: rdflib.Graph, summary: pipeline.Summary
) -> None:
    assert str(described.value(DATASET, VERSION)) == summary.id
    addresses = set(described.objects(None, DCAT.downloadURL))
    assert {str(address) for address in addresses} == {
        f"{names.BASE}releases/{summary.id}/dumps/{path.name}"
        for path in (summary.path / "dumps").glob("*.gz")
    }


def test_every_file_that_a_release_was_made_from_is_named_with_its_checksum(
    described: rdflib.Graph, summary: pipeline.Summary
) -> None:
    build = described.value(DATASET, PROV.wasGeneratedBy)
    software = described.value(build, PROV.wasAssociatedWith)
    assert str(described.value(software, DCTERMS.hasVersion)) == __version__
    used = set(described.objects(build, PROV.used))
    sources = {rdflib.URIRef(names.thing("source", name)) for name in summary.contents.sources}
    assert sources <= used
    for source in sources:
        checksum = described.value(source, SPDX.checksum)
        name = names.local_name(str(source))
        assert str(described.value(checksum, SPDX.checksumValue)) == summary.contents.sources[name]
    checksums = {
        str(described.value(node, DCTERMS.title)): str(
            described.value(described.value(node, SPDX.checksum), SPDX.checksumValue)
        )
        for node in used
        if (node, RDF.type, PROV.Entity) in described
    }
    assert checksums == {
        path: hashlib.sha256((files.root() / path).read_bytes()).hexdigest() for path in checksums
    }
    assert {"data/reference/countries.csv", "data/curation/topics.csv"} <= set(checksums)


def test_inputs_are_the_tables_the_ontology_and_the_rules(tmp_path: Path) -> None:
    for name in ("data/curation/b.csv", "data/curation/README.md", "ontology/a.ttl", "x.csv"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    found = provenance.inputs(tmp_path)
    assert [one.path for one in found] == ["data/curation/b.csv", "ontology/a.ttl"]
    assert found[0].sha256 == hashlib.sha256(b"data/curation/b.csv").hexdigest()
