"""The data of things: complete, the same in all formats, and with their licence."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from pyld import jsonld  # type: ignore[import-untyped]
from rdflib import RDF, Dataset, Graph, Literal, Namespace, URIRef

from meagraph.core import names
from meagraph_loaders import dcat
from meagraph_loaders.interfaces import INTERFACES
from tests.sampling import SOME_AND_ALL, some

HYDRA = Namespace("http://www.w3.org/ns/hydra/core#")
DCTERMS = Namespace(names.PREFIXES["dcterms"])
FOAF = Namespace("http://xmlns.com/foaf/0.1/")
MEA = Namespace(names.ONTOLOGY)
ID = Namespace(names.ID)

pytestmark = [
    pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:Dataset.default_context is deprecated:DeprecationWarning"),
]

FORMATS = {"ttl": "turtle", "nt": "nt", "rdf": "xml", "jsonld": "json-ld"}


@pytest.fixture(scope="module")
def addresses(real: httpx.Client) -> list[str]:
    """All IRIs of meagraph in the real release."""
    query = f"""
        SELECT DISTINCT ?address WHERE {{
          {{ ?address ?p ?o }} UNION {{ ?s ?p ?address }} UNION {{ ?s ?address ?o }}
          UNION {{ GRAPH ?address {{}} }}
          FILTER(isIRI(?address) && STRSTARTS(STR(?address), "{names.BASE}"))
        }}"""
    answer = real.get("/sparql", params={"query": query, "format": "csv"})
    return answer.text.split()[1:]


@pytest.fixture(scope="module")
def kinds(addresses: list[str]) -> list[str]:
    """The path of one thing of each kind, such as `country/AFG`."""
    things = (address.removeprefix(names.ID) for address in addresses if "#" not in address)
    first: dict[str, str] = {}
    for path in things:
        if not path.startswith("https:"):
            first.setdefault(path.split("/")[0], path)
    return list(first.values())


def graph(client: httpx.Client, path: str, suffix: str = "ttl", page: int = 1) -> Graph:
    answer = client.get(f"/data/{path}.{suffix}", params={"page": page})
    assert answer.status_code == 200, answer.text
    return parsed(answer.text, suffix)


def parsed(text: str, suffix: str) -> Graph:
    if suffix == "jsonld":
        document: Any = json.loads(text)
        quads = jsonld.to_rdf(document, {"format": "application/n-quads"})
        return Graph().parse(data=quads, format="nt")
    return Graph().parse(data=text, format=FORMATS[suffix])


def constructed(client: httpx.Client, where: str) -> Graph:
    query = f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ {where} }}"
    answer = client.get("/sparql", params={"query": query, "format": "nt"})
    assert answer.status_code == 200
    return Graph().parse(data=answer.text, format="nt")


def test_every_address_of_ours_answers(real: httpx.Client, addresses: list[str]) -> None:
    assert len(addresses) > 10_000
    documents = {address.partition("#")[0] for address in addresses}
    # Interfaces are tested with their declarations: they need parameters.
    documents -= {names.BASE + interface.endpoint for interface in INTERFACES}
    for address in sorted(documents):
        path = address.removeprefix(names.BASE)
        answer = real.head(f"/{path}", headers={"accept": "text/turtle"})
        assert answer.status_code == (303 if path.startswith(("id/", "graph/")) else 200), address


@pytest.mark.parametrize("everything", SOME_AND_ALL)
def test_every_thing_has_a_page_and_data_that_tell_of_all_that_belongs_to_it(
    real: httpx.Client, addresses: list[str], kinds: list[str], everything: bool
) -> None:
    assert len(kinds) > 40
    for path in kinds if everything else some(kinds, 10):
        address = names.ID + path
        belonging = {each for each in addresses if each.startswith(f"{address}#")}
        subjects = {str(subject) for subject in graph(real, path).subjects()}
        assert belonging <= subjects, path
        page = real.get(f"/page/{path}").text
        shown = sorted(belonging)[:100]
        assert all(f'id="{each.partition("#")[2]}"' in page for each in shown), path


@pytest.mark.parametrize(
    "path",
    [
        "measure/argali-action-plan-2025-2032/2.1",
        "instrument/saiga-mtiwp-2016-2020",
        "unit/argali-action-plan-2025-2032/1",
        "site/airag-printed",
        "taxon/saiga-tatarica",
        "country/KAZ",
        "scheme/link-basis",
        "timescale/argali-ssap-2014-2024/long",
        "cmp-action/1.1",
    ],
)
def test_every_format_says_the_same(real: httpx.Client, path: str) -> None:
    turtle = set(graph(real, path))
    for suffix in ("nt", "rdf", "jsonld"):
        assert set(graph(real, path, suffix)) == turtle, suffix


def test_rdflib_reads_the_same_json_as_pyld(real: httpx.Client) -> None:
    text = real.get("/data/measure/argali-action-plan-2025-2032/2.1.jsonld").text
    read = Dataset().parse(data=text, format="json-ld")
    assert {(s, p, o) for s, p, o, _ in read.quads()} == set(parsed(text, "jsonld"))


def test_the_data_of_a_thing_hold_all_that_is_said_of_it(real: httpx.Client) -> None:
    path = "measure/argali-action-plan-2025-2032/2.1"
    expected = constructed(
        real, f'?s ?p ?o FILTER(?s = <{ID[path]}> || STRSTARTS(STR(?s), "{ID[path]}#"))'
    )
    assert len(expected) > 150
    assert set(expected) <= set(graph(real, path))


def test_what_a_thing_points_to_has_its_label(real: httpx.Client) -> None:
    data = graph(real, "measure/argali-action-plan-2025-2032/2.1")
    label = names.PREFIXES["rdfs"] + "label"
    assert (ID["country/TJK"], URIRef(label), Literal("Tajikistan", lang="en")) in data
    plan = ID["instrument/argali-action-plan-2025-2032"]
    assert (plan, MEA.adoptionStatus, ID["adoption-status/draft"]) in data


def test_links_back_come_in_pages_that_together_hold_all_of_them(real: httpx.Client) -> None:
    kazakhstan = ID["country/KAZ"]
    back = set(
        constructed(
            real,
            f'VALUES ?o {{ <{kazakhstan}> }} ?s ?p ?o FILTER(!STRSTARTS(STR(?s), "{kazakhstan}"))',
        )
    )
    assert len(back) > 300
    found: set[Any] = set()
    next_one: str | None = "/data/country/KAZ.nt"
    pages = 0
    while next_one:
        answer = real.get(next_one)
        data = parsed(answer.text, "nt")
        here = set(data) & back
        assert not here & found
        found |= here
        [document] = data.subjects(FOAF.primaryTopic, kazakhstan)
        links = answer.links
        assert (data.value(document, HYDRA.next) is None) == ("next" not in links)
        assert ("prev" in links) == (pages > 0)
        assert ("previous" if pages else "next") in {
            str(predicate).removeprefix(str(HYDRA)) for predicate in data.predicates(document)
        }
        next_one = links.get("next", {}).get("url")
        if next_one:
            next_one = next_one.partition("/data/")[2].join(["/data/", ""])
        pages += 1
    assert found == back
    assert pages == 2


def test_data_name_their_release_their_graphs_and_their_licence(real: httpx.Client) -> None:
    answer = real.get("/data/measure/saiga-mtiwp-2016-2020/1.1.ttl")
    data = parsed(answer.text, "ttl")
    [document] = data.subjects(RDF.type, FOAF.Document)
    release = real.get("/readyz").json()["release"]
    assert data.value(document, URIRef("http://www.w3.org/ns/dcat#version")) == Literal(release)
    cc_by = "https://creativecommons.org/licenses/by/4.0/"
    assert data.value(document, DCTERMS.license) == URIRef(cc_by)
    assert answer.links["license"]["url"] == cc_by
    derived = set(data.objects(document, URIRef(names.PREFIXES["prov"] + "wasDerivedFrom")))
    assert URIRef(names.graph("saiga-mtiwp-2016-2020")) in derived


def test_facts_that_may_not_be_passed_on_are_not_put_under_our_licence(real: httpx.Client) -> None:
    answer = real.get("/data/cmp-action/1.1.ttl")
    data = parsed(answer.text, "ttl")
    [document] = data.subjects(RDF.type, FOAF.Document)
    assert data.value(document, DCTERMS.license) is None
    assert str(data.value(document, DCTERMS.rights)) == f"{dcat.DATASET}#rights-restricted"
    restricted = names.graph("reference-restricted")
    assert f'<{restricted}>; rel="license"' in answer.headers["link"]


def test_a_concept_scheme_brings_its_concepts(real: httpx.Client) -> None:
    data = graph(real, "scheme/topic")
    skos = Namespace(names.PREFIXES["skos"])
    concepts = set(data.subjects(skos.inScheme, ID["scheme/topic"]))
    assert len(concepts) > 70
    for concept in concepts:
        assert data.value(concept, skos.notation) is not None
        assert data.value(concept, skos.prefLabel) is not None


def test_a_name_that_ends_like_a_format_is_a_name(real: httpx.Client) -> None:
    name = "source/argali-action-plan-2025-2032.txt"
    assert real.get(f"/data/{name}", headers={"accept": "text/turtle"}).status_code == 200
    assert real.get(f"/data/{name}.nt").headers["content-type"].startswith("application/n-triples")


def test_the_context_calls_every_term_of_ours_by_its_name(
    real: httpx.Client, addresses: list[str]
) -> None:
    answer = real.get("/context.jsonld")
    assert answer.headers["content-type"] == "application/ld+json"
    context = answer.json()["@context"]
    terms = {each for each in addresses if each.startswith(names.ONTOLOGY)} - {names.ONTOLOGY}
    for term in terms:
        meaning = context[names.local_name(term)]
        assert (meaning if isinstance(meaning, str) else meaning["@id"]) == term
    read: Any = jsonld.expand(
        {**answer.json(), "id": "x:a", "measurePart": "x:b", "number": "1.10"}
    )
    assert read == [
        {
            "@id": "x:a",
            str(MEA.measurePart): [{"@id": "x:b"}],
            str(MEA.number): [{"@value": "1.10"}],
        }
    ]


def test_data_carry_the_part_of_the_context_that_they_use(real: httpx.Client) -> None:
    whole = real.get("/context.jsonld").json()["@context"]
    used = real.get("/data/country/KAZ.jsonld").json()["@context"]
    assert set(used) < set(whole)
    assert all(whole[key] == meaning for key, meaning in used.items())
