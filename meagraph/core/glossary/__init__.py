"""Terms of the interface: a file for each language, with a line for each term.

Pages, forms, sheets and documentation take their terms from here, so that one thing has one name
everywhere. `en.yaml` explains the keys. Sentences are in the catalogues of the service.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml

from meagraph.core.names import SOURCE


@dataclass(frozen=True, slots=True)
class Glossary:
    """The glossary of a language."""

    terms: Mapping[str, str]
    """The terms by key."""
    avoid: Mapping[str, str]
    """Words that the interface does not use, and what it says instead; `*` is any ending."""
    exempt: Sequence[str]
    """Texts that keep such a word."""


@cache
def glossary(language: str) -> Glossary:
    """The glossary of a language; the English one if it has none."""
    folder = files(__name__)
    file = folder / f"{language}.yaml"
    if not file.is_file():
        file = folder / f"{SOURCE}.yaml"
    return Glossary(**yaml.safe_load(file.read_text(encoding="utf-8")))


def term(key: str, language: str = SOURCE, *, capital: bool = True) -> str:
    """A term, with a capital letter unless it is inside a sentence. Raises KeyError.

    >>> term("basis"), term("basis", "ru", capital=False)
    ('Why listed', 'основание')
    """
    found = glossary(language).terms[key]
    return found if capital else found[:1].lower() + found[1:]


def column_head(query: str, column: str, language: str = SOURCE) -> str:
    """The head of a column of a canned query; the name of the column if it has no term.

    >>> column_head("measures", "section"), column_head("country-profile", "section")
    ('Section', 'Part of the profile')
    """
    terms = glossary(language).terms
    return terms.get(f"{query}.{column}") or terms.get(column, column)


def parameter_label(query: str, parameter: str, language: str = SOURCE) -> str:
    """The label of a parameter of a canned query; the name of the parameter if it has no term.

    It is the head of the column of the same name, unless the two mean different things.

    >>> parameter_label("national-checklist", "status"), column_head("national-checklist", "status")
    ('Status of the plan', 'Reported status')
    """
    own = glossary(language).terms.get(f"{query}?{parameter}")
    return own or column_head(query, parameter, language)


def tag_label(tag: str, language: str = SOURCE) -> str:
    """The label of a tag of canned queries; the tag with a capital letter if it has no term.

    >>> tag_label("units", "ru"), tag_label("wings")
    ('Популяции и территории', 'Wings')
    """
    return glossary(language).terms.get(tag, tag.capitalize())


def value_label(query: str, column: str, value: str, language: str = SOURCE) -> str:
    """The label of a coded value of a column or parameter of a canned query, '' if it has no term.

    Other coded values are concepts, whose labels are in the graph.

    >>> value_label("gaps", "kind", "unit-without-measure")
    'Population or area without measures'
    """
    terms = glossary(language).terms
    return terms.get(f"{query}.{column}/{value}") or terms.get(f"{column}/{value}", "")


def avoided(language: str) -> Mapping[str, str]:
    """The words that texts of the interface avoid, and what they say instead."""
    return glossary(language).avoid
