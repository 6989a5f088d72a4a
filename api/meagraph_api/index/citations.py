"""Citations: the dataset and each plan, as a sentence, in BibTeX and in CSL-JSON.

Fields that are not in the graph are left out. A citation of a plan always states its status, and
whether the graph has only an excerpt of it.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from meagraph.core import names
from meagraph.core.version import __version__
from meagraph_api.engine.current_release import OpenRelease
from meagraph_api.engine.protocol import select
from meagraph_api.engine.release_cache import Key
from meagraph_api.index.plan_status import date_of_data

AUTHORS = "The meagraph developers"
DATASET = "meagraph"
_TITLE = "meagraph: the action plans of environmental agreements as one knowledge graph"
_LANGUAGES = {"en": "English", "fr": "French", "ru": "Russian"}
_STATUS = {"not-verified": "adoption not verified"}
_LATEX = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        # BibTeX counts braces before LaTeX reads them, even those after a backslash.
        "{": r"\textbraceleft{}",
        "}": r"\textbraceright{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        **{character: f"\\{character}" for character in "#$%&_"},
    }
)


@dataclass(frozen=True, slots=True)
class Work:
    """A dataset or plan to cite. Unknown fields are ''."""

    key: str
    kind: str
    """The CSL type: `document` or `dataset`."""
    title: str
    issuer: str = ""
    genre: str = ""
    status: str = ""
    """The status in words, with extent and period."""
    version: str = ""
    issued: tuple[str, ...] = ()
    """A day, month or year, or the first and last of a range."""
    event: str = ""
    place: str = ""
    language: str = ""
    url: str = ""
    local_iri: str = ""
    """Its IRI in the graph."""

    @property
    def _elsewhere(self) -> bool:
        """Whether its IRI in the graph differs from its own URL."""
        return self.local_iri not in ("", self.url)

    @property
    def sentence(self) -> str:
        """The citation as one paragraph."""
        where = ", ".join(part for part in (self.event, self.place) if part)
        when = "/".join(self.issued)
        what = "; ".join(part for part in (self.genre, self.status) if part)
        parts = [
            self.issuer,
            f"{self.title} [{what}]" if what else self.title,
            f"{where} ({when})" if where and when else where or when,
            f"Version {self.version}" if self.version else "",
            f"In {_LANGUAGES.get(self.language, self.language)}" if self.language else "",
            self.url,
            f"Held in meagraph at {self.local_iri}" if self._elsewhere else "",
        ]
        return ". ".join(part.rstrip(".") for part in parts if part) + "."

    @property
    def csl(self) -> dict[str, Any]:
        """The citation in CSL-JSON, https://github.com/citation-style-language/schema."""
        dates = [[int(number) for number in day.split("-")] for day in self.issued]
        fields = {
            "id": self.key,
            "type": self.kind,
            "title": self.title,
            "author": [{"literal": self.issuer}] if self.issuer else None,
            "genre": self.genre,
            "status": self.status,
            "version": self.version,
            "issued": {"date-parts": dates} if dates else None,
            "event-title": self.event,
            "event-place": self.place,
            "language": self.language,
            "URL": self.url or self.local_iri,
            "archive": "meagraph" if self.kind == "document" else "",
            "archive_location": self.local_iri if self.kind == "document" else "",
        }
        return {name: value for name, value in fields.items() if value}

    @property
    def bibtex(self) -> str:
        """The citation in BibTeX, http://www.bibtex.org/Format/; `url` as most styles take it."""
        note = [self.status, f"version {self.version}" if self.version else ""]
        note += [", ".join(part for part in (self.event, self.place) if part)]
        note += [f"held in meagraph at {self.local_iri}" if self._elsewhere else ""]
        fields = {
            "title": f"{{{_latex(self.title)}}}",
            "author": f"{{{_latex(self.issuer)}}}" if self.issuer else "",
            "year": self.issued[0][:4] if self.issued else "",
            "howpublished": _latex(self.genre),
            "note": _latex("; ".join(part for part in note if part)),
            "language": _latex(_LANGUAGES.get(self.language, self.language).lower()),
            "url": self.url or self.local_iri,
        }
        lines = [f"  {name} = {{{value}}}" for name, value in fields.items() if value]
        return f"@misc{{{self.key},\n" + ",\n".join(lines) + "\n}\n"


def plan(row: dict[str, str]) -> Work:
    """The citation of a plan, from a row of `cite.rq`."""
    dates = (row["adopted"], row["adopted_until"])
    return Work(
        key=row["plan"],
        kind="document",
        title=row["title"],
        issuer=row["issuer"],
        genre=row["genre"],
        status=_plan_status(row),
        issued=tuple(day for day in dates if _is_date(day)),
        event=row["event"],
        place=row["place"],
        language=row["language"],
        url=row["url"],
        local_iri=names.thing("instrument", row["plan"]),
    )


def dataset(release: str, modified: str) -> Work:
    """The citation of the dataset; `modified` is the newest date of its sources."""
    return Work(
        key=DATASET,
        kind="dataset",
        title=_TITLE,
        issuer=AUTHORS,
        genre=f"Knowledge graph made with meagraph {__version__}, under CC BY 4.0",
        version=release,
        issued=(modified,) if _is_date(modified) else (),
        url=names.BASE,
        local_iri=names.BASE,
    )


def csl_json(works: list[Work]) -> bytes:
    """Citations as a CSL-JSON document."""
    return (json.dumps([work.csl for work in works], ensure_ascii=False, indent=1) + "\n").encode()


def _plan_status(row: dict[str, str]) -> str:
    """The status of a plan in words that do not depend on the day.

    >>> _plan_status({"status": "draft", "extent": "complete", "start": "2025", "end": "2032"})
    'draft; period 2025–2032'
    """
    parts = [_STATUS.get(row["status"], row["status"])]
    if row["extent"] != "complete":
        parts.append(f"{row['extent']} only")
    if row["start"] and row["end"]:
        parts.append(f"period {row['start'][:4]}–{row['end'][:4]}")
    return "; ".join(part for part in parts if part)


def _is_date(text: str) -> bool:
    return re.fullmatch(r"[0-9]{4}(-[0-9]{2}){0,2}", text) is not None


def _latex(text: str) -> str:
    """Escape the special characters of LaTeX.

    >>> print(_latex("R&D {50%}"))
    R\\&D \\textbraceleft{}50\\%\\textbraceright{}
    """
    return text.translate(_LATEX)


_QUERY = (files(__package__) / "cite.rq").read_text(encoding="utf-8")
_WORKS = Key[list[Work]]()


async def works(release: OpenRelease) -> list[Work]:
    """The citations of the dataset and of each plan. Raises the errors of the engine."""

    async def make() -> list[Work]:
        table = await select(release.engine, _QUERY)
        whole = dataset(_release_id(release), await date_of_data(release))
        return [whole, *map(plan, table.records())]

    return await release.values.once(_WORKS, make)


def _release_id(open_release: OpenRelease) -> str:
    """The id of the release; the name of its folder may be longer."""
    release = open_release.engine.release
    return str(release.manifest.get("id", release.id))
