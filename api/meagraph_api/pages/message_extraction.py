"""Collects all texts of the interface, and brings the catalogues of a language up to date.

    python -m meagraph_api.pages.message_extraction ru

writes `locale/ru/LC_MESSAGES/meagraph.po` anew: every text that there is now, with the translation
that any catalogue of the language has for it, and says how many have none. A language that is new
gets its folder this way.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po
from jinja2.ext import babel_extract

import meagraph_api
from meagraph.core import files
from meagraph.core.errors import RequestError
from meagraph.core.queries import load
from meagraph_api.http.language import LOCALE
from meagraph_api.pages import map_drawing
from meagraph_api.pages.problem_types import problem_types
from meagraph_api.pages.renderer import TEMPLATES, TRIM_BLOCKS, in_one_line
from meagraph_api.pages.translations import catalogues

_PACKAGE = Path(meagraph_api.__file__).parent
_IN_PYTHON = {"_": None, "N_": None}
"""The functions whose first argument is a text of the interface."""
_IN_TEMPLATES = ("_", "gettext", "ngettext")
_OPTIONS = {
    "trimmed": "true",
    "silent": "false",
    "trim_blocks": str(TRIM_BLOCKS).lower(),
    "lstrip_blocks": str(TRIM_BLOCKS).lower(),
}

Id = str | tuple[str, ...] | list[str]


class Text(NamedTuple):
    """A text of the interface, one and many of it where it counts, and the file it stands in."""

    id: Id
    file: str


def texts() -> Iterator[Text]:
    """Every text of the interface, in the order of the files; some stand in several."""
    yield from _of_templates()
    yield from _of_program()
    yield from _of_queries()
    for kind in problem_types().values():
        if any(kind.title == error.title for error in _errors(RequestError)):
            yield Text(kind.title, "meagraph/core/errors.py")
            yield Text(kind.meaning, "meagraph/core/errors.py")
    for region in map_drawing.ground().regions:
        yield Text(region.name, "data/reference/map_physical_regions.csv")


def updated(language: str) -> Catalog:
    """A catalogue of all texts, with the translations that the catalogues have so far."""
    catalogue = Catalog(
        language,
        project="meagraph",
        header_comment="# Texts of the interface of meagraph.",
        charset="utf-8",
        creation_date=datetime(2026, 1, 1, tzinfo=UTC),
        fuzzy=False,
    )
    known = dict(translated_so_far(language))
    for text in texts():
        message = known.get(key(text.id))
        string = message.string if message else ""
        catalogue.add(text.id, string, locations=[(text.file, 0)])
    return catalogue


def translated_so_far(language: str) -> Iterator[tuple[str, Message]]:
    """The texts that the catalogues of a language translate, by the text of one of it."""
    for path in catalogues(language):
        with path.open("rb") as file:
            for message in read_po(file, locale=language):
                if message.id and message.string and not message.fuzzy:
                    yield key(message.id), message


def main(languages: Iterable[str]) -> None:
    """Write the catalogues of these languages anew."""
    for language in languages:
        catalogue = updated(language)
        path = LOCALE / language / "LC_MESSAGES" / "meagraph.po"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            write_po(file, catalogue, width=100, include_lineno=False, sort_output=False)
        left = [message.id for message in catalogue if message.id and not all(strings(message))]
        print(f"{path}: {len(catalogue)} texts, {len(left)} of them without a translation")


def key(text: Id) -> str:
    """The text of one, where a text counts; else the text itself."""
    return text if isinstance(text, str) else text[0]


def strings(message: Message) -> list[str]:
    """The translations of a message: one, or one for each form that counting has.

    >>> strings(Message("a", "b")), strings(Message("a", None))
    (['b'], [''])
    """
    found = message.string or ""
    return [found] if isinstance(found, str) else list(found)


def _of_templates() -> Iterator[Text]:
    for path in sorted(TEMPLATES.rglob("*.html")):
        with path.open("rb") as file:
            for _, _, found, _ in babel_extract(file, _IN_TEMPLATES, [], _OPTIONS):
                yield Text(_id(found), f"api/meagraph_api/{path.relative_to(_PACKAGE).as_posix()}")


def _of_program() -> Iterator[Text]:
    for path in sorted(_PACKAGE.rglob("*.py")):
        with path.open("rb") as file:
            for _, found, _, _ in extract("python", file, _IN_PYTHON):
                yield Text(_id(found), f"api/meagraph_api/{path.relative_to(_PACKAGE).as_posix()}")


def _of_queries() -> Iterator[Text]:
    for query in load(files.folder("queries")).values():
        place = f"queries/{query.name}.rq"
        header = query.header
        described = header.description.strip().split("\n\n")
        told = [header.summary, *map(in_one_line, described)]
        told += [tag.capitalize() for tag in header.tags[:1]]
        for parameter in header.params.values():
            told += [parameter.label, parameter.description]
        yield from (Text(words, place) for words in told if words)


def _id(found: object) -> Id:
    """A text as Babel gives it: one, or one and many with what does not count left out."""
    if isinstance(found, tuple | list):
        parts = tuple(str(part) for part in found if part is not None)[:2]
        return parts if len(parts) > 1 else parts[0]
    return str(found)


def _errors(above: type[RequestError]) -> Iterator[type[RequestError]]:
    yield above
    for below in above.__subclasses__():
        yield from _errors(below)


if __name__ == "__main__":
    main(sys.argv[1:] or [folder.name for folder in sorted(LOCALE.iterdir())])
