"""Serve `/quality`: notes on the source texts, and the results of SHACL validation.

The notes are a page, and a table of comments that can be sent to the authors of the documents.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path

import pyoxigraph as ox
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from meagraph.core import names
from meagraph.core.errors import BadValue, UnknownAddress
from meagraph.core.glossary import term
from meagraph.core.names import code
from meagraph.core.quoting import quoted
from meagraph.core.results.terms import Table, Term
from meagraph.core.version import __version__
from meagraph_api.engine.current_release import Current, OpenRelease, Shared
from meagraph_api.engine.release_cache import Key
from meagraph_api.http.language import language_of
from meagraph_api.http.request_params import only, page_number
from meagraph_api.http.responses import Lasting
from meagraph_api.index import document_texts, findings, page_context
from meagraph_api.index.findings import Finding
from meagraph_api.index.page_context import PageContext
from meagraph_api.index.plan_status import date_of_data, plan_statuses
from meagraph_api.index.release_data import ReleaseData, read
from meagraph_api.pages.render_pool import RenderPool, rendered
from meagraph_api.pages.translations import N_, translated
from meagraph_api.queries import table_writers, xlsx
from meagraph_api.settings import MOST_HTML_ROWS, Settings

DONE: Mapping[str, str] = {
    "conflict": N_("Both statements are kept as in the document, each with its place."),
    "uncertain": N_("Kept as in the document, with its uncertainty."),
    "gap": N_("Left empty. Values from other sources are marked."),
    "self-reference": N_("The reference is kept as in the document and marked as doubtful."),
    "suspect-reference": N_("The reference is kept as in the document and marked as doubtful."),
    "wording": N_("The text is kept as in the document."),
    "layout": N_("The text is kept as in the document. Only its arrangement was changed."),
    "undefined-scale": N_(
        "Kept as in the document. Interpretations by meagraph editors are marked."
    ),
    "spelling": N_("Each spelling is kept as in the document."),
    "shape": N_("Published unchanged. A violation would prevent publication."),
}
"""How meagraph treats findings of each kind."""

_COLUMNS: Mapping[str, str] = {
    "no": "number",
    "document": "document",
    "place": "subject",
    "lines": "lines",
    "quote": "quote",
    "message": "message",
    "what_we_did": "editors_did",
    "kind": "finding_kind",
    "severity": "severity",
    "address": "permanent_link",
}
"""The columns of the table, each with the term for its head in a workbook."""
_WORKBOOK = N_("The notes are about the texts of the documents, not about implementation.")
_REPORT = "validation.ttl"
_QUERIES = (*page_context.QUERIES, *findings.QUERIES, *document_texts.TEXT_QUERIES)
_SH = names.PREFIXES["sh"]


@dataclass(frozen=True, slots=True)
class Result:
    """A SHACL validation result."""

    severity: str
    message: str
    focus: str
    value: str


@dataclass(frozen=True, slots=True)
class _Selection:
    """Filter values of a request, by parameter."""

    values: Mapping[str, str | None]

    def keeps(self, finding: Finding) -> bool:
        return all(
            not chosen or _FILTERS[name](finding) == chosen for name, chosen in self.values.items()
        )

    def check(self, every: Sequence[Finding]) -> None:
        """Raise BadValue if no finding has a value."""
        for name, value in self.values.items():
            available = sorted({_FILTERS[name](finding) for finding in every})
            if value and value not in available:
                raise BadValue(
                    f"No finding has {name}={quoted(value)}. Use: {', '.join(available)}."
                )


_FILTERS: Mapping[str, Callable[[Finding], str]] = {
    "instrument": lambda finding: code(finding.plan),
    "kind": lambda finding: finding.kind,
    "severity": lambda finding: finding.severity,
}


class Quality:
    """Routes of the notes on the texts."""

    def __init__(self, settings: Settings, current: Current, pool: RenderPool) -> None:
        self._settings = settings
        self._current = current
        self._pool = pool

    def add_routes(self, app: FastAPI) -> None:
        """Add the routes of the page and its downloads to an application."""
        app.add_route("/quality", self.page, include_in_schema=False)
        app.add_route("/quality.csv", self.csv, include_in_schema=False)
        app.add_route("/quality.xlsx", self.xlsx, include_in_schema=False)
        app.add_route(f"/quality/{_REPORT}", self.report, include_in_schema=False)

    async def page(self, request: Request) -> Response:
        """Serve the page. Raises RequestError."""
        values = only(request, (*_FILTERS, "page"))
        number = page_number(values.pop("page"))
        language = language_of(request)
        today = datetime.now(UTC).date()
        contact = self._settings.contact
        async with self._current.reading() as release:
            lasting = Lasting(request, release.pages, "quality", language, str(today), contact)
            if (kept := lasting.kept) is not None:
                return kept
            data, report = await read(release, _QUERIES), await _report(release)
            return await lasting.make(
                self._pool,
                "text/html",
                (),
                _page,
                data,
                report,
                _Selection(values),
                number,
                language,
                today.year,
                contact,
            )

    async def csv(self, request: Request) -> Response:
        """Serve the table of comments as CSV. Raises RequestError."""
        selection = _Selection(only(request, _FILTERS))
        async with self._current.reading() as release:
            lasting = _download(Lasting(request, release.pages, "comments"), "csv")
            if (kept := lasting.kept) is not None:
                return kept
            data = await read(release, _QUERIES)
            return await lasting.make(self._pool, table_writers.CSV, (), _csv, data, selection)

    async def xlsx(self, request: Request) -> Response:
        """Serve the table of comments as a workbook. Raises RequestError."""
        selection = _Selection(only(request, _FILTERS))
        language = language_of(request)
        today = datetime.now(UTC).date()
        async with self._current.reading() as release:
            keys = ("comments", str(today), language)
            lasting = _download(Lasting(request, release.pages, *keys), "xlsx")
            if (kept := lasting.kept) is not None:
                return kept
            data = await read(release, _QUERIES)
            lines = await _about(release, today, language)
            dated = await date_of_data(release)
            return await lasting.make(
                self._pool, xlsx.MEDIA_TYPE, (), _workbook, data, selection, lines, dated, language
            )

    async def report(self, request: Request) -> Response:
        """Serve the SHACL report of the release. Raises UnknownAddress if it has none."""
        only(request, ())
        async with self._current.reading() as release:
            lasting = Lasting(request, release.pages, "report")
            if (kept := lasting.kept) is not None:
                return kept
            report = await _report(release)
            if report is None:
                raise UnknownAddress("This release has no SHACL report.")
            return await lasting.make(self._pool, "text/turtle", (), _content, report)


def _page(
    data: ReleaseData,
    report: Shared | None,
    selection: _Selection,
    number: int,
    language: str,
    year: int,
    contact: str,
) -> str:
    """Render the page in a process of the pool. Raises BadValue, UnknownAddress."""
    every, context = findings.findings(data), PageContext(data, language, year)
    selection.check(every)
    kept = list(filter(selection.keeps, every))
    pages = max(1, -(-len(kept) // MOST_HTML_ROWS))
    if number > pages:
        raise UnknownAddress(f"There is no page {number} of these notes, only {pages}.")
    first = (number - 1) * MOST_HTML_ROWS
    return rendered(
        "browse/quality.html",
        language,
        context=context,
        selection=selection.values,
        filters=[(name, value) for name, value in selection.values.items() if value],
        counts={name: _counts(name, every, selection) for name in _FILTERS},
        shown=kept[first : first + MOST_HTML_ROWS],
        total=len(kept),
        page_number=number,
        pages=pages,
        whole=len(every),
        done=DONE,
        texts={
            text.address: text.name(language)
            for text in document_texts.texts(data)
            if text.kind != "part"
        },
        most=MOST_HTML_ROWS,
        results=None if report is None else _results(report),
        own_plans=list(context.index.plans.values()),
        contact=contact,
        release=data.release,
    )


def _csv(data: ReleaseData, selection: _Selection) -> bytes:
    return table_writers.write_csv(_table(data, selection))


def _workbook(
    data: ReleaseData,
    selection: _Selection,
    lines: list[tuple[str, str]],
    dated: str,
    language: str,
) -> bytes:
    heads = [term(key, language) for key in _COLUMNS.values()]
    found = _table(data, selection)
    return xlsx.workbook(term("notes", language), found, heads, lines, dated, language)


def _content(report: Shared) -> bytes:
    return report.content


def _counts(name: str, every: Sequence[Finding], selection: _Selection) -> list[tuple[str, int]]:
    """The number of findings for each value of a filter, under the other filters.

    Plans are in their own order, other values by number.
    """
    others = _Selection(
        {other: value for other, value in selection.values.items() if other != name}
    )
    counts = Counter(_FILTERS[name](finding) for finding in every if others.keeps(finding))
    return list(counts.items()) if name == "instrument" else counts.most_common()


def _table(data: ReleaseData, selection: _Selection) -> Table:
    """The findings that pass the filters. Raises BadValue."""
    every = findings.findings(data)
    selection.check(every)
    context = PageContext(data, "en", 0)
    rows = [
        tuple(
            Term("literal", text) if text else None
            for text in (str(number), *_comment(finding, context))
        )
        for number, finding in enumerate(filter(selection.keeps, every), 1)
    ]
    return Table(tuple(_COLUMNS), rows)


def _comment(finding: Finding, context: PageContext) -> tuple[str, ...]:
    plan = context.index.plans.get(finding.plan)
    return (
        plan.label if plan else context.name(finding.plan) if finding.plan else "",
        finding.subject.removeprefix(names.ID),
        finding.lines,
        "\n".join(finding.quotes),
        finding.message,
        DONE.get(finding.kind, ""),
        finding.kind,
        finding.severity,
        finding.address,
    )


async def _about(release: OpenRelease, today: date, language: str) -> list[tuple[str, str]]:
    return [
        ("table", term("notes", language)),
        ("how_to_read", translated(_WORKBOOK, language)),
        ("release", release.engine.release.id),
        ("citation", f"meagraph {__version__}, release {release.engine.release.id}. {names.BASE}"),
        *(
            ("status", f"{plan.title}: {plan.text(today, language)}")
            for plan in await plan_statuses(release)
        ),
    ]


def _download(lasting: Lasting, suffix: str) -> Lasting:
    lasting.add("Content-Disposition", f'attachment; filename="points-to-check.{suffix}"')
    return lasting


_REPORTS = Key[Shared | None]()


async def _report(release: OpenRelease) -> Shared | None:
    """The SHACL report of the release, None if it has none."""

    async def make() -> Shared | None:
        body = await asyncio.to_thread(_read_report, release.engine.release.folder / _REPORT)
        return None if body is None else Shared(body)

    return await release.values.once(_REPORTS, make)


def _read_report(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None


@lru_cache(2)
def _results(report: Shared) -> list[Result] | None:
    """The validation results of a SHACL report, None if it cannot be parsed."""
    properties: dict[str, dict[str, str]] = {}
    try:
        for quad in ox.parse(report.content, format=ox.RdfFormat.TURTLE, base_iri=names.BASE):
            value = quad.object
            text = value.value if isinstance(value, ox.NamedNode | ox.Literal) else ""
            properties.setdefault(str(quad.subject), {})[quad.predicate.value] = text
    except (SyntaxError, ValueError):
        return None
    return [
        Result(
            code(of.get(f"{_SH}resultSeverity", "")).lower(),
            of.get(f"{_SH}resultMessage", ""),
            of.get(f"{_SH}focusNode", ""),
            of.get(f"{_SH}value", ""),
        )
        for of in properties.values()
        if of.get(names.PREFIXES["rdf"] + "type") == f"{_SH}ValidationResult"
    ]
