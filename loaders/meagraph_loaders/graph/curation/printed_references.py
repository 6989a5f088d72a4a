"""Printed references, abbreviations, named places, and points to check in the source texts."""

from __future__ import annotations

from meagraph.core import names
from meagraph.core.errors import DataError
from meagraph_loaders.curation_tables import NamedPlaceRow, ReferenceRow
from meagraph_loaders.graph.curation.curation_context import ENGLISH, CurationContext
from meagraph_loaders.graph.graph_builder import concept
from meagraph_loaders.graph.passages import write_passages


def write_meetings(context: CurationContext) -> None:
    """The meetings that the documents cite, as they print them."""
    for row in context.curation.meetings:
        context.document(row.where, row.instrument)
        thing = context.graph.thing(names.thing("meeting", row.slug), "mea:Meeting")
        thing.add("dcterms:title", row.name, language=ENGLISH).add("mea:meetingPlace", row.place)
        thing.add("mea:meetingStart", row.start, datatype="xsd:date")
        thing.add("mea:meetingEnd", row.end, datatype="xsd:date")
        thing.add("mea:reason", row.reason, language=ENGLISH)
        context.cite(thing, row.where, context.sources[row.instrument].file)
        quoted = context.locate(row.where, row.instrument, row.quote, ())
        write_passages(thing, context.sources[row.instrument], [quoted])


def write_references(context: CurationContext) -> None:
    """The printed references, each with what it points at."""
    for row in context.curation.references:
        _write_reference(context, row)


def _write_reference(context: CurationContext, row: ReferenceRow) -> None:
    subject = context.subjects[row.instrument](row.where, row.subject)
    thing = context.graph.thing(subject.address)
    number = context.number("reference", subject.address)
    node = thing.part(f"reference-{number}", "mea:CrossReference")
    thing.link("mea:reference", node.address)
    node.link("mea:instrument", names.thing("instrument", row.instrument))
    node.add("mea:sourceLabel", row.label).add("mea:phrase", row.phrase)
    node.link("mea:referenceKind", concept("reference-kind", row.kind))
    node.link("mea:target", *(_target(context, row, path) for path in row.targets))
    node.add("mea:citedName", row.cited_name).add("mea:suspect", row.suspect)
    if row.likely_target is not None:
        node.link("mea:likelyTarget", _target(context, row, row.likely_target))
    node.add("mea:reason", row.reason, language=ENGLISH)
    quoted = context.locate(row.where, row.instrument, row.phrase, subject.passages)
    write_passages(node, context.sources[row.instrument], [quoted])


def _target(context: CurationContext, row: ReferenceRow, path: str) -> str:
    """The address of a target below ``id/``, which must be there."""
    kind, _, rest = path.partition("/")
    if kind == "instrument":
        if rest not in {r.slug for r in context.curation.instruments}:
            raise DataError(row.where, f"there is no {path}", "Add it to instruments.csv")
        return names.thing("instrument", rest)
    if kind == "meeting":
        if rest not in {r.slug for r in context.curation.meetings}:
            raise DataError(row.where, f"there is no {path}", "Add it to meetings.csv")
        return names.thing("meeting", rest)
    slug, _, name = rest.partition("/")
    context.document(row.where, slug)
    return context.subjects[slug](row.where, f"{kind}:{name}").address


def write_abbreviations(context: CurationContext) -> None:
    """The abbreviations of the documents, each with its full form."""
    scheme = context.graph.thing(names.thing("scheme", "abbreviation"), "skos:ConceptScheme")
    scheme.add("skos:prefLabel", "abbreviations of the documents", language=ENGLISH)
    for row in context.curation.abbreviations:
        thing = context.graph.thing(names.thing("abbreviation", row.slug), "skos:Concept")
        thing.link("skos:inScheme", scheme.address)
        thing.add("skos:notation", row.abbreviations[0])
        thing.add("skos:prefLabel", row.full_forms[0], language=ENGLISH)
        for form in (*row.abbreviations[1:], *row.full_forms[1:]):
            thing.add("skos:altLabel", form, language=ENGLISH)
        thing.add("mea:reason", row.reason, language=ENGLISH)
        quoted = context.locate(row.where, row.instrument, row.quote, ())
        write_passages(thing, context.sources[row.instrument], [quoted])


def write_places(context: CurationContext) -> None:
    """Where the sites of the reference table are named."""
    sites = {row["key"] for row in context.reference.sites}
    for place in context.curation.named_places:
        _write_named_place(context, place, sites)
    _write_kinds_of_sites(context)
    sites |= {place.key for place in context.curation.named_places}
    for row in context.curation.places:
        if row.site not in sites:
            raise DataError(
                row.where,
                f"{row.site!r} is in neither data/reference/sites.csv nor named_places.csv",
                "Use a key of these tables",
            )
        subject = context.subjects[row.instrument](row.where, row.subject)
        site = names.thing("site", names.slug(row.site))
        context.graph.thing(subject.address).link("mea:site", site)
        quoted = context.locate(row.where, row.instrument, row.phrase, subject.passages)
        context.graph.thing(site).add("mea:nameAsPrinted", " ".join(quoted.quote.split()))
        naming = context.graph.thing(site).part(
            f"named-{context.number('named', site)}", "mea:PlaceNaming"
        )
        naming.link("mea:site", site).link("mea:subject", subject.address)
        naming.link(
            "mea:printedCountry", *(context.country(row.where, code) for code in row.states)
        )
        naming.add("mea:phrase", row.phrase).add("mea:reason", row.reason, language=ENGLISH)
        write_passages(naming, context.sources[row.instrument], [quoted])


def _write_named_place(context: CurationContext, place: NamedPlaceRow, sites: set[str]) -> None:
    if place.key in sites:
        raise DataError(
            place.where,
            f"{place.key!r} is in data/reference/sites.csv too",
            "A place is described once: delete this row",
        )
    thing = context.graph.thing(names.thing("site", names.slug(place.key)), "mea:Site")
    thing.add("rdfs:label", place.name, language=ENGLISH)
    thing.link("mea:siteKind", concept("site-kind", place.kind))
    thing.add("mea:reason", place.reason, language=ENGLISH)


def _write_kinds_of_sites(context: CurationContext) -> None:
    """The controlled kind of each place of the reference table, from its words."""
    kinds = {row.words: row.kind for row in context.curation.site_kinds}
    for site in context.reference.sites:
        if site["kind"] not in kinds:
            raise DataError(
                site["where"],
                f"the kind {site['kind']!r} is in no row of data/curation/site_kinds.csv",
                "Add a row with the controlled kind that these words mean",
            )
        thing = context.graph.thing(names.thing("site", names.slug(site["key"])))
        thing.link("mea:siteKind", concept("site-kind", kinds[site["kind"]]))


def write_findings(context: CurationContext) -> None:
    """The points to check, in the graph of quality."""
    for row in context.curation.findings:
        subject = context.subjects[row.instrument](row.where, row.subject)
        finding = context.quality.thing(
            names.fragment(subject.address, f"finding-{row.slug}"), "mea:QualityFinding"
        )
        finding.link("mea:instrument", names.thing("instrument", row.instrument))
        finding.link("mea:subject", subject.address)
        finding.link("mea:findingKind", concept("finding-kind", row.kind))
        finding.link("mea:severity", concept("severity", row.severity))
        finding.add("mea:message", row.message, language=ENGLISH)
        within = subject.passages if row.subject.startswith("measure:") else ()
        quoted = [context.locate(row.where, row.instrument, q, within) for q in row.quotes]
        if quoted:
            finding.add("oa:exact", " ".join(quoted[0].quote.split()))
        write_passages(finding, context.sources[row.instrument], quoted)
