"""OData version 2: URLs, options, formats, errors."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

import httpx
import pytest

from meagraph.core import names
from meagraph_api.harvest.informea import expand, rows
from meagraph_api.harvest.informea.model import MODEL
from meagraph_api.harvest.informea.odata_responses import PAGE
from tests.api.harvest.informea.test_harvesters import JSON, NAMESPACES

JWP = f"Documents('{rows.key(names.thing('instrument', names.JWP))}')"
MEASURE = f"Measures('{rows.key(names.thing('measure', names.SAIGA, '1.10'))}')"

CONTRACT = {
    "Treaties": "id UUID url titleEnglish officialNameEnglish treatyWebsiteURL title description",
    "Documents": (
        "id schemaVersion published updated treaty country thumbnailUrl displayOrder treaties "
        "title description types authors files identifiers keywords tags referenceToEntities"
    ),
    "Meetings": (
        "id treaty url title description start end repetition kind type access status imageUrl "
        "imageCopyright location city country latitude longitude updated"
    ),
    "Decisions": (
        "id link number type status treaty published updated meetingId meetingTitle meetingUrl "
        "displayOrder title longTitle summary content keywords files"
    ),
    "CountryReports": "id treaty country submission url updated title files",
    "NationalPlans": "id treaty country submission url updated title files type",
    "Sites": "id type country treaty url latitude longitude updated name",
    "Contacts": (
        "id country prefix firstName lastName position institution department type address email "
        "phone fax primary updated treaties"
    ),
    "LocalizableStrings": "id language value",
    "Files": "id url mimeType language filename",
    "DecisionKeywords": "namespace term",
    "DocumentKeywords": "id termURI scope literalForm sourceURL",
    "DocumentTags": "id language scope value comment",
    "DocumentIdentifiers": "id name value",
    "DocumentAuthors": "id name type",
    "DocumentReferences": "id type refId",
    "Values": "id value",
}
"""The fields of the providers' contract, docs/informea.md."""


def get(client: httpx.Client, path: str, **headers: str) -> httpx.Response:
    return client.get(f"/informea.svc/{path}", headers=headers)


def content(client: httpx.Client, path: str) -> Any:
    answer = get(client, path, accept="application/json")
    assert answer.status_code == 200, answer.text
    return answer.json()["d"]


@pytest.mark.parametrize("name", list(CONTRACT))
def test_every_field_of_the_contract_is_there(name: str) -> None:
    kind = MODEL.sets[name].type
    assert set(CONTRACT[name].split()) <= {*kind.property, *kind.navigation}


@pytest.mark.parametrize("path", ["/informea.svc", "/informea.svc/"])
def test_the_service_document_lists_the_sets(harvest: httpx.Client, path: str) -> None:
    listed = harvest.get(path, headers=JSON).json()
    assert listed == {"d": {"EntitySets": list(MODEL.sets)}}
    answer = harvest.get(path)
    assert answer.headers["content-type"] == "application/atomsvc+xml"
    app = "{http://www.w3.org/2007/app}"
    collections = ElementTree.fromstring(answer.text).iter(f"{app}collection")
    assert [found.get("href") for found in collections] == list(MODEL.sets)


def test_metadata_is_xml_whatever_is_accepted(harvest: httpx.Client) -> None:
    answer = get(harvest, "$metadata", accept="application/json")
    assert answer.headers["content-type"] == "application/xml"
    edm = "{http://schemas.microsoft.com/ado/2008/09/edm}"
    schema = next(ElementTree.fromstring(answer.text).iter(f"{edm}Schema"))
    assert schema.get("Namespace") == "informea"
    (container,) = schema.iter(f"{edm}EntityContainer")
    assert container.get("Name") == "InforMEAService"
    associations = {found.get("Name") for found in schema.iter(f"{edm}Association")}
    navigations = [nav for found in MODEL.sets.values() for nav in found.type.navigations]
    assert len(associations) == len(navigations)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("Measures/$count?$filter=instrument eq 'cms-cites-jwp-2015-2020'", "33"),
        ("Measures/$count?$top=5", "5"),
        ("Measures/$count?$skip=280", "9"),
        (f"{JWP}/title/$count", "1"),
        (f"{JWP}/measures/$count?$filter=startswith(number,'A')", "2"),
        (f"{MEASURE}/number/$value", "1.10"),
        (f"{MEASURE}/displayOrder/$value", "10"),
        (f"{MEASURE}/updated/$value", "2026-11-20T00:00:00"),
        (f"{MEASURE}/document/treaty/$value", "cms"),
        ("Treaties(id='cms')/treatyWebsiteURL/$value", "https://www.cms.int/"),
    ],
)
def test_plain_values(harvest: httpx.Client, path: str, expected: str) -> None:
    answer = get(harvest, path, accept="application/json")
    assert (answer.status_code, answer.text) == (200, expected)
    assert answer.headers["content-type"].startswith("text/plain")


def test_a_property_in_json_and_xml(harvest: httpx.Client) -> None:
    assert content(harvest, f"{MEASURE}/number") == {"number": "1.10"}
    assert content(harvest, f"{MEASURE}/applicability") == {"applicability": None}
    answer = get(harvest, f"{MEASURE}/displayOrder")
    element = ElementTree.fromstring(answer.text)
    assert element.tag == f"{{{NAMESPACES['d']}}}displayOrder"
    assert element.get(f"{{{NAMESPACES['m']}}}type") == "Edm.Int32"
    assert element.text == "10"


def test_navigations_can_be_followed(harvest: httpx.Client) -> None:
    (title,) = content(harvest, f"{JWP}/title")["results"]
    assert content(harvest, f"{JWP}/title('{title['id']}')") == title
    assert content(harvest, f"{MEASURE}/document")["displayOrder"] == 1
    assert content(harvest, f"{MEASURE}/document/types")["results"][0]["value"] == "work programme"


def test_the_same_in_atom_as_in_json(harvest: httpx.Client) -> None:
    path = "Measures?$expand=document/title,countryLinks&$orderby=displayOrder desc&$top=40"
    expected = content(harvest, path)["results"]
    feed = ElementTree.fromstring(get(harvest, path).text)
    entries = feed.findall("atom:entry", NAMESPACES)
    assert len(entries) == len(expected)
    for entry, row in zip(entries, expected, strict=True):
        assert entry.findtext("atom:id", None, NAMESPACES) == row["__metadata"]["uri"]
        assert properties(entry)["text"] == row["text"]
        assert properties(entry)["priority"] == row["priority"]
        inline = {
            str(link.get("title")): link.findall(".//m:inline/*", NAMESPACES)
            for link in entry.findall("atom:link", NAMESPACES)
        }
        links = [
            properties(found)
            for found in inline["countryLinks"][0].iterfind("atom:entry", NAMESPACES)
        ]
        assert [found["iri"] for found in links] == [
            found["iri"] for found in row["countryLinks"]["results"]
        ]
        assert properties(inline["document"][0])["id"] == row["document"]["id"]
        assert inline["topics"] == []


def properties(entry: ElementTree.Element) -> dict[str, str | None]:
    found = entry.find("atom:content/m:properties", NAMESPACES)
    assert found is not None
    return {
        element.tag.partition("}")[2]: (
            None if element.get(f"{{{NAMESPACES['m']}}}null") else element.text or ""
        )
        for element in found
    }


def test_null_in_the_place_of_an_entity(harvest: httpx.Client) -> None:
    assert content(harvest, f"{MEASURE}?$expand=unit")["unit"] is None
    assert get(harvest, f"{MEASURE}/unit").status_code == 404
    assert "<m:inline/>" in get(harvest, f"{MEASURE}?$expand=unit").text


def test_only_what_is_selected_is_shown(harvest: httpx.Client) -> None:
    found = content(harvest, f"{JWP}?$select=id,treaties,title/value&$expand=title")
    assert set(found) == {"__metadata", "id", "treaties", "title"}
    assert set(found["title"]["results"][0]) == {"__metadata", "value"}
    assert "__deferred" in found["treaties"]
    everything = content(harvest, f"{JWP}?$select=*")
    assert set(everything) == {"__metadata", *MODEL.sets["Documents"].type.property}


def test_rows_are_ordered_and_null_comes_first(harvest: httpx.Client) -> None:
    found = content(harvest, "Measures?$orderby=priority,number desc")["results"]
    keys = [(row["priority"] or "", row["number"]) for row in found]
    assert [key[0] for key in keys] == sorted(key[0] for key in keys)
    first = [number for priority, number in keys if priority == keys[0][0]]
    assert first == sorted(first, reverse=True)
    usual = content(harvest, "Measures")["results"]
    ids = [row["id"] for row in usual]
    assert ids == sorted(ids)


def test_a_huge_page_is_cut_and_leads_on(harvest: httpx.Client) -> None:
    whole = int(get(harvest, "CountryLinks/$count").text)
    found: list[str] = []
    address = "/informea.svc/CountryLinks?$top=999999&$inlinecount=allpages&$format=json"
    while address:
        page = harvest.get(address).json()["d"]
        assert len(page["results"]) <= PAGE
        assert page["__count"] == str(whole)
        found += [row["id"] for row in page["results"]]
        address = page.get("__next", "")
    assert len(found) == len(set(found)) == whole > PAGE
    feed = ElementTree.fromstring(get(harvest, "CountryLinks?$top=501").text)
    (following,) = feed.findall("atom:link[@rel='next']", NAMESPACES)
    assert str(following.get("href")).endswith("?$top=1&$skip=500")


def test_a_page_of_the_requested_size_has_no_next_page(harvest: httpx.Client) -> None:
    assert "__next" not in content(harvest, "CountryLinks?$top=500")


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("Documents?$skiptoken=1", "'$skiptoken' is not supported"),
        ("Documents?page=2", "'page' is not supported"),
        ("Documents?$Top=2", "'$Top' is not supported"),
        ("Documents?$top=1&$top=2", "2 times"),
        ("Documents?$top=-1", "not a whole number"),
        ("Documents?$top=1e3", "not a whole number"),
        ("Documents?$skip=²", "not a whole number"),
        ("Documents?$top=", "not a whole number"),
        (f"Documents?$top={'9' * 5000}", "not a whole number"),
        ("Documents?$inlinecount=yes", "is not allpages or none"),
        ("Documents?$orderby=nothing", "is not a property of Document"),
        ("Documents?$orderby=title", "is not a property of Document"),
        ("Documents?$orderby=id up", "is not a property of Document"),
        ("Documents?$orderby=", "is not a property of Document"),
        (f"Documents?$orderby={','.join(['id'] * 11)}", "more than 10"),
        ("Documents?$filter=", "ends too early"),
        ("Documents?$filter=nothing eq 1", "nothing is not a property of Document"),
        ("Documents?$expand=nothing", "is not a navigation of Document"),
        ("Documents?$expand=updated", "is not a navigation of Document"),
        ("Documents?$expand=", "is not a path"),
        ("Documents?$expand=title,", "is not a path"),
        ("Documents?$expand=measures/unit/measures/unit", "deeper than 3"),
        ("Documents?$expand=measures/unit/measures/unit/measures", "at most 3"),
        (f"Documents?$expand={','.join(['title'] * 41)}", "more than 40"),
        ("Documents?$select=nothing", "is not a property of Document"),
        ("Documents?$select=title/value", "Add $expand=title"),
        ("Documents?$select=id&$expand=title", "$select leaves title out"),
        ("Documents?$format=csv", "$format='csv' is not one of"),
        ("Documents?$format=", "$format='' is not one of"),
        ("Documents('x'", "is not a path"),
        ("Documents(1)", "is not a key"),
        ("Documents(name='x')", "is not a key"),
        ("Documents//title", "is not a path"),
        ("$batch", "$batch is not supported"),
        (f"{JWP}/$links/title", "$links is not supported"),
        (f"{JWP}/$value", "$value is not supported"),
        (f"{JWP}/$count", "$count is not supported"),
        (f"{MEASURE}/document('x')", "takes no key"),
        (f"{JWP}?$top=1", "Options of this resource: $expand"),
        ("Documents/$count?$expand=title", "'$expand' is not supported"),
        (f"{JWP}/updated/$value?$format=json", "Options of this resource: none"),
        (f"{MEASURE}" + "/document/measures" * 7, "more than 12 segments"),
    ],
)
def test_unsupported_requests_are_explained(harvest: httpx.Client, path: str, says: str) -> None:
    for accept in ("application/json", "application/atom+xml"):
        answer = get(harvest, path, accept=accept)
        assert answer.status_code == 400
        assert says in message(answer)
        assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "path",
    [
        "Nothing",
        "Documents('x')",
        f"{JWP}/nothing",
        f"{JWP}/title('x')",
        "Documents/title",
        f"{MEASURE}/number/x",
        f"{JWP}/country/$value",
        "documents",
    ],
)
def test_missing_resources_are_explained(harvest: httpx.Client, path: str) -> None:
    for accept in ("application/json", "application/atom+xml", "*/*"):
        answer = get(harvest, path, accept=accept)
        assert answer.status_code == 404
        assert message(answer)


def message(answer: httpx.Response) -> str:
    """The message of an error, in either form."""
    if answer.headers["content-type"] == "application/json":
        error = answer.json()["error"]
        assert error["code"]
        assert error["message"]["lang"] == "en"
        return str(error["message"]["value"])
    assert answer.headers["content-type"] == "application/xml"
    element = ElementTree.fromstring(answer.text)
    assert element.tag == f"{{{NAMESPACES['m']}}}error"
    return str(element.findtext("m:message", None, NAMESPACES))


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, "application/atom+xml;type=feed;charset=utf-8"),
        ("*/*", "application/atom+xml;type=feed;charset=utf-8"),
        ("application/atom+xml;type=feed", "application/atom+xml;type=feed;charset=utf-8"),
        ("application/json", "application/json"),
        ("application/json;odata=verbose", "application/json"),
        (
            "application/json;odata=nometadata, application/atom+xml;q=0.1",
            "application/atom+xml;type=feed;charset=utf-8",
        ),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "application/xml"),
    ],
)
def test_formats_by_accept(harvest: httpx.Client, accept: str | None, expected: str) -> None:
    with httpx.Client(base_url=harvest.base_url, timeout=60) as plain:
        del plain.headers["accept"]
        answer = get(plain, "Documents", **({} if accept is None else {"accept": accept}))
    assert (answer.status_code, answer.headers["content-type"]) == (200, expected)
    assert answer.headers["dataserviceversion"] == "2.0"
    assert "Accept" in answer.headers["vary"]


@pytest.mark.parametrize("accept", ["text/csv", "application/json;odata.metadata=minimal"])
def test_an_unknown_format_is_not_acceptable(harvest: httpx.Client, accept: str) -> None:
    assert get(harvest, "Documents", accept=accept).status_code == 406


@pytest.mark.parametrize(
    ("header", "version", "status"),
    [
        ("DataServiceVersion", "2.0", 200),
        ("DataServiceVersion", "1.0;client", 200),
        ("DataServiceVersion", "3.0", 400),
        ("MaxDataServiceVersion", "3.0", 200),
        ("MaxDataServiceVersion", "2.0;NetFx", 200),
        ("MaxDataServiceVersion", "1.0", 400),
        ("MaxDataServiceVersion", "two", 400),
    ],
)
def test_versions(harvest: httpx.Client, header: str, version: str, status: int) -> None:
    assert get(harvest, "Documents", **{header: version}).status_code == status


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "MERGE", "DELETE"])
def test_nothing_is_written(harvest: httpx.Client, method: str) -> None:
    answer = harvest.request(method, "/informea.svc/Documents", headers=JSON)
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD"
    assert "read-only" in message(answer)


def test_an_unchanged_answer_is_not_sent_again(harvest: httpx.Client) -> None:
    first = get(harvest, "Documents")
    again = get(harvest, "Documents", **{"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    other = get(harvest, "Documents?$top=1")
    assert other.headers["etag"] != first.headers["etag"]
    head = harvest.head("/informea.svc/Documents")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["etag"] == first.headers["etag"]


def test_an_answer_holds_no_more_than_it_may(harvest: httpx.Client) -> None:
    answer = get(harvest, "Measures?$expand=document/measures/countryLinks", accept="*/*")
    assert answer.status_code == 413
    assert f"{expand.MOST:,} entities" in message(answer)


@pytest.mark.parametrize("text", ["\x00", "\x0b", "\ud800".encode(errors="surrogatepass"), "<&>"])
def test_an_error_is_well_formed_whatever_it_repeats(
    harvest: httpx.Client, text: str | bytes
) -> None:
    for path in (f"Documents?$filter={quote(text)}", f"Documents?{quote(text)}=1"):
        answer = get(harvest, path)
        assert answer.status_code == 400
        assert message(answer)


def test_json_is_utf_8(harvest: httpx.Client) -> None:
    body = get(harvest, f"{JWP}?$expand=description", accept="application/json").content
    assert "period 2015–2020".encode() in body
    assert json.loads(body)
