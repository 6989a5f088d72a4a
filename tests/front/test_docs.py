"""The examples in the documentation of Python, R and the search produce the shown output."""

from __future__ import annotations

import csv
import doctest
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import nbformat
import pytest

from tests.cli.conftest import Service, serving

DOCS = Path(__file__).resolve().parents[2] / "docs"
HERE = "http://127.0.0.1:8000"

RUN = """
import sys, nbclient, nbformat
notebook = nbformat.read(sys.argv[1], 4)
nbclient.NotebookClient(notebook, timeout=120).execute()
nbformat.write(notebook, sys.argv[2])
"""
"""A program that runs a notebook in a new kernel, as Jupyter does."""


@pytest.fixture(scope="module")
def service(releases: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with serving(tmp_path_factory.mktemp("docs") / "said", "--releases", releases) as service:
        service.wait_for("/readyz", 200)
        yield service


@pytest.mark.parametrize("where", ["release", "service"])
def test_the_page_for_python_shows_what_comes_out(
    where: str, service: Service, releases: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEAGRAPH_RELEASES", str(releases))
    text = (DOCS / "python.md").read_text(encoding="utf-8")
    if where == "service":
        text = text.replace("meagraph.open()", f'meagraph.open("{service.address}")', 1)
    # The mark at the end of a code block is not output.
    parser = doctest.DocTestParser()
    examples = parser.get_doctest(text.replace("```", ""), {}, "python.md", None, 0)
    assert len(examples.examples) > 15
    flags = doctest.ELLIPSIS | doctest.IGNORE_EXCEPTION_DETAIL
    report: list[str] = []
    done = doctest.DocTestRunner(optionflags=flags).run(examples, out=report.append)
    assert done.failed == 0, "".join(report)


def outputs(notebook: Any) -> list[list[Any]]:
    return [
        [output.get("text") or output["data"] for output in cell["outputs"]]
        for cell in notebook["cells"]
        if cell["cell_type"] == "code"
    ]


@pytest.mark.full
def test_the_notebook_shows_what_comes_out(releases: Path, tmp_path: Path) -> None:
    path, run = DOCS / "meagraph.ipynb", tmp_path / "run.ipynb"
    folders = ("JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_DATA_DIR", "IPYTHONDIR")
    environment = {
        **os.environ,
        **{name: str(tmp_path / name) for name in folders},
        "MEAGRAPH_RELEASES": str(releases),
    }
    subprocess.run(
        [sys.executable, "-c", RUN, path, run], env=environment, check=True, capture_output=True
    )
    shown, came = (json.loads(file.read_text(encoding="utf-8")) for file in (path, run))
    nbformat.validate(shown)
    assert outputs(shown) == outputs(came)
    assert len(outputs(shown)) > 5
    assert str(releases) not in path.read_text(encoding="utf-8")


def of_r() -> str:
    """The code in the documentation for R."""
    text = (DOCS / "r.md").read_text(encoding="utf-8")
    return "\n".join(re.findall(r"```r\n(.*?)```", text, re.DOTALL))


def rows(answer: httpx.Response) -> list[dict[str, str]]:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/csv")
    return list(csv.DictReader(answer.text.splitlines()))


def test_every_address_on_the_page_for_r_gives_the_table_that_it_speaks_of(
    service: Service,
) -> None:
    addresses = re.findall(r'paste0\(service, "(/queries/[^"]+)"\)', of_r())
    kazakhstan, units = (rows(httpx.get(service.address + path, timeout=60)) for path in addresses)
    assert {row["country"] for row in kazakhstan} == {"KAZ"}
    assert {"instrument", "number", "status", "basis"} <= set(kazakhstan[0])
    assert all(row["measures"].isdigit() for row in units)
    several = httpx.get(
        f"{service.address}/queries/measures.csv?country=KAZ&country=UZB", timeout=60
    )
    assert rows(several)


def test_the_query_on_the_page_for_r_gives_what_it_shows(service: Service) -> None:
    (query,) = re.findall(r'query <- "(.*?)"', of_r(), re.DOTALL)
    answer = httpx.get(
        f"{service.address}/sparql", params={"format": "csv", "query": query}, timeout=60
    )
    printed = [" ".join(row.values()) for row in rows(answer)]
    text = (DOCS / "r.md").read_text(encoding="utf-8")
    (shown,) = re.findall(r"```text\n(.*?)```", text, re.DOTALL)
    assert [" ".join(line.split()[1:]) for line in shown.splitlines()[1:]] == printed


def test_a_wrong_parameter_has_the_status_that_the_page_for_r_tells(service: Service) -> None:
    assert service.status("/queries/measures.csv?country=Kazakhstan") == 400


def test_the_page_for_r_asks_a_service_on_this_machine() -> None:
    assert HERE in of_r()


R = shutil.which("Rscript")


@pytest.mark.full
@pytest.mark.skipif(R is None, reason="R is not installed: apt-get install r-base-core")
def test_r_itself_runs_the_page(service: Service, tmp_path: Path) -> None:
    assert R is not None
    script = tmp_path / "page.R"
    script.write_text(of_r().replace(HERE, service.address), encoding="utf-8")
    done = subprocess.run([R, script], capture_output=True, text=True, check=True)
    assert "KAZ" in done.stdout


def test_the_page_of_the_search_shows_a_real_answer(service: Service) -> None:
    text = (DOCS / "search.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```json\n(.*?)```", text, re.DOTALL)
    shown = json.loads(block)
    answer = httpx.get(f"{service.address}/search", params={"q": shown["q"]}, timeout=60).json()
    assert list(answer) == list(shown)
    assert answer["kinds"] == shown["kinds"]
    assert answer["total"] == shown["total"]
    (hit,) = shown["hits"]
    assert hit in answer["hits"]
    assert list(answer["hits"][0]) == list(hit)


def test_the_page_of_the_search_names_every_kind_and_parameter(service: Service) -> None:
    text = (DOCS / "search.md").read_text(encoding="utf-8")
    document = httpx.get(f"{service.address}/openapi.json", timeout=60).json()
    parameters = {one["name"]: one for one in document["paths"]["/search"]["get"]["parameters"]}
    for kind in parameters["kind"]["schema"]["items"]["enum"]:
        assert f"`{kind}`" in text
    for name in ("q", "kind", "limit", "offset", "instrument", "country", "topic"):
        assert f"`{name}`" in text
        assert name in parameters
