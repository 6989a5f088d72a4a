"""Metadata of pages for search engines: https://schema.org/ as JSON-LD.

Only types, names, texts and part-of relations, which mean the same there. A measure is a
CreativeWork in a plan, neither Legislation nor Action.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from markupsafe import Markup

from meagraph.core import names
from meagraph_api.things.dataset_terms import DATASET
from meagraph_api.things.statement_labels import INSTRUMENT, NUMBER, TEXT, TYPE, Labels

_KINDS: Mapping[str, str] = MappingProxyType(
    {
        names.term("Country"): "Country",
        names.term("Site"): "Place",
        names.term("ConservationUnit"): "Place",
        names.term("Actor"): "Organization",
        names.term("Taxon"): "Taxon",
        names.term("Meeting"): "Event",
        names.term("SourceDocument"): "DigitalDocument",
        names.term("Instrument"): "CreativeWork",
        names.term("Section"): "CreativeWork",
        names.term("Measure"): "CreativeWork",
        names.term("MeasurePart"): "CreativeWork",
        names.term("Statement"): "CreativeWork",
        names.term("Footnote"): "CreativeWork",
        names.PREFIXES["skos"] + "ConceptScheme": "DefinedTermSet",
        names.PREFIXES["skos"] + "Concept": "DefinedTerm",
        "http://www.w3.org/ns/dcat#Dataset": "Dataset",
    }
)
"""The schema.org type by class; the first match counts."""


def describe(
    address: str, labels: Labels, page: str, licenses: Iterable[str], dataset: bool
) -> dict[str, Any]:
    """The web page at a URL of this service, and the thing that it is about.

    `dataset`: whether the page is part of the dataset of a release.
    """
    kinds = labels.values([address], TYPE)
    kind = next((there for here, there in _KINDS.items() if here in kinds), "Thing")
    about: dict[str, Any] = {"@type": kind, "@id": address, "url": address}
    about["name"] = labels.name(address)
    if numbers := labels.values([address], NUMBER):
        about["identifier"] = min(numbers)
    if kind == "CreativeWork":
        if texts := labels.values([address], TEXT):
            about["text"] = min(texts)
        if whole := labels.values([address], INSTRUMENT):
            about["isPartOf"] = {"@id": min(whole)}
    found = {
        "@context": "https://schema.org",
        "@type": "WebPage",
        "@id": page,
        "name": about["name"],
        "license": list(licenses),
        "about": about,
    }
    if dataset:
        found["isPartOf"] = {"@type": "Dataset", "@id": DATASET, "name": "meagraph"}
    return found


def embedded(document: Mapping[str, Any]) -> Markup:
    r"""JSON escaped for a script element of HTML.

    https://html.spec.whatwg.org/multipage/scripting.html#restrictions-for-contents-of-script-elements

    >>> embedded({"text": "</script>"})
    Markup('{"text": "\\u003c/script\\u003e"}')
    """
    text = json.dumps(document, ensure_ascii=False)
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704 (all markup is escaped)
