"""The commands print what they should, and fail with one clear message."""

from __future__ import annotations

import json
import os
import shutil
import socket
import stat
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import click
import pyoxigraph as ox
import pytest
from click.testing import Result

import meagraph
from meagraph.cli import main
from meagraph.core import errors, files, names
from meagraph.core.releases import read_manifest
from meagraph.core.version import __version__
from meagraph_loaders import dataset

Run = Callable[..., Result]
Graphs = dict[str, set[ox.Triple]]

ASK = "ASK { ?s a <https://w3id.org/meagraph/ontology#Measure> }"
COUNT = (
    "SELECT (COUNT(*) AS ?n) { ?measure a <https://w3id.org/meagraph/ontology#Measure> ;"
    " <https://w3id.org/meagraph/ontology#instrument> ?plan }"
)
NO_NAME = "CONSTRUCT { <http://example.org/s> <http://example.org/1> 2 } {}"
ONTOLOGY = ("export", "--graph", "ontology", "--format", "ttl")
CONSTRUCT = "CONSTRUCT { ?s a ?class } WHERE { ?s a ?class } LIMIT 5"


@pytest.fixture
def rq(tmp_path: Path) -> Callable[[str], Path]:
    """Write a query file."""

    def write(text: str) -> Path:
        path = tmp_path / "question.rq"
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.mark.parametrize("name", sorted(main.commands))
def test_every_command_and_every_option_explains_itself(run: Run, name: str) -> None:
    command = main.commands[name]
    assert command.help
    shown = run(name, "--help").output
    for option in command.params:
        if isinstance(option, click.Option):
            assert option.help or option.name == "format_", option.name
            assert option.opts[0] in shown


def test_the_commands_are_those_that_the_readme_promises() -> None:
    assert set(main.commands) >= {"build", "validate", "info", "query", "export", "serve"}
    assert set(main.commands) >= {"releases", "rollback"}


def test_the_version_is_told(run: Run) -> None:
    assert __version__ in run("--version").output


def test_info_tells_what_the_release_holds_and_how_its_plans_stand(run: Run, release: Path) -> None:
    output = run("info", "--releases", release.parent).output
    manifest = read_manifest(release)
    assert manifest["id"] in output
    assert str(release) in output
    for slug in (names.SAIGA, names.ARGALI, names.SSAP, names.JWP):
        assert slug in output
    rows = [line.split() for line in output.splitlines()]
    assert [names.SAIGA, "adopted", "non-binding", "complete", "2016–2020"] in rows
    assert [names.ARGALI, "draft", "not-verified", "complete", "2025–2032"] in rows
    assert f"{manifest['triples']:,}" in output


def test_a_table_comes_as_csv(run: Run, releases: Path, rq: Callable[[str], Path]) -> None:
    result = run("query", rq(COUNT), "--releases", releases)
    documents = read_manifest(files.current_release(releases))["documents"]
    measures = sum(document["measures"] for document in documents.values())
    assert result.stdout_bytes == f"n\r\n{measures}\r\n".encode()


@pytest.mark.parametrize(
    ("format_", "begins"),
    [("json", b'{"head"'), ("xml", b"<?xml"), ("tsv", b"?n\n"), ("csv", b"n\r\n")],
)
def test_a_table_comes_in_the_format_that_is_asked_for(
    run: Run, releases: Path, rq: Callable[[str], Path], format_: str, begins: bytes
) -> None:
    result = run("query", rq(COUNT), "--format", format_, "--releases", releases)
    assert result.stdout_bytes.startswith(begins)


def test_a_yes_or_no_is_answered(run: Run, releases: Path, rq: Callable[[str], Path]) -> None:
    result = run("query", rq(ASK), "--format", "json", "--releases", releases)
    assert json.loads(result.output)["boolean"] is True


@pytest.mark.parametrize(
    ("format_", "media_type"),
    [
        ("ttl", ox.RdfFormat.TURTLE),
        ("nt", ox.RdfFormat.N_TRIPLES),
        ("jsonld", ox.RdfFormat.JSON_LD),
        ("rdfxml", ox.RdfFormat.RDF_XML),
    ],
)
def test_a_graph_comes_in_the_format_that_is_asked_for(
    run: Run,
    releases: Path,
    rq: Callable[[str], Path],
    format_: str,
    media_type: ox.RdfFormat,
) -> None:
    result = run("query", rq(CONSTRUCT), "--format", format_, "--releases", releases)
    assert len(list(ox.parse(result.stdout_bytes, media_type))) == 5


def test_a_canned_query_takes_its_parameters(run: Run, releases: Path) -> None:
    file = files.folder("queries") / "measures.rq"
    params = ("--param", f"instrument={names.JWP}")
    result = run("query", file, *params, "--releases", releases)
    lines = result.output.splitlines()
    assert lines[0].startswith("instrument,number,")
    assert lines[1].startswith(f"{names.JWP},")
    assert f"\n{names.SAIGA}," not in result.output


@pytest.mark.parametrize(
    ("values", "says"),
    [
        (("country=XXX",), "country='XXX' is not a value of country. The values are: AFG, "),
        (("country=KAZ", "instrument=saiga"), "instrument='saiga' is not a value of instrument."),
        (("land=KAZ",), "There is no parameter 'land'."),
        ((), "country is required"),
    ],
)
def test_a_value_is_checked_as_the_service_checks_it(
    run: Run, releases: Path, values: tuple[str, ...], says: str
) -> None:
    file = files.folder("queries") / "measures-by-country.rq"
    params = [word for value in values for word in ("--param", value)]
    result = run("query", file, *params, "--releases", releases)
    assert result.exit_code == 1
    assert result.stderr.startswith(f"Error: {says}")


def test_choices_that_are_none_are_one_clear_error(
    run: Run, releases: Path, rq: Callable[[str], Path]
) -> None:
    text = (
        "#+ summary: x\n#+ params:\n#+   a: {type: string, label: a, choices: 'ASK {}'}\n"
        "SELECT ?a { VALUES ?_a { UNDEF } }"
    )
    result = run("query", rq(text), "--param", "a=1", "--releases", releases)
    assert result.exit_code == 1
    assert "choices of a: must come from a SELECT" in result.stderr


@pytest.mark.parametrize(
    ("text", "options", "says"),
    [
        ("SELECT * {\n ?s ?p }", (), r"question\.rq: Line 2, column \d+: .*\n   ?\?s \?p }"),
        ("ASK { ?s mea:text ?o }", (), r"question\.rq: Line 1, column 10: the prefix mea: is not"),
        ("DROP ALL", (), "DROP"),
        ("SELECT * { SERVICE <http://127.0.0.1/> { ?s ?p ?o } }", (), "SERVICE"),
        (COUNT, ("--format", "ttl"), "--format ttl: the result is a table. Choose csv"),
        (CONSTRUCT, ("--format", "csv"), "--format csv: the result is a graph. Choose ttl"),
        (ASK, ("--format", "csv"), "--format csv: the result is a boolean. Choose json, xml"),
        (NO_NAME, ("--format", "rdfxml"), r"question\.rq: RDF/XML cannot express the predicate"),
        (COUNT, ("--param", "x=1"), "has no parameters"),
        (COUNT, ("--param", "x"), "Write it as --param NAME=VALUE"),
        ("SELECT (<http://example.org/f>(1) AS ?x) {}", (), "cannot be answered"),
        ("#+ summary: [\n" + COUNT, (), "question"),
    ],
)
def test_a_query_that_cannot_be_answered_is_one_clear_error(
    run: Run,
    releases: Path,
    rq: Callable[[str], Path],
    text: str,
    options: tuple[str, ...],
    says: str,
) -> None:
    result = run("query", rq(text), *options, "--releases", releases)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.startswith("Error: ")
    with pytest.raises(AssertionError, match=says):
        raise AssertionError(result.stderr)


def test_a_query_file_that_is_not_utf_8_is_one_clear_error(
    run: Run, releases: Path, tmp_path: Path
) -> None:
    (tmp_path / "latin.rq").write_bytes(b"# \xe9\n")
    result = run("query", tmp_path / "latin.rq", "--releases", releases)
    assert result.exit_code == 1
    assert "latin.rq: is not UTF-8" in result.stderr


def test_a_query_that_is_nested_too_deeply_is_one_clear_error(
    run: Run, releases: Path, tmp_path: Path
) -> None:
    text = "ASK " + "{" * 5000 + "}" * 5000
    (tmp_path / "deep.rq").write_text(text, encoding="utf-8")
    (tmp_path / "header.rq").write_text("#+ summary: " + "[" * 5000 + "\n", encoding="utf-8")
    for name, message in (("deep.rq", "nested more than 200 deep"), ("header.rq", "is not YAML")):
        result = run("query", tmp_path / name, "--releases", releases)
        assert result.exit_code == 1
        assert message in result.stderr
    with meagraph.open(releases) as graph, pytest.raises(errors.QueryRefused, match="nested"):
        graph.query(text)


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs a folder that takes no files")
def test_a_folder_that_takes_no_files_is_one_clear_error(run: Run) -> None:
    for arguments in (("build", "--quiet"), ("rollback",)):
        result = run(*arguments, "--releases", "/proc")
        assert result.exit_code == 1
        assert "the release cannot be written" in result.stderr


@pytest.fixture(scope="module")
def graphs(store: ox.Store) -> Graphs:
    """The triples of the real release by the name of the graph."""
    return graphs_of(store)


def graphs_of(quads: Iterable[ox.Quad]) -> Graphs:
    found: dict[str, set[ox.Triple]] = {}
    for quad in quads:
        if isinstance(quad.graph_name, ox.NamedNode):
            found.setdefault(names.local_name(quad.graph_name.value), set()).add(quad.triple)
    return found


def test_an_export_holds_all_graphs_but_the_restricted_one(
    run: Run, releases: Path, graphs: Graphs
) -> None:
    exported = ox.parse(run("export", "--releases", releases).stdout_bytes, ox.RdfFormat.N_QUADS)
    restricted = names.local_name(dataset.RESTRICTED.value)
    assert graphs[restricted]
    open_ones = {name: triples for name, triples in graphs.items() if name != restricted}
    assert graphs_of(exported) == open_ones


@pytest.mark.parametrize(
    ("format_", "media_type"),
    [
        ("ttl", ox.RdfFormat.TURTLE),
        ("nt", ox.RdfFormat.N_TRIPLES),
        ("jsonld", ox.RdfFormat.JSON_LD),
        ("rdfxml", ox.RdfFormat.RDF_XML),
        ("nq", ox.RdfFormat.N_QUADS),
        ("trig", ox.RdfFormat.TRIG),
    ],
)
def test_an_export_of_some_graphs_holds_those_in_every_format(
    run: Run, releases: Path, graphs: Graphs, format_: str, media_type: ox.RdfFormat
) -> None:
    chosen = ("--graph", "quality", "--graph", "dataset")
    result = run("export", "--format", format_, *chosen, "--releases", releases)
    exported = list(ox.parse(result.stdout_bytes, media_type))
    assert {quad.triple for quad in exported} == graphs["quality"] | graphs["dataset"]
    assert len({quad.graph_name for quad in exported}) == (2 if format_ in ("nq", "trig") else 1)


def test_an_export_replaces_a_file_only_when_it_is_complete(
    run: Run, releases: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = tmp_path / "graph.nq"
    output.write_text("before")

    def fail(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", fail)
        result = run(*ONTOLOGY, "--output", output, "--releases", releases)
    assert result.exit_code == 1
    assert "No space left" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["graph.nq"]
    assert output.read_text() == "before"
    assert run(*ONTOLOGY, "--output", output, "--releases", releases).exit_code == 0
    assert output.stat().st_size > 1_000


def test_an_export_follows_a_symbolic_link_and_keeps_the_permissions_of_a_file(
    run: Run, releases: Path, tmp_path: Path
) -> None:
    there, link, new = tmp_path / "graph.ttl", tmp_path / "link", tmp_path / "new.ttl"
    there.write_text("before")
    there.chmod(0o640)
    link.symlink_to(there.name)
    assert run(*ONTOLOGY, "--output", link, "--releases", releases).exit_code == 0
    assert link.is_symlink()
    assert there.stat().st_size > 1_000
    assert stat.S_IMODE(there.stat().st_mode) == 0o640
    made_as_usual = tmp_path / "usual"
    made_as_usual.touch()
    assert run(*ONTOLOGY, "--output", new, "--releases", releases).exit_code == 0
    assert new.stat().st_mode == made_as_usual.stat().st_mode


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
def test_an_export_is_written_to_a_pipe_and_never_replaces_it(
    run: Run, releases: Path, tmp_path: Path
) -> None:
    pipe, link = tmp_path / "pipe", tmp_path / "link"
    os.mkfifo(pipe)
    link.symlink_to(pipe.name)
    for output in (pipe, link):
        with ThreadPoolExecutor(1) as pool:
            read = pool.submit(pipe.read_bytes)
            result = run(*ONTOLOGY, "--output", output, "--releases", releases)
            assert len(read.result()) > 1_000
        assert result.exit_code == 0, result.stderr
    assert stat.S_ISFIFO(pipe.lstat().st_mode)
    assert link.is_symlink()
    assert {path.name for path in tmp_path.iterdir()} == {"pipe", "link"}


def test_an_export_that_cannot_be_written_names_the_output_that_was_given(
    run: Run, releases: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "socket-of-nobody").symlink_to(tmp_path / "gone" / "x")
    for name in ("no-such-folder/graph.ttl", "file/graph.ttl", "socket-of-nobody"):
        output = tmp_path / name
        result = run(*ONTOLOGY, "--output", output, "--releases", releases)
        assert result.exit_code == 1
        assert f"--output {output}: cannot be written" in result.stderr
    listening = tmp_path / "s"
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(os.path.relpath(listening))
        result = run(*ONTOLOGY, "--output", listening, "--releases", releases)
    assert f"--output {listening}: cannot be written" in result.stderr
    assert stat.S_ISSOCK(listening.stat().st_mode)


def test_a_query_may_begin_with_a_byte_order_mark(
    run: Run, releases: Path, rq: Callable[[str], Path]
) -> None:
    assert json.loads(run("query", rq("\ufeff" + ASK), "--releases", releases).output)["boolean"]


def test_an_unknown_graph_is_answered_with_those_there_are(run: Run, releases: Path) -> None:
    result = run("export", "--graph", "saiga", "--releases", releases)
    assert result.exit_code == 1
    assert f"--graph saiga: there is no such graph. Choose among {names.ARGALI}" in result.stderr


@pytest.mark.parametrize("command", [("info",), ("export",)])
def test_without_a_release_a_command_says_how_to_make_one(
    run: Run, tmp_path: Path, command: tuple[str, ...]
) -> None:
    result = run(*command, "--releases", tmp_path)
    assert result.exit_code == 1
    assert "Make one with: meagraph build" in result.stderr


def test_a_release_whose_store_is_gone_is_one_clear_error(
    run: Run, release: Path, tmp_path: Path
) -> None:
    shutil.copytree(release, tmp_path / "x", ignore=shutil.ignore_patterns("store", "dumps"))
    (tmp_path / "current").write_text("x\n")
    result = run("export", "--releases", tmp_path)
    assert result.exit_code == 1
    assert "its store cannot be opened" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("serve", "--port", "http"), "--port"),
        (("serve", "--port", "70000"), "--port"),
        (("query", "nowhere.rq"), "nowhere.rq"),
        (("export", "--format", "xlsx"), "--format"),
        (("explode",), "explode"),
    ],
)
def test_a_wrong_call_is_a_usage_error(run: Run, arguments: tuple[str, ...], says: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert says in result.stderr


def test_a_wrong_setting_in_the_environment_is_one_clear_error(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MEAGRAPH_PORT", "http")
    result = run("serve", "--releases", tmp_path)
    assert result.exit_code == 1
    assert "MEAGRAPH_PORT" in result.stderr


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the resource folders, to be damaged."""
    for name in ("data", "ontology", "queries", "shapes"):
        shutil.copytree(files.folder(name), tmp_path / "files" / name)
    monkeypatch.setattr(files, "root", lambda: tmp_path / "files")
    return tmp_path / "files"


def edit(path: Path) -> None:
    path.write_text(path.read_text(encoding="utf-8") + "more\n", encoding="utf-8")


@pytest.mark.parametrize(
    ("command", "name", "harm"),
    [
        ("build", "data/sources/saiga-mtiwp-2016-2020.txt", Path.unlink),
        ("validate", "data/sources/saiga-mtiwp-2016-2020.txt", edit),
        ("build", "queries/rules/30-touches-country.rq", edit),
        ("validate", "shapes/measure.ttl", edit),
    ],
)
def test_a_source_rule_or_shape_that_is_wrong_is_one_clear_error_and_changes_nothing(
    run: Run,
    releases: Path,
    copied: Path,
    command: str,
    name: str,
    harm: Callable[[Path], None],
) -> None:
    before = sorted(path.name for path in releases.iterdir())
    harm(copied / name)
    options = ("--releases", releases) if command == "build" else ()
    result = run(command, *options)
    assert result.exit_code == 1
    assert "Error: " in result.stderr
    assert name.rpartition("/")[2] in result.stderr
    assert isinstance(result.exception, SystemExit)
    assert sorted(path.name for path in releases.iterdir()) == before


def test_every_error_of_ours_becomes_a_message(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_folder: object) -> Path:
        raise errors.ShapesViolated(["id/measure/x [text]: Give it words."])

    monkeypatch.setattr(files, "current_release", fail)
    result = run("info")
    assert result.exit_code == 1
    assert "1 violation(s) of the shapes:\n  id/measure/x [text]: Give it words." in result.stderr
