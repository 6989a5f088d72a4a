"""The query for the status of plans, which the command line and the service show."""

PLAN_STATUS = """
PREFIX mea: <https://w3id.org/meagraph/ontology#>
PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
SELECT ?instrument (SAMPLE(?name) AS ?title) (SAMPLE(?state) AS ?status)
       (SAMPLE(?legal) AS ?nature) (SAMPLE(?part) AS ?extent) (SAMPLE(?from) AS ?start)
       (SAMPLE(?to) AS ?end)
       (GROUP_CONCAT(DISTINCT ?where; separator=", ") AS ?integrated_in) WHERE {
  ?iri mea:adoptionStatus ?adoption ; mea:extent ?held .
  FILTER(!STRENDS(STR(?held), "/not-held"))
  OPTIONAL { ?iri dcterms:title ?printed }
  OPTIONAL { ?iri rdfs:label ?label }
  OPTIONAL { ?iri mea:legalNature ?binding }
  OPTIONAL { ?iri mea:periodStart ?first }
  OPTIONAL { ?iri mea:periodEnd ?last }
  OPTIONAL { ?iri mea:integratedIn/rdfs:label ?into FILTER(LANG(?into) IN ("", "en")) }
  OPTIONAL { ?iri mea:position ?place }
  BIND(COALESCE(?place, 1000000) AS ?position)
  BIND(REPLACE(STR(?iri), "^.*/", "") AS ?instrument)
  BIND(STR(COALESCE(?label, ?printed, "")) AS ?name)
  BIND(REPLACE(STR(?adoption), "^.*/", "") AS ?state)
  BIND(REPLACE(STR(?binding), "^.*/", "") AS ?legal)
  BIND(REPLACE(STR(?held), "^.*/", "") AS ?part)
  BIND(STR(?first) AS ?from)
  BIND(STR(?last) AS ?to)
  BIND(STR(COALESCE(?into, "")) AS ?where)
} GROUP BY ?instrument ?position ORDER BY ?position ?instrument
"""
"""One row for each instrument whose text is in the release, in the order of the plans.

Its title, the codes of its adoption status, legal nature and extent, the years of its period, and
the labels of the instruments that take over its activities.
"""
