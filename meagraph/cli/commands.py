"""The command line: one command each to make, look at, ask, publish and serve releases.

Each command is one thin function over the library; results go to stdout, all else to stderr.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

import meagraph
from meagraph.cli import options
from meagraph.cli.terminal import (
    Commands,
    interruptible,
    progress,
    require_free,
    table,
    until_stopped,
)
from meagraph.core import files
from meagraph.core.errors import ReleaseError
from meagraph.core.status_query import PLAN_STATUS
from meagraph.core.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    import pyoxigraph as ox

    from meagraph_api.settings import Settings
    from meagraph_loaders.history import Past
    from meagraph_loaders.pipeline import Summary

RESULT_FORMATS = ("csv", "tsv", "json", "xml")
GRAPH_FORMATS = ("ttl", "nt", "jsonld", "rdfxml")
DATASET_FORMATS = ("nq", "trig")

_ASPECTS = ("status", "nature", "extent", "period")
"""The aspects of a plan's standing that `info` shows."""

_RELEASES = click.option(
    "--releases",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the releases. Default: $MEAGRAPH_RELEASES, else releases/ of the checkout, "
    "else the user's data folder.",
)
_QUIET = click.option("--quiet", is_flag=True, help="Say nothing but what goes wrong.")


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="meagraph")
def main() -> None:
    """The action plans of environmental agreements as one knowledge graph."""


@main.command()
@_RELEASES
@_QUIET
def build(releases: Path | None, quiet: bool) -> None:
    """Build the release of the source documents and make it current.

    A build that fails or is killed leaves the release before it served and whole.
    """
    from meagraph_loaders import pipeline

    with progress(quiet) as tell:
        summary = pipeline.build(files.releases(releases), tell)
    if not quiet:
        click.echo(_summary(summary))


@main.command()
@_QUIET
def validate(quiet: bool) -> None:
    """Check the sources, the data and the shapes; make no release."""
    from meagraph_loaders import pipeline

    with progress(quiet) as tell:
        report = pipeline.check(tell)
    if not quiet:
        for finding in report.findings:
            click.echo(f"{finding.severity}: {finding}")
        click.echo(f"No violations, {len(report.findings)} findings of the shapes.")


@main.command()
@_RELEASES
def info(releases: Path | None) -> None:
    """Show the current release: its id, contents, place, and the standing of its plans."""
    release = files.current_release(releases)
    with _reading(releases) as store:
        standing = _standing(store)
    for part in (*_contents(release), table([("document", *_ASPECTS), *standing])):
        click.echo(part)


@main.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--format", "format_", type=click.Choice(RESULT_FORMATS + GRAPH_FORMATS))
@click.option(
    "--param", "params", multiple=True, metavar="NAME=VALUE", help="A parameter of a canned query."
)
@_RELEASES
def query(file: Path, format_: str | None, params: tuple[str, ...], releases: Path | None) -> None:
    """Run a SPARQL query from FILE on the current release.

    A table is written as csv, tsv, json or xml (default: csv), a graph as ttl, nt, jsonld or rdfxml
    (default: ttl), a yes or no as json or xml (default: json). A query file with a header of
    parameters takes values with --param.
    """
    from meagraph.cli import query_files
    from meagraph.core.releases import open_store

    release = files.current_release(releases)
    store = open_store(release)
    text = query_files.query_text(release, store, file, params)
    data = interruptible(lambda: query_files.answer(store, file, text, format_))
    click.echo(data, nl=False)


@main.command()
@click.option(
    "--format",
    "format_",
    type=click.Choice(DATASET_FORMATS + GRAPH_FORMATS),
    default="nq",
    show_default=True,
    help="nq and trig keep the named graphs apart.",
)
@click.option(
    "--graph",
    "graphs",
    multiple=True,
    metavar="NAME",
    help="A named graph, e.g. inferred; may be repeated. Default: all that are under CC BY.",
)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write to this file, once it is complete. Default: stdout.",
)
@_RELEASES
def export(
    format_: str, graphs: tuple[str, ...], output: Path | None, releases: Path | None
) -> None:
    """Write the current release, or some of its graphs, in an RDF format."""
    from meagraph.cli import query_files

    with _reading(releases) as store:
        data = query_files.exported(store, format_, graphs)
    if output is None:
        click.echo(data, nl=False)
    else:
        query_files.write_whole(output, data)


@main.command()
@_RELEASES
def releases(releases: Path | None) -> None:
    """List the releases that there are, the newest first.

    A release is called damaged when a file of it is missing or of another size.
    """
    from meagraph_loaders import history

    columns = ("release", "made", "software", "triples", "state")
    rows = [
        (past.name, _time(past.made.at), past.version, past.triples or "", _state(past))
        for past in history.listed(files.releases(releases))
    ]
    click.echo(table([columns, *rows]))


@main.command()
@click.argument("release", required=False)
@_RELEASES
def rollback(release: str | None, releases: Path | None) -> None:
    """Make an earlier release current: RELEASE, else the newest one made before the current one.

    Every file of it is checked first. A running service follows within a second.
    """
    from meagraph_loaders import history

    folder = files.releases(releases)
    now, before = history.roll_back(folder, release, lambda said: click.echo(said, err=True))
    if now.name == before:
        click.echo(f"release {before} is current already")
    else:
        click.echo(f"release {now.name} is current now" + (f"; it was {before}" if before else ""))


@main.command()
@click.argument("since")
@click.argument("until", required=False)
@click.option("--format", "format_", type=click.Choice(("csv", "json")), default="csv")
@_RELEASES
def changes(since: str, until: str | None, format_: str, releases: Path | None) -> None:
    """List what has changed since the release SINCE, up to UNTIL or the current one.

    Measures added, removed and reworded with their old and new words, and links that have come,
    gone or changed.
    """
    from meagraph.core import changes as comparing

    old = _named(releases, since)
    new = _named(releases, until) if until else files.current_release(releases)
    found = comparing.between(comparing.read(old), comparing.read(new))
    if format_ == "csv":
        click.echo(comparing.as_csv(found), nl=False)
    else:
        click.echo(comparing.as_json(old.name, new.name, found), nl=False)


@main.command(cls=options.settings(only=("engine_profile", "engine_auth", "engine_secret")))
@click.argument("release", required=False)
@click.option("--to", "engine", metavar="URL", help="Address of its query operation.")
@_RELEASES
@_QUIET
def publish(release: str | None, releases: Path | None, quiet: bool, **given: Any) -> None:
    """Bring a release into an existing SPARQL engine: RELEASE, else the current one.

    It is loaded beside what is there, compared, and then put in its place. What breaks off goes on
    where it was when it is run once more. docs/engines.md tells of the engines.
    """
    from meagraph.core.engines import profiles
    from meagraph_api.settings import from_environment
    from meagraph_loaders import publisher

    settings = from_environment(**given)
    if not settings.engine:
        raise click.UsageError("Name the engine: --to https://example.org/sparql")
    access = profiles.access(
        settings.engine, settings.engine_profile, settings.engine_auth, settings.engine_secret
    )
    folder = files.releases(releases)
    chosen = _named(folder, release) if release else files.current_release(folder)
    done = publisher.publish(
        chosen, access, lambda said: None if quiet else click.echo(said, err=True)
    )
    if not quiet:
        click.echo(f"{done.edition}: {done.triples:,} triples in {done.seconds:.1f} s, {access}")


@main.command(cls=options.settings(but=("releases",)))
@_RELEASES
@click.option(
    "--data",
    multiple=True,
    metavar="FILE…",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Serve these RDF files instead of a release: N-Quads, TriG, Turtle, N-Triples, RDF/XML, "
    "JSON-LD, told by the ending of the name, each also packed as .gz.",
)
@click.argument(
    "more",
    nargs=-1,
    metavar="[FILE]...",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
def serve(
    releases: Path | None, data: tuple[Path, ...], more: tuple[Path, ...], **given: Any
) -> None:
    """Serve the current release over HTTP, or any RDF files with --data.

    Where there is no release yet, one is built meanwhile: /readyz answers 503 until it is there.
    """
    from meagraph_api.server import serve as run
    from meagraph_api.settings import from_environment

    if more and not data:
        raise click.UsageError(f"{more[0]}: files to serve are named with --data.")
    if data and releases is not None:
        raise click.UsageError("--data and --releases exclude each other.")
    settings = from_environment(releases=releases, **given)
    if data and settings.engine:
        raise click.UsageError("--data and --engine exclude each other.")
    require_free(settings.host, settings.port)
    address = settings.public_url.rstrip("/") or f"http://{settings.host}:{settings.port}"
    with until_stopped(), _served((*data, *more), settings) as folder:
        click.echo(f"meagraph   {address}/")
        click.echo(f"questions  {address}/queries")
        click.echo(f"SPARQL     {address}/sparql")
        click.echo(f"programs   {address}/docs")
        run(settings.model_copy(update={"releases": folder}))


@contextmanager
def _served(data: tuple[Path, ...], settings: Settings) -> Iterator[Path]:
    """The folder of releases to serve: of the given data, else that in which a build may be due.

    An engine elsewhere has to get its release first.
    """
    folder = files.releases(settings.releases)
    if data:
        from meagraph_loaders import import_rdf

        click.echo("loading the data", err=True)
        with import_rdf.temporary_release(data) as (own, contents):
            sizes = f"{contents.triples:,} triples, {len(contents.graphs):,} named graphs"
            click.echo(f"release {contents.id}: {sizes}", err=True)
            yield own
    elif settings.engine:
        yield folder
    else:
        from meagraph.cli.background_build import built_meanwhile

        with built_meanwhile(folder):
            yield folder


@contextmanager
def _reading(releases: Path | None) -> Iterator[ox.Store]:
    """The store of the current release. Raises ReleaseError where it cannot be opened or read."""
    store = meagraph.open_store(releases)
    try:
        yield store
    except RuntimeError as error:  # a damaged block, which is found when it is read
        raise ReleaseError(
            f"{files.current_release(releases)}: its store cannot be read "
            f"({' '.join(str(error).split())}). Make the release anew with: meagraph build"
        ) from None


def _time(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%SZ")


def _state(past: Past) -> str:
    damage = f"damaged: {past.damage}" if past.damage else "whole"
    return f"current, {damage}" if past.current else damage


def _summary(summary: Summary) -> str:
    counts = {slug: asdict(counts) for slug, counts in summary.contents.documents.items()}
    return (
        f"\n{_documents(counts)}\n\n"
        f"release {summary.id}: {summary.contents.triples:,} triples in {summary.seconds:.1f} s\n"
        f"{summary.path}"
        + (f"\n\n{said}" if (said := _restricted(summary.contents.restricted_rows)) else "")
    )


def _restricted(included: bool | None) -> str:
    """What is to be known of the facts of data/reference-restricted; '' for data of others."""
    if included is None:
        return ""
    if included:
        return "With the facts that may not be redistributed (see LICENSE-DATA.md)."
    return (
        "Without the facts that may not be redistributed (see LICENSE-DATA.md): some answers, "
        "such as memberships, have fewer rows."
    )


def _documents(documents: dict[str, dict[str, int]]) -> str:
    columns = ("measures", "units", "links", "findings")
    rows = [(slug, *(counts[name] for name in columns)) for slug, counts in documents.items()]
    return table([("document", *columns), *rows])


def _named(releases: Path | None, name: str) -> Path:
    from meagraph.core.releases import find

    folder = files.releases(releases)
    if (past := find(folder, name)) is None:
        raise ReleaseError(
            f"{folder}: there is no release {name!r}. All that there are: meagraph releases"
        )
    return past.folder


def _contents(release: Path) -> list[str]:
    """What the manifest of a release says, for people."""
    from meagraph.core.releases import read_manifest

    manifest = read_manifest(release)
    try:
        software = manifest["software"]
        head = (
            f"release   {manifest['id']}\n"
            f"made by   {software['name']} {software['version']}\n"
            f"folder    {release}\n"
            f"triples   {manifest['triples']:,}\n"
        )
        rows = _restricted(manifest.get("restricted_rows"))
        graphs = table([("graph", "triples"), *manifest["graphs"].items()])
        return [
            head + (f"rows      {rows}\n" if rows else ""),
            graphs + "\n",
            _documents(manifest["documents"]) + "\n",
        ]
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise ReleaseError(
            f"{release / files.MANIFEST}: is not what a build writes ({error!r}). "
            "Make the release anew with: meagraph build"
        ) from None


def _standing(store: ox.Store) -> list[tuple[str, ...]]:
    """The rows of the plans that `info` shows."""
    rows = []
    for solution in cast("ox.QuerySolutions", store.query(PLAN_STATUS)):
        columns = ("instrument", "status", "nature", "extent", "start", "end")
        *cells, start, end = (getattr(solution[column], "value", "") for column in columns)
        rows.append((*cells, f"{start}–{end}"))
    return rows
