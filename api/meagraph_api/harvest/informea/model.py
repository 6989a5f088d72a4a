"""Declare the entity sets: those of the contract of InforMEA's providers, and two of meagraph.

docs/informea.md describes the contract and the extensions. Texts, files and so on are entities too,
since version 2 of OData has no properties with several values.
"""

from __future__ import annotations

from meagraph_api.harvest.informea.edm import (
    KEY,
    Edm,
    EntitySet,
    EntityType,
    Model,
    Navigation,
    Property,
)

SCHEMA_VERSION = "1"
"""Version of the document schema."""

_ID = Property(KEY, required=True)
_UPDATED = Property("updated", Edm.DATETIME)


def _texts(*names: str) -> tuple[Property, ...]:
    return tuple(Property(name) for name in names)


def _localized(*names: str) -> tuple[Navigation, ...]:
    return tuple(Navigation(name, "LocalizableStrings") for name in names)


_REPORT = (
    _ID,
    Property("treaty", required=True),
    Property("country", required=True),
    Property("submission", Edm.DATETIME),
    Property("url"),
    _UPDATED,
)
_PLACE = (Property("latitude", Edm.DOUBLE), Property("longitude", Edm.DOUBLE))
_TITLE_AND_FILES = (*_localized("title"), Navigation("files", "Files"))
_STANDING = _texts("status", "extent", "periodStart", "periodEnd")
_COUNTRIES = Navigation("countryLinks", "CountryLinks")

_SETS = {
    "Treaties": EntityType(
        "Treaty",
        (
            _ID,
            Property("UUID"),
            Property("url"),
            Property("titleEnglish", required=True),
            *_texts("officialNameEnglish", "treatyWebsiteURL"),
        ),
        _localized("title", "description"),
    ),
    "Documents": EntityType(
        "Document",
        (
            _ID,
            Property("schemaVersion"),
            Property("published", Edm.DATETIME),
            _UPDATED,
            *_texts("treaty", "country", "thumbnailUrl"),
            Property("displayOrder", Edm.INT32),
        ),
        (
            Navigation("authors", "DocumentAuthors"),
            *_localized("title", "description"),
            Navigation("files", "Files"),
            Navigation("identifiers", "DocumentIdentifiers"),
            Navigation("keywords", "DocumentKeywords"),
            Navigation("referenceToEntities", "DocumentReferences"),
            Navigation("tags", "DocumentTags"),
            Navigation("treaties", "Values"),
            Navigation("types", "Values"),
            Navigation("measures", "Measures"),
            Navigation("units", "Units"),
        ),
    ),
    "Meetings": EntityType(
        "Meeting",
        (
            _ID,
            Property("treaty", required=True),
            Property("url"),
            Property("start", Edm.DATETIME, required=True),
            Property("end", Edm.DATETIME),
            *_texts("repetition", "kind", "type", "access", "status", "imageUrl"),
            *_texts("imageCopyright", "location", "city", "country"),
            *_PLACE,
            _UPDATED,
        ),
        _localized("title", "description"),
    ),
    "Decisions": EntityType(
        "Decision",
        (
            _ID,
            Property("link"),
            Property("number", required=True),
            Property("type", required=True),
            Property("status", required=True),
            Property("treaty", required=True),
            Property("published", Edm.DATETIME),
            _UPDATED,
            *_texts("meetingId", "meetingTitle", "meetingUrl"),
            Property("displayOrder", Edm.INT32),
        ),
        (
            *_localized("title", "longTitle", "summary", "content"),
            Navigation("keywords", "DecisionKeywords"),
            Navigation("files", "Files"),
        ),
    ),
    "Contacts": EntityType(
        "Contact",
        (
            _ID,
            *_texts("country", "prefix", "firstName", "lastName", "position", "institution"),
            *_texts("department", "type", "address", "email", "phone", "fax"),
            Property("primary", Edm.BOOLEAN),
            _UPDATED,
        ),
        (Navigation("treaties", "Values"),),
    ),
    "CountryReports": EntityType("CountryReport", _REPORT, _TITLE_AND_FILES),
    "NationalPlans": EntityType(
        "NationalPlan", (*_REPORT, Property("type", required=True)), _TITLE_AND_FILES
    ),
    "Sites": EntityType(
        "Site",
        (_ID, *_texts("type", "country", "treaty", "url"), *_PLACE, _UPDATED),
        _localized("name"),
    ),
    "Measures": EntityType(
        "Measure",
        (
            _ID,
            Property("iri", required=True),
            Property("instrument", required=True),
            *_STANDING,
            Property("number", required=True),
            Property("text", required=True),
            *_texts("sectionNumber", "section", "priority", "timescale"),
            *_texts("responsibility", "applicability"),
            Property("displayOrder", Edm.INT32),
            _UPDATED,
        ),
        (
            Navigation("document", "Documents", many=False),
            Navigation("unit", "Units", many=False),
            Navigation("topics", "Values"),
            _COUNTRIES,
        ),
    ),
    "Units": EntityType(
        "Unit",
        (
            _ID,
            Property("iri", required=True),
            Property("instrument", required=True),
            *_STANDING,
            Property("type"),
            Property("number"),
            Property("name", required=True),
            *_texts("hotspotId", "subspecies", "area", "countries"),
            Property("displayOrder", Edm.INT32),
            _UPDATED,
        ),
        (
            Navigation("document", "Documents", many=False),
            Navigation("measures", "Measures"),
            _COUNTRIES,
        ),
    ),
    "LocalizableStrings": EntityType("LocalizableString", (_ID, *_texts("language", "value"))),
    "Files": EntityType("File", (_ID, *_texts("url", "mimeType", "language", "filename"))),
    "DecisionKeywords": EntityType("DecisionKeyword", (_ID, *_texts("namespace", "term"))),
    "DocumentAuthors": EntityType("DocumentAuthor", (_ID, *_texts("name", "type"))),
    "DocumentIdentifiers": EntityType("DocumentIdentifier", (_ID, *_texts("name", "value"))),
    "DocumentKeywords": EntityType(
        "DocumentKeyword", (_ID, *_texts("termURI", "scope", "literalForm", "sourceURL"))
    ),
    "DocumentReferences": EntityType("DocumentReference", (_ID, *_texts("type", "refId"))),
    "DocumentTags": EntityType(
        "DocumentTag", (_ID, *_texts("language", "scope", "value", "comment"))
    ),
    "Values": EntityType("Value", (_ID, *_texts("value"))),
    "CountryLinks": EntityType(
        "CountryLink",
        (
            _ID,
            Property("iri", required=True),
            Property("country", required=True),
            *_texts("basis", "evidence", "certainty"),
            Property("narrowed", Edm.BOOLEAN),
        ),
    ),
}

MODEL = Model(
    namespace="informea",
    container="InforMEAService",
    sets={name: EntitySet(name, kind) for name, kind in _SETS.items()},
)
"""The model of the service."""

HARVESTED = (
    "Treaties",
    "Documents",
    "Meetings",
    "Decisions",
    "Contacts",
    "CountryReports",
    "NationalPlans",
    "Sites",
    "Measures",
    "Units",
)
"""The sets to harvest; the others are parts of these."""
