"""The vocabulary of the editor: prefixes, classes, properties and example queries.

All of it comes from the graph itself, and nothing from external services.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from meagraph.core import names
from meagraph.core.results.terms import table
from meagraph_api.engine.current_release import OpenRelease, Shared, answer_of


@dataclass(frozen=True, slots=True)
class Example:
    """An example query."""

    name: str
    """The fragment of its IRI."""
    title: str
    comment: str
    query: str

    @property
    def is_canned_query(self) -> bool:
        """Whether it is a canned query, by its name in the release."""
        return self.name.startswith("query-")


@dataclass(frozen=True, slots=True)
class VocabularyTerm:
    """A class or property with its labels by language."""

    address: str
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The prefixes, terms and examples for writing queries."""

    prefixes: Mapping[str, str]
    classes: tuple[VocabularyTerm, ...] = ()
    properties: tuple[VocabularyTerm, ...] = ()
    examples: tuple[Example, ...] = ()

    def example(self, name: str) -> Example | None:
        """The example with a name, if any."""
        return next((each for each in self.examples if each.name == name), None)

    def document(self) -> dict[str, object]:
        """The vocabulary as a JSON document."""
        return {
            "prefixes": dict(self.prefixes),
            "classes": [{"iri": each.address, **each.labels} for each in self.classes],
            "properties": [{"iri": each.address, **each.labels} for each in self.properties],
            "examples": {each.name: each.query for each in self.examples},
        }


NOTHING = Vocabulary(names.PREFIXES)
"""The vocabulary without a release."""


_QUERIES = {
    name: (files(__package__) / f"{name}.rq").read_text(encoding="utf-8")
    for name in ("prefixes", "terms", "examples")
}


async def results(release: OpenRelease) -> tuple[Shared, Shared, Shared]:
    """The query results that `vocabulary` reads. Raises the errors of the engine."""
    prefixes, terms, examples = [await answer_of(release, text) for text in _QUERIES.values()]
    return prefixes, terms, examples


@lru_cache(2)
def vocabulary(prefixes: Shared, terms: Shared, examples: Shared) -> Vocabulary:
    """The vocabulary of a release."""
    named = _records(terms)
    return Vocabulary(
        {row["prefix"]: row["namespace"] for row in _records(prefixes)} or names.PREFIXES,
        tuple(_term(row) for row in named if row["kind"] == "class"),
        tuple(_term(row) for row in named if row["kind"] == "property"),
        tuple(map(_example, _records(examples))),
    )


def _records(result: Shared) -> list[dict[str, str]]:
    return table(result.content).records()


def _term(row: Mapping[str, str]) -> VocabularyTerm:
    return VocabularyTerm(
        row["term"], {tongue: row[tongue] for tongue in ("en", "ru") if row[tongue]}
    )


def _example(row: Mapping[str, str]) -> Example:
    name = row["example"].rpartition("#")[2]
    return Example(name, row["title"], row["comment"], row["query"])
