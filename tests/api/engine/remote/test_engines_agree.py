"""Every question, page, thing and feed has the same answer, whichever engine is behind it."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from urllib.parse import urlencode

import httpx
import pyoxigraph as ox
import pytest

from meagraph.client.local import choices_of
from meagraph.core import names
from meagraph.core.queries import CannedQuery
from tests.api.engine.remote.conftest import BESIDE, Services
from tests.nonempty import nonempty
from tests.ready_made import QUERIES
from tests.sampling import sampled

FORMS = ("measures-by-actor", "measures-by-topic", "measures-by-unit")
"""They ask what `measures` asks, in the same words (tests/queries sees to that)."""

GRAPHS = {
    "text/turtle": ox.RdfFormat.TURTLE,
    "application/n-triples": ox.RdfFormat.N_TRIPLES,
    "application/ld+json": ox.RdfFormat.JSON_LD,
    "application/rdf+xml": ox.RdfFormat.RDF_XML,
}

CHOICES = list(
    {
        declared.choices_query: (name, parameter)
        for name, query in QUERIES.items()
        for parameter, declared in query.parameters.items()
        if declared.choices_query
    }.values()
)
"""One parameter for each list of choices that is asked for."""

THINGS = [
    "measure/argali-action-plan-2025-2032/2.1",
    "instrument/saiga-mtiwp-2016-2020",
    "country/KAZ",
    "taxon/ovis-ammon-polii",
    "topic/border-fence",
    "unit/argali-action-plan-2025-2032/1",
    "site/samarkand",
]
ADDRESSES = [
    "/",
    "/queries",
    "/ontology",
    "/ontology?format=ttl",
    "/cite",
    "/sitemap.xml",
    "/search?q=fence",
    "/search?q=fence&country=KAZ&instrument=saiga-mtiwp-2016-2020",
    "/measures",
    "/measures?country=KAZ&topic=border-fence",
    "/compare",
    "/quality",
    "/data",
    "/queries/measures.html",
    "/queries/country-profile.html?country=KAZ",
    "/queries/units.csv?country=KAZ",
    "/dataset?format=ttl",
    "/.well-known/void?format=nt",
    "/graph/quality?format=html",
    "/graph/quality?format=nt",
    "/informea.svc/",
    "/informea.svc/$metadata",
    "/informea.svc/Documents",
    "/informea.svc/Decisions",
    "/informea/documents",
    "/readyz",
    *(f"/id/{thing}?format={form}" for thing in THINGS for form in ("html", "ttl")),
    *(f"/id/country/KAZ?format={form}" for form in ("nt", "jsonld", "rdf")),
]


def get(client: httpx.Client, address: str) -> tuple[int, object]:
    """The answer at the end of all redirections; a graph as the set of its triples."""
    answer = client.get(address)
    while answer.is_redirect:
        answer = client.get(answer.headers["location"].removeprefix(BESIDE))
    kind = answer.headers["content-type"].partition(";")[0]
    if answer.status_code == 200 and kind in GRAPHS:
        triples = ox.parse(answer.content, GRAPHS[kind], base_iri=BESIDE + "/")
        return answer.status_code, {str(triple) for triple in triples}
    return answer.status_code, answer.content


def of_a_question(name: str, every: bool = False) -> Iterator[str]:
    """A question asked with what it must have, with all of its filters, and if wanted with each."""
    examples = {
        key: declared.example
        for key, declared in QUERIES[name].parameters.items()
        if declared.example is not None
    }
    required = {
        key: example for key, example in examples.items() if QUERIES[name].parameters[key].required
    }
    each = [{**required, key: example} for key, example in examples.items()] if every else []
    for chosen in [required, *([] if name in FORMS else [examples]), *each]:
        yield f"/queries/{name}.json?{urlencode(chosen)}"


@pytest.fixture(scope="session")
def of_taxa(store: ox.Store) -> list[str]:
    """Each query of taxa with each taxon that its form offers, and each scope."""
    return [
        f"/queries/{name}.json?{urlencode({**required, 'taxon': taxon, **scope})}"
        for name, query in QUERIES.items()
        if "taxon" in query.parameters
        for required in [{k: p.example for k, p in query.parameters.items() if p.required}]
        for taxon in choices_of(store, name, query)["taxon"]
        for scope in scopes(query)
    ]


def scopes(query: CannedQuery) -> list[dict[str, str]]:
    """Each value of the parameter that says which related taxa count; nothing without it."""
    declared = query.parameters.get("taxon_scope")
    return [{"taxon_scope": one} for one in declared.listed or ()] if declared else [{}]


def require_same(services: Services, address: str) -> None:
    status, answer = get(services.embedded, address)
    assert status == 200, address
    for name, client in services.others.items():
        assert get(client, address) == (status, answer), f"{address} on {name}"


@pytest.mark.parametrize("name", sampled(QUERIES, 15))
def test_oxigraph_answers_every_question_as_we_do(on_oxigraph: Services, name: str) -> None:
    for address in nonempty(of_a_question(name)):
        require_same(on_oxigraph, address)


@pytest.mark.parametrize("address", sampled(ADDRESSES, 15))
def test_every_page_thing_and_feed_is_the_same_on_oxigraph(
    on_oxigraph: Services, address: str
) -> None:
    require_same(on_oxigraph, address)


@pytest.mark.parametrize("name", sampled(QUERIES, 15))
def test_virtuoso_answers_every_question_as_we_do(on_virtuoso: Services, name: str) -> None:
    require_same(on_virtuoso, next(of_a_question(name)))


ALL_OF_SEVERAL = (
    "measures.json?topic=border-fence&topic=corridors-and-connectivity",
    "measures.json?country=KAZ&country=UZB&basis=unit",
    "measures-by-country.json?country=KAZ&actor=other+officials&actor=scientists",
    "measures-flat.json?actor_type=ngo&actor_type=government&unit=ural",
)


@pytest.mark.parametrize("address", ALL_OF_SEVERAL)
def test_all_of_several_values_match_the_same_on_virtuoso(
    on_virtuoso: Services, address: str
) -> None:
    require_same(on_virtuoso, f"/queries/{address}&match=all")


@pytest.mark.full
@pytest.mark.parametrize("name", [name for name in QUERIES if name not in FORMS])
def test_virtuoso_answers_every_question_with_filters_as_we_do(
    on_virtuoso: Services, name: str
) -> None:
    every = name in ("measures", "shared-units", "topic-matrix")
    for address in nonempty(list(of_a_question(name, every))[1:]):
        require_same(on_virtuoso, address)


def test_virtuoso_finds_the_related_taxa_of_a_sample(
    on_virtuoso: Services, of_taxa: list[str]
) -> None:
    for address in nonempty(random.Random(14).sample(of_taxa, 12)):
        require_same(on_virtuoso, address)


@pytest.mark.full
def test_virtuoso_finds_the_related_taxa_of_every_taxon(
    on_virtuoso: Services, of_taxa: list[str]
) -> None:
    for address in nonempty(of_taxa):
        require_same(on_virtuoso, address)


@pytest.mark.parametrize(("name", "parameter"), sampled(CHOICES, 10))
def test_virtuoso_offers_the_same_choices(on_virtuoso: Services, name: str, parameter: str) -> None:
    query = QUERIES[name].parameters[parameter].choices_query
    assert query is not None
    require_same(on_virtuoso, "/sparql?" + urlencode({"query": query, "format": "csv"}))


@pytest.mark.parametrize("address", sampled(ADDRESSES, 15))
def test_every_page_thing_and_feed_is_the_same_on_virtuoso(
    on_virtuoso: Services, address: str
) -> None:
    require_same(on_virtuoso, address)


@pytest.mark.parametrize("engine", ["on_oxigraph", "on_virtuoso"])
def test_every_format_comes_from_every_engine(engine: str, request: pytest.FixtureRequest) -> None:
    services: Services = request.getfixturevalue(engine)
    table = (
        f"SELECT ?l ?d ?w WHERE {{ GRAPH <{names.graph('reference')}> {{ "
        "?s a <http://www.opengis.net/ont/geosparql#Geometry> ; "
        "<http://www.opengis.net/ont/geosparql#asWKT> ?w . "
        "BIND(STR(?w) AS ?l) BIND(DATATYPE(?w) AS ?d) } } ORDER BY ?l"
    )
    graph = f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ GRAPH <{names.graph('quality')}> {{ ?s ?p ?o }} }}"
    for form in ("json", "xml", "csv", "tsv"):
        require_same(services, "/sparql?" + urlencode({"query": table, "format": form}))
    for form in ("ttl", "nt", "jsonld", "rdf"):
        require_same(services, "/sparql?" + urlencode({"query": graph, "format": form}))
    truth = f"ASK {{ GRAPH <{names.graph('quality')}> {{ ?s ?p 'not there' }} }}"
    for query in (truth, truth.replace("'not there'", "?o")):
        require_same(services, "/sparql?" + urlencode({"query": query, "format": "json"}))


@pytest.mark.parametrize("engine", ["on_oxigraph", "on_virtuoso"])
def test_a_dataset_that_is_named_is_the_one_that_answers(
    engine: str, request: pytest.FixtureRequest
) -> None:
    services: Services = request.getfixturevalue(engine)
    quality, inferred = names.graph("quality"), names.graph("inferred")
    counted = "SELECT (COUNT(*) AS ?n)"
    for query in (
        f"{counted} FROM <{quality}> {{ ?s ?p ?o }}",
        f"{counted} FROM <{quality}> FROM <{inferred}> {{ ?s ?p ?o }}",
        f"{counted} FROM NAMED <{quality}> {{ GRAPH ?g {{ ?s ?p ?o }} }}",
        f"{counted} FROM NAMED <{quality}> {{ ?s ?p ?o }}",
        f"{counted} FROM <{quality}> {{ GRAPH ?g {{ ?s ?p ?o }} }}",
        f"{counted} {{ ?s ?p ?o }}",
        f"{counted} {{ GRAPH ?g {{ ?s ?p ?o }} }}",
    ):
        require_same(services, "/sparql?" + urlencode({"query": query, "format": "csv"}))
    named = {"query": f"{counted} {{ ?s ?p ?o }}", "default-graph-uri": quality}
    require_same(services, "/sparql?" + urlencode({**named, "format": "csv"}))
    (client,) = services.others.values()
    foreign = "https://w3id.org/meagraph/published"
    params = {"query": f"ASK FROM <{foreign}> {{ ?s ?p ?o }}", "format": "json"}
    assert json.loads(client.get("/sparql", params=params).content)["boolean"] is False


@pytest.mark.parametrize("engine", ["on_oxigraph", "on_virtuoso"])
def test_numbers_of_the_service_are_told_as_ever(
    engine: str, request: pytest.FixtureRequest
) -> None:
    services: Services = request.getfixturevalue(engine)
    (client,) = services.others.values()
    assert 'state="busy"' in client.get("/metrics").text
    mistaken = client.get("/sparql", params={"query": "SELECT * { ?s ?p }"})
    assert mistaken.status_code == 400
    assert mistaken.headers["content-type"] == "application/problem+json"
