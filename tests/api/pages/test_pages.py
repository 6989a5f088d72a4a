"""Pages and the API description: no external resources, readable without scripts."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import httpx
import pytest

from tests.nonempty import nonempty

PAGES = (
    "/",
    "/queries",
    "/queries/measures",
    "/queries/by-country",
    "/search",
    "/sparql",
    "/docs",
    "/nothing",
)


class Addresses(HTMLParser):
    """Collects what a page loads, and its inline scripts and styles."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.inline: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        if tag == "link":
            self.loaded.append(str(attributes["href"]))
        elif tag in ("script", "img", "iframe"):
            self.loaded.append(str(attributes.get("src")))
            self.inline += ["script"] if attributes.get("src") is None else []
        self.inline += [name for name in attributes if name.startswith("on") or name == "style"]
        self.inline += ["style"] if tag == "style" else []


@pytest.mark.parametrize("address", PAGES)
def test_a_page_loads_nothing_from_elsewhere_and_holds_no_script(
    client: httpx.Client, address: str
) -> None:
    answer = client.get(address, headers={"accept": "text/html"})
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    found = Addresses()
    found.feed(answer.text)
    assert found.inline == []
    assert found.loaded
    for path in found.loaded:
        assert path.startswith(("/static/", "/opensearch.xml"))
        assert client.get(path).status_code == 200


def test_the_home_page_says_what_there_is(client: httpx.Client) -> None:
    page = client.get("/").text
    for address in ("/queries/measures", "/queries/by-country", "/sparql", "/docs"):
        assert f'href="{address}"' in page
    assert "draft; period 2025–2932" in page
    assert "<code>r1</code>" in page


def test_every_answer_has_the_security_headers(client: httpx.Client) -> None:
    for address in ("/", "/queries/measures.csv", "/nothing", "/static/meagraph.css"):
        headers = client.get(address).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["content-security-policy"]
        assert len(headers["x-request-id"]) == 32
        assert "server" not in headers


def test_the_api_is_described_for_programs(client: httpx.Client) -> None:
    document = client.get("/openapi.json").json()
    assert re.fullmatch(r"3\.1\.\d", document["openapi"])
    assert set(document["paths"]) == {
        "/sparql",
        "/queries",
        "/queries/measures",
        "/queries/by-country",
        "/queries/links",
        "/search",
        "/healthz",
        "/readyz",
    }
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    assert len({operation["operationId"] for operation in operations}) == len(operations)
    measures = document["paths"]["/queries/measures"]["get"]
    parameters = {entry["name"]: entry for entry in measures["parameters"]}
    assert parameters["priority"]["schema"] == {"type": "string", "enum": ["1", "High"]}
    assert parameters["position"]["schema"] == {"type": "array", "items": {"type": "integer"}}
    assert parameters["position"]["example"] == [2]
    assert parameters["narrowed"]["schema"] == {"type": "boolean"}
    assert parameters["format"]["schema"]["enum"] == ["json", "csv", "xlsx", "html"]
    assert measures["summary"] == "Measures of the plans"
    row = measures["responses"]["200"]["content"]["application/json"]["schema"]["items"]
    assert list(row["properties"])[:2] == ["instrument", "number"]
    country = document["paths"]["/queries/by-country"]["get"]["parameters"][0]
    assert country["required"] is True
    assert country["example"] == ["KAZ"]
    sparql = document["paths"]["/sparql"]
    assert set(sparql) == {"get", "post"}
    assert "text/turtle" in sparql["get"]["responses"]["200"]["content"]


def test_every_operation_is_described_for_people_too(client: httpx.Client) -> None:
    page = client.get("/docs").text
    document = client.get("/openapi.json").json()
    for path, methods in nonempty(document["paths"].items()):
        for method, operation in nonempty(methods.items()):
            assert f"<code>{method.upper()} {path}</code> {operation['summary']}" in page
            assert f'id="{operation["operationId"]}"' in page
            for parameter in operation.get("parameters", []):
                assert f"<code>{parameter['name']}</code>" in page


def test_no_other_documentation_is_served(client: httpx.Client) -> None:
    assert client.get("/redoc").status_code == 404
    assert client.get("/docs/oauth2-redirect").status_code == 404
