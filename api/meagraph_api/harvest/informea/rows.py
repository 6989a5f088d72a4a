"""Make the entities from query results.

Entities that the portal would drop are left out: documents without a title or a known treaty, their
measures and units, decisions without a meeting, files without a URL. Every key is a UUID version 5
(RFC 9562) of an IRI of meagraph, so it never changes.
"""

from __future__ import annotations

from datetime import date, datetime
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5

from meagraph.core import names
from meagraph_api.harvest.informea.edm import Entity, Tables, Value
from meagraph_api.harvest.informea.model import MODEL, SCHEMA_VERSION
from meagraph_api.harvest.informea.source_rows import Record, SourceRows, description, title
from meagraph_api.index.plan_status import PlanStatus

ENGLISH = "en"
"""The language of all texts: the documents are in English (docs/model.md)."""

_KINDS = {"COP decision": "decision", "COP resolution": "resolution"}
"""Kinds in data/reference/instruments.csv that the portal has too, with its terms."""

_ADOPTED = "adopted"
"""The status of all decisions here, since the table has their dates of adoption."""


def make(source: SourceRows, today: date, address: str, decisions: bool) -> Tables:
    """Make the entities from query results.

    `today` decides which periods have ended, `address` is the URL of the service, `decisions`
    includes meetings and decisions.
    """
    rows = _Rows(source, today, address)
    rows.treaties()
    rows.documents()
    rows.units()
    rows.measures()
    if decisions:
        rows.decisions()
    return rows.tables


def key(iri: str) -> str:
    """The key of a resource with an IRI.

    >>> key("https://w3id.org/meagraph/id/instrument/cms")
    '472c9f17-3971-557f-9801-7611acebef60'
    """
    return str(uuid5(NAMESPACE_URL, iri))


class _Rows:
    """Fill the tables, set by set; each step needs the previous ones."""

    def __init__(self, source: SourceRows, today: date, address: str) -> None:
        self.tables = Tables(MODEL)
        self._source = source
        self._today = today
        self._address = address

    def treaties(self) -> None:
        for record in self._records("treaties"):
            if record["title"]:
                iri = record["iri"]
                treaty = self._add(
                    "Treaties",
                    id=names.local_name(iri),
                    titleEnglish=record["title"],
                    officialNameEnglish=record["title"],
                    treatyWebsiteURL=_text(record["website"]),
                )
                self._add_text(treaty, iri, "title", record["title"])

    def documents(self) -> None:
        for record in self._records("documents"):
            iri = record["iri"]
            above = [
                row["iri"]
                for row in self._of("document-treaties", iri)
                if names.local_name(row["iri"]) in self.tables.of("Treaties")
            ]
            plan = self._plan(iri)
            if above and plan is not None and record["title"]:
                self._document(record, plan, above)

    def _document(self, record: Record, plan: PlanStatus, above: list[str]) -> None:
        iri = record["iri"]
        treaties = [names.local_name(treaty) for treaty in above]
        document = self._add(
            "Documents",
            id=key(iri),
            schemaVersion=SCHEMA_VERSION,
            updated=_day(record["updated"]),
            # One of several treaties alone would be wrong.
            treaty=treaties[0] if len(treaties) == 1 else None,
            displayOrder=_number(record["position"]),
        )
        self._add_text(document, iri, "title", title(plan, record["title"]))
        replaced = [row["label"] for row in self._of("replacements", iri)]
        measures = [row for row in self._records("measures") if row["document"] == iri]
        text = description(plan, self._today, record["nature"], replaced, measures)
        self._add_text(document, iri, "description", text)
        for treaty in above:
            self._value(document, "treaties", treaty, names.local_name(treaty))
        if record["type"]:
            self._value(document, "types", record["class"], record["type"])
        self._cite(document, iri)
        for row in self._of("keywords", iri):
            self._link(
                document,
                "keywords",
                "DocumentKeywords",
                id=_part(iri, "keyword", row["iri"]),
                termURI=row["iri"],
                scope="leo",
                literalForm=row["label"],
            )
        slug = names.local_name(iri)
        self._link(
            document,
            "files",
            "Files",
            id=_part(iri, "file", "measures"),
            url=f"{self._address}/queries/measures.csv?instrument={quote(slug)}",
            mimeType="text/csv",
            language=ENGLISH,
            filename=f"measures-{slug}.csv",
        )

    def _cite(self, document: Entity, iri: str) -> None:
        self._identify(document, iri, "IRI", iri)
        for row in self._of("citations", iri):
            cited, kind = row["iri"], row["kind"]
            self._identify(document, iri, f"cited {kind}", row["label"])
            self._identify(document, iri, f"IRI of cited {kind}", cited)
            self._link(
                document,
                "referenceToEntities",
                "DocumentReferences",
                id=_part(iri, "reference", cited),
                type=kind,
                refId=key(cited),
            )

    def units(self) -> None:
        links = self._grouped("country-links")
        for record in self._records("units"):
            iri = record["iri"]
            unit = self._part_of_document("Units", "units", record)
            if unit is not None:
                unit.values |= {
                    "type": record["kind"],
                    "name": record["name"],
                    "hotspotId": _text(record["hotspot"]),
                    "subspecies": _text(record["subspecies"]),
                    "area": _text(record["area"]),
                    "countries": _text(record["countries"]),
                }
                self._countries(unit, links.get(iri, []))

    def measures(self) -> None:
        links, topics = self._grouped("country-links"), self._grouped("measure-topics")
        for record in self._records("measures"):
            iri = record["iri"]
            measure = self._part_of_document("Measures", "measures", record)
            if measure is not None:
                measure.values["text"] = record["text"]
                for name in ("sectionNumber", "section", "priority", "timescale"):
                    measure.values[name] = _text(record[name])
                for name in ("responsibility", "applicability"):
                    measure.values[name] = _text(record[name])
                unit = self.tables.of("Units").get(key(record["unit"]))
                if unit is not None:
                    measure.links["unit"] = [unit]
                    unit.links.setdefault("measures", []).append(measure)
                for topic in topics.get(iri, []):
                    self._value(measure, "topics", topic["iri"], topic["label"])
                self._countries(measure, links.get(iri, []))

    def _part_of_document(self, entity_set: str, name: str, record: Record) -> Entity | None:
        """Add a part of a document, with its status; None if the document is left out."""
        document = self.tables.of("Documents").get(key(record["document"]))
        plan = self._plan(record["document"])
        if document is None or plan is None:
            return None
        entity = self._add(
            entity_set,
            id=key(record["iri"]),
            iri=record["iri"],
            instrument=plan.instrument,
            status=plan.status,
            extent=plan.extent,
            periodStart=_text(plan.start),
            periodEnd=_text(plan.end),
            number=_text(record["number"]),
            displayOrder=_number(record["position"]),
            updated=document.values["updated"],
        )
        if "document" not in entity.links:
            entity.links["document"] = [document]
            document.links.setdefault(name, []).append(entity)
        return entity

    def _countries(self, entity: Entity, records: list[Record]) -> None:
        for record in records:
            self._link(
                entity,
                "countryLinks",
                "CountryLinks",
                id=key(record["iri"]),
                iri=record["iri"],
                country=record["country"],
                basis=_text(record["basis"]),
                evidence=_text(record["evidence"]),
                certainty=_text(record["certainty"]),
                narrowed=record["narrowed"] == "true" if record["narrowed"] else None,
            )

    def decisions(self) -> None:
        for record in self._records("decisions"):
            treaty, kind = names.local_name(record["treaty"]), _KINDS.get(record["type"])
            number = record["label"].rpartition(" ")[2]
            if treaty in self.tables.of("Treaties") and kind and _day(record["start"]):
                meeting = self._meeting(record, treaty)
                decision = self._add(
                    "Decisions",
                    id=key(record["iri"]),
                    link=_text(record["link"]),
                    number=number,
                    type=kind,
                    status=_ADOPTED,
                    treaty=treaty,
                    published=meeting.values["start"],
                    updated=meeting.values["updated"],
                    meetingId=meeting.id,
                    meetingTitle=record["meetingTitle"],
                )
                self._add_text(decision, record["iri"], "title", record["title"])
                if record["note"]:
                    self._add_text(decision, record["iri"], "summary", f"Note: {record['note']}.")

    def _meeting(self, record: Record, treaty: str) -> Entity:
        meeting = self._add(
            "Meetings",
            id=key(record["meeting"]),
            treaty=treaty,
            start=_day(record["start"]),
            end=_day(record["end"]),
            city=_text(record["place"].partition(", ")[0]),
            country=_text(record["country"]),
            updated=_day(record["updated"]),
        )
        if "title" not in meeting.links:
            self._add_text(meeting, record["meeting"], "title", record["meetingTitle"])
        return meeting

    def _identify(self, document: Entity, iri: str, name: str, value: str) -> None:
        self._link(
            document,
            "identifiers",
            "DocumentIdentifiers",
            id=_part(iri, f"identifier {name}", value),
            name=name,
            value=value,
        )

    def _add_text(self, entity: Entity, iri: str, name: str, value: str) -> None:
        self._link(
            entity,
            name,
            "LocalizableStrings",
            id=_part(iri, name, ENGLISH),
            language=ENGLISH,
            value=value,
        )

    def _value(self, entity: Entity, name: str, iri: str, value: str) -> None:
        self._link(entity, name, "Values", id=key(iri), value=value)

    def _link(self, entity: Entity, navigation: str, entity_set: str, /, **values: Value) -> None:
        entity.links.setdefault(navigation, []).append(self._add(entity_set, **values))

    def _add(self, entity_set: str, /, **values: Value) -> Entity:
        return self.tables.add(entity_set, values)

    def _plan(self, iri: str) -> PlanStatus | None:
        return self._source.plans.get(names.local_name(iri))

    def _records(self, query: str) -> list[Record]:
        return self._source.records[query]

    def _of(self, query: str, document: str) -> list[Record]:
        return [record for record in self._records(query) if record["document"] == document]

    def _grouped(self, query: str) -> dict[str, list[Record]]:
        groups: dict[str, list[Record]] = {}
        for record in self._records(query):
            groups.setdefault(record["owner"], []).append(record)
        return groups


def _part(iri: str, name: str, value: str) -> str:
    """The key of a part without an IRI of its own."""
    return key(names.fragment(iri, f"informea {name} {value}"))


def _text(text: str) -> str | None:
    return text or None


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() else None


def _day(text: str) -> datetime | None:
    """The beginning of a day, None if the text is not a date.

    >>> _day("2026-11-20"), _day("2014-11")
    (datetime.datetime(2026, 11, 20, 0, 0), None)
    """
    try:
        return datetime.combine(date.fromisoformat(text), datetime.min.time())
    except ValueError:
        return None
