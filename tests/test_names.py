"""Names in the code: no identifier of many meanings, and no two modules with the same base name."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("api", "benchmarks", "loaders", "meagraph", "tests", "web")
"""The folders that contain the project's Python files."""

OWN = {"benchmarks", "meagraph", "meagraph_api", "meagraph_loaders", "tests"}
"""The project's packages; all others are libraries, which choose their own names."""

FORBIDDEN = {
    *("asked", "held", "said", "told", "given", "seen"),
    *("called", "desk", "turns", "wanted", "lets_in"),
}
"""Words with too many meanings; upper case and leading underscores make no difference."""

REPEATED = {"__init__.py", "conftest.py", "routes.py", "views.py"}
"""Base names that may occur in every package."""

UNFINISHED: set[str] = {
    "api/meagraph_api/app.py",
    "api/meagraph_api/browse/compare.py",
    "api/meagraph_api/browse/home.py",
    "api/meagraph_api/browse/measure_list.py",
    "api/meagraph_api/browse/quality.py",
    "api/meagraph_api/engine/forkserver.py",
    "api/meagraph_api/engine/frames.py",
    "api/meagraph_api/engine/metrics.py",
    "api/meagraph_api/engine/query_cache.py",
    "api/meagraph_api/engine/query_service.py",
    "api/meagraph_api/engine/remote/engine_errors.py",
    "api/meagraph_api/engine/remote/engine_responses.py",
    "api/meagraph_api/engine/remote/remote_engine.py",
    "api/meagraph_api/engine/remote/rewriter.py",
    "api/meagraph_api/engine/scheduler.py",
    "api/meagraph_api/engine/worker.py",
    "api/meagraph_api/engine/worker_processes.py",
    "api/meagraph_api/harvest/citation_routes.py",
    "api/meagraph_api/harvest/informea/drupal.py",
    "api/meagraph_api/harvest/informea/harvest_data.py",
    "api/meagraph_api/harvest/informea/odata_filter.py",
    "api/meagraph_api/harvest/informea/odata_responses.py",
    "api/meagraph_api/harvest/informea/odata_service.py",
    "api/meagraph_api/harvest/informea/query_options.py",
    "api/meagraph_api/harvest/informea/rows.py",
    "api/meagraph_api/harvest/informea/source_rows.py",
    "api/meagraph_api/harvest/release_changes.py",
    "api/meagraph_api/harvest/release_files.py",
    "api/meagraph_api/harvest/sitemap.py",
    "api/meagraph_api/http/access_log.py",
    "api/meagraph_api/http/language.py",
    "api/meagraph_api/http/middleware.py",
    "api/meagraph_api/http/negotiation.py",
    "api/meagraph_api/http/preconditions.py",
    "api/meagraph_api/http/refusals.py",
    "api/meagraph_api/http/request_params.py",
    "api/meagraph_api/http/responses.py",
    "api/meagraph_api/http/urls.py",
    "api/meagraph_api/index/citations.py",
    "api/meagraph_api/index/facets.py",
    "api/meagraph_api/index/filters.py",
    "api/meagraph_api/index/labels.py",
    "api/meagraph_api/index/page_context.py",
    "api/meagraph_api/index/plan_status.py",
    "api/meagraph_api/pages/message_extraction.py",
    "api/meagraph_api/pages/problem_types.py",
    "api/meagraph_api/pages/render_pool.py",
    "api/meagraph_api/queries/choices.py",
    "api/meagraph_api/queries/column_labels.py",
    "api/meagraph_api/queries/editor_page.py",
    "api/meagraph_api/queries/filed_taxa.py",
    "api/meagraph_api/queries/openapi.py",
    "api/meagraph_api/queries/result_page.py",
    "api/meagraph_api/queries/result_rendering.py",
    "api/meagraph_api/queries/result_responses.py",
    "api/meagraph_api/queries/snippets.py",
    "api/meagraph_api/queries/sparql_endpoint.py",
    "api/meagraph_api/queries/table_description.py",
    "api/meagraph_api/queries/xlsx.py",
    "api/meagraph_api/search/highlighting.py",
    "api/meagraph_api/search/search_index.py",
    "api/meagraph_api/search/search_request.py",
    "api/meagraph_api/search/search_routes.py",
    "api/meagraph_api/settings.py",
    "api/meagraph_api/things/dataset_terms.py",
    "api/meagraph_api/things/description.py",
    "api/meagraph_api/things/description_writer.py",
    "api/meagraph_api/things/jsonld.py",
    "api/meagraph_api/things/linked_data.py",
    "api/meagraph_api/things/measure_page.py",
    "api/meagraph_api/things/ontology_routes.py",
    "api/meagraph_api/things/plan_page.py",
    "api/meagraph_api/things/statement_labels.py",
    "api/meagraph_api/things/thing_context.py",
    "api/meagraph_api/things/thing_documents.py",
    "api/meagraph_api/things/thing_routes.py",
    "api/meagraph_api/things/thing_view.py",
    "benchmarks/build.py",
    "benchmarks/engine_servers.py",
    "benchmarks/engines.py",
    "benchmarks/pages.py",
    "benchmarks/servers.py",
    "benchmarks/service.py",
    "meagraph/cli/background_build.py",
    "meagraph/cli/commands.py",
    "meagraph/cli/terminal.py",
    "meagraph/client/remote.py",
    "meagraph/core/engines/profiles.py",
    "meagraph/core/engines/published.py",
    "meagraph/core/files.py",
    "meagraph/core/full_text.py",
    "meagraph/core/lexer.py",
    "meagraph/core/match_expression.py",
    "meagraph/core/oxigraph.py",
    "meagraph/core/queries/declarations.py",
    "meagraph/core/queries/fragments.py",
    "meagraph/core/queries/grlc.py",
    "meagraph/core/queries/header.py",
    "meagraph/core/queries/parameters.py",
    "meagraph/core/releases.py",
    "meagraph/core/results/rdfxml.py",
    "meagraph/core/results/scanners.py",
    "meagraph/core/results/writer.py",
    "tests/api/browse/test_browse_compare.py",
    "tests/api/browse/test_browse_measures.py",
    "tests/api/browse/test_browse_quality.py",
    "tests/api/browse/test_home.py",
    "tests/api/engine/query_generator.py",
    "tests/api/engine/remote/conftest.py",
    "tests/api/engine/remote/strange.py",
    "tests/api/engine/remote/test_engines_agree.py",
    "tests/api/engine/remote/test_failures.py",
    "tests/api/engine/remote/test_orders.py",
    "tests/api/engine/remote/test_publishing.py",
    "tests/api/engine/remote/test_rewriting.py",
    "tests/api/engine/test_cache.py",
    "tests/api/engine/test_current.py",
    "tests/api/engine/test_engine.py",
    "tests/api/engine/test_full_machine.py",
    "tests/api/engine/test_hostile.py",
    "tests/api/engine/test_isolation.py",
    "tests/api/engine/test_lanes.py",
    "tests/api/engine/test_random_queries.py",
    "tests/api/engine/test_sandbox.py",
    "tests/api/engine/test_under_load.py",
    "tests/api/engine/test_whole_releases.py",
    "tests/api/harvest/informea/test_client.py",
    "tests/api/harvest/informea/test_filters.py",
    "tests/api/harvest/informea/test_odata_protocol.py",
    "tests/api/harvest/informea/test_rows.py",
    "tests/api/harvest/test_citations.py",
    "tests/api/harvest/test_downloads.py",
    "tests/api/http/test_access.py",
    "tests/api/http/test_canonical.py",
    "tests/api/http/test_connections.py",
    "tests/api/http/test_fairness.py",
    "tests/api/http/test_http_protocol.py",
    "tests/api/http/test_language.py",
    "tests/api/http/test_negotiation.py",
    "tests/api/http/test_refusals.py",
    "tests/api/http/test_request_limits.py",
    "tests/api/http/test_unsent.py",
    "tests/api/pages/test_bundle.py",
    "tests/api/pages/test_glossary.py",
    "tests/api/pages/test_pages.py",
    "tests/api/pages/test_render_pool.py",
    "tests/api/pages/test_translations.py",
    "tests/api/queries/test_canned.py",
    "tests/api/queries/test_choices.py",
    "tests/api/queries/test_clients.py",
    "tests/api/queries/test_csvw.py",
    "tests/api/queries/test_description.py",
    "tests/api/queries/test_editor_page.py",
    "tests/api/queries/test_filed_taxa.py",
    "tests/api/queries/test_formats.py",
    "tests/api/queries/test_protocol_cases.py",
    "tests/api/queries/test_result_pages.py",
    "tests/api/queries/test_sparql.py",
    "tests/api/search/test_search_results.py",
    "tests/api/served.py",
    "tests/api/test_server.py",
    "tests/api/test_settings.py",
    "tests/api/things/test_browse_kinds.py",
    "tests/api/things/test_thing_pages.py",
    "tests/api/things/test_things.py",
    "tests/api/things/test_things_data.py",
    "tests/browser/conftest.py",
    "tests/browser/visits.py",
    "tests/cli/conftest.py",
    "tests/cli/test_broken_releases.py",
    "tests/cli/test_changes.py",
    "tests/cli/test_cli.py",
    "tests/cli/test_processes.py",
    "tests/cli/test_releases.py",
    "tests/cli/test_serve.py",
    "tests/cli/test_serve_data.py",
    "tests/cli/test_settings_options.py",
    "tests/client/test_graph.py",
    "tests/core/sample_terms.py",
    "tests/core/test_binding.py",
    "tests/core/test_fragments.py",
    "tests/core/test_full_text.py",
    "tests/core/test_grlc.py",
    "tests/core/test_header.py",
    "tests/core/test_writing.py",
    "tests/core/test_writing_graphs.py",
    "tests/deploy/test_container.py",
    "tests/deploy/test_nginx.py",
    "tests/deploy/test_unit.py",
    "tests/front/test_docs.py",
    "tests/front/test_make.py",
    "tests/front/test_packaging.py",
    "tests/front/test_public_interface.py",
    "tests/queries/test_instruments.py",
    "tests/questions/test_questions.py",
    "tests/recorded/recording.py",
    "web/bundle.py",
}
"""Files that still use forbidden identifiers."""


def project_files() -> dict[str, Path]:
    """The Python files of the project by their path from its root."""
    paths = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))]
    return {path.relative_to(ROOT).as_posix(): path for path in paths}


def imported_from_libraries(tree: ast.Module) -> set[str]:
    """The names that a module imports from libraries."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom) and not getattr(node, "level", 0):
            for alias in node.names:
                package = (getattr(node, "module", None) or alias.name).partition(".")[0]
                if package not in OWN:
                    found.add(alias.asname or alias.name.partition(".")[0])
    return found


def identifiers(node: ast.AST) -> Iterator[str]:
    """The identifiers that one node of a syntax tree defines or uses."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            yield name
        case ast.arg(arg=name) | ast.keyword(arg=str(name)):
            yield name
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)):
            yield name
        case ast.MatchStar(name=str(name)) | ast.MatchMapping(rest=str(name)):
            yield name
        case ast.MatchClass(kwd_attrs=names) | ast.Global(names=names) | ast.Nonlocal(names=names):
            yield from names
        case ast.alias(name=name, asname=asname):
            yield from (asname or name).split(".")


def is_of_a_library(node: ast.AST, imported: set[str]) -> bool:
    """Whether a node uses a name imported from a library, or an attribute of one."""
    while isinstance(node, ast.Attribute):
        node = node.value
    match node:
        case ast.Name(id=name, ctx=ast.Load()):
            return name in imported
        case ast.alias(name=name, asname=None):
            return name.partition(".")[0] in imported
    return False


def forbidden_identifiers(source: str) -> set[str]:
    """The forbidden identifiers of a module."""
    tree = ast.parse(source)
    imported = imported_from_libraries(tree)
    return {
        name
        for node in ast.walk(tree)
        if not is_of_a_library(node, imported)
        for name in identifiers(node)
        if name.lstrip("_").lower() in FORBIDDEN
    }


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("held = 1", {"held"}),
        ("_Asked: int = 1", {"_Asked"}),
        ("def told(): pass", {"told"}),
        ("async def told(): pass", {"told"}),
        ("class Desk: pass", {"Desk"}),
        ("def find(seen, *given, wanted=None, **said): pass", {"seen", "given", "wanted", "said"}),
        ("lambda seen: 1", {"seen"}),
        ("find(turns=1)", {"turns"}),
        ("page.said.text", {"said"}),
        ("page.said = 1", {"said"}),
        ("from meagraph.core import told", {"told"}),
        ("from .core import told", {"told"}),
        ("import json as told", {"told"}),
        ("try: pass\nexcept OSError as held: pass", {"held"}),
        ("match x:\n case [*held]: pass\n case A(said=1) as seen: pass", {"held", "said", "seen"}),
        ("match x:\n case {**given}: pass", {"given"}),
        ("def find():\n global held\n nonlocal said", {"held", "said"}),
        ("f'{held}'", {"held"}),
        ("_LETS_IN = 1", {"_LETS_IN"}),
        ("given_name = is_called = 'held'  # said", set()),
        ("from hypothesis import given\n@given(x=1)\ndef find(x): pass", set()),
        ("import hypothesis as h\nh.given(x=1)", set()),
        ("from hypothesis import given\ngiven = 1", {"given"}),
        ("from hypothesis import strategies\ndef find(given): pass", {"given"}),
    ],
)
def test_a_forbidden_identifier_is_found_unless_a_library_defines_it(
    source: str, expected: set[str]
) -> None:
    assert forbidden_identifiers(source) == expected


def test_identifiers_are_terms_of_the_field() -> None:
    sources = {name: path.read_text(encoding="utf-8") for name, path in project_files().items()}
    found = {name: names for name in sources if (names := forbidden_identifiers(sources[name]))}
    assert {name: found[name] for name in found if name not in UNFINISHED} == {}
    assert UNFINISHED - found.keys() == set(), "these files are finished: remove them from the list"


def test_base_names_of_modules_are_unique() -> None:
    paths = defaultdict(set)
    for name in project_files():
        paths[name.rpartition("/")[2]].add(name)
    # Outside programs import the errors from `meagraph.errors`, which only re-exports them.
    assert paths["errors.py"] == {"meagraph/core/errors.py", "meagraph/errors.py"}
    repeated = {name for name, found in paths.items() if len(found) > 1}
    assert {name: paths[name] for name in repeated - REPEATED - {"errors.py"}} == {}
