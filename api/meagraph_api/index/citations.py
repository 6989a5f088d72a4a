"""Citations: the dataset and each plan, as a sentence, in BibTeX and in CSL-JSON.

Only what the graph holds is said; what is not known is left out. The status of a plan is always
said, and whether only an excerpt of it is held.
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
        # BibTeX counts braces before LaTeX sees them, even those behind a backslash.
        "{": r"\textbraceleft{}",
        "}": r"\textbraceright{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        **{character: f"\\{character}" for character in "#$%&_"},
    }
)


@dataclass(frozen=True, slots=True)
class Work:
    """Something to be cited; what is not known of it is ''."""

    key: str
    kind: str
    """Its type in CSL: `document` or `dataset`."""
    title: str
    issuer: str = ""
    genre: str = ""
    status: str = ""
    """In words, with how much of it is held and its period."""
    version: str = ""
    issued: tuple[str, ...] = ()
    """A day, month or year, or the first and the last of them."""
    event: str = ""
    place: str = ""
    language: str = ""
    url: str = ""
    held_at: str = ""
    """The address that it has here."""

    @property
    def _elsewhere(self) -> bool:
        """Whether it has an address here beside its own."""
        return self.held_at not in ("", self.url)

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
            f"Held in meagraph at {self.held_at}" if self._elsewhere else "",
        ]
        return ". ".join(part.rstrip(".") for part in parts if part) + "."

    @property
    def csl(self) -> dict[str, Any]:
        """The citation in CSL-JSON, https://github.com/citation-style-language/schema."""
        dates = [[int(number) for number in day.split("-")] for day in self.issued]
        said = {
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
            "URL": self.url or self.held_at,
            "archive": "meagraph" if self.kind == "document" else "",
            "archive_location": self.held_at if self.kind == "document" else "",
        }
        return {name: value for name, value in said.items() if value}

    @property
    def bibtex(self) -> str:
        """The citation in BibTeX, http://www.bibtex.org/Format/; `url` as most styles take it."""
        note = [self.status, f"version {self.version}" if self.version else ""]
        note += [", ".join(part for part in (self.event, self.place) if part)]
        note += [f"held in meagraph at {self.held_at}" if self._elsewhere else ""]
        fields = {
            "title": f"{{{_latex(self.title)}}}",
            "author": f"{{{_latex(self.issuer)}}}" if self.issuer else "",
            "year": self.issued[0][:4] if self.issued else "",
            "howpublished": _latex(self.genre),
            "note": _latex("; ".join(part for part in note if part)),
            "language": _latex(_LANGUAGES.get(self.language, self.language).lower()),
            "url": self.url or self.held_at,
        }
        lines = [f"  {name} = {{{value}}}" for name, value in fields.items() if value]
        return f"@misc{{{self.key},\n" + ",\n".join(lines) + "\n}\n"


def plan(row: dict[str, str]) -> Work:
    """A plan, from a row of `cite.rq`."""
    dates = (row["adopted"], row["adopted_until"])
    return Work(
        key=row["plan"],
        kind="document",
        title=row["title"],
        issuer=row["issuer"],
        genre=row["genre"],
        status=_standing(row),
        issued=tuple(day for day in dates if _is_date(day)),
        event=row["event"],
        place=row["place"],
        language=row["language"],
        url=row["url"],
        held_at=names.thing("instrument", row["plan"]),
    )


def dataset(release: str, modified: str) -> Work:
    """The whole, as a release has it; `modified` is the newest date of its sources."""
    return Work(
        key=DATASET,
        kind="dataset",
        title=_TITLE,
        issuer=AUTHORS,
        genre=f"Knowledge graph made with meagraph {__version__}, under CC BY 4.0",
        version=release,
        issued=(modified,) if _is_date(modified) else (),
        url=names.BASE,
        held_at=names.BASE,
    )


def csl_json(works: list[Work]) -> bytes:
    """Citations as a CSL-JSON document."""
    return (json.dumps([work.csl for work in works], ensure_ascii=False, indent=1) + "\n").encode()


def _standing(row: dict[str, str]) -> str:
    """The status of a plan in words that are as true tomorrow.

    >>> _standing({"status": "draft", "extent": "complete", "start": "2025", "end": "2032"})
    'draft; period 2025–2032'
    """
    said = [_STATUS.get(row["status"], row["status"])]
    if row["extent"] != "complete":
        said.append(f"{row['extent']} only")
    if row["start"] and row["end"]:
        said.append(f"period {row['start'][:4]}–{row['end'][:4]}")
    return "; ".join(part for part in said if part)


def _is_date(text: str) -> bool:
    return re.fullmatch(r"[0-9]{4}(-[0-9]{2}){0,2}", text) is not None


def _latex(text: str) -> str:
    """Text in which nothing is a command of LaTeX.

    >>> print(_latex("R&D {50%}"))
    R\\&D \\textbraceleft{}50\\%\\textbraceright{}
    """
    return text.translate(_LATEX)


_QUERY = (files(__package__) / "cite.rq").read_text(encoding="utf-8")
_WORKS = Key[list[Work]]()


async def works(open_release: OpenRelease) -> list[Work]:
    """What a release lets one cite: the whole, and each plan. Raises what the engine raises."""

    async def make() -> list[Work]:
        table = await select(open_release.engine, _QUERY)
        whole = dataset(_release(open_release), await date_of_data(open_release))
        return [whole, *map(plan, table.records())]

    return await open_release.values.once(_WORKS, make)


def _release(open_release: OpenRelease) -> str:
    """The id of the release, which the name of its directory may go on beyond."""
    release = open_release.engine.release
    return str(release.manifest.get("id", release.id))
