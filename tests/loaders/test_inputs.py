"""Every input file is checked before a build; the error names a damaged file in one line."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from meagraph.core import files, tables
from meagraph.core.errors import DataError, MeagraphError
from meagraph_loaders import inputs
from meagraph_loaders.graph.vocabulary import codes
from tests.nonempty import nonempty
from tests.sampling import sampled

ROOT = files.root()
PATHS = tuple(path.relative_to(ROOT).as_posix() for path in inputs.paths(ROOT))
ONE_OF_EACH = sorted({Path(name).suffix: name for name in PATHS}.values())
FOLDERS = ("data", "ontology", "queries", "shapes")


def cut(data: bytes) -> bytes:
    """The first half of a file, cut within a line."""
    half = data[: len(data) // 2].rstrip()
    return half[:-1]


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "emptied": lambda data: b"",
    "blank": lambda data: b" \n\n",
    "cut": cut,
    "garbage": lambda data: bytes(range(256)) * 4,
    "binary": lambda data: data[:40] + b"\0" + data[40:],
    "UTF-16": lambda data: data.decode().encode("utf-16"),
    "UTF-16 without a mark": lambda data: data.decode().encode("utf-16-le"),
    "a byte-order mark": lambda data: b"\xef\xbb\xbf" + data,
    "Latin-1": lambda data: data + b"# \xe9t\xe9\n",
}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of all inputs; each test damages a file and restores it."""
    root = tmp_path_factory.mktemp("root")
    for folder in FOLDERS:
        shutil.copytree(ROOT / folder, root / folder)
    for path in root.rglob("*.txt"):
        path.chmod(0o644)
    return root


@contextmanager
def broken(path: Path, data: bytes) -> Iterator[Path]:
    """Replace the content of a file, and restore it afterwards."""
    whole = path.read_bytes()
    path.write_bytes(data)
    try:
        yield path
    finally:
        path.write_bytes(whole)


@contextmanager
def away(path: Path) -> Iterator[Path]:
    """Remove a file or folder, and restore it afterwards."""
    with TemporaryDirectory() as folder:
        aside = shutil.move(path, folder)
        try:
            yield path
        finally:
            shutil.move(aside, path)


def refusal(check: Callable[[], object]) -> str:
    with pytest.raises(MeagraphError) as caught:
        check()
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_the_inputs_as_they_are_pass() -> None:
    assert inputs.check() == len(PATHS)


def test_a_check_reads_each_file_and_then_the_keys_between_the_tables(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    monkeypatch.setattr(
        inputs, "check_file", lambda path: read.append(path.relative_to(root).as_posix())
    )
    assert inputs.check(root) == len(PATHS)
    assert read == list(PATHS)
    table = root / "data/reference/memberships.csv"
    with broken(table, table.read_bytes().replace(b",gslep,", b",gslip,", 1)):
        assert "instrument is 'gslip'" in refusal(lambda: inputs.check(root))


def test_every_file_of_these_folders_is_checked_but_for_what_people_read() -> None:
    there = {
        path.relative_to(ROOT).as_posix()
        for folder in FOLDERS
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and path.suffix != ".md"
    }
    assert there == set(PATHS)


@pytest.mark.parametrize("name", PATHS)
def test_a_damaged_file_is_named(root: Path, name: str) -> None:
    whole = (root / name).read_bytes()
    for kind, damage in DAMAGES.items():
        with broken(root / name, damage(whole)) as path:
            assert path.name in refusal(lambda path=path: inputs.check_file(path)), kind  # type: ignore[misc]


@pytest.mark.parametrize("name", PATHS)
def test_line_ends_of_windows_change_nothing_but_in_a_source_text(root: Path, name: str) -> None:
    data = (root / name).read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    with broken(root / name, data) as path:
        if path.suffix == ".txt":
            assert "its lines end with CR LF" in refusal(lambda: inputs.check_file(path))
        else:
            inputs.check_file(path)


@pytest.mark.parametrize("name", ONE_OF_EACH)
def test_a_directory_in_place_of_a_file_is_refused(root: Path, name: str) -> None:
    with away(root / name) as path:
        path.mkdir()
        assert path.name in refusal(lambda: inputs.check_file(path))
        path.rmdir()


@pytest.mark.parametrize("name", ONE_OF_EACH)
def test_a_file_that_may_not_be_read_is_refused(
    root: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(path))

    tables.declared()
    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert "Permission denied" in refusal(lambda: inputs.check_file(root / name))


@pytest.mark.parametrize("url", sampled(tables.declared(), 6))
def test_a_missing_table_is_refused(root: Path, url: str) -> None:
    with away(root / "data" / url):
        assert url in refusal(lambda: tables.check(root / "data"))


@pytest.mark.parametrize("url", tables.declared())
def test_a_table_with_nothing_but_its_header_is_refused(root: Path, url: str) -> None:
    path = root / "data" / url
    with broken(path, path.read_bytes().splitlines(keepends=True)[0]):
        if tables.declared()[url].may_be_empty:
            inputs.check_file(path)
        else:
            assert f"{url}: the table has no rows" in refusal(lambda: inputs.check_file(path))


@pytest.mark.parametrize(
    "folder", ["ontology", "shapes", "queries/rules", "queries/examples", "data/curation"]
)
def test_a_folder_without_files_is_refused(root: Path, folder: str) -> None:
    with away(root / folder) as path:
        path.mkdir()
        assert path.name in refusal(lambda: inputs.check(root))
        path.rmdir()


def test_a_scheme_that_no_file_defines_is_named(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "root", lambda: root)
    with away(root / "ontology/schemes.ttl"):
        assert "the scheme adoption-status" in refusal(lambda: codes("adoption-status"))


def test_without_the_restricted_folder_the_inputs_pass(root: Path) -> None:
    folder = root / "data" / "reference-restricted"
    restricted = [name for name in PATHS if f"/{folder.name}/" in name]
    with away(folder):
        assert inputs.check(root) == len(PATHS) - len(restricted) < len(PATHS)


def test_a_table_and_a_source_text_that_nothing_lists_are_refused(root: Path) -> None:
    for name in ("data/curation/copy.csv", "data/sources/copy.txt"):
        (root / name).write_text("a,b\n1,2\n", encoding="utf-8")
        assert "copy" in refusal(lambda: inputs.check(root))
        (root / name).unlink()


SYNTAX = [
    ("ontology/schemes.ttl", "skos:prefLabel", "skos prefLabel", "the file is not Turtle"),
    ("ontology/meagraph.ttl", "owl:Class", "owl:Klass", "is no term of that vocabulary"),
    ("shapes/unit.ttl", "sh:minCount", "sh:mincount", "is no term of that vocabulary"),
    ("shapes/unit.ttl", "@prefix", "@prefax", "the file is not Turtle"),
    ("queries/rules/30-touches-country.rq", "CONSTRUCT", "CONSTRUKT", "not valid SPARQL"),
    ("queries/rules/30-touches-country.rq", "#+ summary:", "# summary:", "does not say what"),
    ("queries/examples/01-graphs.rq", "SELECT", "SELEKT", "the query does not parse"),
    ("queries/examples/01-graphs.rq", "#+ summary", "#+ sumary", "summary: Field required"),
    ("queries/examples/01-graphs.rq", "#+ summary: Which", "#+ summary: \x07", "is not YAML: una"),
    ("queries/units.rq", "SELECT", "SELEKT", "units.rq"),
    ("data/reference/map_land.geojson", '"MultiPolygon"', '"Point"', "not a Polygon or Multi"),
    ("data/reference/map_land.geojson", "[38.38,40.93]", "[38.38,90.93]", "[38.38, 90.93] is no"),
    ("data/reference/map_land.geojson", "[38.38,40.93]", "[NaN,40.93]", "[NaN, 40.93] is no"),
    ("data/reference/map_land.geojson", "[38.38,40.93]", '["a",40.93]', '["a", 40.93] is no'),
    ("data/reference/map_land.geojson", "[38.38,40.93],", "", "is not closed"),
    ("data/reference/country_label_points.csv", "33.9", "33x9", "points.csv:2: lat is '33x9'"),
    ("data/reference/country_label_points.csv", "33.9", "333.9", "from -90 to 90"),
    (
        "data/reference/country_label_points.csv",
        "AFG",
        "AFX",
        "not in column iso3 of reference/c",
    ),
    ("data/reference/taxa.csv", "subspecies,", "subspecies,x,", "taxa.csv:3: the row has"),
    (
        "data/reference/taxa.csv",
        ",ovis_ammon,",
        ",ovis_amon,",
        "parent_key is 'ovis_amon', not in column key of",
    ),
    ("data/reference/memberships.csv", ",gslep,", ",gslip,", "instrument is 'gslip', not in"),
    (
        "data/curation/mentions.csv",
        ",RUS,",
        ",RUZ,",
        "country is 'RUZ', not in column iso3 of",
    ),
    ("data/curation/topics.csv", "saiga-mtiwp-2016-2020", "saiga", "instrument is 'saiga', not in"),
]


@pytest.mark.parametrize(("name", "old", "new", "message"), SYNTAX)
def test_a_fault_within_a_file_is_one_line(
    root: Path, name: str, old: str, new: str, message: str
) -> None:
    text = (root / name).read_text(encoding="utf-8")
    assert old in text
    with broken(root / name, text.replace(old, new, 1).encode()) as path:

        def check() -> None:
            inputs.check_file(path)
            tables.check(root / "data")

        refused = refusal(check)
    assert message in refused
    assert path.name in refused


BAD = {
    "string": "a\x07b",
    "boolean": "perhaps",
    "nonNegativeInteger": "-1",
    "decimal": "33x9",
    "date": "2023-02-29",
    "gYear": "20x4",
    "partialDate": "2014-13",
    "anyURI": "no address",
}


@pytest.mark.parametrize("url", tables.declared())
def test_a_cell_out_of_its_type_or_range_names_file_line_and_value(
    tmp_path: Path, url: str
) -> None:
    for column in nonempty(tables.declared()[url].schema_.columns):
        for cell in bad_cells(column):
            path = with_cell(tmp_path, url, column.name, cell)
            message = refusal(lambda path=path: inputs.check_file(path))  # type: ignore[misc]
            assert message.startswith(f"{url}:2: {column.name} is {cell!r}. ")
        if column.required:
            path = with_cell(tmp_path, url, column.name, "")
            message = refusal(lambda path=path: inputs.check_file(path))  # type: ignore[misc]
            assert message.startswith(f"{url}:2: the cell {column.name} is empty")


def bad_cells(column: tables.Column) -> Iterator[str]:
    """Invalid cells of a column."""
    datatype = column.datatype
    yield BAD[datatype.base]
    if datatype.base == "decimal":
        yield from (f"{datatype.maximum}1", "nan", "-inf")
    elif datatype.maximum is not None:
        yield "9" * 20
    if datatype.format is not None:
        yield "¿"


def with_cell(folder: Path, url: str, column: str, cell: str) -> Path:
    """A copy of a table with only its first row, and one cell of it replaced."""
    text = (ROOT / "data" / url).read_text(encoding="utf-8")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))[:1]
    row = {**(rows[0] if rows else {}), column: cell}
    if not rows:  # the table of withdrawn addresses
        row = {"address": "id/a/b", "date": "2026-11-20", "reason": "x"} | {column: cell}
    path = folder / "data" / url
    path.parent.mkdir(parents=True, exist_ok=True)
    names = [declared.name for declared in tables.declared()[url].schema_.columns]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, names)
        writer.writeheader()
        writer.writerow(row)
    return path


def test_a_missing_declaration_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"tables\.yaml: the file is missing"):
        tables.declared(tmp_path)
