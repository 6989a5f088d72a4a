"""Extract the messages of the interface, and update the catalogue of a language.

    python -m meagraph_api.pages.message_extraction ru

rewrites `locale/ru/LC_MESSAGES/meagraph.po`: all messages, with their existing translations, and
prints how many have none. For a new language it makes the file.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import write_po

import meagraph_api
from meagraph.core import files
from meagraph.core.errors import BY_CODE
from meagraph.core.queries import load
from meagraph_api.http.language import LOCALE
from meagraph_api.pages import map_drawing
from meagraph_api.pages.problem_types import problem_types
from meagraph_api.pages.renderer import TRIM_BLOCKS
from meagraph_api.pages.translations import catalogue, catalogue_file

_PACKAGE = Path(meagraph_api.__file__).parent
_KEYWORDS = {"_": None, "N_": None, "gettext": None, "ngettext": (1, 2)}
"""Functions whose arguments are messages (`{% trans %}` is `gettext`)."""
_OPTIONS = {
    "trimmed": "true",
    "silent": "false",
    "trim_blocks": str(TRIM_BLOCKS).lower(),
    "lstrip_blocks": str(TRIM_BLOCKS).lower(),
}

Id = str | tuple[str, ...] | list[str]


class Text(NamedTuple):
    """A message, singular and plural if it has these, and its file."""

    id: Id
    file: str


def texts() -> Iterator[Text]:
    """All messages of the interface, in the order of files; some occur in several."""
    yield from _extracted("**/templates/**.html", "jinja2")
    yield from _extracted("**.py", "python")
    yield from _of_queries()
    for code, kind in problem_types().items():
        if code in BY_CODE:
            yield Text(kind.title, "meagraph/core/errors.py")
            yield Text(kind.meaning, "meagraph/core/errors.py")
    for region in map_drawing.ground().regions:
        yield Text(region.name, "data/reference/map_physical_regions.csv")


def updated(language: str) -> Catalog:
    """A catalogue of all messages, with the existing translations."""
    template = Catalog()
    for text in texts():
        template.add(text.id, locations=[(text.file, 0)])
    found = catalogue(language)
    found.update(template, no_fuzzy_matching=True, update_creation_date=False)
    return found


def main(languages: Iterable[str]) -> None:
    """Update the catalogues of these languages."""
    for language in languages:
        found, path = updated(language), catalogue_file(language)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            write_po(file, found, width=100, include_lineno=False, ignore_obsolete=True)
        left = [message.id for message in found if message.id and not all(strings(message))]
        print(f"{path}: {len(found)} messages, {len(left)} without a translation")


def key(text: Id) -> str:
    """The singular of a message with plural forms, else the message itself."""
    return text if isinstance(text, str) else text[0]


def strings(message: Message) -> list[str]:
    """The translations of a message: one, or one for each plural form.

    >>> strings(Message("a", "b")), strings(Message("a", None))
    (['b'], [''])
    """
    found = message.string or ""
    return [found] if isinstance(found, str) else list(found)


def _extracted(pattern: str, method: str) -> Iterator[Text]:
    """The messages of the files of the package that match a pattern."""
    found = extract_from_dir(_PACKAGE, [(pattern, method)], {pattern: _OPTIONS}, _KEYWORDS)
    for name, _, message, _, _ in sorted(found, key=lambda entry: Path(entry[0])):
        yield Text(message, f"api/meagraph_api/{Path(name).as_posix()}")


def _of_queries() -> Iterator[Text]:
    for query in load(files.folder("queries")).values():
        place = f"queries/{query.name}.rq"
        header = query.header
        messages = [header.summary, *header.paragraphs]
        messages += [parameter.description for parameter in header.params.values()]
        yield from (Text(words, place) for words in messages if words)


if __name__ == "__main__":
    main(sys.argv[1:] or [folder.name for folder in sorted(LOCALE.iterdir())])
