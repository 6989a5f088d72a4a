"""Interfaces: the ways in which a running service answers, for the description of a release.

One row for each. Whoever adds an interface to the service adds its row here; a test asks every one
at its address.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Interface:
    """A way to ask the service; addresses are relative to that of the service."""

    key: str
    """What its node is called in the description of the release."""
    title: str
    description: str
    endpoint: str
    """Where it answers."""
    described_at: str
    """Where it describes itself for programs."""
    conforms_to: tuple[str, ...] = ()
    """The addresses of the standards that it keeps to."""


INTERFACES = (
    Interface(
        key="sparql",
        title="SPARQL endpoint",
        description=(
            "Any question in SPARQL 1.1, over all named graphs and their union. Results in JSON, "
            "XML, CSV and TSV, graphs in six RDF formats."
        ),
        endpoint="sparql",
        described_at=".well-known/void",
        conforms_to=("https://www.w3.org/TR/sparql11-protocol/",),
    ),
    Interface(
        key="queries",
        title="Questions across all plans, ready to ask",
        description=(
            "Each question has an address and typed parameters, and answers with a table in JSON, "
            "CSV, XLSX or HTML."
        ),
        endpoint="queries",
        described_at="openapi.json",
        conforms_to=("https://spec.openapis.org/oas/v3.1.0",),
    ),
    Interface(
        key="search",
        title="Search over the words of the plans",
        description=(
            "Measures, parts, statements, footnotes, sections, units, taxa, places and instruments "
            "by their words, with the filters of the measures, in JSON or HTML."
        ),
        endpoint="search",
        described_at="opensearch.xml",
        conforms_to=("https://github.com/dewitt/opensearch/blob/master/opensearch-1-1-draft-6.md",),
    ),
    Interface(
        key="informea",
        title="Harvest interface for InforMEA and other portals",
        description="Treaties, documents, measures and units as OData, in JSON and Atom.",
        endpoint="informea.svc/",
        described_at="informea.svc/$metadata",
        conforms_to=("https://www.odata.org/documentation/odata-version-2-0/",),
    ),
)
