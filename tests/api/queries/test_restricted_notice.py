"""Releases without restricted facts say so where rows are missing."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import openpyxl
import pytest

from meagraph_api import Settings
from tests.api.conftest import DATA, MakeRelease, Serving

NOTE = "This data version excludes facts"


@pytest.fixture(scope="module")
def queries(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Queries, one of which declares that it reads restricted facts."""
    folder = tmp_path_factory.mktemp("queries") / "queries"
    shutil.copytree(DATA / "queries", folder)
    path = folder / "links.rq"
    header, text = path.read_text(encoding="utf-8").split("\n", 1)
    assert header.startswith("#+ ")
    path.write_text(f"#+ restricted: true\n{header}\n{text}", encoding="utf-8")
    return folder


def served(
    included: bool | None, folder: Path, queries: Path, make_release: MakeRelease, serving: Serving
) -> Iterator[httpx.Client]:
    release = make_release(folder)
    manifest = json.loads((release / "manifest.json").read_text(encoding="utf-8"))
    text = json.dumps({**manifest, "restricted_rows": included})
    (release / "manifest.json").write_text(text, encoding="utf-8")
    with serving(Settings(releases=folder, queries=queries)) as client:
        yield client


@pytest.fixture(scope="module")
def without(
    tmp_path_factory: pytest.TempPathFactory,
    queries: Path,
    make_release: MakeRelease,
    serving: Serving,
) -> Iterator[httpx.Client]:
    folder = tmp_path_factory.mktemp("without")
    yield from served(False, folder, queries, make_release, serving)


@pytest.fixture(scope="module", params=[True, None])
def whole(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    queries: Path,
    make_release: MakeRelease,
    serving: Serving,
) -> Iterator[httpx.Client]:
    folder = tmp_path_factory.mktemp("whole")
    yield from served(request.param, folder, queries, make_release, serving)


def about(client: httpx.Client, name: str) -> dict[str, str]:
    book = openpyxl.load_workbook(io.BytesIO(client.get(f"/queries/{name}.xlsx").content))
    return {str(row[0].value): str(row[1].value) for row in book["About this table"].iter_rows()}


@pytest.mark.parametrize("suffix", ["json", "csv", "xlsx"])
def test_data_tell_it_in_a_header(without: httpx.Client, suffix: str) -> None:
    answer = without.get(f"/queries/links.{suffix}")
    assert answer.headers["Meagraph-Omits"] == "reference-restricted"
    assert "Meagraph-Omits" in answer.headers["Access-Control-Expose-Headers"].split(", ")
    assert "Meagraph-Omits" not in without.get(f"/queries/measures.{suffix}").headers


def test_a_workbook_tells_it_on_its_sheet_about(without: httpx.Client) -> None:
    assert "redistribution" in about(without, "links")["Not included"]
    assert "Not included" not in about(without, "measures")


def test_pages_tell_it_in_either_language(without: httpx.Client) -> None:
    assert NOTE in without.get("/queries/links.html").text
    assert "не разрешают распространение" in without.get("/queries/links.html?lang=ru").text
    assert NOTE not in without.get("/queries/measures.html?lang=en").text
    assert NOTE in without.get("/page/country/KAZ?lang=en").text
    assert NOTE not in without.get("/page/measure/plan-a/1.1?lang=en").text


def test_a_release_that_has_them_and_data_of_others_say_nothing(whole: httpx.Client) -> None:
    assert "Meagraph-Omits" not in whole.get("/queries/links.csv").headers
    assert "Not included" not in about(whole, "links")
    assert NOTE not in whole.get("/queries/links.html").text
    assert NOTE not in whole.get("/page/country/KAZ").text


def test_the_description_of_the_interface_has_the_header(without: httpx.Client) -> None:
    paths = without.get("/openapi.json").json()["paths"]
    described = paths["/queries/links"]["get"]["responses"]["200"]
    others = paths["/queries/measures"]["get"]["responses"]["200"]
    assert set(described["headers"]) - set(others["headers"]) == {"Meagraph-Omits"}
    assert {"ETag", "Link", "X-Total-Count"} <= set(others["headers"])
