"""The command line: build, inspect, query, publish and serve releases.

Each command is a thin function over the library; results go to stdout, everything else to stderr.
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
"""The properties of a plan's status that `info` shows."""

_RELEASES = click.option(
    "--releases",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the releases. Default: $MEAGRAPH_RELEASES, else releases/ of the checkout, "
    "else the user's data folder.",
)
_QUIET = click.option("--quiet", is_flag=True, help="Print errors only.")


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="meagraph")
def main() -> None:
    """The action plans of environmental agreements as one knowledge graph."""


@main.command()
@_RELEASES
@_QUIET
def build(releases: Path | None, quiet: bool) -> None:
    """Build a release from the source documents and make it current.

    If the build fails or is killed, the previous release stays current and intact.
    """
    from meagraph_loaders import pipeline

    with progress(quiet) as tell:
        summary = pipeline.build(files.releases(releases), tell)
    if not quiet:
        click.echo(_summary(summary))


@main.command()
@_QUIET
def validate(quiet: bool) -> None:
    """Check the source documents, the data and the shapes without making a release."""
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
    """Show the current release: its id, contents and folder, and the status of its plans."""
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

    Tables are written as csv, tsv, json or xml (default: csv), graphs as ttl, nt, jsonld or rdfxml
    (default: ttl), booleans as json or xml (default: json). If the file has a header that declares
    parameters, set their values with --param.
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
    help="nq and trig preserve the named graphs.",
)
@click.option(
    "--graph",
    "graphs",
    multiple=True,
    metavar="NAME",
    help="A named graph, e.g. inferred; may be repeated. Default: all graphs under CC BY.",
)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write to this file when the output is complete. Default: stdout.",
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
    """List all releases, newest first.

    A release is damaged if one of its files is missing or of another size.
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
    """Make an earlier release current: RELEASE, else the newest one before the current one.

    All its files are checked first. A running service switches to it within a second.
    """
    from meagraph_loaders import history

    folder = files.releases(releases)
    now, before = history.roll_back(folder, release, lambda message: click.echo(message, err=True))
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
    """List the changes since the release SINCE, up to UNTIL or the current one.

    Shows measures added, removed and reworded, with the old and the new text, and links added,
    removed and changed.
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
@click.option("--to", "engine", metavar="URL", help="URL of its query operation.")
@_RELEASES
@_QUIET
def publish(release: str | None, releases: Path | None, quiet: bool, **values: Any) -> None:
    """Publish a release to an existing SPARQL engine: RELEASE, else the current one.

    It is loaded into separate graphs, verified, and then replaces the published release. If the
    command is interrupted, run it again to continue. Supported engines: docs/engines.md.
    """
    from meagraph.core.engines import profiles
    from meagraph_api.settings import from_environment
    from meagraph_loaders import publisher

    settings = from_environment(**values)
    if not settings.engine:
        raise click.UsageError("Name the engine: --to https://example.org/sparql")
    access = profiles.access(
        settings.engine, settings.engine_profile, settings.engine_auth, settings.engine_secret
    )
    folder = files.releases(releases)
    chosen = _named(folder, release) if release else files.current_release(folder)
    done = publisher.publish(
        chosen, access, lambda message: None if quiet else click.echo(message, err=True)
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
    "JSON-LD, by file extension, optionally compressed (.gz).",
)
@click.argument(
    "more",
    nargs=-1,
    metavar="[FILE]...",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
def serve(
    releases: Path | None, data: tuple[Path, ...], more: tuple[Path, ...], **values: Any
) -> None:
    """Serve the current release over HTTP, or any RDF files with --data.

    If there is no release, one is built in the background: /readyz answers 503 until it is ready.
    """
    from meagraph_api.server import serve as run
    from meagraph_api.settings import from_environment

    if more and not data:
        raise click.UsageError(f"{more[0]}: files to serve are named with --data.")
    if data and releases is not None:
        raise click.UsageError("--data and --releases exclude each other.")
    settings = from_environment(releases=releases, **values)
    if data and settings.engine:
        raise click.UsageError("--data and --engine exclude each other.")
    require_free(settings.host, settings.port)
    address = settings.public_url.rstrip("/") or f"http://{settings.host}:{settings.port}"
    with until_stopped(), _served((*data, *more), settings) as folder:
        click.echo(f"meagraph   {address}/")
        click.echo(f"tables     {address}/queries")
        click.echo(f"SPARQL     {address}/sparql")
        click.echo(f"API        {address}/docs")
        run(settings.model_copy(update={"releases": folder}))


@contextmanager
def _served(data: tuple[Path, ...], settings: Settings) -> Iterator[Path]:
    """The folder of releases to serve: one made from `data`, else that of the settings.

    If it has no release, one is built in the background, unless an external engine is used.
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
        from meagraph.cli.background_build import background_build

        with background_build(folder):
            yield folder


@contextmanager
def _reading(releases: Path | None) -> Iterator[ox.Store]:
    """The store of the current release. Raises ReleaseError if it cannot be opened or read."""
    store = meagraph.open_store(releases)
    try:
        yield store
    except RuntimeError as error:  # a damaged block is found only when it is read
        raise ReleaseError(
            f"{files.current_release(releases)}: its store cannot be read "
            f"({' '.join(str(error).split())}). Make the release again with: meagraph build"
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
        + (f"\n\n{note}" if (note := _restricted(summary.contents.restricted_rows)) else "")
    )


def _restricted(included: bool | None) -> str:
    """A note on the data of data/reference-restricted; '' for other data."""
    if included is None:
        return ""
    if included:
        return "With the data that may not be redistributed (see LICENSE-DATA.md)."
    return (
        "Without the data that may not be redistributed (see LICENSE-DATA.md): some results, "
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
            f"{folder}: there is no release {name!r}. List all with: meagraph releases"
        )
    return past.folder


def _contents(release: Path) -> list[str]:
    """Summarise the manifest of a release for people."""
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
            "Make the release again with: meagraph build"
        ) from None


def _standing(store: ox.Store) -> list[tuple[str, ...]]:
    """The rows of the plans that `info` shows."""
    rows = []
    for solution in cast("ox.QuerySolutions", store.query(PLAN_STATUS)):
        columns = ("instrument", "status", "nature", "extent", "start", "end")
        *cells, start, end = (getattr(solution[column], "value", "") for column in columns)
        rows.append((*cells, f"{start}–{end}"))
    return rows
