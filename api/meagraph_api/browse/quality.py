"""Answers `/quality`: the points to check in the sources, and what the shapes found.

As a page, and as a table of comments that can be sent to those who wrote the documents.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import pyoxigraph as ox
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from meagraph import names
from meagraph.errors import BadValue, UnknownAddress
from meagraph.quoting import quoted
from meagraph.version import __version__
from meagraph_api.browse.called import called, code
from meagraph_api.browse.findings import Finding, findings
from meagraph_api.browse.reading import remembered
from meagraph_api.browse.register import register
from meagraph_api.browse.wording import Wording
from meagraph_api.canned import write_csv, write_xlsx
from meagraph_api.current import Current, Open
from meagraph_api.pages import Pages
from meagraph_api.pages.language import language_of
from meagraph_api.pages.translations import N_
from meagraph_api.results import Table, Term
from meagraph_api.settings import Settings
from meagraph_api.standing import date_of_data, standing
from meagraph_api.things.answers import Lasting, only

_TITLE = "Points to check in the source texts"

DONE: Mapping[str, str] = {
    "conflict": N_("Both statements are kept as printed, each with its passage."),
    "uncertain": N_("It is kept as printed, and as uncertain as the document leaves it."),
    "gap": N_("It is left empty; what comes from elsewhere is marked as such."),
    "self-reference": N_("The reference is kept as printed and marked as doubtful."),
    "suspect-reference": N_("The reference is kept as printed and marked as doubtful."),
    "wording": N_("The words are kept as printed."),
    "layout": N_("The words are kept as printed; only their arrangement is read anew."),
    "undefined-scale": N_("It is kept as printed; where we read something in it, that is said."),
    "spelling": N_("Each spelling is kept as printed."),
    "shape": N_("It is published as it is; what breaks a rule outright stops a release."),
}
"""What is done about a finding of each kind, beside what its message says."""

_COLUMNS = (
    *("no", "document", "place", "lines", "quote", "message", "what_we_did"),
    *("kind", "severity", "address"),
)
_REPORT = "validation.ttl"
_SH = names.PREFIXES["sh"]


@dataclass(frozen=True, slots=True)
class Result:
    """A result of the shapes."""

    severity: str
    message: str
    focus: str
    value: str


@dataclass(frozen=True, slots=True)
class _Asked:
    """The filters of a request, by their names."""

    values: Mapping[str, str | None]

    def keeps(self, finding: Finding) -> bool:
        return all(
            wanted is None or _FILTERS[name](finding) == wanted
            for name, wanted in self.values.items()
        )


_FILTERS: Mapping[str, Callable[[Finding], str]] = {
    "instrument": lambda finding: code(finding.plan),
    "kind": lambda finding: finding.kind,
    "severity": lambda finding: finding.severity,
}


class Quality:
    """Answers the points to check."""

    def __init__(self, settings: Settings, current: Current, pages: Pages) -> None:
        self._settings = settings
        self._current = current
        self._pages = pages

    def add_routes(self, app: FastAPI) -> None:
        """Put the page and its downloads into an application."""
        app.add_route("/quality", self.page, include_in_schema=False)
        app.add_route("/quality.csv", self.csv, include_in_schema=False)
        app.add_route("/quality.xlsx", self.xlsx, include_in_schema=False)
        app.add_route(f"/quality/{_REPORT}", self.report, include_in_schema=False)

    async def page(self, request: Request) -> Response:
        """The points to check. Raises RequestError."""
        language = language_of(request)
        today = datetime.now(UTC).date()
        async with self._current.reading() as held:
            every = await findings(held)
            asked = _asked(request, every)
            said = [f"{name}={value}" for name, value in asked.values.items() if value]
            told = (*said, language, str(today), self._settings.base_path, self._settings.contact)
            lasting = Lasting(request, held, "quality", *told)
            if (kept := lasting.kept) is not None:
                return kept
            known, words = await register(held), await called(held)
            results = await _results(held)
        shown = [finding for finding in every if asked.keeps(finding)]
        content = self._pages.render(
            "browse/quality.html",
            language,
            wording=Wording(known, words, language, today.year),
            asked=asked.values,
            filters=[(name, value) for name, value in asked.values.items() if value],
            counts={name: _counts(name, every, asked) for name in _FILTERS},
            shown=shown,
            whole=len(every),
            done=DONE,
            results=results,
            own_plans=[known.plans[each] for each in known.plans],
            contact=self._settings.contact,
            release=held.engine.release.id,
        )
        return lasting.answer(content.encode(), "text/html")

    async def csv(self, request: Request) -> Response:
        """The table of comments as CSV. Raises RequestError."""
        async with self._current.reading() as held:
            body = write_csv.write(await _table(request, held))
        return _download(body, write_csv.MEDIA_TYPE, "csv")

    async def xlsx(self, request: Request) -> Response:
        """The table of comments as a workbook. Raises RequestError."""
        today = datetime.now(UTC).date()
        async with self._current.reading() as held:
            comments = await _table(request, held)
            lines = await _about(held, today)
            dated = await date_of_data(held)
        body = await asyncio.to_thread(
            write_xlsx.workbook, "comments", _TITLE, comments, lines, dated
        )
        return _download(body, write_xlsx.MEDIA_TYPE, "xlsx")

    async def report(self, request: Request) -> Response:
        """The report of the shapes, as the release holds it. Raises UnknownAddress."""
        only(request, ())
        async with self._current.reading() as held:
            path = held.engine.release.folder / _REPORT
            body = await asyncio.to_thread(_read_report, path)
            if body is None:
                raise UnknownAddress("What is served has no report of the shapes.")
            lasting = Lasting(request, held, "report")
            return lasting.unchanged or lasting.answer(body, "text/turtle")


def _asked(request: Request, every: Sequence[Finding]) -> _Asked:
    """The filters of a request. Raises BadValue."""
    given = only(request, _FILTERS)
    values = {name: given[name] or None for name in _FILTERS}
    for name, value in values.items():
        there = sorted({_FILTERS[name](finding) for finding in every})
        if value is not None and value not in there:
            raise BadValue(f"{name}={quoted(value)} has no finding; there are: {', '.join(there)}.")
    return _Asked(values)


def _counts(name: str, every: Sequence[Finding], asked: _Asked) -> list[tuple[str, int]]:
    """How many findings each value of a filter has, given the other filters."""
    others = _Asked({other: value for other, value in asked.values.items() if other != name})
    counts = Counter(_FILTERS[name](finding) for finding in every if others.keeps(finding))
    return counts.most_common()


async def _table(request: Request, held: Open) -> Table:
    every = await findings(held)
    asked = _asked(request, every)
    known, words = await register(held), await called(held)
    wording = Wording(known, words, "en", 0)
    rows = [
        tuple(
            Term("literal", text) if text else None
            for text in (str(number), *_comment(finding, wording))
        )
        for number, finding in enumerate(filter(asked.keeps, every), 1)
    ]
    return Table(_COLUMNS, rows)


def _comment(finding: Finding, wording: Wording) -> tuple[str, ...]:
    plan = wording.register.plans.get(finding.plan)
    return (
        plan.label if plan else wording.name(finding.plan) if finding.plan else "",
        finding.subject.removeprefix(names.ID),
        finding.lines,
        "\n".join(finding.quotes),
        finding.message,
        DONE.get(finding.kind, ""),
        finding.kind,
        finding.severity,
        finding.address,
    )


async def _about(held: Open, today: date) -> list[tuple[str, str]]:
    return [
        ("Title", _TITLE),
        ("Notes", "Comments on the words of the documents, not on what was done."),
        ("Release", held.engine.release.id),
        ("Citation", f"meagraph {__version__}, release {held.engine.release.id}. {names.BASE}"),
        *(
            ("Standing", f"{plan.title} ({plan.instrument}): {plan.said(today)}")
            for plan in await standing(held)
        ),
    ]


def _download(body: bytes, media_type: str, suffix: str) -> Response:
    named = f'attachment; filename="points-to-check.{suffix}"'
    return Response(body, media_type=media_type, headers={"Content-Disposition": named})


async def _results(held: Open) -> list[Result] | None:
    """What the shapes found; None where what is served has no report."""
    return await remembered(held, "results of the shapes", _look)


async def _look(held: Open) -> list[Result] | None:
    body = await asyncio.to_thread(_read_report, held.engine.release.folder / _REPORT)
    return None if body is None else await asyncio.to_thread(_parsed, body)


def _read_report(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None


def _parsed(body: bytes) -> list[Result] | None:
    """The results of a report; None where it cannot be read."""
    said: dict[str, dict[str, str]] = {}
    try:
        for quad in ox.parse(body, format=ox.RdfFormat.TURTLE, base_iri=names.BASE):
            value = quad.object
            text = value.value if isinstance(value, ox.NamedNode | ox.Literal) else ""
            said.setdefault(str(quad.subject), {})[quad.predicate.value] = text
    except (SyntaxError, ValueError):
        return None
    return [
        Result(
            code(of.get(f"{_SH}resultSeverity", "")).lower(),
            of.get(f"{_SH}resultMessage", ""),
            of.get(f"{_SH}focusNode", ""),
            of.get(f"{_SH}value", ""),
        )
        for of in said.values()
        if of.get(names.PREFIXES["rdf"] + "type") == f"{_SH}ValidationResult"
    ]
