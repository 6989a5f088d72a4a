"""`meagraph serve --data`: any RDF files, with the same service."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from click.testing import Result

from tests.cli.conftest import serving
from tests.waiting import PATIENCE

TRIG = """
@prefix ex: <http://example.org/> .
ex:s ex:p "loose" .
ex:g { ex:s ex:p "held", "held twice" }
ex:h { ex:s ex:p "held twice" ; ex:q _:x }
"""


@pytest.fixture
def temporary(tmp_path: Path) -> Path:
    folder = tmp_path / "temporary"
    folder.mkdir()
    return folder


def ask(address: str, query: str) -> list[str]:
    answer = httpx.get(
        address + "/sparql", params={"query": query}, headers={"Accept": "text/csv"}, timeout=60
    ).raise_for_status()
    return answer.text.split()[1:]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_any_data_is_served_and_leaves_nothing_behind(
    tmp_path: Path, temporary: Path, number: signal.Signals
) -> None:
    one, two = tmp_path / "one.trig", tmp_path / "two.nt"
    one.write_text(TRIG)
    two.write_text('_:x <http://example.org/q> "two" .\n')
    environment = {"TMPDIR": str(temporary)}
    with serving(tmp_path / "said", "--data", one, two, environment=environment) as service:
        service.wait_for("/readyz", 200)
        assert ask(service.address, "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }") == ["5"]
        assert ask(service.address, "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } }") == ["4"]
        assert ask(service.address, "SELECT DISTINCT ?g { GRAPH ?g {} } ORDER BY ?g") == [
            "http://example.org/g",
            "http://example.org/h",
        ]
        joined = "SELECT (COUNT(*) AS ?n) { ?a <http://example.org/q> ?x . ?x ?p ?b }"
        assert ask(service.address, joined) == ["0"]
        for path in ("/", "/queries", "/queries/measures.json"):
            assert service.status(path) == 200
        assert "5 triples, 2 named graphs" in service.log()
        assert list(temporary.iterdir())
        assert service.stop(number) == 0
        assert "Traceback" not in service.log()
    assert list(temporary.iterdir()) == []


def test_a_syntax_error_names_the_place_and_nothing_is_served(
    tmp_path: Path, temporary: Path
) -> None:
    good, bad = tmp_path / "good.ttl", tmp_path / "bad.ttl"
    good.write_text("<http://example.org/s> a <http://example.org/c> .")
    bad.write_text("<http://example.org/s>\n  a .")
    environment = {"TMPDIR": str(temporary)}
    data = ("--data", good, "--data", bad)
    with serving(tmp_path / "said", *data, environment=environment) as service:
        assert service.process.wait(PATIENCE) == 1
        assert f"Error: {bad}:2:5: is not Turtle" in service.log()
        assert "Uvicorn" not in service.log()
    assert list(temporary.iterdir()) == []


def test_an_unknown_ending_lists_those_known(run: Callable[..., Result], tmp_path: Path) -> None:
    (tmp_path / "data.docx").touch()
    result = run("serve", "--port", "1", "--data", tmp_path / "data.docx", "--host", "127.0.0.1")
    assert result.exit_code == 1
    assert ".nq, .trig, .ttl, .nt, .rdf" in result.stderr


def test_data_and_releases_exclude_each_other(run: Callable[..., Result], tmp_path: Path) -> None:
    (tmp_path / "data.nq").touch()
    result = run("serve", "--data", tmp_path / "data.nq", "--releases", tmp_path)
    assert result.exit_code == 2
    assert "exclude each other" in result.stderr


def test_a_file_without_the_option_says_how_to_serve_it(
    run: Callable[..., Result], tmp_path: Path
) -> None:
    (tmp_path / "data.nq").touch()
    result = run("serve", tmp_path / "data.nq")
    assert result.exit_code == 2
    assert "named with --data" in result.stderr


def test_a_file_that_is_not_there_is_a_usage_error(
    run: Callable[..., Result], tmp_path: Path
) -> None:
    result = run("serve", "--data", tmp_path / "nowhere.nq")
    assert result.exit_code == 2
    assert "nowhere.nq" in result.stderr
